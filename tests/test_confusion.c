/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "eval/confusion.h"
#include "tests/eval_case.h"

static void add(void *user, const struct det_scene *scene)
{
    det_confusion_add(user, scene);
}

static void count(struct det_confusion *out, const char *annotations,
                  const char *results, size_t most_kept)
{
    struct eval_case c;
    struct det_message message = {.text = ""};
    const struct det_scene_rules rules = {.task = DET_EVAL_BOXES, .threads = 2};
    eval_case_make(&c, annotations, results);
    det_status status = det_confusion_init(out, &c.dataset, &rules, most_kept,
                                           DET_CONFUSION_SCORE, &message);
    if (status == DET_OK)
        status =
            det_scene_each(&c.dataset, &c.results, &rules, add, out, &message);
    if (status != DET_OK)
        ck_abort_msg("%s", message.text);
    eval_case_drop(&c);
}

static void check_cells(const struct det_confusion *c, size_t size,
                        const int *expected)
{
    ck_assert_uint_eq(c->size, size);
    for (size_t i = 0; i < size * size; i++)
        if (c->cells[i] != (uint64_t)expected[i])
            ck_abort_msg("cell %zu, %zu is %d, not %d", i / size, i % size,
                         (int)c->cells[i], expected[i]);
}

#define TWO                                                                    \
    EVAL_SET(EVAL_TRUTH(1, 7, 2, 0, 0) "," EVAL_TRUTH(                         \
        2, 7, 1, 60, 0) "," EVAL_TRUTH(3, 3, 2, 0, 0))

/* Class b has more objects, so that it is row 0. */
START_TEST(right_wrong_missed)
{
    struct det_confusion c;
    count(&c, TWO,
          "[" EVAL_FOUND(7, 2, 0, 0.9) "," /* right */
          EVAL_FOUND(7, 2, 70, 0.8) ","    /* a taken for b */
          EVAL_FOUND(7, 1, 60, 0.7) ","    /* too late: nothing left */
          EVAL_FOUND(3, 1, 120, 0.3) ","   /* nothing there */
          EVAL_FOUND(3, 2, 0, 0.29) "]",   /* below the score */
          20);
    static const int cells[] = {1, 0, 1, 1, 0, 0, 0, 2, 0};
    check_cells(&c, 3, cells);
    ck_assert(!c.has_others);
    ck_assert_uint_eq(c.classes[0], 1);
    ck_assert_uint_eq(c.classes[1], 0);
    det_confusion_destroy(&c);
}
END_TEST

/* Rows: b, others (a), background. */
START_TEST(small_classes_are_folded)
{
    struct det_confusion c;
    count(&c, TWO,
          "[" EVAL_FOUND(7, 1, 60, 0.7) "," EVAL_FOUND(3, 1, 0, 0.7) "]", 1);
    static const int cells[] = {0, 1, 1, 0, 1, 0, 0, 0, 0};
    ck_assert(c.has_others);
    check_cells(&c, 3, cells);
    ck_assert_uint_eq(c.others_wrong, 0);
    det_confusion_destroy(&c);
    count(&c, TWO, "[" EVAL_FOUND(7, 2, 60, 0.7) "]", 0);
    static const int folded[] = {1, 2, 0, 0};
    check_cells(&c, 2, folded);
    ck_assert_uint_eq(c.others_wrong, 1);
    det_confusion_destroy(&c);
}
END_TEST

/* The greater IoU wins whatever the class; the own class on a tie. */
START_TEST(own_class_on_a_tie)
{
    struct det_confusion c;
    count(&c, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 7, 2, 0, 0)),
          "[" EVAL_FOUND(7, 2, 5, 0.7) "]", 20);
    static const int tie[] = {0, 0, 1, 0, 1, 0, 0, 0, 0};
    check_cells(&c, 3, tie);
    det_confusion_destroy(&c);
    count(&c, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 7, 2, 8, 0)),
          "[" EVAL_FOUND(7, 2, 2, 0.7) "]", 20);
    static const int nearer[] = {0, 1, 0, 0, 0, 1, 0, 0, 0};
    check_cells(&c, 3, nearer);
    det_confusion_destroy(&c);
}
END_TEST

START_TEST(crowds_count_for_nothing)
{
    struct det_confusion c;
    count(&c, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 1)),
          "[" EVAL_FOUND(7, 1, 0, 0.7) "," EVAL_FOUND(7, 2, 0, 0.7) "]", 20);
    /* no class has objects: others, background */
    static const int cells[] = {0, 0, 1, 0};
    check_cells(&c, 2, cells);
    det_confusion_destroy(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confusion");
    TCase *cases = tcase_create("confusion");
    tcase_add_test(cases, right_wrong_missed);
    tcase_add_test(cases, small_classes_are_folded);
    tcase_add_test(cases, own_class_on_a_tie);
    tcase_add_test(cases, crowds_count_for_nothing);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
