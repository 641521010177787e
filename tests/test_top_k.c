/* SPDX-License-Identifier: MIT */
/* Classes of images, on cases that can be worked by hand. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/eval.h"
#include "eval/top_k.h"
#include "tests/eval_case.h"

/* An annotation that is a class of its image, and a guess. */
#define CLASS(id, image, class)                                                \
    "{\"id\":" #id ",\"image_id\":" #image ",\"category_id\":" #class "}"
#define GUESS(image, class, score)                                             \
    "{\"image_id\":" #image ",\"category_id\":" #class ",\"score\":" #score "}"

struct class_case {
    const char *annotations, *results;
    size_t k;
    double all, first, second; /* right: of all images, of a (1), of b (2) */
};

/* Image 7 is of class 1 and image 3 of class 2. */
static const char one_each[] = EVAL_SET(CLASS(1, 7, 1) "," CLASS(2, 3, 2));
/* Image 7: 2, then 1; image 3: 2. */
static const char guesses[] =
    "[" GUESS(7, 1, 0.3) "," GUESS(7, 2, 0.7) "," GUESS(3, 2, 0.1) "]";

static const struct class_case cases[] = {
    {one_each, guesses, 1, 0.5, 0, 1},
    {one_each, guesses, 2, 1, 1, 1},
    {one_each, guesses, 1000, 1, 1, 1},
    {one_each, "[]", 5, 0, 0, 0},
    /* an image without a guess is wrong */
    {one_each, "[" GUESS(7, 1, 0.5) "]", 5, 0.5, 1, 0},
    /* equal scores stay in the file's order */
    {one_each, "[" GUESS(7, 2, 0.5) "," GUESS(7, 1, 0.5) "]", 1, 0, 0, 0},
    {one_each, "[" GUESS(7, 1, 0.5) "," GUESS(7, 2, 0.5) "]", 1, 0.5, 1, 0},
    /* a negative score is a score */
    {one_each, "[" GUESS(7, 2, -2) "," GUESS(7, 1, -1.5) "]", 1, 0.5, 1, 0},
    /* a category that nobody knows, and one twice, take their places */
    {one_each, "[" GUESS(7, 99, 0.9) "," GUESS(7, 1, 0.5) "]", 1, 0, 0, 0},
    {one_each,
     "[" GUESS(7, 2, 0.9) "," GUESS(7, 2, 0.8) "," GUESS(7, 1, 0.7) "]", 2, 0,
     0, 0},
    /* an image without a class does not count; nor an unknown class */
    {EVAL_SET(CLASS(1, 7, 1)), guesses, 1, 0, 0, -1},
    {EVAL_SET(CLASS(1, 7, 1)), guesses, 2, 1, 1, -1},
    {EVAL_SET(CLASS(1, 7, 1) "," CLASS(2, 3, 99)), guesses, 2, 1, 1, -1},
    {EVAL_SET(""), guesses, 5, -1, -1, -1},
    /* several classes: one will do; each has its own share */
    {EVAL_SET(CLASS(1, 7, 1) "," CLASS(2, 7, 2) "," CLASS(3, 3, 1)), guesses, 1,
     0.5, 0, 1},
    /* objects: however many of a class, an image counts once */
    {EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0) "," EVAL_TRUTH(2, 7, 1, 50, 0) "," //
              EVAL_TRUTH(3, 3, 2, 0, 0) "," EVAL_TRUTH(4, 3, 1, 9, 1)),
     "[" EVAL_FOUND(7, 1, 0, 0.5) "," EVAL_FOUND(3, 2, 0, 0.5) "]", 1, 1, 0.5,
     1},
};

START_TEST(worked_by_hand)
{
    const struct class_case *c = &cases[_i];
    struct eval_case data;
    struct det_guesses ranked;
    struct det_class_hits hits;
    struct det_message message = {.text = ""};
    eval_case_make(&data, c->annotations, c->results);
    ck_assert_int_eq(
        det_guesses_make(&ranked, &data.dataset, &data.results, NULL, &message),
        DET_OK);
    ck_assert_int_eq(det_top_k_count(&hits, &ranked, c->k, &message), DET_OK);
    ck_assert_double_eq(det_class_hits_right(&hits, 2), c->all);
    ck_assert_double_eq(det_class_hits_right(&hits, 0), c->first);
    ck_assert_double_eq(det_class_hits_right(&hits, 1), c->second);
    ck_assert_double_eq(det_class_hits_wrong(&hits, 2),
                        c->all < 0 ? -1 : 1 - c->all);
    det_class_hits_destroy(&hits);
    det_guesses_destroy(&ranked);
    eval_case_drop(&data);
}
END_TEST

/* ------------------------------------------------------------- public calls */

struct expected {
    const char *name;
    det_measure_kind kind;
    int32_t k;
    double value, first;
};

