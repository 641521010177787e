/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compute/add_rows.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"

enum { RANDOM_CASES = 60, GUARD = 7 /* is what other rows have */ };

struct rows_case {
    int32_t all, rows, first, h, c;
    bool replaces;
    float share;
};

/* Rows that are replaced are NaN before. */
static void check_case(const struct rows_case *s, struct det_random *random)
{
    struct planned_run run;
    struct det_tensor to = det_random_tensor(random, s->all, s->h, 2, s->c);
    struct det_tensor rows = det_random_tensor(random, s->rows, s->h, 2, s->c);
    const int64_t stride = det_tensor_stride(&to);
    const int64_t begin = s->first * stride, end = begin + s->rows * stride;
    float *before = malloc((size_t)(s->all * stride) * sizeof *before + 1);
    ck_assert_ptr_nonnull(before);
    for (int64_t i = 0; i < s->all * stride; i++)
        to.data[i] = i < begin || i >= end ? (float)GUARD
                     : s->replaces         ? NAN
                                           : to.data[i];
    memcpy(before, to.data, (size_t)(s->all * stride) * sizeof *before);
    planned_run_plan(&run);
    planned_run_begin(&run);
    planned_run_check(&run, det_add_rows(&run.compute, &to, &rows, s->first,
                                         s->replaces, s->share));
    planned_run_end(&run);
    for (int64_t i = 0; i < s->all * stride; i++) {
        float expected = before[i];
        if (i >= begin && i < end) {
            const float added = s->share * rows.data[i - begin];
            expected = s->replaces ? added : before[i] + added;
        }
        ck_assert_msg(to.data[i] == expected, "%d rows from %d on: %g, not %g",
                      s->rows, s->first, (double)to.data[i], (double)expected);
    }
    free(before);
    free(to.data);
    free(rows.data);
}

START_TEST(listed)
{
    static const struct rows_case cases[] = {
        {5, 5, 0, 1, 91, true, 1.0f},  {5, 2, 3, 1, 8, true, 0.5f},
        {9, 4, 2, 3, 5, false, 0.25f}, {9, 1, 8, 1, 1, false, 1.0f / 3},
        {4, 0, 4, 1, 6, true, 1.0f},   {1000, 900, 50, 1, 20, false, 0.5f}};
    struct det_random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

START_TEST(any)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct rows_case s = {.all = det_random_int(&random, 1, 30)};
        s.rows = det_random_int(&random, 0, s.all);
        s.first = det_random_int(&random, 0, s.all - s.rows);
        s.h = det_random_int(&random, 1, 3);
        s.c = det_random_int(&random, 1, 50);
        s.replaces = det_random_bool(&random);
        s.share = det_random_float(&random);
        check_case(&s, &random);
    }
}
END_TEST

START_TEST(refused)
{
    struct planned_run run;
    const struct det_tensor to = {
        .n = 2, .h = 1, .w = 1, .c = 3, .capacity = 4};
    struct det_tensor rows = to;
    planned_run_plan(&run);
    ck_assert_int_eq(det_add_rows(&run.compute, &to, &rows, 2, true, 1.0f),
                     DET_OK);
    ck_assert_int_eq(det_add_rows(&run.compute, &to, &rows, 3, true, 1.0f),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(run.message.text, "from row 3 on"));
    rows.c = 4;
    ck_assert_int_eq(det_add_rows(&run.compute, &to, &rows, 0, true, 1.0f),
                     DET_ERROR_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_add_rows");
    TCase *tcase = tcase_create("add_rows");
    tcase_add_test(tcase, listed);
    tcase_add_test(tcase, any);
    tcase_add_test(tcase, refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
