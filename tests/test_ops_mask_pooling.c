/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/mask_pooling.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"
#define GOLDEN_MASK_POOLING
#include "tests/golden/mnc_golden.h"

enum { RANDOM_CASES = 60 };

struct shape {
    int32_t n, h, w, c;
};

static void reference(const void *user, double *const *in, double *out)
{
    const struct shape *s = user;
    for (int32_t i = 0; i < s->n * s->h * s->w * s->c; i++)
        out[i] = in[0][i] * in[1][i / s->c];
}

static det_status run_pooling(struct det_compute *compute, const void *user,
                              const struct det_tensor *in,
                              struct det_tensor *out)
{
    (void)user;
    struct det_mask_pooling op = {.features = in[0], .mask = in[1]};
    DET_TRY(det_mask_pool(compute, &op));
    *out = op.out;
    return DET_OK;
}

/* `constant`: bit i for input i. */
static void check_case(const struct shape *s, int constant,
                       struct det_random *random)
{
    char name[200];
    struct tape_result result;
    struct det_tensor in = det_random_tensor(random, s->n, s->h, s->w, s->c);
    struct det_tensor mask = det_random_tensor(random, s->n, s->h, s->w, 1);
    float *weights =
        det_random_floats(random, (size_t)(s->n * s->h * s->w * s->c));
    snprintf(name, sizeof name, "%d x %d x %d x %d, constant %d", s->n, s->h,
             s->w, s->c, constant);
    const struct tape_case c = {.name = name,
                                .run = run_pooling,
                                .user = s,
                                .num_inputs = 2,
                                .inputs = {in, mask},
                                .constant = {constant & 1, constant & 2},
                                .weights = weights};
    tape_case_check(&result, &c);
    for (int i = 0; i < 2; i++)
        ck_assert((result.gradients[i].data != NULL) == !(constant & 1 << i));
    tape_case_compare(&c, &result, reference, 1.0, 1e-6);
    tape_result_free(&result);
    free(weights);
    free(mask.data);
    free(in.data);
}

START_TEST(listed_shapes)
{
    static const struct shape cases[] = {
        {0, 14, 14, 8}, {2, 14, 14, 5}, {1, 1, 1, 1}, {3, 1, 7, 9}};
    struct det_random random = {1};
    for (size_t i = 0; i < 4 * (sizeof cases / sizeof *cases); i++)
        check_case(&cases[i / 4], i % 4, &random);
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct shape s;
        s.n = det_random_int(&random, 0, 4);
        s.h = det_random_int(&random, 1, 7);
        s.w = det_random_int(&random, 1, 7);
        s.c = det_random_int(&random, 1, 9);
        check_case(&s, 0, &random);
    }
}
END_TEST

static det_status run_bad_mask(struct det_compute *compute, const void *user,
                               struct det_tensor *out)
{
    struct det_mask_pooling op = *(const struct det_mask_pooling *)user;
    DET_TRY(det_mask_pool(compute, &op));
    *out = op.out;
    return DET_OK;
}

START_TEST(refused)
{
    static const struct det_tensor masks[] = {
        {.n = 2, .h = 14, .w = 14, .c = 1},
        {.n = 3, .h = 21, .w = 14, .c = 1},
        {.n = 3, .h = 14, .w = 7, .c = 1},
        {.n = 3, .h = 14, .w = 14, .c = 2}};
    const struct det_mask_pooling op = {
        .features = {.n = 3, .h = 14, .w = 14, .c = 2}, .mask = masks[_i]};
    det_harness_check_refused(&(struct det_harness_case){.name = "mask",
                                                         .run = run_bad_mask,
                                                         .user = &op},
                              DET_ERROR_ARGUMENT);
}
END_TEST

/* Numbers of that name, of that shape. */
static struct det_tensor named(const char *case_name, const char *kind,
                               const struct golden_mask_pooling *g, int32_t c)
{
    char name[64];
    struct det_random unused = {0};
    struct det_tensor t = det_random_tensor(&unused, g->n, g->h, g->w, c);
    snprintf(name, sizeof name, "%s/%s", case_name, kind);
    named_fill(t.data, name, (size_t)det_tensor_count(&t), 0.0, 1.0);
    return t;
}

static void check_sums(const struct golden_mask_pooling *g, const char *kind,
                       const struct det_tensor *values,
                       struct named_sums expected)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%s", g->name, kind);
    named_check(name, values->data, (size_t)det_tensor_count(values), expected,
                1e-6);
}

START_TEST(as_torch)
{
    const struct golden_mask_pooling *g = &golden_mask_pooling[_i];
    struct tape_result result;
    struct det_tensor features = named(g->name, "features", g, g->c);
    struct det_tensor mask = named(g->name, "mask", g, 1);
    struct det_tensor weights = named(g->name, "weights", g, g->c);
    const struct tape_case c = {.name = g->name,
                                .run = run_pooling,
                                .num_inputs = 2,
                                .inputs = {features, mask},
                                .weights = weights.data};
    tape_case_run(&result, &c, 2);
    check_sums(g, "out", &result.out, g->out);
    check_sums(g, "features_gradient", &result.gradients[0], g->features);
    check_sums(g, "mask_gradient", &result.gradients[1], g->mask);
    tape_result_free(&result);
    free(features.data);
    free(mask.data);
    free(weights.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_mask_pooling");
    TCase *tests = tcase_create("mask_pooling");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, refused, 0, 4);
    tcase_add_loop_test(tests, as_torch, 0,
                        sizeof golden_mask_pooling /
                            sizeof *golden_mask_pooling);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