static void check_measures(const det_evaluation *e, const struct expected *all,
                           size_t count, size_t images)
{
    det_measure m;
    for (size_t i = 0; i < count; i++) {
        ck_assert(det_evaluation_measure(e, i, &m));
        ck_assert_str_eq(m.name, all[i].name);
        ck_assert_int_eq(m.kind, all[i].kind);
        ck_assert_int_eq(m.is_recall, 0);
        ck_assert_int_eq(m.max_detections, all[i].k);
        ck_assert_double_eq(m.iou_low, 0);
        ck_assert_double_eq(m.iou_high, 0);
        ck_assert_double_eq(m.value, all[i].value);
        ck_assert_uint_eq(m.images, images);
        ck_assert_double_eq(det_evaluation_category_value(e, 0, i),
                            all[i].first);
    }
    ck_assert(!det_evaluation_measure(e, count, &m));
}

static void evaluate(det_evaluation **out, const struct eval_case *data,
                     const det_evaluate_options *options, det_status status)
{
    det_context *context;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(
        det_evaluate(context, &data->dataset, &data->results, options, out),
        status);
    if (status != DET_OK)
        ck_assert_str_ne(det_context_message(context), "");
    det_context_destroy(&context);
}

START_TEST(measures)
{
    static const struct expected two[] = {
        {"top1", DET_MEASURE_ACCURACY, 1, 0.5, 0},
        {"top5", DET_MEASURE_ACCURACY, 5, 1, 1},
        {"top1_error", DET_MEASURE_ERROR, 1, 0.5, 1},
        {"top5_error", DET_MEASURE_ERROR, 5, 0, 0},
    };
    static const struct expected one[] = {
        {"top2", DET_MEASURE_ACCURACY, 2, 1, 1},
        {"top2_error", DET_MEASURE_ERROR, 2, 0, 0},
    };
    static const int32_t limit = 2;
    static const uint8_t first_only[2] = {1, 0};
    struct eval_case data;
    det_evaluation *e;
    det_evaluate_options options;
    eval_case_make(&data, one_each, guesses);
    det_evaluate_options_init(&options);
    options.task = DET_TASK_TOP_K;
    evaluate(&e, &data, &options, DET_OK);
    check_measures(e, two, 4, 2);
    ck_assert_uint_eq(det_evaluation_category_count(e), 2);
    ck_assert_int_eq(det_evaluation_category_id(e, 1), 2);
    ck_assert_str_eq(det_evaluation_category_name(e, 1), "b");
    ck_assert_ptr_null(det_evaluation_get_cells(e).precision);
    det_evaluation_destroy(&e);
    options.max_detections = &limit;
    options.max_detections_count = 1;
    options.images = first_only;
    evaluate(&e, &data, &options, DET_OK);
    check_measures(e, one, 2, 1);
    det_evaluation_destroy(&e);
    options.rules = DET_RULES_VOC2007;
    evaluate(&e, &data, &options, DET_ERROR_ARGUMENT);
    ck_assert_ptr_null(e);
    eval_case_drop(&data);
}
END_TEST

/* Guesses are no boxes: a task of those must not call them wrong ones. */
START_TEST(guesses_are_no_boxes)
{
    struct eval_case data;
    det_evaluation *e;
    det_evaluate_options options;
    eval_case_make(&data, EVAL_SET(EVAL_TRUTH(1, 7, 1, 0, 0)),
                   "[" GUESS(7, 1, 1) "]");
    det_evaluate_options_init(&options);
    for (int task = DET_TASK_BBOX; task <= DET_TASK_LOCALIZATION; task++) {
        options.task = (det_task)task;
        evaluate(&e, &data, &options,
                 task == DET_TASK_TOP_K ? DET_OK : DET_ERROR_DATASET);
        det_evaluation_destroy(&e);
    }
    eval_case_drop(&data);
}
END_TEST

/* A classifier's answers, as a program adds them. */
START_TEST(adding)
{
    struct eval_case data;
    det_context *context;
    det_results *results;
    det_detection d = {
        .label = 1, .score = 0.5F, .x = NAN, .y = NAN, .w = NAN, .h = NAN};
    eval_case_make(&data, one_each, "[]");
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_results_create(context, &data.dataset, &results),
                     DET_OK);
    ck_assert_int_eq(det_results_add(context, results, 7, &d), DET_OK);
    d.x = 1; /* half a box */
    ck_assert_int_eq(det_results_add(context, results, 7, &d),
                     DET_ERROR_NUMERIC);
    d.x = NAN;
    d.score = NAN;
    ck_assert_int_eq(det_results_add(context, results, 7, &d),
                     DET_ERROR_NUMERIC);
    ck_assert_uint_eq(det_results_count(results), 1);
    det_results_destroy(&results);
    det_context_destroy(&context);
    eval_case_drop(&data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("top_k");
    TCase *tests = tcase_create("top_k");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, worked_by_hand, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, measures);
    tcase_add_test(tests, guesses_are_no_boxes);
    tcase_add_test(tests, adding);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
