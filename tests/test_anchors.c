/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#define GOLDEN_ANCHORS
#include "detector/network.h"
#include "rpn/anchors.h"
#include "tests/golden/detectron2_golden.h"

static void check_box(const char *what, int32_t index, struct det_box box,
                      const float expected[4])
{
    const float actual[4] = {box.x1, box.y1, box.x2, box.y2};
    for (int i = 0; i < 4; i++)
        ck_assert_msg(actual[i] == expected[i],
                      "%s %d: coordinate %d is %.9g, expected %.9g", what,
                      index, i, (double)actual[i], (double)expected[i]);
}

/* The network of an architecture under a preset, without weights. */
static void init_network(struct det_network *network, const char *architecture,
                         const char *preset)
{
    struct det_message message = {0};
    const struct det_network_config config = {
        .architecture = det_architecture_find(architecture),
        .preset = det_preset_find(preset),
        .num_scores = 81,
        .num_delta_classes = 80};
    ck_assert_int_eq(det_network_init(network, &config, &message), DET_OK);
}

static void check_pyramid(const char *architecture, const char *preset,
                          const float *expected)
{
    struct det_network network;
    init_network(&network, architecture, preset);
    ck_assert_int_eq(network.num_anchor_levels, 5);
    for (int level = 0; level < 5; level++) {
        const struct det_cell_anchors *anchors = &network.anchors[level];
        ck_assert_int_eq(anchors->count, 3);
        for (int32_t i = 0; i < 3; i++)
            check_box(preset, 3 * level + i, anchors->boxes[i],
                      expected + (ptrdiff_t)4 * (3 * level + i));
    }
    det_network_destroy(&network);
}

/* All sizes on one map; the fifth place of a map of 2 x 3. */
static void check_single(const char *architecture, const char *preset,
                         const float *expected, int32_t stride,
                         const float *expected_grid)
{
    struct det_network network;
    init_network(&network, architecture, preset);
    const struct det_cell_anchors *anchors = &network.anchors[0];
    const struct det_anchor_stride strides = {stride, stride};
    ck_assert_int_eq(network.num_anchor_levels, 1);
    ck_assert_int_eq(anchors->count, 15);
    for (ptrdiff_t i = 0; i < 15; i++) {
        check_box(preset, (int32_t)i, anchors->boxes[i], expected + 4 * i);
        check_box("placed", (int32_t)i,
                  det_anchor_at(anchors, strides, 3, 15 * 4 + i),
                  expected_grid + 4 * i);
    }
    det_network_destroy(&network);
}

START_TEST(torchvision)
{
    check_pyramid("maskrcnn_resnet50_fpn", "torchvision",
                  golden_anchors_torchvision_fpn);
    check_pyramid("maskrcnn_resnet50_fpn", "torchvision-double",
                  golden_anchors_torchvision_fpn);
    check_single("fasterrcnn_resnet50_c4", "torchvision",
                 golden_anchors_torchvision_single, 32,
                 golden_grid_torchvision);
}
END_TEST

START_TEST(detectron2)
{
    check_pyramid("mask_rcnn_R_50_FPN", "detectron2",
                  golden_anchors_detectron2);
    check_single("mask_rcnn_R_50_C4", "detectron2", golden_anchors_detectron2,
                 16, golden_grid_detectron2);
    check_single("mask_rcnn_R_50_DC5", "detectron2", golden_anchors_detectron2,
                 16, golden_grid_detectron2);
}
END_TEST

/* Detectron2 tests/modeling/test_anchor_generator.py: sizes 32 and 64, ratios
 * 1/4, 1 and 4, stride 4, a map of 1 x 2. */
START_TEST(detectron2_published)
{
    static const float expected[12][4] = {
        {-32, -8, 32, 8},   {-16, -16, 16, 16}, {-8, -32, 8, 32},
        {-64, -16, 64, 16}, {-32, -32, 32, 32}, {-16, -64, 16, 64},
        {-28, -8, 36, 8},   {-12, -16, 20, 16}, {-4, -32, 12, 32},
        {-60, -16, 68, 16}, {-28, -32, 36, 32}, {-12, -64, 20, 64}};
    const struct det_anchor_config config = {.num_sizes = 2,
                                             .sizes = {32, 64},
                                             .num_ratios = 3,
                                             .ratios = {0.25f, 1, 4}};
    const struct det_anchor_stride stride = {4, 4};
    struct det_cell_anchors anchors;
    det_cell_anchors_init(&anchors, &config, DET_ANCHORS_BY_SIZE);
    ck_assert_int_eq(anchors.count, 6);
    for (int32_t i = 0; i < 12; i++)
        check_box("anchor", i, det_anchor_at(&anchors, stride, 2, i),
                  expected[i]);
}
END_TEST

