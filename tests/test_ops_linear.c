/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/linear.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"
#define GOLDEN_LINEAR
#include "tests/golden/ops_golden.h"

enum { RANDOM_CASES = 220 };

struct linear_case {
    int32_t n, h, w, c, k;
    bool bias, relu;
};

struct linear_data {
    struct det_linear op;
    int64_t depth;
    int32_t k;
    float *weight; /* [K, C * H * W] */
    float *packed, *bias;
};

static void make_data(struct linear_data *d, const struct linear_case *c,
                      struct det_random *random)
{
    const struct det_conv_shape shape = {.in_channels = c->c,
                                         .out_channels = c->k,
                                         .kernel_h = c->h,
                                         .kernel_w = c->w,
                                         .stride = 1,
                                         .dilation = 1,
                                         .groups = 1};
    *d = (struct linear_data){
        .op = {.relu = c->relu, .predicts = c->k % 2 == 0}, .k = c->k};
    d->op.in = det_random_tensor(random, c->n, c->h, c->w, c->c);
    d->depth = det_tensor_stride(&d->op.in);
    const size_t count = (size_t)d->depth * (size_t)c->k;
    d->weight = det_random_floats(random, count);
    if (c->bias)
        d->bias = det_random_floats(random, (size_t)c->k);
    struct det_compute compute = {.ops = det_test_ops(), .threads = 2};
    d->packed =
        malloc(compute.ops->packed_conv2d_count(&shape) * sizeof(float));
    ck_assert_ptr_nonnull(d->packed);
    ck_assert_int_eq(
        compute.ops->pack_linear(&compute, d->packed, &shape, d->weight),
        DET_OK);
    d->op.packed = d->packed;
    d->op.bias = d->bias;
}

static void free_data(struct linear_data *d)
{
    free(d->op.in.data);
    free(d->weight);
    free(d->packed);
    free(d->bias);
}

/* The weights run over channels, then places; the maps over places, then
 * channels. */
static double reference_at(const struct linear_data *d, int32_t n, int32_t k)
{
    const int32_t channels = d->op.in.c;
    const int64_t area = (int64_t)d->op.in.h * d->op.in.w;
    double sum = d->bias ? (double)d->bias[k] : 0.0;
    for (int64_t place = 0; place < area; place++)
        for (int32_t c = 0; c < channels; c++)
            sum += (double)d->op.in.data[n * d->depth + place * channels + c] *
                   (double)d->weight[k * d->depth + c * area + place];
    return d->op.relu ? fmax(sum, 0.0) : sum;
}

static double *reference(const struct linear_data *d)
{
    double *values = det_harness_doubles((size_t)d->op.in.n * (size_t)d->k);
    for (int32_t n = 0; n < d->op.in.n; n++)
        for (int32_t k = 0; k < d->k; k++)
            values[(int64_t)n * d->k + k] = reference_at(d, n, k);
    return values;
}

static det_status run_linear(struct det_compute *compute, const void *user,
                             struct det_tensor *out)
{
    const struct linear_data *d = user;
    struct det_linear op = d->op;
    DET_TRY(det_linear(compute, &op, d->depth, d->k));
    *out = op.out;
    return DET_OK;
}

static void check_case(const struct linear_case *c, struct det_random *random)
{
    struct linear_data d;
    make_data(&d, c, random);
    double *expected = reference(&d);
    struct det_harness_case harness = {
        .run = run_linear, .user = &d, .expected = expected, .tolerance = 1e-5};
    snprintf(harness.name, sizeof harness.name,
             "linear %d x %d x %d x %d -> %d%s%s", c->n, c->h, c->w, c->c, c->k,
             c->bias ? ", bias" : "", c->relu ? ", relu" : "");
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count, (size_t)c->n * (size_t)c->k);
    free(expected);
    free_data(&d);
}

START_TEST(listed_shapes)
{
    static const struct linear_case cases[] = {
        {0, 7, 7, 4, 10, true, true},     {1, 1, 1, 1, 1, false, false},
        {1, 7, 7, 16, 33, true, true},    {5, 7, 7, 8, 300, true, true},
        {2, 5, 9, 4, 10, false, false},   {300, 1, 1, 40, 91, true, false},
        {241, 1, 1, 12, 257, true, true}, /* one more than a tile each way */
        {3, 1, 1, 257, 17, true, true},   /* one more than a block, a panel */
        {13, 7, 7, 11, 4, true, false},   {600, 1, 1, 5, 3, true, true},
        {12, 3, 1, 600, 700, true, true}, {50, 1, 1, 513, 100, false, true},
        {256, 1, 1, 9, 256, false, true}, {3, 1, 1, 1025, 4, true, false},
    };
    struct det_random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        const struct linear_case c = {.n = det_random_int(&random, 0, 12),
                                      .h = det_random_int(&random, 1, 7),
                                      .w = det_random_int(&random, 1, 7),
                                      .c = det_random_int(&random, 1, 16),
                                      .k = det_random_int(&random, 1, 40),
                                      .bias = det_random_bool(&random),
                                      .relu = det_random_bool(&random)};
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(as_torch)
{
    const struct golden_linear *g = &golden_linear[_i];
    const struct linear_case c = {g->n, g->h, g->w, g->c, g->k, true, false};
    struct det_random random = {g->seed};
    struct linear_data d;
    make_data(&d, &c, &random);
    struct det_harness_case harness = {.run = run_linear, .user = &d};
    snprintf(harness.name, sizeof harness.name, "golden %d", _i);
    struct det_tensor out;
    det_harness_run(&harness, 2, &out);
    ck_assert_int_eq(det_tensor_count(&out), g->count);
    det_harness_compare_golden(harness.name, out.data, g->values,
                               (size_t)g->count, 2e-6);
    free(out.data);
    free_data(&d);
}
END_TEST

START_TEST(nan_passes_relu)
{
    const struct linear_case c = {2, 1, 1, 3, 2, true, true};
    struct det_random random = {3};
    struct linear_data d;
    make_data(&d, &c, &random);
    d.op.in.data[0] = NAN;
    struct det_harness_case harness = {
        .name = "NaN", .run = run_linear, .user = &d};
    struct det_tensor out;
    det_harness_run(&harness, 1, &out);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(isnan(out.data[i]) != 0, i < 2);
    free(out.data);
    free_data(&d);
}
END_TEST

START_TEST(misfits_are_refused)
{
    const struct linear_case c = {2, 3, 3, 3, 2, true, true};
    struct det_random random = {4};
    struct linear_data d;
    make_data(&d, &c, &random);
    struct det_harness_case harness = {
        .name = "depth", .run = run_linear, .user = &d};
    d.depth++;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);
    free_data(&d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_linear");
    TCase *tests = tcase_create("linear");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, as_torch, 0,
                        sizeof golden_linear / sizeof *golden_linear);
    tcase_add_test(tests, nan_passes_relu);
    tcase_add_test(tests, misfits_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
