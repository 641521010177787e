/* SPDX-License-Identifier: MIT */
/*
 * Models that decide together, and the options that not every network can have.
 * usage: test_ensemble MASK_MODEL OTHER_SEED FASTER_MODEL
 * MASK_MODEL and OTHER_SEED are of one architecture.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"

enum { WIDTH = 80, HEIGHT = 60, MODELS = 3 };

static const char *paths[MODELS];
static det_context *context;
static det_model *models[MODELS];

static void load(void)
{
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    for (int i = 0; i < MODELS; i++)
        ck_assert_int_eq(det_model_load(context, paths[i], &models[i]), DET_OK);
}

static void unload(void)
{
    for (int i = 0; i < MODELS; i++)
        det_model_destroy(&models[i]);
    det_context_destroy(&context);
}

static det_session_options quick_options(void)
{
    det_session_options options;
    det_session_options_init(&options);
    options.threads = 1;
    options.min_size = 48;
    options.max_size = 64;
    options.proposals = 20;
    options.max_detections = 5;
    options.score_threshold = 0.0;
    return options;
}

static det_result *run(const int *indices, size_t count,
                       const det_session_options *options)
{
    uint8_t samples[WIDTH * HEIGHT * 3];
    const det_pixels pixels = {samples, WIDTH, HEIGHT, 3 * WIDTH,
                               DET_PIXEL_RGB8};
    const det_model *members[8];
    det_session *session = NULL;
    det_result *result = NULL;
    for (size_t i = 0; i < sizeof samples; i++)
        samples[i] = (uint8_t)((i / 3 % WIDTH * 3 + i * i % 91) & 255);
    for (size_t i = 0; i < count; i++)
        members[i] = models[indices[i]];
    ck_assert_int_eq(
        det_session_create_ensemble(members, count, options, &session), DET_OK);
    ck_assert_msg(det_session_run(session, &pixels, &result) == DET_OK, "%s",
                  det_session_message(session));
    det_session_destroy(&session);
    return result;
}

static void check_refused(const int *indices, size_t count,
                          const det_session_options *options,
                          det_status expected, const char *text)
{
    const det_model *members[16];
    det_session *session = NULL;
    for (size_t i = 0; i < count; i++)
        members[i] = models[indices[i]];
    ck_assert_int_eq(
        det_session_create_ensemble(members, count, options, &session),
        expected);
    ck_assert_ptr_null(session);
    ck_assert_msg(strstr(det_context_message(context), text) != NULL,
                  "\"%s\" is not in \"%s\"", text,
                  det_context_message(context));
}

static double backbone_work(const det_result *result)
{
    return det_result_stage_cost(result, DET_STAGE_BACKBONE).gflop;
}

/* The mean of two equal opinions, about twice the same regions: NMS drops the
 * second ones.  The backbone runs once. */
START_TEST(with_itself)
{
    const det_session_options options = quick_options();
    det_result *one = run((const int[]){0}, 1, &options);
    det_result *two = run((const int[]){0, 0}, 2, &options);
    ck_assert_uint_gt(det_result_count(one), 0);
    ck_assert_uint_eq(det_result_count(one), det_result_count(two));
    for (size_t i = 0; i < det_result_count(one); i++) {
        const det_detection *a = det_result_detection(one, i);
        const det_detection *b = det_result_detection(two, i);
        ck_assert_int_eq(a->label, b->label);
        ck_assert_float_eq_tol(a->score, b->score, 1e-5f);
        ck_assert_float_eq_tol(a->x, b->x, 1e-3f);
        ck_assert_float_eq_tol(a->w, b->w, 1e-3f);
        ck_assert_uint_eq(det_mask_area(a->mask), det_mask_area(b->mask));
    }
    ck_assert_double_eq(backbone_work(one), backbone_work(two));
    det_result_destroy(&one);
    det_result_destroy(&two);
}
END_TEST

START_TEST(with_another)
{
    const det_session_options options = quick_options();
    det_result *one = run((const int[]){0}, 1, &options);
    det_result *two = run((const int[]){0, 1}, 2, &options);
    det_result *again = run((const int[]){1, 0}, 2, &options);
    ck_assert_double_eq_tol(2 * backbone_work(one), backbone_work(two), 1e-9);
    ck_assert_uint_gt(det_result_count(two), 0);
    /* Nothing but the order of proposals depends on the order of models. */
    ck_assert_uint_eq(det_result_count(two), det_result_count(again));
    ck_assert_float_eq_tol(det_result_detection(two, 0)->score,
                           det_result_detection(again, 0)->score, 1e-6f);
    det_result_destroy(&one);
    det_result_destroy(&two);
    det_result_destroy(&again);
}
END_TEST

START_TEST(what_cannot_decide_together)
{
    const det_session_options options = quick_options();
    static const int many[9];
    check_refused((const int[]){0, 2}, 2, &options, DET_ERROR_ARGUMENT,
                  "differ in their");
    check_refused(many, 9, &options, DET_ERROR_ARGUMENT, "at most 8");
    det_session *session = NULL;
    const det_model *const none[1] = {NULL};
    ck_assert_int_eq(det_session_create_ensemble(none, 1, &options, &session),
                     DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_session_create_ensemble(none, 0, &options, &session),
                     DET_ERROR_ARGUMENT);
}
END_TEST

START_TEST(options_out_of_range)
{
    static const int first[] = {0};
    static const int32_t scales[] = {400, 200};
    det_session_options options = quick_options();
    options.scales = scales;
    options.scale_count = 2;
    check_refused(first, 1, &options, DET_ERROR_ARGUMENT,
                  "each larger than the last");
    options = quick_options();
    options.refinements = 17;
    check_refused(first, 1, &options, DET_ERROR_ARGUMENT, "refinements");
    options = quick_options();
    options.vote_threshold = 1.5;
    check_refused(first, 1, &options, DET_ERROR_ARGUMENT, "vote_threshold");
    options = quick_options();
    options.soft_nms_sigma = NAN;
    check_refused(first, 1, &options, DET_ERROR_ARGUMENT, "soft_nms_sigma");
    options = quick_options();
    options.suppression = (det_suppression)3;
    check_refused(first, 1, &options, DET_ERROR_ARGUMENT, "suppression");
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 1 + MODELS)
        return EXIT_FAILURE;
    for (int i = 0; i < MODELS; i++)
        paths[i] = argv[1 + i];
    Suite *suite = suite_create("ensemble");
    TCase *tcase = tcase_create("ensemble");
    tcase_add_checked_fixture(tcase, load, unload);
    tcase_set_timeout(tcase, 120);
    const TTest *const tests[] = {with_itself, with_another,
                                  what_cannot_decide_together,
                                  options_out_of_range};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