/* The lists that py-faster-rcnn's generate_anchors.py ends with (9 anchors),
 * and that of the nets for COCO (scale 4 too, 12 anchors). */
START_TEST(caffe_published)
{
    static const float expected[12][4] = {
        {-38, -16, 53, 31},     {-84, -40, 99, 55},     {-176, -88, 191, 103},
        {-360, -184, 375, 199}, {-24, -24, 39, 39},     {-56, -56, 71, 71},
        {-120, -120, 135, 135}, {-248, -248, 263, 263}, {-14, -36, 29, 51},
        {-36, -80, 51, 95},     {-80, -168, 95, 183},   {-168, -344, 183, 359}};
    struct det_anchor_config config = {.num_sizes = 4,
                                       .sizes = {64, 128, 256, 512},
                                       .num_ratios = 3,
                                       .ratios = {0.5f, 1, 2},
                                       .rule = DET_ANCHORS_OF_BASE,
                                       .base = 16};
    struct det_cell_anchors anchors;
    det_cell_anchors_init(&anchors, &config, DET_ANCHORS_BY_RATIO);
    ck_assert_int_eq(anchors.count, 12);
    for (int32_t i = 0; i < 12; i++)
        check_box("of 12", i, anchors.boxes[i], expected[i]);
    config.num_sizes = 3;
    for (int i = 0; i < 3; i++)
        config.sizes[i] = (float)(128 << i);
    det_cell_anchors_init(&anchors, &config, DET_ANCHORS_BY_RATIO);
    ck_assert_int_eq(anchors.count, 9);
    for (int32_t i = 0; i < 9; i++)
        check_box("of 9", i, anchors.boxes[i], expected[i / 3 * 4 + i % 3 + 1]);
}
END_TEST

/* Detectron's, whose base is the level's stride: 4 x 4, 8 x 8... */
START_TEST(detectron_pyramid)
{
    static const float expected[15][4] = {
        {-22, -10, 25, 13},     {-14, -14, 17, 17},     {-10, -22, 13, 25},
        {-40, -20, 47, 27},     {-28, -28, 35, 35},     {-20, -44, 27, 51},
        {-84, -40, 99, 55},     {-56, -56, 71, 71},     {-36, -80, 51, 95},
        {-164, -72, 195, 103},  {-112, -112, 143, 143}, {-76, -168, 107, 199},
        {-332, -152, 395, 215}, {-224, -224, 287, 287}, {-148, -328, 211, 391}};
    check_pyramid("e2e_mask_rcnn_R-50-FPN", "detectron", &expected[0][0]);
}
END_TEST

/* Row, column, anchor; the strides of the axes may differ. */
START_TEST(grid_order)
{
    const struct det_anchor_config config = {.num_sizes = 1,
                                             .sizes = {2},
                                             .num_ratios = 2,
                                             .ratios = {1, 4},
                                             .rule = DET_ANCHORS_ROUNDED};
    const struct det_anchor_stride stride = {10, 7};
    struct det_cell_anchors anchors;
    det_cell_anchors_init(&anchors, &config, DET_ANCHORS_BY_RATIO);
    int64_t index = 0;
    for (int32_t y = 0; y < 3; y++)
        for (int32_t x = 0; x < 5; x++)
            for (int32_t a = 0; a < 2; a++, index++) {
                const float cell[2][4] = {{-1, -1, 1, 1}, {0, -2, 0, 2}};
                const float expected[4] = {
                    cell[a][0] + (float)(7 * x), cell[a][1] + (float)(10 * y),
                    cell[a][2] + (float)(7 * x), cell[a][3] + (float)(10 * y)};
                check_box("anchor", (int32_t)index,
                          det_anchor_at(&anchors, stride, 5, index), expected);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("anchors");
    TCase *tcase = tcase_create("anchors");
    tcase_add_test(tcase, torchvision);
    tcase_add_test(tcase, detectron2);
    tcase_add_test(tcase, detectron2_published);
    tcase_add_test(tcase, caffe_published);
    tcase_add_test(tcase, detectron_pyramid);
    tcase_add_test(tcase, grid_order);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
