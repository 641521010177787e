/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/gather.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"

enum { RANDOM_CASES = 60, MOST_ROWS = 40 };

struct gather_case {
    int32_t n, h, w, c, rows;
    bool first_only; /* without an index */
    int32_t index[MOST_ROWS];
};

static void reference(const void *user, double *const *in, double *out)
{
    const struct gather_case *s = user;
    const int32_t stride = s->h * s->w * s->c;
    for (int32_t i = 0; i < s->rows * stride; i++) {
        const int32_t from = s->first_only ? 0 : s->index[i / stride];
        out[i] = in[0][from * stride + i % stride];
    }
}

static det_status run_gather(struct det_compute *compute, const void *user,
                             const struct det_tensor *in,
                             struct det_tensor *out)
{
    const struct gather_case *s = user;
    struct det_gather op = {.in = in[0]};
    int32_t *index = NULL;
    if (!s->first_only)
        DET_TRY(det_arena_take(det_host_arena(compute), &index, (size_t)s->rows,
                               sizeof *index, compute->message));
    if (index && !det_planning(compute))
        memcpy(index, s->index, (size_t)s->rows * sizeof *index);
    op.index = index;
    DET_TRY(det_gather(compute, &op, s->rows, s->rows));
    det_arena_give(det_host_arena(compute), index);
    *out = op.out;
    return DET_OK;
}

static void check_case(const struct gather_case *s, struct det_random *random)
{
    char name[200];
    struct tape_result result;
    struct det_tensor in = det_random_tensor(random, s->n, s->h, s->w, s->c);
    float *weights =
        det_random_floats(random, (size_t)(s->rows * s->h * s->w * s->c));
    snprintf(name, sizeof name, "%d of %d x %d x %d x %d", s->rows, s->n, s->h,
             s->w, s->c);
    const struct tape_case c = {.name = name,
                                .run = run_gather,
                                .user = s,
                                .num_inputs = 1,
                                .inputs = {in},
                                .weights = weights};
    tape_case_check(&result, &c);
    tape_case_compare(&c, &result, reference, 1.0, 1e-6);
    tape_result_free(&result);
    free(weights);
    free(in.data);
}

START_TEST(listed_shapes)
{
    static const struct gather_case cases[] = {
        {1, 1, 1, 8, 5, true, {0}},
        {3, 1, 1, 5, 4, false, {2, 0, 2, 2}},
        {2, 3, 4, 1, 3, false, {1, 1, 1}},
        {4, 1, 1, 33, 1, false, {3}},
        {2, 1, 1, 3, 0, false, {0}}};
    struct det_random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct gather_case s = {.n = det_random_int(&random, 1, 6)};
        s.h = det_random_int(&random, 1, 3);
        s.w = det_random_int(&random, 1, 3);
        s.c = det_random_int(&random, 1, 20);
        s.rows = det_random_int(&random, 0, MOST_ROWS);
        for (int32_t r = 0; r < s.rows; r++)
            s.index[r] = det_random_int(&random, 0, s.n - 1);
        check_case(&s, &random);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_gather");
    TCase *tests = tcase_create("gather");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
