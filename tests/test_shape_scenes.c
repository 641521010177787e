/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "datasets/shape_raster.h"
#include "datasets/shape_scene.h"
#include "detect/data.h"

enum { SIDE = 160 };

static const struct det_shape_scene_config config = {.seed = 5,
                                                     .width = SIDE,
                                                     .height = SIDE - 30,
                                                     .min_objects = 2,
                                                     .max_objects = 9};

/* ------------------------------------------------------------------- shapes */

START_TEST(outlines_are_closed_and_small)
{
    for (size_t i = 0; i < det_shape_count(); i++) {
        struct det_outline o;
        det_shape_outline(&o, i);
        ck_assert_int_ge(o.contours, 1);
        ck_assert_int_le(o.contours, DET_OUTLINE_CONTOURS);
        for (int32_t c = 0, first = 0; c < o.contours; first = o.ends[c++])
            ck_assert_int_ge(o.ends[c] - first, 3);
        ck_assert_int_le(o.ends[o.contours - 1], DET_OUTLINE_POINTS);
        for (int32_t k = 0; k < o.ends[o.contours - 1]; k++)
            ck_assert_msg(hypot(o.xy[k][0], o.xy[k][1]) < 1.2, "%s, point %d",
                          det_shape_name(i), k);
    }
    ck_assert_ptr_null(det_shape_name(det_shape_count()));
}
END_TEST

/* Twice the signed area of a contour. */
static double contour_area(const struct det_outline *o, int32_t c)
{
    const int32_t first = c ? o->ends[c - 1] : 0;
    double twice = 0.0;
    for (int32_t i = first; i < o->ends[c]; i++) {
        const int32_t next = i + 1 < o->ends[c] ? i + 1 : first;
        twice += o->xy[i][0] * o->xy[next][1] - o->xy[next][0] * o->xy[i][1];
    }
    return fabs(twice) / 2.0;
}

static double total(const struct det_coverage *c)
{
    double sum = 0.0;
    for (int64_t i = 0; i < (int64_t)c->w * c->h; i++) {
        ck_assert_float_ge(c->part[i], 0.0f);
        ck_assert_float_le(c->part[i], 1.0001f);
        sum += (double)c->part[i];
    }
    return sum;
}

/* Coverage adds up to the area: contours and what is inside the first one. */
START_TEST(coverage_is_area)
{
    for (size_t i = 0; i < det_shape_count(); i++) {
        struct det_outline o;
        struct det_coverage c;
        det_shape_outline(&o, i);
        for (int32_t k = 0; k < o.ends[o.contours - 1]; k++) {
            o.xy[k][0] = 70.3 + 55.0 * o.xy[k][0];
            o.xy[k][1] = 68.9 + 55.0 * o.xy[k][1];
        }
        double area = contour_area(&o, 0);
        if (o.contours == 2)
            area -= contour_area(&o, 1);
        ck_assert_int_eq(det_outline_coverage(&c, &o, 200, 200, NULL), DET_OK);
        ck_assert_msg(fabs(total(&c) - area) < 0.002 * area, "%s: %g, not %g",
                      det_shape_name(i), total(&c), area);
        det_coverage_destroy(&c);
    }
}
END_TEST

static const struct det_outline box_at_the_corner = {
    .xy = {{-5.0, -5.0}, {2.5, -5.0}, {2.5, 1.5}, {-5.0, 1.5}},
    .ends = {4},
    .contours = 1};

