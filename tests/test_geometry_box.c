/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#define GOLDEN_BOX
#include "geometry/box.h"
#include "geometry/box_delta.h"
#include "tests/golden/geometry_golden.h"
#include "tests/golden/geometry_inputs.h"

static const struct det_delta_coder unit = {.weights = {1, 1, 1, 1},
                                            .size_limit = DET_DELTA_SIZE_LIMIT};
static const struct det_delta_coder head = {.weights = {10, 10, 5, 5},
                                            .size_limit = DET_DELTA_SIZE_LIMIT};

static void check_same(float actual, float expected, const char *what,
                       size_t index)
{
    ck_assert_msg(actual == expected, "%s %zu: %a, expected %a", what, index,
                  (double)actual, (double)expected);
}

static void check_close(float actual, float expected, float error,
                        const char *what, size_t index)
{
    ck_assert_msg(fabsf(actual - expected) <= error,
                  "%s %zu: %a, expected %a (error %g, allowed %g)", what, index,
                  (double)actual, (double)expected,
                  (double)fabsf(actual - expected), (double)error);
}

START_TEST(area_and_iou_by_hand)
{
    const struct det_box a = {0, 0, 4, 2};
    const struct det_box b = {2, 1, 6, 3};
    check_same(det_box_area(a), 8, "area", 0);
    check_same(det_box_iou(a, b), 2.0f / 14.0f, "iou", 0);
    check_same(det_box_iou(a, a), 1, "iou", 1);
    /* Touching sides share nothing: no "+ 1". */
    check_same(det_box_iou(a, (struct det_box){4, 0, 5, 2}), 0, "iou", 2);
    /* A box without area, in and out of another; two of them. */
    check_same(det_box_iou(a, (struct det_box){1, 1, 1, 1}), 0, "iou", 3);
    const struct det_box point = {9, 9, 9, 9};
    check_same(det_box_iou(a, point), 0, "iou", 4);
    ck_assert(isnan(det_box_iou(point, point)));
}
END_TEST

START_TEST(iou_as_torchvision)
{
    enum { COUNT = sizeof golden_iou / sizeof *golden_iou };
    struct random_numbers random = {11};
    struct det_box a[COUNT];
    struct det_box b[COUNT];
    random_boxes(&random, a, COUNT, 100, 80);
    random_boxes(&random, b, COUNT, 100, 80);
    for (size_t i = 0; i < COUNT; i++) {
        check_same(det_box_iou(a[i], b[i]), golden_iou[i], "iou", i);
        check_same(det_box_iou(b[i], a[i]), golden_iou[i], "swapped", i);
    }
}
END_TEST

START_TEST(clip)
{
    const struct det_extent extent = {640, 480};
    const struct det_box out =
        det_box_clip((struct det_box){-3, 481, 640.5f, 480}, extent);
    check_same(out.x1, 0, "x1", 0);
    check_same(out.y1, 480, "y1", 0);
    check_same(out.x2, 640, "x2", 0);
    check_same(out.y2, 480, "y2", 0);
    const struct det_box odd =
        det_box_clip((struct det_box){NAN, -INFINITY, INFINITY, 7}, extent);
    ck_assert(isnan(odd.x1));
    check_same(odd.y1, 0, "y1", 1);
    check_same(odd.x2, 640, "x2", 1);
    check_same(odd.y2, 7, "y2", 1);
}
END_TEST

START_TEST(finite_and_size)
{
    ck_assert(det_box_is_finite((struct det_box){0, -1, 1e38f, 4}));
    for (int i = 0; i < 4; i++) {
        float c[4] = {0, 0, 1, 1};
        c[i] = i % 2 ? NAN : -INFINITY;
        ck_assert(!det_box_is_finite((struct det_box){c[0], c[1], c[2], c[3]}));
    }
    ck_assert(det_box_has_size((struct det_box){1, 1, 2, 3}, 1));
    ck_assert(!det_box_has_size((struct det_box){1, 1, 1.5f, 3}, 1));
    ck_assert(!det_box_has_size((struct det_box){1, 1, 3, NAN}, 0));
}
END_TEST

START_TEST(decode_by_hand)
{
    const struct det_box reference = {10, 20, 30, 60}; /* centre 20, 40 */
    const struct det_delta delta = {1, -2, 0, 0};
    struct det_box out = det_delta_decode(&unit, reference, delta);
    check_same(out.x1, 30, "x1", 0);
    check_same(out.y1, -60, "y1", 0);
    check_same(out.x2, 50, "x2", 0);
    check_same(out.y2, -20, "y2", 0);

    const struct det_delta huge = {0, 0, 1e30f, -1e30f};
    out = det_delta_decode(&unit, reference, huge);
    check_close(out.x2 - out.x1, 62.5f * 20, 1e-3f, "limited width", 0);
    check_same(out.y2 - out.y1, 0, "vanished height", 0);

    const struct det_delta not_a_number = {0, 0, NAN, 0};
    out = det_delta_decode(&unit, reference, not_a_number);
    ck_assert(isnan(out.x1) && isnan(out.x2));
    ck_assert(!isnan(out.y1) && !isnan(out.y2));
}
END_TEST

/* py-faster-rcnn's bbox_transform.py: sides of references are x2 - x1 + 1,
 * those of decoded boxes x2 - x1, and nothing limits them. */
