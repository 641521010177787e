/* SPDX-License-Identifier: MIT */
/*
 * The kinds of errors on cases worked by hand; tests/parity compares the
 * numbers with tidecv's.
 */
#include <check.h>
#include <stdlib.h>

#include "eval/tide.h"
#include "tests/eval_case.h"

static void add(void *user, const struct det_scene *scene)
{
    det_tide_add(user, scene);
}

struct judged {
    struct eval_case data;
    struct det_tide tide;
};

static void judge_by(struct judged *j, const char *annotations,
                     const char *results, const struct det_scene_rules *rules)
{
    struct det_message message = {.text = ""};
    eval_case_make(&j->data, annotations, results);
    const struct det_dataset *dataset = &j->data.dataset;
    det_status status =
        det_tide_init(&j->tide, dataset, &j->data.results, rules, &message);
    if (status == DET_OK)
        status = det_scene_each(dataset, &j->data.results, rules, add, &j->tide,
                                &message);
    if (status == DET_OK)
        status = det_tide_finish(&j->tide, &message);
    if (status != DET_OK)
        ck_abort_msg("%s", message.text);
}

static void judge(struct judged *j, const char *annotations,
                  const char *results)
{
    const struct det_scene_rules rules = {.task = DET_EVAL_BOXES, .threads = 2};
    judge_by(j, annotations, results, &rules);
}

static void drop(struct judged *j)
{
    det_tide_destroy(&j->tide);
    eval_case_drop(&j->data);
}

/* One object of class a; what a second object found beside the right one is
 * called, and what becomes of the AP without it.  The wrong one is better, so
 * that the AP is 1/2. */
static void check_kind(const char *wrong, enum det_tide_kind kind, double iou)
{
    struct judged j;
    judge(&j, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0)), wrong);
    ck_assert_int_eq(j.tide.found[1].kind, DET_TIDE_RIGHT);
    ck_assert_uint_eq(j.tide.truths[0].found, 1);
    ck_assert_int_eq(j.tide.found[0].kind, kind);
    ck_assert_double_eq_tol(j.tide.found[0].iou, iou, 1e-15);
    for (int k = DET_TIDE_CLASS; k < DET_TIDE_KINDS; k++)
        ck_assert_uint_eq(j.tide.counts[k], k == (int)kind);
    drop(&j);
}

/* 40 x 40 boxes moved by 10, 20, 30, 36 columns overlap by 3/5, 1/3, 1/7,
 * 1/19. */
START_TEST(kinds)
{
    check_kind("[" EVAL_FOUND(7, 1, 20, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
               DET_TIDE_LOCATION, 1.0 / 3);
    check_kind("[" EVAL_FOUND(7, 1, 36, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
               DET_TIDE_BACKGROUND_ERROR, 1.0 / 19);
    check_kind("[" EVAL_FOUND(7, 2, 10, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
               DET_TIDE_CLASS, 3.0 / 5);
    check_kind("[" EVAL_FOUND(7, 2, 30, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
               DET_TIDE_BOTH, 1.0 / 7);
    check_kind("[" EVAL_FOUND(7, 1, 10, 0.7) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
               DET_TIDE_DUPLICATE, 3.0 / 5);
    check_kind("[" EVAL_FOUND(3, 1, 0, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
               DET_TIDE_BACKGROUND_ERROR, 0);
}
END_TEST

/* AP 1/2; without the background error 1. */
START_TEST(gain_of_background)
{
    struct judged j;
    judge(&j, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0)),
          "[" EVAL_FOUND(3, 1, 0, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]");
    ck_assert_double_eq_tol(j.tide.ap, 0.5, 1e-15);
    ck_assert_double_eq_tol(j.tide.gains[DET_TIDE_BACKGROUND_ERROR], 0.5,
                            1e-15);
    ck_assert_double_eq_tol(j.tide.false_positive, 0.5, 1e-15);
    ck_assert_double_eq_tol(j.tide.false_negative, 0, 1e-15);
    drop(&j);
}
END_TEST

/* Of two objects one is missed: recalls 0 .. 0.5 have precision 1.  Without
 * the miss all is found. */
START_TEST(gain_of_miss)
{
    struct judged j;
    judge(&j, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 3, 1, 0, 0)),
          "[" EVAL_FOUND(7, 1, 0, 0.8) "]");
    ck_assert_double_eq_tol(j.tide.ap, 51.0 / 101, 1e-15);
    ck_assert_double_eq_tol(j.tide.gains[DET_TIDE_MISSED], 50.0 / 101, 1e-15);
    ck_assert_double_eq_tol(j.tide.false_negative, 50.0 / 101, 1e-15);
    ck_assert(det_tide_is_missed(&j.tide.truths[1]));
    ck_assert_uint_eq(j.tide.counts[DET_TIDE_MISSED], 1);
    drop(&j);
}
END_TEST

/* Two objects nearly find the same one: the better is its fix, the other goes.
 * The truth is then not "missed". */
START_TEST(one_fix_for_an_object)
{
    struct judged j;
    judge(&j, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0)),
          "[" EVAL_FOUND(7, 1, 20, 0.3) "," EVAL_FOUND(7, 1, 20, 0.6) "]");
    ck_assert_double_eq(j.tide.ap, 0);
    ck_assert_uint_eq(j.tide.truths[0].fix, 1);
    ck_assert_uint_eq(j.tide.counts[DET_TIDE_LOCATION], 2);
    ck_assert_uint_eq(j.tide.counts[DET_TIDE_MISSED], 0);
    ck_assert_double_eq_tol(j.tide.gains[DET_TIDE_LOCATION], 1, 1e-15);
    drop(&j);
}
END_TEST

