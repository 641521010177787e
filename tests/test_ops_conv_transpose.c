/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/conv_transpose.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"
#define GOLDEN_CONV_TRANSPOSE
#include "tests/golden/ops_golden.h"

enum { RANDOM_CASES = 220 };

struct transpose_case {
    int32_t n, h, w, c, k;
    bool bias, relu;
};

struct transpose_data {
    struct det_conv_transpose op;
    int32_t out_channels;
    float *weight; /* [C, K, 2, 2] */
    float *packed, *bias;
};

static void make_data(struct transpose_data *d, const struct transpose_case *c,
                      struct det_random *random)
{
    *d = (struct transpose_data){.op = {.relu = c->relu}, .out_channels = c->k};
    const size_t weights = (size_t)c->c * (size_t)c->k * 4;
    d->op.in = det_random_tensor(random, c->n, c->h, c->w, c->c);
    d->weight = det_random_floats(random, weights);
    d->bias = c->bias ? det_random_floats(random, (size_t)c->k) : NULL;
    struct det_compute compute = {.ops = det_test_ops(), .threads = 2};
    const struct det_conv_shape product =
        det_conv_transpose_product(c->c, c->k);
    d->packed =
        malloc(compute.ops->packed_conv2d_count(&product) * sizeof(float));
    ck_assert_ptr_nonnull(d->packed);
    ck_assert_int_eq(compute.ops->pack_conv_transpose(&compute, d->packed, c->c,
                                                      c->k, d->weight),
                     DET_OK);
    d->op.packed = d->packed;
    d->op.bias = d->bias;
}

static void free_data(struct transpose_data *d)
{
    free(d->op.in.data);
    free(d->weight);
    free(d->packed);
    free(d->bias);
}

/* As defined: each input place adds its kernel to the output. */
static double *reference(const struct transpose_data *d)
{
    const struct det_tensor *in = &d->op.in;
    const int32_t k_count = d->out_channels;
    const size_t count = (size_t)det_tensor_places(in) * 4 * (size_t)k_count;
    double *out = det_harness_doubles(count);
    for (int64_t i = 0; i < det_tensor_count(in); i++) {
        const int64_t c = i % in->c, place = i / in->c;
        const int64_t x = place % in->w, row = place / in->w;
        for (int32_t k = 0; k < k_count; k++)
            for (int32_t part = 0; part < 4; part++) {
                /* Rows of all images follow each other, also when doubled. */
                const int64_t oy = 2 * row + part / 2;
                const int64_t at =
                    (oy * 2 * in->w + 2 * x + part % 2) * k_count + k;
                out[at] += (double)in->data[i] *
                           (double)d->weight[(c * k_count + k) * 4 + part];
            }
    }
    for (size_t i = 0; i < count; i++) {
        out[i] += d->bias ? (double)d->bias[i % (size_t)k_count] : 0.0;
        out[i] = d->op.relu ? fmax(out[i], 0.0) : out[i];
    }
    return out;
}

static det_status run_transpose(struct det_compute *compute, const void *user,
                                struct det_tensor *out)
{
    const struct transpose_data *d = user;
    struct det_conv_transpose op = d->op;
    DET_TRY(det_conv_transpose(compute, &op, d->out_channels));
    *out = op.out;
    return DET_OK;
}

static void check_case(const struct transpose_case *c,
                       struct det_random *random)
{
    struct transpose_data d;
    make_data(&d, c, random);
    double *expected = reference(&d);
    struct det_harness_case harness = {.run = run_transpose,
                                       .user = &d,
                                       .expected = expected,
                                       .tolerance = 1e-5};
    snprintf(harness.name, sizeof harness.name,
             "transposed %d x %d x %d x %d -> %d%s%s", c->n, c->h, c->w, c->c,
             c->k, c->bias ? ", bias" : "", c->relu ? ", relu" : "");
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count, (size_t)c->n * (size_t)c->h * (size_t)c->w * 4 *
                                 (size_t)c->k);
    free(expected);
    free_data(&d);
}

START_TEST(listed_shapes)
{
    static const struct transpose_case cases[] = {
        {0, 14, 14, 4, 5, true, true},   {1, 1, 1, 1, 1, false, false},
        {1, 1, 1, 64, 33, true, true},   {3, 14, 14, 32, 16, true, true},
        {2, 7, 7, 256, 12, true, true},  {1, 3, 5, 7, 9, false, true},
        {129, 1, 1, 8, 4, true, false},  {1, 16, 8, 4, 4, true, true},
        {1, 1, 129, 3, 2, false, false},
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
        const struct transpose_case c = {.n = det_random_int(&random, 0, 4),
                                         .h = det_random_int(&random, 1, 15),
                                         .w = det_random_int(&random, 1, 15),
                                         .c = det_random_int(&random, 1, 20),
                                         .k = det_random_int(&random, 1, 20),
                                         .bias = det_random_bool(&random),
                                         .relu = det_random_bool(&random)};
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(as_torch)
{
    const size_t cases =
        sizeof golden_conv_transpose / sizeof *golden_conv_transpose;
    for (size_t i = 0; i < cases; i++) {
        const struct golden_conv_transpose *g = &golden_conv_transpose[i];
        const struct transpose_case c = {.n = g->n,
                                         .h = g->h,
                                         .w = g->w,
                                         .c = g->c,
                                         .k = g->k,
                                         .bias = true};
        struct det_random random = {g->seed};
        struct transpose_data d;
        make_data(&d, &c, &random);
        struct det_harness_case harness = {.run = run_transpose, .user = &d};
        snprintf(harness.name, sizeof harness.name, "golden %zu", i);
        struct det_tensor out;
        det_harness_run(&harness, 2, &out);
        ck_assert_int_eq(det_tensor_count(&out), g->count);
        det_harness_compare_golden(harness.name, out.data, g->values,
                                   (size_t)g->count, 2e-6);
        free(out.data);
        free_data(&d);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_conv_transpose");
    TCase *tests = tcase_create("conv_transpose");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_test(tests, as_torch);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
