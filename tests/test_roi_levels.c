/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#define GOLDEN_LEVELS
#include "detector/preset.h"
#include "tests/golden/detectron2_golden.h"
#include "tests/golden/geometry_inputs.h"

static struct det_level_range range_of(const char *preset)
{
    return (struct det_level_range){
        .rule = det_preset_find(preset)->level_rule, .lowest = 2, .highest = 5};
}

static struct det_box square(float side)
{
    return (struct det_box){10, 20, 10 + side, 20 + side};
}

static void check_golden(const char *preset, const int32_t *expected,
                         size_t count)
{
    enum { MOST = 64 };
    struct det_box boxes[MOST];
    struct random_numbers random = {31};
    const struct det_level_range range = range_of(preset);
    ck_assert_uint_le(count, MOST);
    random_boxes(&random, boxes, count, 400, 900);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(det_roi_level(&range, boxes[i]) == expected[i],
                      "%s, box %zu: map %d, expected %d", preset, i,
                      det_roi_level(&range, boxes[i]), expected[i]);
}

START_TEST(as_the_references)
{
    check_golden("torchvision", golden_levels_torchvision,
                 sizeof golden_levels_torchvision / sizeof(int32_t));
    check_golden("detectron2", golden_levels_detectron2,
                 sizeof golden_levels_detectron2 / sizeof(int32_t));
}
END_TEST

static const char *const presets[] = {"torchvision", "torchvision-double",
                                      "detectron2"};

/* 224 belongs to level 4; each octave to the next. */
START_TEST(octaves)
{
    const struct det_level_range range = range_of(presets[_i]);
    ck_assert_int_eq(det_roi_level(&range, square(1)), 0);
    ck_assert_int_eq(det_roi_level(&range, square(111)), 0);
    ck_assert_int_eq(det_roi_level(&range, square(112)), 1);
    ck_assert_int_eq(det_roi_level(&range, square(223)), 1);
    ck_assert_int_eq(det_roi_level(&range, square(224)), 2);
    ck_assert_int_eq(det_roi_level(&range, square(447)), 2);
    ck_assert_int_eq(det_roi_level(&range, square(448)), 3);
    ck_assert_int_eq(det_roi_level(&range, square(5000)), 3);
    /* what counts is the area */
    const struct det_box wide = {0, 0, 448, 112};
    ck_assert_int_eq(det_roi_level(&range, wide), 2);
}
END_TEST

/* Detectron's sides are a pixel longer. */
START_TEST(detectron_octaves)
{
    const struct det_level_range range = range_of("detectron");
    ck_assert_int_eq(det_roi_level(&range, square(0)), 0);
    ck_assert_int_eq(det_roi_level(&range, square(110.99f)), 0);
    ck_assert_int_eq(det_roi_level(&range, square(111)), 1);
    ck_assert_int_eq(det_roi_level(&range, square(222.99f)), 1);
    ck_assert_int_eq(det_roi_level(&range, square(223)), 2);
    ck_assert_int_eq(det_roi_level(&range, square(447)), 3);
    ck_assert_int_eq(det_roi_level(&range, square(5000)), 3);
}
END_TEST

/* torchvision's 1e-6 outside the logarithm lifts a side that is 3.4e-7 of
 * itself too small, Detectron2's 1e-8 inside it does not. */
START_TEST(guards_differ)
{
    const struct det_level_range torchvision = range_of("torchvision");
    const struct det_level_range detectron2 = range_of("detectron2");
    const struct det_box box = {0, 0, 111.999962f, 111.999962f};
    ck_assert_int_eq(det_roi_level(&torchvision, box), 1);
    ck_assert_int_eq(det_roi_level(&detectron2, box), 0);
    const struct det_box nearer = {0, 0, 111.999992f, 111.999992f};
    ck_assert_int_eq(det_roi_level(&torchvision, nearer), 1);
    ck_assert_int_eq(det_roi_level(&detectron2, nearer), 1);
}
END_TEST

START_TEST(empty_boxes)
{
    const struct det_level_range range = range_of(presets[_i]);
    ck_assert_int_eq(det_roi_level(&range, square(0)), 0);
    const struct det_box line = {5, 5, 900, 5};
    ck_assert_int_eq(det_roi_level(&range, line), 0);
    const struct det_box odd = {5, 5, 3, 9}; /* area below 0: root is NaN */
    ck_assert_int_eq(det_roi_level(&range, odd), 0);
}
END_TEST

START_TEST(one_map)
{
    struct det_level_range range = range_of(presets[_i]);
    range.lowest = range.highest = 4;
    ck_assert_int_eq(det_roi_level(&range, square(0)), 0);
    ck_assert_int_eq(det_roi_level(&range, square(300)), 0);
    ck_assert_int_eq(det_roi_level(&range, square(3000)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("roi_levels");
    TCase *tcase = tcase_create("levels");
    tcase_add_test(tcase, as_the_references);
    tcase_add_test(tcase, detectron_octaves);
    tcase_add_loop_test(tcase, octaves, 0, 3);
    tcase_add_test(tcase, guards_differ);
    tcase_add_loop_test(tcase, empty_boxes, 0, 3);
    tcase_add_loop_test(tcase, one_map, 0, 3);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
