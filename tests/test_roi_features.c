/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "roi/roi_features.h"
#include "tests/planned_run.h"

enum { SIDE = 4, MAX_OUT = 4 * SIDE * SIDE };

struct pooled {
    int32_t count;
    float values[MAX_OUT];
};

static struct pooled pool(const struct det_roi_config *config,
                          const struct det_roi_maps *maps,
                          const struct det_box *boxes, int32_t count)
{
    const struct det_roi_batch rois = {
        .boxes = boxes, .count = count, .capacity = 4};
    struct planned_run run;
    struct det_tensor out;
    struct pooled pooled = {.count = count};
    planned_run_plan(&run);
    planned_run_check(&run, det_roi_features_pool(&run.compute, &out, config,
                                                  maps, &rois, SIDE));
    det_tensor_give(&run.compute, &out);
    planned_run_begin(&run);
    planned_run_check(&run, det_roi_features_pool(&run.compute, &out, config,
                                                  maps, &rois, SIDE));
    ck_assert_int_eq(out.n, count);
    memcpy(pooled.values, out.data,
           (size_t)det_tensor_count(&out) * sizeof(float));
    det_tensor_give(&run.compute, &out);
    planned_run_end(&run);
    return pooled;
}

/* 0, 1, 2, ... row by row, one channel */
static struct det_tensor counting_map(float *data, int32_t side)
{
    for (int32_t i = 0; i < side * side; i++)
        data[i] = (float)i;
    return (struct det_tensor){
        .data = data, .n = 1, .h = side, .w = side, .c = 1, .capacity = 1};
}

/* Detectron2 tests/layers/test_roi_align.py: the box (1, 1, 3, 3) of a map of
 * 5 x 5, without and with the shift by half a pixel. */
START_TEST(detectron2_published)
{
    float data[25];
    const struct det_roi_maps maps = {
        .count = 1, .maps = {counting_map(data, 5)}, .scales = {1}};
    const struct det_box box = {1, 1, 3, 3};
    for (int aligned = 0; aligned < 2; aligned++) {
        const struct det_roi_config config = {.kind = DET_ROI_ALIGN,
                                              .aligned = aligned};
        const struct pooled out = pool(&config, &maps, &box, 1);
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                ck_assert_float_eq_tol(out.values[y * SIDE + x],
                                       (aligned ? 4.5f : 7.5f) +
                                           2.5f * (float)y + 0.5f * (float)x,
                                       1e-5f);
    }
}
END_TEST

/* The same file's box without a height, which has no sample: 0. */
START_TEST(empty_box)
{
    float data[25];
    const struct det_roi_maps maps = {
        .count = 1, .maps = {counting_map(data, 5)}, .scales = {1}};
    const struct det_roi_config config = {.kind = DET_ROI_ALIGN,
                                          .aligned = true};
    const struct det_box boxes[] = {{3, 4, 5, 4}, {1, 1, 3, 3}};
    const struct pooled out = pool(&config, &maps, boxes, 2);
    for (int i = 0; i < SIDE * SIDE; i++)
        ck_assert(out.values[i] == 0);
    ck_assert_float_eq_tol(out.values[SIDE * SIDE], 4.5f, 1e-5f);
}
END_TEST

START_TEST(no_rois)
{
    float data[25];
    const struct det_roi_maps maps = {
        .count = 1, .maps = {counting_map(data, 5)}, .scales = {0.0625f}};
    const struct det_roi_config config = {.kind = DET_ROI_ALIGN};
    ck_assert_int_eq(pool(&config, &maps, NULL, 0).count, 0);
}
END_TEST

/* Maps of the strides 4 to 32 of a photo of 512 x 512, each of one value: a RoI
 * tells its map. */
START_TEST(map_of_the_level)
{
    static const enum det_level_rule rules[] = {DET_LEVEL_TORCHVISION,
                                                DET_LEVEL_DETECTRON2};
    static const struct det_box boxes[] = {
        {9, 9, 20, 20}, {0, 0, 120, 120}, {10, 10, 250, 250}, {0, 0, 500, 500}};
    static float data[128 * 128];
    const struct det_roi_config config = {
        .kind = DET_ROI_ALIGN, .aligned = true, .level_rule = rules[_i]};
    for (int map = 0; map < 4; map++) { /* all maps are 0 but this one */
        static float zeros[128 * 128];
        struct det_roi_maps maps = {.count = 4};
        for (int i = 0; i < 4; i++) {
            const int32_t side = 128 >> i;
            maps.maps[i] = (struct det_tensor){.data = i == map ? data : zeros,
                                               .n = 1,
                                               .h = side,
                                               .w = side,
                                               .c = 1,
                                               .capacity = 1};
            maps.scales[i] = 0.25f / (float)(1 << i);
        }
        for (int i = 0; i < 128 * 128; i++)
            data[i] = 1;
        const struct pooled out = pool(&config, &maps, boxes, 4);
        for (int i = 0; i < 4 * SIDE * SIDE; i++)
            ck_assert_float_eq_tol(
                out.values[i], i / (SIDE * SIDE) == map ? 1.0f : 0.0f, 1e-6f);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("roi_features");
    TCase *tcase = tcase_create("pooling");
    tcase_add_test(tcase, detectron2_published);
    tcase_add_test(tcase, empty_box);
    tcase_add_test(tcase, no_rois);
    tcase_add_loop_test(tcase, map_of_the_level, 0, 2);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
