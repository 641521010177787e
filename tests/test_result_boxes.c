/* SPDX-License-Identifier: MIT */
/* From the resized photo back to the photo: torchvision's resize_boxes,
 * Detectron2's detector_postprocess. */
#include <check.h>
#include <stdlib.h>

#include "detector/result.h"

enum { WIDTH = 100, HEIGHT = 50 };

/* The result for a photo that was resized to 200 x 125. */
static det_result *create(const char *preset, struct det_box *boxes,
                          int32_t count)
{
    float scores[] = {0.9f, 0.8f, 0.7f, 0.6f};
    int32_t labels[] = {5, 6, 7, 8};
    struct det_message message = {0};
    struct det_compute compute = {
        .ops = det_ops_for("cpu"), .message = &message, .threads = 1};
    struct det_mask_paster paster = {0};
    const struct det_settings settings = {.preset = *det_preset_find(preset)};
    const struct det_pipeline_result raw = {
        .size = {.resized_h = 125,
                 .resized_w = 200,
                 .padded_h = 128,
                 .padded_w = 224},
        .in_photo = settings.preset.decodes_in_photo,
        .detections = {.boxes = boxes,
                       .scores = scores,
                       .labels = labels,
                       .count = count,
                       .capacity = count}};
    det_result *result;
    const det_pixels photo = {.width = WIDTH, .height = HEIGHT};
    ck_assert_msg(det_result_create_all(&compute, &result, &raw, &settings,
                                        &paster, &photo, 1) == DET_OK,
                  "%s", message.text);
    det_mask_paster_destroy(&paster);
    return result;
}

static void check(const det_result *result, size_t index, int32_t label,
                  const float box[4])
{
    const det_detection *d = det_result_detection(result, index);
    ck_assert_ptr_nonnull(d);
    ck_assert_int_eq(d->label, label);
    ck_assert_float_eq_tol((float)d->x, box[0], 1e-5f);
    ck_assert_float_eq_tol((float)d->y, box[1], 1e-5f);
    ck_assert_float_eq_tol((float)d->w, box[2], 1e-5f);
    ck_assert_float_eq_tol((float)d->h, box[3], 1e-5f);
}

static const char *const presets[] = {"torchvision", "detectron2"};

/* Each axis has its own factor: 0.5 and 0.4. */
START_TEST(scaled_per_axis)
{
    struct det_box boxes[] = {{20, 10, 60, 35}, {0, 0, 200, 125}};
    det_result *result = create(presets[_i], boxes, 2);
    ck_assert_uint_eq(det_result_count(result), 2);
    check(result, 0, 5, (const float[]){10, 4, 20, 10});
    check(result, 1, 6, (const float[]){0, 0, 100, 50});
    det_result_destroy(&result);
}
END_TEST

/* Caffe's boxes are the photo's already, x2 and y2 their last pixels; none is
 * clipped or dropped here. */
START_TEST(inclusive_in_the_photo)
{
    struct det_box boxes[] = {{20, 10, 59, 34}, {7, 7, 7, 7}};
    det_result *result = create("caffe", boxes, 2);
    ck_assert_uint_eq(det_result_count(result), 2);
    check(result, 0, 5, (const float[]){20, 10, 40, 25});
    check(result, 1, 6, (const float[]){7, 7, 1, 1});
    det_result_destroy(&result);
}
END_TEST

/* Detectron2 drops boxes without a side here, torchvision has dropped small
 * ones before and keeps all. */
START_TEST(empty_boxes)
{
    struct det_box boxes[] = {
        {200, 10, 200, 35}, {20, 10, 60, 35}, {20, 0, 60, 0}};
    det_result *result = create("detectron2", boxes, 3);
    ck_assert_uint_eq(det_result_count(result), 1);
    check(result, 0, 6, (const float[]){10, 4, 20, 10});
    det_result_destroy(&result);
    result = create("torchvision", boxes, 3);
    ck_assert_uint_eq(det_result_count(result), 3);
    check(result, 2, 7, (const float[]){10, 0, 20, 0});
    det_result_destroy(&result);
}
END_TEST

/* Detectron2 clips to the photo, which rounding may have passed. */
START_TEST(clipped_to_the_photo)
{
    struct det_box boxes[] = {{-1, -1, 202, 126}};
    det_result *result = create("detectron2", boxes, 1);
    check(result, 0, 5, (const float[]){0, 0, 100, 50});
    det_result_destroy(&result);
    result = create("torchvision", boxes, 1);
    check(result, 0, 5, (const float[]){-0.5f, -0.4f, 101.5f, 50.8f});
    det_result_destroy(&result);
}
END_TEST

START_TEST(nothing)
{
    det_result *result = create(presets[_i], NULL, 0);
    ck_assert_uint_eq(det_result_count(result), 0);
    ck_assert_ptr_null(det_result_detection(result, 0));
    det_result_destroy(&result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("result_boxes");
    TCase *tcase = tcase_create("boxes");
    tcase_add_loop_test(tcase, scaled_per_axis, 0, 2);
    tcase_add_test(tcase, inclusive_in_the_photo);
    tcase_add_test(tcase, empty_boxes);
    tcase_add_test(tcase, clipped_to_the_photo);
    tcase_add_loop_test(tcase, nothing, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
