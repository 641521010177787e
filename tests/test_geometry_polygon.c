/* SPDX-License-Identifier: MIT */
/* Runs that cocoapi's maskApi.c makes of polygons; tests/parity draws
 * thousands of random ones with pycocotools. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/polygon.h"

struct golden {
    int32_t width, height;
    size_t points;
    double xy[10];
    const char *text; /* COCO's compressed runs */
    uint64_t area;
};

static const struct golden golden[] = {
    {10, 10, 3, {1, 1, 8, 2, 4, 7}, ";192N2N01N1O1Oc0", 20},
    {9, 8, 4, {2, 2, 2, 5, 6, 5, 6, 2}, "b03500000f0", 12},
    {9, 8, 4, {2.5, 2.5, 2.5, 5.5, 6.5, 5.5, 6.5, 2.5}, "k03500000=", 12},
    {9, 8, 4, {-3, -3, -3, 4, 5, 4, 5, -3}, "0440000000P1", 20},
    {9, 8, 4, {0, 0, 0, 8, 9, 8, 9, 0}, "0X2", 72},
    {9,
     8,
     5,
     {.3, .2, 6.7, 1.1, 7.9, 6.4, 2.2, 7.6, .3, .2},
     "0174M2MO1000003L5",
     39},
    {9, 8, 3, {3, 3, 3, 3, 3, 3}, "X2", 0},
    {0, 0, 3, {1, 1, 8, 2, 4, 7}, "0", 0},
};

static void draw(struct det_rle *out, const struct golden *g)
{
    struct det_polygon_scratch scratch = {0};
    struct det_message message = {.text = ""};
    if (det_polygon_rle(out, &scratch, g->xy, g->points, g->width, g->height,
                        &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    det_polygon_scratch_destroy(&scratch);
}

static void check_text(const struct det_rle *rle, const char *expected)
{
    char text[256];
    const det_mask mask = det_rle_view(rle);
    ck_assert_uint_lt(det_mask_text(&mask, text, sizeof text), sizeof text);
    ck_assert_str_eq(text, expected);
}

START_TEST(as_cocoapi)
{
    struct det_rle rle;
    draw(&rle, &golden[_i]);
    const det_mask mask = det_rle_view(&rle);
    check_text(&rle, golden[_i].text);
    ck_assert_uint_eq(det_mask_area(&mask), golden[_i].area);
    det_rle_destroy(&rle);
}
END_TEST

START_TEST(refused)
{
    static const double wrong[] = {NAN, INFINITY, -INFINITY, 1e300,
                                   2.0 * DET_POLYGON_FARTHEST};
    double xy[6] = {1, 1, 8, 2, 4, 7};
    xy[_i % 6] = wrong[_i / 6];
    struct det_polygon_scratch scratch = {0};
    struct det_message message = {.text = ""};
    struct det_rle rle;
    ck_assert_int_eq(det_polygon_rle(&rle, &scratch, xy, 3, 10, 10, &message),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_null(rle.counts);
    ck_assert_str_ne(message.text, "");
    det_polygon_scratch_destroy(&scratch);
}
END_TEST

/* Neighbours that share an edge share no pixel and leave none out. */
START_TEST(neighbours_tile)
{
    const double left[] = {0, 0, 13.3, 0, 29.7, 40, 0, 40};
    const double right[] = {13.3, 0, 50, 0, 50, 40, 29.7, 40};
    struct det_polygon_scratch scratch = {0};
    struct det_message message = {.text = ""};
    struct det_rle a, b, both;
    ck_assert_int_eq(det_polygon_rle(&a, &scratch, left, 4, 50, 40, &message),
                     DET_OK);
    ck_assert_int_eq(det_polygon_rle(&b, &scratch, right, 4, 50, 40, &message),
                     DET_OK);
    const det_mask masks[] = {det_rle_view(&a), det_rle_view(&b)};
    ck_assert_uint_eq(det_rle_intersection(&masks[0], &masks[1]), 0);
    ck_assert_uint_eq(det_mask_area(&masks[0]) + det_mask_area(&masks[1]),
                      50 * 40);
    ck_assert_int_eq(det_rle_merge(&both, masks, 2, DET_RLE_UNION, &message),
                     DET_OK);
    check_text(&both, "0`n1"); /* 0 and 2000 */
    det_rle_destroy(&a);
    det_rle_destroy(&b);
    det_rle_destroy(&both);
    det_polygon_scratch_destroy(&scratch);
}
END_TEST

START_TEST(merging)
{
    struct det_rle rectangle, shifted, merged, other;
    struct det_message message = {.text = ""};
    draw(&rectangle, &golden[1]);
    draw(&shifted, &golden[3]);
    const det_mask masks[] = {det_rle_view(&rectangle), det_rle_view(&shifted)};
    ck_assert_int_eq(det_rle_merge(&merged, masks, 2, DET_RLE_UNION, &message),
                     DET_OK);
    check_text(&merged, "044001O0002Nf0");
    det_rle_destroy(&merged);
    ck_assert_int_eq(
        det_rle_merge(&merged, masks, 2, DET_RLE_INTERSECTION, &message),
        DET_OK);
    check_text(&merged, "b026000n0");
    det_rle_destroy(&merged);
    ck_assert_int_eq(det_rle_merge(&merged, masks, 1, DET_RLE_UNION, &message),
                     DET_OK);
    check_text(&merged, golden[1].text);
    det_rle_destroy(&merged);
    ck_assert_uint_eq(det_rle_intersection(&masks[0], &masks[1]), 6);
    ck_assert_double_eq(det_rle_iou(&masks[0], &masks[1], false),
                        0.23076923076923078);
    ck_assert_double_eq(det_rle_iou(&masks[0], &masks[1], true), 0.5);

    draw(&other, &golden[0]);
    const det_mask misfits[] = {masks[0], det_rle_view(&other)};
    ck_assert_int_eq(
        det_rle_merge(&merged, misfits, 2, DET_RLE_UNION, &message),
        DET_ERROR_ARGUMENT);
    ck_assert_ptr_null(merged.counts);
    det_rle_destroy(&other);
    det_rle_destroy(&rectangle);
    det_rle_destroy(&shifted);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geometry_polygon");
    TCase *tests = tcase_create("polygon");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, as_cocoapi, 0, sizeof golden / sizeof *golden);
    tcase_add_loop_test(tests, refused, 0, 30);
    tcase_add_test(tests, neighbours_tile);
    tcase_add_test(tests, merging);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
