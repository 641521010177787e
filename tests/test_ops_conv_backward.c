/* SPDX-License-Identifier: MIT */
/* Gradients of weights and inputs of the three kinds of layers, against sums of
 * all products in double. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/conv2d.h"
#include "compute/conv_backward.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"

struct backward_case {
    enum det_conv_kind kind;
    int32_t n, h, w, c, k;
    int32_t kernel, stride, pad, dilation, groups; /* of convolutions */
    bool add; /* to an input's gradient that is there */
};

struct backward_data {
    struct det_conv_backward op;
    enum det_conv_kind kind;
    size_t weights, inputs;
};

/* --------------------------------------------------------------------- data */

static struct det_conv_shape shape_of(const struct backward_case *c)
{
    struct det_conv_shape shape = {.in_channels = c->c,
                                   .out_channels = c->k,
                                   .kernel_h = c->kernel,
                                   .kernel_w = c->kernel,
                                   .stride = c->stride,
                                   .pad = c->pad,
                                   .dilation = c->dilation,
                                   .groups = c->groups};
    if (c->kind == DET_CONV)
        return shape;
    shape.kernel_h = c->kind == DET_CONV_LINEAR ? c->h : 2;
    shape.kernel_w = c->kind == DET_CONV_LINEAR ? c->w : 2;
    shape.stride = c->kind == DET_CONV_LINEAR ? 1 : 2;
    shape.pad = 0;
    shape.dilation = shape.groups = 1;
    return shape;
}

static int32_t out_side(const struct det_conv_shape *s, int32_t in,
                        int32_t kernel)
{
    return det_conv2d_output_side(in, kernel, s->stride, s->pad, s->dilation);
}

static void make_data(struct backward_data *d, const struct backward_case *c,
                      struct det_random *random)
{
    const struct det_conv_shape s = shape_of(c);
    const bool transposed = c->kind == DET_CONV_TRANSPOSED;
    struct det_conv_backward *op = &d->op;
    *d = (struct backward_data){.kind = c->kind,
                                .weights = det_conv_shape_weights(&s)};
    op->shape = s;
    op->in = det_random_tensor(random, c->n, c->h, c->w, c->c);
    op->gradient = det_random_tensor(
        random, c->n, transposed ? 2 * c->h : out_side(&s, c->h, s.kernel_h),
        transposed ? 2 * c->w : out_side(&s, c->w, s.kernel_w), c->k);
    op->weight = det_random_floats(random, d->weights);
    op->weight_gradient = det_random_floats(random, d->weights);
    op->in_gradient.tensor = det_random_tensor(random, c->n, c->h, c->w, c->c);
    op->in_gradient.add = c->add;
    d->inputs = (size_t)det_tensor_count(&op->in);
}

static void free_data(struct backward_data *d)
{
    free(d->op.in.data);
    free(d->op.gradient.data);
    free((void *)(uintptr_t)d->op.weight);
    free(d->op.weight_gradient);
    free(d->op.in_gradient.tensor.data);
}

/* ---------------------------------------------------------------- reference */

struct sums {
    double *weight, *in; /* of op's weights and inputs */
};

static void add_product(const struct sums *to,
                        const struct det_conv_backward *op, int64_t out,
                        int64_t in, int64_t weight)
{
    const double gradient = (double)op->gradient.data[out];
    to->weight[weight] += gradient * (double)op->in.data[in];
    to->in[in] += gradient * (double)op->weight[weight];
}

static int64_t index_of(const struct det_tensor *t, int64_t n, int64_t y,
                        int64_t x, int64_t k)
{
    return ((n * t->h + y) * t->w + x) * t->c + k;
}

/* Of output place (n, y, x), channel k, and place (r, q) of the kernel; a
 * linear layer is a convolution as large as its map. */
static void add_convolved(const struct sums *to,
                          const struct det_conv_backward *op, int64_t n,
                          int32_t y, int32_t x, int32_t k, int32_t r, int32_t q)
{
    const struct det_conv_shape *s = &op->shape;
    const int32_t depth = s->in_channels / s->groups;
    const int32_t first = k / (s->out_channels / s->groups) * depth;
    const int32_t iy = y * s->stride - s->pad + r * s->dilation;
    const int32_t ix = x * s->stride - s->pad + q * s->dilation;
    if (iy < 0 || ix < 0 || iy >= op->in.h || ix >= op->in.w)
        return;
    for (int32_t c = 0; c < depth; c++)
        add_product(to, op, index_of(&op->gradient, n, y, x, k),
                    index_of(&op->in, n, iy, ix, first + c),
                    (((int64_t)k * depth + c) * s->kernel_h + r) * s->kernel_w +
                        q);
}

/* Of input place (n, y / 2, x / 2). */
static void add_transposed(const struct sums *to,
                           const struct det_conv_backward *op, int64_t n,
                           int32_t y, int32_t x, int32_t k)
{
    for (int32_t c = 0; c < op->in.c; c++)
        add_product(to, op, index_of(&op->gradient, n, y, x, k),
                    index_of(&op->in, n, y / 2, x / 2, c),
                    ((int64_t)c * op->gradient.c + k) * 4 + y % 2 * 2 + x % 2);
}

static void add_output(const struct sums *to, const struct backward_data *d,
                       int64_t n, int32_t y, int32_t x, int32_t k)
{
    const struct det_conv_shape *s = &d->op.shape;
    if (d->kind == DET_CONV_TRANSPOSED) {
        add_transposed(to, &d->op, n, y, x, k);
        return;
    }
    for (int32_t r = 0; r < s->kernel_h; r++)
        for (int32_t q = 0; q < s->kernel_w; q++)
            add_convolved(to, &d->op, n, y, x, k, r, q);
}

