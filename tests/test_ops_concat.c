/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/concat.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"

enum { RANDOM_CASES = 60 };

struct concat_case {
    int32_t n, h, w, a, b;
};

static void reference(const void *user, double *const *in, double *out)
{
    const struct concat_case *s = user;
    const int32_t c = s->a + s->b;
    for (int32_t i = 0; i < s->n * s->h * s->w * c; i++)
        out[i] = i % c < s->a ? in[0][i / c * s->a + i % c]
                              : in[1][i / c * s->b + i % c - s->a];
}

static det_status run_concat(struct det_compute *compute, const void *user,
                             const struct det_tensor *in,
                             struct det_tensor *out)
{
    (void)user;
    struct det_concat op = {.first = in[0], .second = in[1]};
    DET_TRY(det_concat_channels(compute, &op));
    *out = op.out;
    return DET_OK;
}

/* `constant`: bit i for input i. */
static void check_case(const struct concat_case *s, int constant,
                       struct det_random *random)
{
    char name[200];
    struct tape_result result;
    struct det_tensor a = det_random_tensor(random, s->n, s->h, s->w, s->a);
    struct det_tensor b = det_random_tensor(random, s->n, s->h, s->w, s->b);
    float *weights =
        det_random_floats(random, (size_t)(s->n * s->h * s->w * (s->a + s->b)));
    snprintf(name, sizeof name, "%d x %d x %d x (%d + %d), constant %d", s->n,
             s->h, s->w, s->a, s->b, constant);
    const struct tape_case c = {.name = name,
                                .run = run_concat,
                                .user = s,
                                .num_inputs = 2,
                                .inputs = {a, b},
                                .constant = {constant & 1, constant & 2},
                                .weights = weights};
    tape_case_check(&result, &c);
    for (int i = 0; i < 2; i++)
        ck_assert((result.gradients[i].data != NULL) == !(constant & 1 << i));
    tape_case_compare(&c, &result, reference, 1.0, 1e-6);
    tape_result_free(&result);
    free(weights);
    free(a.data);
    free(b.data);
}

START_TEST(listed_shapes)
{
    static const struct concat_case cases[] = {
        {0, 1, 1, 8, 4}, {3, 1, 1, 5, 9}, {2, 3, 4, 1, 1}, {1, 7, 1, 33, 2}};
    struct det_random random = {1};
    for (size_t i = 0; i < 4 * (sizeof cases / sizeof *cases); i++)
        check_case(&cases[i / 4], i % 4, &random);
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct concat_case s;
        s.n = det_random_int(&random, 0, 4);
        s.h = det_random_int(&random, 1, 5);
        s.w = det_random_int(&random, 1, 5);
        s.a = det_random_int(&random, 1, 9);
        s.b = det_random_int(&random, 1, 9);
        check_case(&s, 0, &random);
    }
}
END_TEST

static det_status run_refused(struct det_compute *compute, const void *user,
                              struct det_tensor *out)
{
    struct det_concat op = *(const struct det_concat *)user;
    DET_TRY(det_concat_channels(compute, &op));
    *out = op.out;
    return DET_OK;
}

START_TEST(refused)
{
    static const struct det_tensor seconds[] = {
        {.n = 3, .h = 4, .w = 5, .c = 1},
        {.n = 2, .h = 5, .w = 5, .c = 1},
        {.n = 2, .h = 4, .w = 1, .c = 1}};
    const struct det_concat op = {.first = {.n = 2, .h = 4, .w = 5, .c = 3},
                                  .second = seconds[_i]};
    det_harness_check_refused(&(struct det_harness_case){.name = "concat",
                                                         .run = run_refused,
                                                         .user = &op},
                              DET_ERROR_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_concat");
    TCase *tests = tcase_create("concat");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, refused, 0, 3);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
