/* SPDX-License-Identifier: MIT */
/* ImageNet's localization, on cases that can be worked by hand.  Boxes are of
 * 40 x 40 pixels in a row: with d pixels between them the IoU is (40 - d) /
 * (40 + d), 1/2 for 40/3. */
#include <check.h>
#include <stdlib.h>

#include "detect/eval.h"
#include "eval/localization.h"
#include "tests/eval_case.h"

struct loc_case {
    const char *annotations, *results;
    size_t k;          /* 0: the class is known */
    double all, first; /* wrong: of all images, of those with class a (1) */
};

static const char one_each[] =
    EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 3, 2, 0, 0));
/* Two pixels on each side of the truth's four are half of it. */
static const char half[] =
    EVAL_SET("{\"id\":1,\"image_id\":7,\"category_id\":1,\"bbox\":[0,0,4,1]}");
#define NARROW(x, w)                                                           \
    "[{\"image_id\":7,\"category_id\":1,\"score\":1,\"bbox\":[" #x ",0," #w    \
    ",1]}]"

static const struct loc_case cases[] = {
    {one_each, "[]", 5, 1, 1},
    {one_each, "[" EVAL_FOUND(7, 1, 0, 0.5) "," EVAL_FOUND(3, 2, 0, 0.5) "]", 5,
     0, 0},
    /* class and box must be of the same guess */
    {one_each, "[" EVAL_FOUND(7, 2, 0, 0.9) "," EVAL_FOUND(7, 1, 90, 0.5) "]",
     5, 1, 1},
    /* IoU 27/53 and 26/54 */
    {one_each, "[" EVAL_FOUND(7, 1, 13, 0.5) "]", 5, 0.5, 0},
    {one_each, "[" EVAL_FOUND(7, 1, 14, 0.5) "]", 5, 1, 1},
    /* at the threshold is no error */
    {half, NARROW(2, 2), 1, 0, 0},
    {half, NARROW(0, 8), 1, 0, 0},
    {half, NARROW(0, 8.01), 1, 1, 1},
    /* the sixth guess comes too late */
    {one_each,
     "[" EVAL_FOUND(7, 2, 0, 0.9) "," EVAL_FOUND(7, 2, 0, 0.9) "," //
     EVAL_FOUND(7, 99, 0, 0.9) "," EVAL_FOUND(7, 1, 90, 0.9) ","   //
     EVAL_FOUND(7, 1, 60, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
     5, 1, 1},
    {one_each,
     "[" EVAL_FOUND(7, 2, 0, 0.9) "," EVAL_FOUND(7, 2, 0, 0.9) "," //
     EVAL_FOUND(7, 99, 0, 0.9) "," EVAL_FOUND(7, 1, 90, 0.9) ","   //
     EVAL_FOUND(7, 1, 60, 0.9) "," EVAL_FOUND(7, 1, 0, 0.8) "]",
     6, 0.5, 0},
    /* the class is known: its best guess, wherever it stands, and no other */
    {one_each,
     "[" EVAL_FOUND(7, 2, 0, 0.9) "," EVAL_FOUND(7, 1, 0, 0.1) "," EVAL_FOUND(
         3, 2, 90, 0.9) "," EVAL_FOUND(3, 2, 0, 0.1) "]",
     0, 0.5, 0},
    {one_each,
     "[" EVAL_FOUND(7, 2, 0, 0.9) "," EVAL_FOUND(7, 1, 0, 0.1) "," EVAL_FOUND(
         3, 2, 90, 0.9) "," EVAL_FOUND(3, 2, 0, 0.1) "]",
     2, 0, 0},
    /* any true object of the class */
    {EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 7, 1, 80, 0)),
     "[" EVAL_FOUND(7, 1, 85, 0.5) "]", 1, 0, 0},
    /* any true class, of which each has its own share */
    {EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 7, 2, 0, 0)),
     "[" EVAL_FOUND(7, 2, 0, 0.5) "]", 1, 0, 1},
    /* a crowd's box is none, and an image without a box does not count */
    {EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 3, 1, 0, 1)),
     "[" EVAL_FOUND(7, 1, 0, 0.5) "," EVAL_FOUND(3, 1, 0, 0.5) "]", 1, 0, 0},
};

