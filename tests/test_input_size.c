/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#define GOLDEN_SIZES
#include "detector/input_size.h"
#include "tests/golden/detectron2_golden.h"

static struct det_settings settings_of(const char *preset,
                                       enum det_backbone_kind kind)
{
    struct det_settings settings;
    const struct det_network network = {.backbone.kind = kind};
    det_settings_init(&settings, det_preset_find(preset), &network);
    return settings;
}

static const char *const presets[] = {"torchvision", "torchvision-double",
                                      "detectron2"};

/* Rows of golden_sizes: photo, then a size for each preset. */
START_TEST(as_the_references)
{
    enum { ROW = 8 };
    const struct det_settings settings =
        settings_of(presets[_i], DET_BACKBONE_FPN);
    const size_t rows = sizeof golden_sizes / sizeof golden_sizes[0] / ROW;
    ck_assert_uint_gt(rows, 20);
    for (size_t i = 0; i < rows; i++) {
        const int32_t *row = golden_sizes + ROW * i;
        const int32_t *expected = row + 2 + 2 * _i;
        const struct det_input_size size =
            det_input_size_for(&settings, row[0], row[1]);
        ck_assert_msg(
            size.resized_h == expected[0] && size.resized_w == expected[1],
            "%s, %d x %d: %d x %d, expected %d x %d", presets[_i], row[0],
            row[1], size.resized_h, size.resized_w, expected[0], expected[1]);
    }
}
END_TEST

/* What each rule makes of photos of 375 x 500 and of 334 x 500. */
START_TEST(rules_differ)
{
    static const int32_t expected[][4] = {
        {799, 1066, 800, 1197}, {800, 1066, 799, 1197}, {800, 1067, 800, 1198}};
    const struct det_settings settings =
        settings_of(presets[_i], DET_BACKBONE_FPN);
    struct det_input_size size = det_input_size_for(&settings, 375, 500);
    ck_assert_int_eq(size.resized_h, expected[_i][0]);
    ck_assert_int_eq(size.resized_w, expected[_i][1]);
    size = det_input_size_for(&settings, 334, 500);
    ck_assert_int_eq(size.resized_h, expected[_i][2]);
    ck_assert_int_eq(size.resized_w, expected[_i][3]);
}
END_TEST

/* py-faster-rcnn: one factor, from the shorter side unless the longer one's
 * rounded length is more than 1000; then each side is rounded. */
START_TEST(one_factor)
{
    static const struct {
        int32_t h, w, resized_h, resized_w;
        double factor;
    } rows[] = {{375, 500, 600, 800, 600.0 / 375},
                {333, 500, 600, 901, 600.0 / 333},
                {300, 500, 600, 1000, 2.0},
                {299, 500, 598, 1000, 2.0},
                {600, 1001, 599, 1000, 1000.0 / 1001},
                {480, 640, 600, 800, 1.25},
                /* 1000.2 rounds to 1000, which is allowed */
                {2000, 3334, 600, 1000, 600.0 / 2000},
                /* half to even: 600 / 400 * 601 = 901.5 */
                {400, 601, 600, 902, 1.5},
                {400, 599, 600, 898, 1.5},
                {1, 3000, 1, 1000, 1000.0 / 3000}};
    const struct det_settings settings = settings_of("caffe", DET_BACKBONE_DC5);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct det_input_size size =
            det_input_size_for(&settings, rows[i].h, rows[i].w);
        ck_assert_int_eq(size.resized_h, rows[i].resized_h);
        ck_assert_int_eq(size.resized_w, rows[i].resized_w);
        ck_assert_double_eq(size.factor, rows[i].factor);
        ck_assert_int_eq(size.padded_w, size.resized_w);
    }
    const struct det_settings others =
        settings_of("detectron2", DET_BACKBONE_DC5);
    ck_assert_double_eq(det_input_size_for(&others, 375, 500).factor, 0);
}
END_TEST

/* Of a photo of 400 x 601, which becomes 800 x 1202 everywhere. */
static void check_padding(const char *preset, enum det_backbone_kind kind,
                          int32_t height, int32_t width)
{
    const struct det_settings settings = settings_of(preset, kind);
    const struct det_input_size size = det_input_size_for(&settings, 400, 601);
    ck_assert_int_eq(size.resized_h, 800);
    ck_assert_int_eq(size.resized_w, 1202);
    ck_assert_int_eq(size.padded_h, height);
    ck_assert_int_eq(size.padded_w, width);
}

/* Detectron2 pads only for a pyramid, torchvision always, both to 32. */
START_TEST(padding)
{
    check_padding("torchvision-double", DET_BACKBONE_FPN, 800, 1216);
    check_padding("torchvision", DET_BACKBONE_C4, 800, 1216);
    check_padding("torchvision", DET_BACKBONE_DC5, 800, 1216);
    check_padding("detectron2", DET_BACKBONE_FPN, 800, 1216);
    check_padding("detectron2", DET_BACKBONE_C4, 800, 1202);
    check_padding("detectron2", DET_BACKBONE_DC5, 800, 1202);
}
END_TEST

/* A side that would vanish is one pixel. */
START_TEST(very_flat_photos)
{
    for (int kind = DET_BACKBONE_C4; kind <= DET_BACKBONE_FPN; kind++) {
        const struct det_settings settings =
            settings_of(presets[_i], (enum det_backbone_kind)kind);
        struct det_input_size size = det_input_size_for(&settings, 1, 32000);
        ck_assert_int_eq(size.resized_h, 1);
        ck_assert_int_ge(size.resized_w, 1332);
        ck_assert_int_le(size.resized_w, 1333);
        size = det_input_size_for(&settings, 32000, 1);
        ck_assert_int_eq(size.resized_w, 1);
        ck_assert_int_ge(size.padded_h, size.resized_h);
    }
}
END_TEST

/* No photo may make more than the longer side allows. */
START_TEST(sides_stay_below_max_size)
{
    const struct det_settings settings =
        settings_of(presets[_i], DET_BACKBONE_FPN);
    for (int32_t h = 1; h < 3000; h += 97)
        for (int32_t w = 1; w < 3000; w += 31) {
            const struct det_input_size size =
                det_input_size_for(&settings, h, w);
            ck_assert_int_le(size.resized_h, 1333);
            ck_assert_int_le(size.resized_w, 1333);
            ck_assert_int_eq(size.padded_h % 32, 0);
            ck_assert_int_lt(size.padded_w - size.resized_w, 32);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("input_size");
    TCase *tcase = tcase_create("sizes");
    tcase_add_loop_test(tcase, as_the_references, 0, 3);
    tcase_add_loop_test(tcase, rules_differ, 0, 3);
    tcase_add_test(tcase, one_factor);
    tcase_add_test(tcase, padding);
    tcase_add_loop_test(tcase, very_flat_photos, 0, 3);
    tcase_add_loop_test(tcase, sides_stay_below_max_size, 0, 3);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
