/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_NMS
#include "geometry/nms.h"
#include "tests/golden/geometry_golden.h"
#include "tests/golden/geometry_inputs.h"

enum { MAX_COUNT = 2000 };

static struct det_box boxes[MAX_COUNT];
static float scores[MAX_COUNT];
static int32_t classes[MAX_COUNT];
static int32_t keep[MAX_COUNT];

static struct det_nms_input input(size_t count, bool with_classes)
{
    return (struct det_nms_input){.boxes = boxes,
                                  .scores = scores,
                                  .classes = with_classes ? classes : NULL,
                                  .count = count};
}

static size_t run_nms(const struct det_nms_input *in,
                      const struct det_nms_options *options)
{
    /* Exactly as large as promised, for the address sanitizer to check. */
    void *scratch = malloc(det_nms_scratch_size(in->count));
    ck_assert_ptr_nonnull(scratch);
    memset(scratch, 0xa5, det_nms_scratch_size(in->count));
    const size_t kept = det_nms(keep, in, options, scratch);
    free(scratch);
    return kept;
}

static void check_keep(size_t kept, const int32_t *expected, size_t count)
{
    ck_assert_uint_eq(kept, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(keep[i] == expected[i], "rank %zu: %d, expected %d", i,
                      (int)keep[i], (int)expected[i]);
}

#define CHECK_KEEP(kept, expected)                                             \
    check_keep(kept, expected, sizeof(expected) / sizeof *(expected))

START_TEST(nothing_and_one)
{
    const struct det_nms_options options = {.iou_threshold = 0.5};
    struct det_nms_input in = input(0, true);
    ck_assert_uint_eq(run_nms(&in, &options), 0);
    in = input(1, false);
    boxes[0] = (struct det_box){0, 0, 0, 0};
    scores[0] = NAN;
    static const int32_t expected[] = {0};
    CHECK_KEEP(run_nms(&in, &options), expected);
}
END_TEST

START_TEST(threshold_is_strict)
{
    /* IoU of the first two is exactly 0.5. */
    boxes[0] = (struct det_box){0, 0, 2, 1};
    boxes[1] = (struct det_box){0, 0, 1, 1};
    scores[0] = 0.5f;
    scores[1] = 0.75f;
    const struct det_nms_input in = input(2, false);
    struct det_nms_options options = {.iou_threshold = 0.5};
    static const int32_t both[] = {1, 0};
    static const int32_t best[] = {1};
    CHECK_KEEP(run_nms(&in, &options), both);
    options.iou_threshold = 0.4999999999; /* 0.5 as a float */
    CHECK_KEEP(run_nms(&in, &options), best);
    options.iou_threshold = 0.5000000001;
    CHECK_KEEP(run_nms(&in, &options), both);
    options.iou_threshold = 0.25;
    CHECK_KEEP(run_nms(&in, &options), best);
}
END_TEST

START_TEST(ties_and_identical_boxes)
{
    for (size_t i = 0; i < 100; i++) {
        boxes[i] = (struct det_box){1, 1, 5, 5};
        scores[i] = i % 2 ? 0.25f : -0.0f;
    }
    struct det_nms_input in = input(100, false);
    const struct det_nms_options options = {.iou_threshold = 0.9};
    static const int32_t first[] = {1};
    CHECK_KEEP(run_nms(&in, &options), first);

    /* Boxes without area overlap nothing, not even themselves (0 / 0). */
    for (size_t i = 0; i < 100; i++)
        boxes[i] = (struct det_box){1, 1, 1, 5};
    ck_assert_uint_eq(run_nms(&in, &options), 100);
    for (int32_t i = 0; i < 50; i++) {
        ck_assert_int_eq(keep[i], 2 * i + 1);
        ck_assert_int_eq(keep[50 + i], 2 * i);
    }
}
END_TEST

/* py-faster-rcnn's lib/nms: inclusive sides, kept while iou <= threshold. */
START_TEST(inclusive_sides)
{
    /* 10 x 10 pixels each, 10 x 5 of them shared: 50 / 150; on the plane 9 x 9
     * and 9 x 4: 36 / 126. */
    boxes[0] = (struct det_box){0, 0, 9, 9};
    boxes[1] = (struct det_box){0, 5, 9, 14};
    /* half of the first, exactly */
    boxes[2] = (struct det_box){0, 0, 9, 4};
    scores[0] = 0.75f;
    scores[1] = 0.5f;
    scores[2] = 0.25f;
    struct det_nms_input in = input(2, false);
    struct det_nms_options options = {.iou_threshold = 0.3};
    ck_assert_uint_eq(run_nms(&in, &options), 2);
    options.counting = DET_BOX_INCLUSIVE;
    ck_assert_uint_eq(run_nms(&in, &options), 1);
    in.count = 3;
    options.iou_threshold = 0.5;
    ck_assert_uint_eq(run_nms(&in, &options), 3);
    options.iou_threshold = 0.499;
    ck_assert_uint_eq(run_nms(&in, &options), 2);

    /* A box of one pixel has an area and hides its like. */
    boxes[0] = boxes[1] = (struct det_box){3, 3, 3, 3};
    in.count = 2;
    ck_assert_uint_eq(run_nms(&in, &options), 1);
    options.counting = DET_BOX_CONTINUOUS;
    ck_assert_uint_eq(run_nms(&in, &options), 2);
}
END_TEST

START_TEST(ties_at_the_limit)
{
    static const float values[] = {0.5f, 0.9f, 0.5f, NAN, 0.2f, 0.5f};
    for (size_t i = 0; i < 6; i++) {
        boxes[i] = (struct det_box){(float)i * 9, 0, (float)i * 9 + 1, 1};
        scores[i] = values[i];
    }
    const struct det_nms_input in = input(6, false);
    struct det_nms_options options = {.iou_threshold = 0.5, .limit = 2};
    static const int32_t without[] = {1, 0}, with[] = {1, 0, 2, 5};
    CHECK_KEEP(run_nms(&in, &options), without);
    options.limit_keeps_ties = true;
    CHECK_KEEP(run_nms(&in, &options), with);
    options.limit = 4;
    CHECK_KEEP(run_nms(&in, &options), with);
    options.limit = 1;
    CHECK_KEEP(run_nms(&in, &options), (const int32_t[]){1});
}
END_TEST

START_TEST(nan_scores_come_last)
{
    static const float values[] = {NAN, 0.1f, -INFINITY, 0.2f};
    for (size_t i = 0; i < 4; i++) {
        boxes[i] = (struct det_box){(float)i * 9, 0, (float)i * 9 + 1, 1};
        scores[i] = values[i];
    }
    const struct det_nms_input in = input(4, false);
    const struct det_nms_options options = {.iou_threshold = 0.5};
    static const int32_t expected[] = {3, 1, 2, 0};
    CHECK_KEEP(run_nms(&in, &options), expected);
}
END_TEST

START_TEST(plain_as_torchvision)
{
    struct random_numbers random = {14};
    random_boxes(&random, boxes, 600, 300, 90);
    random_scores(&random, scores, 600, 300);
    const struct det_nms_input in = input(600, false);
    struct det_nms_options options = {.iou_threshold = 0.3};
    CHECK_KEEP(run_nms(&in, &options), golden_nms_3);
    options.iou_threshold = 0.5;
    CHECK_KEEP(run_nms(&in, &options), golden_nms_5);
    options.iou_threshold = 0.7;
    CHECK_KEEP(run_nms(&in, &options), golden_nms_7);
    options.limit = 37;
    check_keep(run_nms(&in, &options), golden_nms_7, 37);
}
END_TEST

/* Small boxes of high classes and one large box: the offsets cost so many bits
 * that they change the outcome. */
static struct det_nms_input hard_case(uint32_t seed, size_t count)
{
    struct random_numbers random = {seed};
    random_boxes(&random, boxes, count, 14, 4);
    boxes[0] = (struct det_box){0, 0, 1333, 800};
    random_scores(&random, scores, count, 200);
    random_classes(&random, classes, count, 3);
    for (size_t i = 0; i < count; i++)
        classes[i] += 88;
    return input(count, true);
}

START_TEST(batched_as_torchvision)
{
    const struct det_nms_options options = {.iou_threshold = 0.5};
    struct det_nms_input in = hard_case(15, 1000);
    CHECK_KEEP(run_nms(&in, &options), golden_batched_1000);
    in = hard_case(15, 1001);
    CHECK_KEEP(run_nms(&in, &options), golden_batched_1001);
}
END_TEST

START_TEST(offset_is_greatest_coordinate_plus_one)
{
    /* With negative coordinates the rule may not part classes: after the
     * offset of 11 the second box starts at 10, then at 9. */
    boxes[0] = (struct det_box){0, 0, 10, 10};
    boxes[1] = (struct det_box){-1, -1, 10, 10};
    scores[0] = 0.75f;
    scores[1] = 0.5f;
    classes[0] = 0;
    classes[1] = 1;
    const struct det_nms_input in = input(2, true);
    const struct det_nms_options options = {.batching = DET_NMS_OFFSET};
    ck_assert_uint_eq(run_nms(&in, &options), 2);
    boxes[1] = (struct det_box){-2, -2, 10, 10};
    ck_assert_uint_eq(run_nms(&in, &options), 1);
}
END_TEST

START_TEST(both_ways_to_part_classes)
{
    const struct det_nms_input in = hard_case(16, 400);
    struct det_nms_options options = {.iou_threshold = 0.5};
    options.batching = DET_NMS_OFFSET;
    CHECK_KEEP(run_nms(&in, &options), golden_offset);
    options.batching = DET_NMS_PER_CLASS;
    CHECK_KEEP(run_nms(&in, &options), golden_per_class);
    options.batching = DET_NMS_LIKE_TORCHVISION;
    CHECK_KEEP(run_nms(&in, &options), golden_offset);
    /* The case is there because they differ. */
    ck_assert(sizeof golden_offset != sizeof golden_per_class ||
              memcmp(golden_offset, golden_per_class, sizeof golden_offset));
}
END_TEST

/* The reference's algorithm as it stands: best first, mark what follows. */
static size_t plainest_nms(int32_t *out, const struct det_nms_input *in,
                           double threshold)
{
    static bool gone[MAX_COUNT];
    memset(gone, 0, sizeof gone);
    size_t kept = 0;
    for (;;) {
        size_t best = in->count;
        for (size_t i = 0; i < in->count; i++)
            if (!gone[i] &&
                (best == in->count || in->scores[i] > in->scores[best]))
                best = i;
        if (best == in->count)
            return kept;
        out[kept++] = (int32_t)best;
        gone[best] = true;
        for (size_t i = 0; i < in->count; i++)
            if (in->classes[i] == in->classes[best] &&
                (double)det_box_iou(in->boxes[best], in->boxes[i]) > threshold)
                gone[i] = true;
    }
}

START_TEST(per_class_as_the_plainest_algorithm)
{
    static int32_t expected[MAX_COUNT];
    static const int32_t far_apart[] = {0, INT32_MAX, 7, 1 << 20, 255, 256};
    struct random_numbers random = {17};
    for (size_t count = 1; count < MAX_COUNT; count = count * 2 + 3) {
        random_boxes(&random, boxes, count, 200, 150);
        random_scores(&random, scores, count, 100);
        random_classes(&random, classes, count, 6);
        for (size_t i = 0; i < count; i++)
            classes[i] = far_apart[classes[i]];
        const struct det_nms_input in = input(count, true);
        struct det_nms_options options = {.iou_threshold = 0.6,
                                          .batching = DET_NMS_PER_CLASS};
        const size_t kept = plainest_nms(expected, &in, 0.6);
        check_keep(run_nms(&in, &options), expected, kept);
        options.limit = (kept + 1) / 2;
        check_keep(run_nms(&in, &options), expected, options.limit);
        options.limit = kept + 5;
        check_keep(run_nms(&in, &options), expected, kept);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry_nms");
    TCase *tests = tcase_create("nms");
    tcase_add_test(tests, nothing_and_one);
    tcase_add_test(tests, threshold_is_strict);
    tcase_add_test(tests, ties_and_identical_boxes);
    tcase_add_test(tests, inclusive_sides);
    tcase_add_test(tests, ties_at_the_limit);
    tcase_add_test(tests, nan_scores_come_last);
    tcase_add_test(tests, plain_as_torchvision);
    tcase_add_test(tests, batched_as_torchvision);
    tcase_add_test(tests, offset_is_greatest_coordinate_plus_one);
    tcase_add_test(tests, both_ways_to_part_classes);
    tcase_add_test(tests, per_class_as_the_plainest_algorithm);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
