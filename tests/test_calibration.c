/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "eval/calibration.h"

START_TEST(empty)
{
    const struct det_calibration c = {.counts = {0}};
    ck_assert_double_eq(det_calibration_error(&c), -1);
    ck_assert_double_eq(det_calibration_precision(&c, 0), -1);
    ck_assert_double_eq(det_calibration_score(&c, 14), -1);
}
END_TEST

/* Bin 13 (0.867..0.933): 0.9 right, 0.9 wrong: |0.5 - 0.9| = 0.4.  Bin 1
 * (0.067..0.133): 0.1 wrong, 0.13 wrong: 0.115.  Mean over four: 0.2575. */
START_TEST(worked_by_hand)
{
    struct det_calibration c = {.counts = {0}};
    det_calibration_add(&c, 0.9, true);
    det_calibration_add(&c, 0.9, false);
    det_calibration_add(&c, 0.1, false);
    det_calibration_add(&c, 0.13, false);
    ck_assert_uint_eq(c.counts[13], 2);
    ck_assert_uint_eq(c.counts[1], 2);
    ck_assert_double_eq_tol(det_calibration_precision(&c, 13), 0.5, 1e-15);
    ck_assert_double_eq_tol(det_calibration_score(&c, 1), 0.115, 1e-15);
    ck_assert_double_eq_tol(det_calibration_error(&c), 0.2575, 1e-15);
}
END_TEST

START_TEST(perfect)
{
    struct det_calibration c = {.counts = {0}};
    det_calibration_add(&c, 1, true);
    det_calibration_add(&c, 0, false);
    ck_assert_uint_eq(c.counts[DET_CALIBRATION_BINS - 1], 1);
    ck_assert_double_eq(det_calibration_error(&c), 0);
}
END_TEST

START_TEST(scores_from_outside)
{
    struct det_calibration c = {.counts = {0}};
    det_calibration_add(&c, -3, true);
    det_calibration_add(&c, 1e300, true);
    ck_assert_uint_eq(c.counts[0], 1);
    ck_assert_uint_eq(c.counts[DET_CALIBRATION_BINS - 1], 1);
    ck_assert_uint_eq(det_score_bin(-1), 0);
    ck_assert_uint_eq(det_score_bin(NAN), 0);
    ck_assert_uint_eq(det_score_bin(0.05), 1);
    ck_assert_uint_eq(det_score_bin(7), DET_HISTOGRAM_SCORES - 1);
}
END_TEST

START_TEST(sizes)
{
    ck_assert_uint_eq(det_size_bin(0), 0);
    ck_assert_uint_eq(det_size_bin(NAN), 0);
    ck_assert_uint_eq(det_size_bin(63.9), 0);
    ck_assert_uint_eq(det_size_bin(64), 1);
    ck_assert_uint_eq(det_size_bin(32 * 32), 3);
    ck_assert_uint_eq(det_size_bin(96 * 96 - 1), 4);
    ck_assert_uint_eq(det_size_bin(1e12), DET_HISTOGRAM_SIZES - 1);
    ck_assert_double_eq(det_size_edge(3), 32);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calibration");
    TCase *cases = tcase_create("calibration");
    tcase_add_test(cases, empty);
    tcase_add_test(cases, worked_by_hand);
    tcase_add_test(cases, perfect);
    tcase_add_test(cases, scores_from_outside);
    tcase_add_test(cases, sizes);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