START_TEST(inclusive_by_hand)
{
    struct det_delta_coder coder = {.weights = {1, 1, 1, 1},
                                    .size_limit = INFINITY,
                                    .counting = DET_BOX_INCLUSIVE};
    const struct det_box reference = {10, 20, 29, 59}; /* 20 x 40 at 20, 40 */
    const struct det_delta delta = {1, -2, 0, 5};
    struct det_box out = det_delta_decode(&coder, reference, delta);
    check_same(out.x1, 30, "x1", 0);
    check_same(out.x2, 50, "x2", 0);
    check_close(out.y1, -40 - 20 * expf(5), 1e-3f, "y1", 0);
    check_close(out.y2, -40 + 20 * expf(5), 1e-3f, "y2", 0);

    /* Detectron gives the last pixels back: decoding undoes encoding. */
    coder.decodes_last_pixel = true;
    const struct det_delta unchanged = {0, 0, 0, 0};
    out = det_delta_decode(&coder, reference, unchanged);
    check_same(out.x1, 10, "x1", 1);
    check_same(out.y1, 20, "y1", 1);
    check_same(out.x2, 29, "x2", 1);
    check_same(out.y2, 59, "y2", 1);

    const struct det_box target = {30, -60, 49, -21};
    const struct det_delta back = det_delta_encode(&coder, reference, target);
    check_same(back.x, 1, "dx", 0);
    check_same(back.y, -2, "dy", 0);
    check_same(back.w, 0, "dw", 0);
    check_same(back.h, 0, "dh", 0);
}
END_TEST

/* exp may differ in the last bit, and where it is exact nothing may. */
static void check_deltas(const struct det_delta_coder *coder,
                         const float *decoded, const float *encoded)
{
    enum { COUNT = 16 };
    struct random_numbers random = {12};
    struct det_box boxes[COUNT];
    struct det_box targets[COUNT];
    struct det_box out[COUNT];
    float deltas[COUNT][4];
    random_boxes(&random, boxes, COUNT, 800, 400);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < 4; j++)
            deltas[i][j] = random_uniform(&random, -8, 8);
    for (size_t i = 0; i <= 8; i++)
        deltas[i][2] = deltas[i][3] = i < 8 ? 0.0f : 1e6f;
    random_boxes(&random, targets, COUNT, 800, 400);

    det_delta_decode_all(out, coder, boxes, &deltas[0][0], COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const float actual[] = {out[i].x1, out[i].y1, out[i].x2, out[i].y2};
        for (size_t j = 0; j < 4; j++) {
            const float expected = decoded[4 * i + j];
            const float size =
                j % 2 ? out[i].y2 - out[i].y1 : out[i].x2 - out[i].x1;
            const float error = i < 8 ? 0 : 2e-7f * (fabsf(expected) + size);
            check_close(actual[j], expected, error, "decoded", 4 * i + j);
        }
        const struct det_delta delta =
            det_delta_encode(coder, boxes[i], targets[i]);
        const float *expected = encoded + 4 * i;
        check_same(delta.x, expected[0], "encoded x", i);
        check_same(delta.y, expected[1], "encoded y", i);
        check_close(delta.w, expected[2], 2e-7f * (1 + fabsf(expected[2])),
                    "encoded w", i);
        check_close(delta.h, expected[3], 2e-7f * (1 + fabsf(expected[3])),
                    "encoded h", i);
    }
}

START_TEST(deltas_as_torchvision)
{
    check_deltas(&unit, golden_decoded_unit, golden_encoded_unit);
    check_deltas(&head, golden_decoded_head, golden_encoded_head);
}
END_TEST

START_TEST(encode_is_undone_by_decode)
{
    struct random_numbers random = {99};
    struct det_box boxes[2];
    for (size_t i = 0; i < 1000; i++) {
        random_boxes(&random, boxes, 2, 500, 60);
        const struct det_delta delta =
            det_delta_encode(&head, boxes[0], boxes[1]);
        const struct det_box back = det_delta_decode(&head, boxes[0], delta);
        check_close(back.x1, boxes[1].x1, 1e-3f, "x1", i);
        check_close(back.y1, boxes[1].y1, 1e-3f, "y1", i);
        check_close(back.x2, boxes[1].x2, 1e-3f, "x2", i);
        check_close(back.y2, boxes[1].y2, 1e-3f, "y2", i);
    }
}
END_TEST

START_TEST(decode_in_place_and_none)
{
    struct det_box box = {0, 0, 2, 2};
    const float delta[4] = {1, 0, 0, 0};
    det_delta_decode_all(&box, &unit, &box, delta, 0);
    check_same(box.x1, 0, "untouched", 0);
    det_delta_decode_all(&box, &unit, &box, delta, 1);
    check_same(box.x1, 2, "moved", 0);
    check_same(box.x2, 4, "moved", 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry_box");
    TCase *box = tcase_create("box");
    tcase_add_test(box, area_and_iou_by_hand);
    tcase_add_test(box, iou_as_torchvision);
    tcase_add_test(box, clip);
    tcase_add_test(box, finite_and_size);
    suite_add_tcase(suite, box);
    TCase *delta = tcase_create("delta");
    tcase_add_test(delta, decode_by_hand);
    tcase_add_test(delta, inclusive_by_hand);
    tcase_add_test(delta, deltas_as_torchvision);
    tcase_add_test(delta, encode_is_undone_by_decode);
    tcase_add_test(delta, decode_in_place_and_none);
    suite_add_tcase(suite, delta);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