START_TEST(coverage_is_clipped)
{
    static const float expected[] = {1.0f, 1.0f, 0.5f, 0.5f, 0.5f, 0.25f};
    struct det_coverage c;
    struct det_outline outside = box_at_the_corner;
    ck_assert_int_eq(det_outline_coverage(&c, &box_at_the_corner, 3, 3, NULL),
                     DET_OK);
    ck_assert_int_eq(c.w, 3);
    ck_assert_int_eq(c.h, 2);
    for (int i = 0; i < 6; i++)
        ck_assert_float_eq_tol(c.part[i], expected[i], 1e-6f);
    det_coverage_destroy(&c);
    for (int i = 0; i < 4; i++)
        outside.xy[i][0] -= 100.0;
    ck_assert_int_eq(det_outline_coverage(&c, &outside, 3, 3, NULL), DET_OK);
    ck_assert_int_eq(c.w, 0);
    det_coverage_destroy(&c);
}
END_TEST

/* ------------------------------------------------------------------- scenes */

START_TEST(scenes_are_the_same_again)
{
    for (uint64_t i = 0; i < 5; i++) {
        struct det_shape_scene a, b;
        ck_assert_int_eq(det_shape_scene_make(&a, &config, i, NULL), DET_OK);
        ck_assert_int_eq(det_shape_scene_make(&b, &config, i, NULL), DET_OK);
        ck_assert_uint_eq(a.count, b.count);
        ck_assert_mem_eq(a.pixels, b.pixels, 3 * SIDE * (SIDE - 30));
        det_shape_scene_destroy(&a);
        det_shape_scene_destroy(&b);
    }
}
END_TEST

/* No pixel has two owners, every object has some. */
START_TEST(masks_do_not_overlap)
{
    size_t objects = 0;
    for (uint64_t i = 0; i < 30; i++) {
        struct det_shape_scene s;
        ck_assert_int_eq(det_shape_scene_make(&s, &config, i, NULL), DET_OK);
        ck_assert_uint_le(s.count, 9);
        objects += s.count;
        for (size_t a = 0; a < s.count; a++) {
            const det_mask mask = det_rle_view(&s.objects[a].mask);
            ck_assert_int_eq(mask.width, SIDE);
            ck_assert_int_eq(mask.height, SIDE - 30);
            ck_assert_uint_ge(det_mask_area(&mask), 30);
            for (size_t b = 0; b < a; b++) {
                const det_mask other = det_rle_view(&s.objects[b].mask);
                ck_assert_uint_eq(det_rle_intersection(&mask, &other), 0);
            }
        }
        det_shape_scene_destroy(&s);
    }
    ck_assert_uint_ge(objects, 100);
}
END_TEST

/* An object differs from what is around it: without, the scene would teach
 * nothing.  Its mean colour is compared with that of its box's rest. */
START_TEST(objects_can_be_seen)
{
    int seen = 0, all = 0;
    for (uint64_t i = 0; i < 20; i++) {
        struct det_shape_scene s;
        uint8_t bytes[SIDE * SIDE];
        ck_assert_int_eq(det_shape_scene_make(&s, &config, i, NULL), DET_OK);
        for (size_t k = 0; k < s.count; k++) {
            const det_mask mask = det_rle_view(&s.objects[k].mask);
            const struct det_rle_box box = det_rle_bounding_box(&mask);
            double sums[2][3] = {{0}}, counts[2] = {1e-9, 1e-9}, off = 0.0;
            ck_assert_int_eq(det_mask_decode(&mask, bytes, SIDE), DET_OK);
            for (int32_t y = box.y; y < box.y + box.h; y++)
                for (int32_t x = box.x; x < box.x + box.w; x++) {
                    const int in = bytes[y * SIDE + x] != 0;
                    counts[in]++;
                    for (int c = 0; c < 3; c++)
                        sums[in][c] += s.pixels[3 * (y * SIDE + x) + c];
                }
            for (int c = 0; c < 3; c++)
                off += fabs(sums[0][c] / counts[0] - sums[1][c] / counts[1]);
            seen += off > 30.0;
            all++;
        }
        det_shape_scene_destroy(&s);
    }
    ck_assert_int_ge(seen, all * 9 / 10);
}
END_TEST

/* --------------------------------------------------------------- public calls
 */