/* A class error mended counts for the true class: a's AP 0 -> 1, b's stays
 * 0 and b is left out of the mean when nothing of it is left. */
START_TEST(class_error_changes_class)
{
    struct judged j;
    judge(&j, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0)),
          "[" EVAL_FOUND(7, 2, 0, 0.6) "]");
    ck_assert_double_eq(j.tide.ap, 0);
    ck_assert_double_eq_tol(j.tide.gains[DET_TIDE_CLASS], 1, 1e-15);
    drop(&j);
}
END_TEST

START_TEST(crowd_is_ignored)
{
    struct judged j;
    judge(&j,
          EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 7, 1, 90, 1)),
          "[" EVAL_FOUND(7, 1, 95, 0.9) "," EVAL_FOUND(
              7, 2, 95, 0.8) "," EVAL_FOUND(7, 1, 0, 0.7) "]");
    ck_assert(j.tide.found[0].ignored);
    ck_assert(!j.tide.found[1].ignored); /* of another class */
    ck_assert(!j.tide.truths[1].counts);
    ck_assert_uint_eq(j.tide.truths[1].found, DET_NO_INDEX);
    drop(&j);
}
END_TEST

START_TEST(only_some_images_and_no_classes)
{
    struct judged j;
    const uint8_t images[2] = {0, 1};
    const struct det_scene_rules rules = {
        .without_categories = true, .images = images, .threads = 1};
    judge_by(
        &j, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 3, 1, 0, 0)),
        "[" EVAL_FOUND(7, 1, 90, 0.9) "," EVAL_FOUND(3, 2, 0, 0.8) "]", &rules);
    ck_assert_double_eq_tol(j.tide.ap, 1, 1e-15);
    ck_assert_int_eq(j.tide.found[0].kind, DET_TIDE_UNJUDGED);
    ck_assert_int_eq(j.tide.found[1].kind, DET_TIDE_RIGHT);
    drop(&j);
}
END_TEST

START_TEST(nothing_at_all)
{
    struct judged j;
    judge(&j, EVAL_SET(""), "[]");
    ck_assert_double_eq(j.tide.ap, 0);
    drop(&j);
    judge(&j, "{\"images\":[],\"categories\":[],\"annotations\":[]}", "[]");
    ck_assert_double_eq(j.tide.ap, 0);
    drop(&j);
    judge(&j,
          "{\"images\":[{\"id\":1}],\"categories\":[],\"annotations\":["
          "{\"id\":1,\"image_id\":1,\"category_id\":4,\"area\":1,"
          "\"iscrowd\":0,\"bbox\":[0,0,1,1]}]}",
          "[]");
    ck_assert(!j.tide.truths[0].counts);
    drop(&j);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tide");
    TCase *cases = tcase_create("tide");
    tcase_add_test(cases, kinds);
    tcase_add_test(cases, gain_of_background);
    tcase_add_test(cases, gain_of_miss);
    tcase_add_test(cases, one_fix_for_an_object);
    tcase_add_test(cases, class_error_changes_class);
    tcase_add_test(cases, crowd_is_ignored);
    tcase_add_test(cases, only_some_images_and_no_classes);
    tcase_add_test(cases, nothing_at_all);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