START_TEST(worked_by_hand)
{
    const struct loc_case *c = &cases[_i];
    const struct det_localization rule = {
        .k = c->k, .iou = 0.5, .class_known = c->k == 0};
    struct eval_case data;
    struct det_guesses ranked;
    struct det_class_hits hits;
    struct det_message message = {.text = ""};
    eval_case_make(&data, c->annotations, c->results);
    ck_assert_int_eq(
        det_guesses_make(&ranked, &data.dataset, &data.results, NULL, &message),
        DET_OK);
    ck_assert_int_eq(det_localization_count(&hits, &ranked, &rule, &message),
                     DET_OK);
    ck_assert_double_eq(det_class_hits_wrong(&hits, 2), c->all);
    ck_assert_double_eq(det_class_hits_wrong(&hits, 0), c->first);
    det_class_hits_destroy(&hits);
    det_guesses_destroy(&ranked);
    eval_case_drop(&data);
}
END_TEST

/* ------------------------------------------------------------- public calls */

static det_status evaluate(det_evaluation **out, const struct eval_case *data,
                           const det_evaluate_options *options)
{
    det_context *context;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    const det_status status =
        det_evaluate(context, &data->dataset, &data->results, options, out);
    if (status != DET_OK)
        ck_assert_str_ne(det_context_message(context), "");
    det_context_destroy(&context);
    return status;
}

/* Image 7: the wrong class, then the right one at the right place; image 3,
 * whose object has no box: the right class. */
START_TEST(measures)
{
    static const struct {
        const char *name;
        int32_t k;
        double iou, value;
        size_t images;
    } expected[] = {
        {"top1_loc_error", 1, 0.5, 1, 1},
        {"top5_loc_error", 5, 0.5, 0, 1},
        {"known_class_loc_error", 0, 0.5, 0, 1},
        {"top1_error", 1, 0, 0.5, 2},
        {"top5_error", 5, 0, 0, 2},
    };
    static const double ious[] = {0.25, 0.5};
    struct eval_case data;
    det_evaluation *e;
    det_evaluate_options options;
    det_measure m;
    size_t i = 0;
    eval_case_make(
        &data,
        EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) ",{\"id\":2,\"image_id\":3,"
                                           "\"category_id\":2}"),
        "[" EVAL_FOUND(7, 2, 0, 0.9) "," EVAL_FOUND(
            7, 1, 0, 0.8) "," EVAL_FOUND(3, 2, 0, 0.9) "]");
    det_evaluate_options_init(&options);
    options.task = DET_TASK_LOCALIZATION;
    ck_assert_int_eq(evaluate(&e, &data, &options), DET_OK);
    for (; det_evaluation_measure(e, i, &m); i++) {
        ck_assert_uint_lt(i, 5);
        ck_assert_str_eq(m.name, expected[i].name);
        ck_assert_int_eq(m.kind, DET_MEASURE_ERROR);
        ck_assert_int_eq(m.max_detections, expected[i].k);
        ck_assert_double_eq(m.iou_low, expected[i].iou);
        ck_assert_double_eq(m.value, expected[i].value);
        ck_assert_uint_eq(m.images, expected[i].images);
    }
    ck_assert_uint_eq(i, 5);
    det_evaluation_destroy(&e);
    options.ious = ious;
    options.iou_count = 1;
    ck_assert_int_eq(evaluate(&e, &data, &options), DET_OK);
    det_evaluation_destroy(&e);
    options.iou_count = 2;
    ck_assert_int_eq(evaluate(&e, &data, &options), DET_ERROR_ARGUMENT);
    eval_case_drop(&data);
}
END_TEST

START_TEST(needs_true_boxes)
{
    struct eval_case data;
    det_evaluation *e;
    det_evaluate_options options;
    eval_case_make(
        &data, EVAL_SET("{\"id\":2,\"image_id\":3,\"category_id\":2}"), "[]");
    det_evaluate_options_init(&options);
    options.task = DET_TASK_LOCALIZATION;
    ck_assert_int_eq(evaluate(&e, &data, &options), DET_ERROR_DATASET);
    eval_case_drop(&data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("localization");
    TCase *tests = tcase_create("localization");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, worked_by_hand, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, measures);
    tcase_add_test(tests, needs_true_boxes);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