START_TEST(a_data_set_keeps_its_pictures)
{
    det_context *context;
    det_dataset *d;
    det_image *image;
    det_dataset_category category;
    det_scene_options options;
    det_scene_options_init(&options);
    options.first = 7;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_scenes_make(context, &options, 3, &d), DET_OK);
    ck_assert_uint_eq(det_dataset_image_count(d), 3);
    ck_assert_uint_eq(det_dataset_category_count(d), det_shape_count());
    ck_assert(det_dataset_get_category(d, 0, &category));
    ck_assert_str_eq(category.name, det_shape_name(0));
    for (size_t i = 0; i < 3; i++) {
        struct det_shape_scene s;
        det_result *objects;
        ck_assert_int_eq(
            det_dataset_load_image(context, d, i, NULL, NULL, &image), DET_OK);
        const det_pixels pixels = det_image_pixels(image);
        ck_assert_int_eq(det_shape_scene_make(
                             &s,
                             &(struct det_shape_scene_config){.width = 320,
                                                              .height = 320,
                                                              .min_objects = 3,
                                                              .max_objects = 9},
                             7 + i, NULL),
                         DET_OK);
        ck_assert_mem_eq(pixels.data, s.pixels, 3 * 320 * 320);
        ck_assert_int_eq(det_dataset_objects(context, d, i, &objects), DET_OK);
        ck_assert_uint_eq(det_result_count(objects), s.count);
        det_result_destroy(&objects);
        det_shape_scene_destroy(&s);
        det_image_destroy(&image);
    }
    det_dataset_destroy(&d);
    det_context_destroy(&context);
}
END_TEST

static int stop_at_third(void *user, const char *name, const det_pixels *pixels)
{
    int *count = user;
    ck_assert_ptr_nonnull(strstr(name, "scene-"));
    ck_assert_int_eq(pixels->width, 320);
    return ++*count == 3;
}

START_TEST(a_caller_can_stop)
{
    det_context *context;
    det_dataset *d;
    int count = 0;
    det_scene_options options;
    det_scene_options_init(&options);
    options.picture = stop_at_third;
    options.user = &count;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_scenes_make(context, &options, 9, &d),
                     DET_ERROR_CANCELLED);
    ck_assert_ptr_null(d);
    ck_assert_int_eq(count, 3);
    det_context_destroy(&context);
}
END_TEST

START_TEST(bad_options_are_refused)
{
    static const int32_t rows[][4] = {{31, 320, 3, 9},
                                      {320, 8193, 3, 9},
                                      {320, 320, -1, 9},
                                      {320, 320, 5, 4},
                                      {320, 320, 3, 101}};
    det_context *context;
    det_dataset *d;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        det_scene_options options;
        det_scene_options_init(&options);
        options.width = rows[i][0];
        options.height = rows[i][1];
        options.min_objects = rows[i][2];
        options.max_objects = rows[i][3];
        ck_assert_int_eq(det_scenes_make(context, &options, 1, &d),
                         DET_ERROR_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(det_context_message(context), "scenes"));
    }
    ck_assert_int_eq(det_scenes_make(NULL, NULL, 1, &d), DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_scenes_make(context, NULL, 0, &d), DET_OK);
    ck_assert_uint_eq(det_dataset_image_count(d), 0);
    det_dataset_destroy(&d);
    det_context_destroy(&context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shape_scenes");
    TCase *tests = tcase_create("shape_scenes");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, outlines_are_closed_and_small);
    tcase_add_test(tests, coverage_is_area);
    tcase_add_test(tests, coverage_is_clipped);
    tcase_add_test(tests, scenes_are_the_same_again);
    tcase_add_test(tests, masks_do_not_overlap);
    tcase_add_test(tests, objects_can_be_seen);
    tcase_add_test(tests, a_data_set_keeps_its_pictures);
    tcase_add_test(tests, a_caller_can_stop);
    tcase_add_test(tests, bad_options_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