static struct sums reference(const struct backward_data *d)
{
    const struct det_tensor *g = &d->op.gradient;
    const struct det_gradient *before = &d->op.in_gradient;
    const struct sums sums = {det_harness_doubles(d->weights),
                              det_harness_doubles(d->inputs)};
    for (size_t i = 0; i < d->weights; i++)
        sums.weight[i] = (double)d->op.weight_gradient[i];
    for (size_t i = 0; before->add && i < d->inputs; i++)
        sums.in[i] = (double)before->tensor.data[i];
    for (int32_t n = 0; n < g->n; n++)
        for (int32_t y = 0; y < g->h; y++)
            for (int32_t x = 0; x < g->w; x++)
                for (int32_t k = 0; k < g->c; k++)
                    add_output(&sums, d, n, y, x, k);
    return sums;
}

/* -------------------------------------------------------------------- cases */

static void name_case(char out[256], const struct backward_case *c)
{
    static const char *const kinds[] = {[DET_CONV] = "conv",
                                        [DET_CONV_LINEAR] = "linear",
                                        [DET_CONV_TRANSPOSED] = "transposed"};
    snprintf(out, 256,
             "%s %d x %d x %d x %d -> %d, kernel %d, stride %d, pad %d, "
             "dilation %d, %d groups%s",
             kinds[c->kind], c->n, c->h, c->w, c->c, c->k, c->kernel, c->stride,
             c->pad, c->dilation, c->groups, c->add ? ", added" : "");
}

static void check_case(const struct backward_case *c, struct det_random *random)
{
    struct planned_run run;
    struct backward_data d;
    char name[256];
    make_data(&d, c, random);
    name_case(name, c);
    const struct sums expected = reference(&d);
    planned_run_plan(&run);
    planned_run_check(&run, det_conv_backward(&run.compute, c->kind, &d.op));
    planned_run_begin(&run);
    planned_run_check(&run, det_conv_backward(&run.compute, c->kind, &d.op));
    planned_run_end(&run);
    det_harness_compare(name, d.op.weight_gradient, expected.weight, d.weights,
                        1e-5);
    det_harness_compare(name, d.op.in_gradient.tensor.data, expected.in,
                        d.inputs, 1e-5);
    free(expected.weight);
    free(expected.in);
    free_data(&d);
}

START_TEST(listed_convolutions)
{
    static const struct backward_case cases[] = {
        {DET_CONV, 1, 7, 9, 8, 12, 3, 1, 1, 1, 1, false},
        {DET_CONV, 2, 9, 8, 6, 10, 3, 2, 1, 1, 1, true},
        {DET_CONV, 1, 12, 12, 3, 8, 7, 2, 3, 1, 1, false},
        {DET_CONV, 2, 8, 8, 8, 8, 3, 1, 2, 2, 1, true},
        {DET_CONV, 2, 6, 6, 12, 24, 3, 1, 1, 1, 4, false},
        {DET_CONV, 2, 9, 11, 16, 7, 1, 1, 0, 1, 1, true},
        {DET_CONV, 1, 9, 11, 16, 32, 1, 2, 0, 1, 1, false},
        {DET_CONV, 3, 5, 5, 8, 8, 1, 1, 0, 1, 2, false}};
    struct det_random random = {(uint64_t)_i + 1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

START_TEST(listed_others)
{
    static const struct backward_case cases[] = {
        {DET_CONV_LINEAR, 5, 7, 7, 4, 33, .add = false},
        {DET_CONV_LINEAR, 9, 1, 1, 40, 21, .add = true},
        {DET_CONV_LINEAR, 1, 3, 5, 8, 1, .add = true},
        {DET_CONV_TRANSPOSED, 3, 7, 7, 8, 5, .add = false},
        {DET_CONV_TRANSPOSED, 1, 4, 9, 5, 12, .add = true}};
    struct det_random random = {(uint64_t)_i + 11};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

static struct backward_case random_case(struct det_random *random)
{
    static const int32_t kinds[] = {DET_CONV, DET_CONV, DET_CONV_LINEAR,
                                    DET_CONV_TRANSPOSED};
    static const int32_t kernels[] = {1, 3, 5}, groups[] = {1, 1, 2, 4};
    struct backward_case c = {
        .kind = (enum det_conv_kind)det_random_choice(random, kinds, 4),
        .n = det_random_int(random, 1, 3),
        .h = det_random_int(random, 5, 10),
        .w = det_random_int(random, 5, 10),
        .kernel = det_random_choice(random, kernels, 3),
        .stride = det_random_int(random, 1, 2),
        .dilation = 1,
        .groups = det_random_choice(random, groups, 4),
        .add = det_random_bool(random)};
    c.pad = det_random_int(random, 0, c.kernel / 2);
    c.c = c.groups * det_random_int(random, 1, 6);
    c.k = c.groups * det_random_int(random, 1, 6);
    return c;
}

START_TEST(random_cases)
{
    enum { CASES = 100 };
    struct det_random random = {21};
    for (int i = 0; i < CASES; i++) {
        const struct backward_case c = random_case(&random);
        check_case(&c, &random);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_conv_backward");
    TCase *tcase = tcase_create("ops_conv_backward");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, listed_convolutions);
    tcase_add_test(tcase, listed_others);
    tcase_add_test(tcase, random_cases);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
