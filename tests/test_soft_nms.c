/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_SOFT_NMS
#include "geometry/soft_nms.h"
#include "tests/golden/geometry_inputs.h"
#include "tests/golden/procedure_golden.h"

enum { MOST = 150 };

static struct det_box boxes[MOST];
static float scores[MOST], kept_scores[MOST];
static int32_t classes[MOST], keep[MOST];

static const struct det_soft_nms_options linear = {.decay =
                                                       DET_SUPPRESSION_LINEAR,
                                                   .iou_threshold = 0.3,
                                                   .least_score = 0.05f};
static const struct det_soft_nms_options gaussian = {
    .decay = DET_SUPPRESSION_GAUSSIAN, .sigma = 0.5, .least_score = 0.05f};

static size_t run(size_t count, const struct det_soft_nms_options *options)
{
    /* Exactly as large as promised, for the address sanitizer to check. */
    void *scratch = malloc(det_soft_nms_scratch_size(count));
    const struct det_nms_input input = {
        .boxes = boxes, .scores = scores, .classes = classes, .count = count};
    const size_t kept =
        det_soft_nms(keep, kept_scores, &input, options, scratch);
    free(scratch);
    return kept;
}

static void make_crowd(uint32_t seed, size_t count)
{
    struct random_numbers random = {seed};
    random_boxes(&random, boxes, count, 120, 90);
    for (size_t i = 0; i < count; i++)
        scores[i] = random_uniform(&random, 0.01f, 1);
    random_classes(&random, classes, count, 3);
}

/* `count` boxes in a row, each covering half of the next: IoU 1/3. */
static void make_row(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        boxes[i] = (struct det_box){5 * (float)i, 0, 5 * (float)i + 10, 10};
        classes[i] = 0;
    }
}

static void check_golden(size_t kept, const int32_t *expected,
                         const float *expected_scores, size_t count)
{
    ck_assert_uint_eq(kept, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(keep[i], expected[i]);
        ck_assert_float_eq_tol(kept_scores[i], expected_scores[i], 1e-6f);
    }
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

START_TEST(as_calculated_independently)
{
    make_crowd(51, MOST);
    check_golden(run(MOST, &linear), golden_soft_linear,
                 golden_soft_linear_scores, COUNT(golden_soft_linear));
    check_golden(run(MOST, &gaussian), golden_soft_gaussian,
                 golden_soft_gaussian_scores, COUNT(golden_soft_gaussian));
}
END_TEST

/* 0.9 leaves 0.8 * (1 - 1/3); that is below 0.6, which comes before it and
 * takes another third. */
START_TEST(linear_by_hand)
{
    make_row(3);
    scores[0] = 0.9f, scores[1] = 0.8f, scores[2] = 0.6f;
    ck_assert_uint_eq(run(3, &linear), 3);
    ck_assert_int_eq(keep[0], 0);
    ck_assert_int_eq(keep[1], 2);
    ck_assert_int_eq(keep[2], 1);
    ck_assert_float_eq_tol(kept_scores[1], 0.6f, 1e-7f);
    ck_assert_float_eq_tol(kept_scores[2], 0.8f * 4 / 9, 1e-7f);
}
END_TEST

START_TEST(linear_starts_at_its_threshold)
{
    struct det_soft_nms_options options = linear;
    make_row(2);
    scores[0] = 0.9f, scores[1] = 0.5f;
    options.iou_threshold = 0.34;
    ck_assert_uint_eq(run(2, &options), 2);
    ck_assert(kept_scores[1] == 0.5f);
}
END_TEST

START_TEST(gaussian_by_hand)
{
    make_row(2);
    scores[0] = 0.9f, scores[1] = 0.5f;
    ck_assert_uint_eq(run(2, &gaussian), 2);
    ck_assert_float_eq_tol(kept_scores[1], 0.5f * expf(-2.0f / 9), 1e-6f);
}
END_TEST

START_TEST(classes_do_not_touch)
{
    make_row(2);
    classes[1] = 7;
    scores[0] = 0.9f, scores[1] = 0.5f;
    ck_assert_uint_eq(run(2, &gaussian), 2);
    ck_assert(kept_scores[1] == 0.5f);
}
END_TEST

START_TEST(what_falls_to_the_least_score_is_dropped)
{
    struct det_soft_nms_options options = linear;
    make_row(2);
    scores[0] = 0.9f, scores[1] = 0.5f;
    options.least_score = 0.34f; /* above 0.5 * 2/3 */
    ck_assert_uint_eq(run(2, &options), 1);
    options.least_score = 0.9f; /* nothing is above */
    ck_assert_uint_eq(run(2, &options), 0);
}
END_TEST

START_TEST(limit_ties_and_nothing)
{
    struct det_soft_nms_options options = gaussian;
    make_row(5);
    for (int i = 0; i < 5; i++)
        scores[i] = 0.5f;
    options.limit = 2;
    ck_assert_uint_eq(run(5, &options), 2);
    ck_assert_int_eq(keep[0], 0); /* of equals the first */
    ck_assert_int_eq(keep[1], 2); /* the next one is lowered */
    ck_assert_uint_eq(run(0, &options), 0);
}
END_TEST

START_TEST(nan_and_empty_boxes)
{
    make_row(3);
    scores[0] = NAN, scores[1] = 0.9f, scores[2] = 0.8f;
    boxes[1] = boxes[2] = (struct det_box){1, 1, 1, 1};
    ck_assert_uint_eq(run(3, &gaussian), 2);
    ck_assert_int_eq(keep[0], 1);
    ck_assert(kept_scores[1] == 0.8f); /* 0 / 0 overlaps nothing */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("soft_nms");
    TCase *tcase = tcase_create("soft_nms");
    const TTest *const tests[] = {as_calculated_independently,
                                  linear_by_hand,
                                  linear_starts_at_its_threshold,
                                  gaussian_by_hand,
                                  classes_do_not_touch,
                                  what_falls_to_the_least_score_is_dropped,
                                  limit_ties_and_nothing,
                                  nan_and_empty_boxes};
    for (size_t i = 0; i < COUNT(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
