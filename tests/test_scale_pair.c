/* SPDX-License-Identifier: MIT */
/* Which two scales a RoI is pooled from, and their maximum. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "compute/maximum.h"
#include "roi/scale_pair.h"
#include "tests/planned_run.h"

enum { SCALES = 5 };

/* Shorter sides of 200, 400, ... 1000, of boxes seen at 600. */
static const float factors[SCALES] = {1.0f / 3, 2.0f / 3, 1, 4.0f / 3,
                                      5.0f / 3};

static struct det_box rectangle(float w, float h)
{
    return (struct det_box){10, 20, 10 + w, 20 + h};
}

/* At 600: 224 x 224 is nearest there, and 400 (99 x 224 pixels away from it)
 * is nearer than 800. */
START_TEST(by_hand)
{
    static const struct {
        float w, h;
        int32_t lower;
    } rows[] = {{224, 224, 1},  {112, 448, 1}, {30, 30, 3},
                {600, 600, 0},  {150, 150, 3}, {175, 175, 2},
                {2000, 900, 0}, {0, 0, 0},     {336, 336, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_msg(
            det_scale_pair(factors, SCALES, rectangle(rows[i].w, rows[i].h)) ==
                rows[i].lower,
            "%g x %g", (double)rows[i].w, (double)rows[i].h);
}
END_TEST

/* The nearest scale is one of the two, whatever the size. */
START_TEST(nearest_is_there)
{
    for (float side = 1; side < 1500; side *= 1.01f) {
        const int32_t lower =
            det_scale_pair(factors, SCALES, rectangle(side, side));
        int nearest = 0;
        for (int i = 1; i < SCALES; i++)
            if (fabs(pow((double)(side * factors[i]), 2) - 50176) <
                fabs(pow((double)(side * factors[nearest]), 2) - 50176))
                nearest = i;
        ck_assert(lower == nearest || lower + 1 == nearest);
        ck_assert(lower >= 0 && lower < SCALES - 1);
    }
}
END_TEST

START_TEST(two_scales_leave_no_choice)
{
    ck_assert_int_eq(det_scale_pair(factors, 2, rectangle(5, 5)), 0);
    ck_assert_int_eq(det_scale_pair(factors, 2, rectangle(NAN, 5)), 0);
}
END_TEST

/* ------------------------------------------------------------------- maximum
 */

static void run_maximum(int32_t n)
{
    struct planned_run run;
    struct det_tensor a, b;
    planned_run_plan(&run);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1)
            planned_run_begin(&run);
        planned_run_check(&run, det_tensor_take(&run.compute, &a, n, 3, 1, 5));
        planned_run_check(&run, det_tensor_take(&run.compute, &b, n, 3, 1, 5));
        for (int32_t i = 0; pass == 1 && i < n * 15; i++) {
            a.data[i] = (float)(i % 7) - 3;
            b.data[i] = (float)(i % 5) - 2;
        }
        planned_run_check(&run, det_maximum(&run.compute, &a, &b));
        for (int32_t i = 0; pass == 1 && i < n * 15; i++)
            ck_assert(a.data[i] ==
                      fmaxf((float)(i % 7) - 3, (float)(i % 5) - 2));
        det_tensor_give(&run.compute, &a);
    }
    planned_run_end(&run);
}

START_TEST(the_greater_of_each)
{
    run_maximum(1);
    run_maximum(37);
}
END_TEST

START_TEST(shapes_must_agree)
{
    struct planned_run run;
    struct det_tensor a, b;
    planned_run_plan(&run);
    planned_run_check(&run, det_tensor_take(&run.compute, &a, 2, 3, 1, 5));
    planned_run_check(&run, det_tensor_take(&run.compute, &b, 2, 1, 3, 5));
    ck_assert_int_eq(det_maximum(&run.compute, &a, &b), DET_ERROR_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scale_pair");
    TCase *tcase = tcase_create("scale_pair");
    const TTest *const tests[] = {by_hand, nearest_is_there,
                                  two_scales_leave_no_choice,
                                  the_greater_of_each, shapes_must_agree};
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
