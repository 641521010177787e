/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/conv2d.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"
#define GOLDEN_CONV2D
#include "tests/golden/ops_golden.h"

enum { RANDOM_CASES = 240 };

struct conv_case {
    int32_t n, h, w;
    struct det_conv_shape shape;
    bool bias, residual, relu;
    bool norm;
};

struct conv_data {
    struct det_conv2d op;
    float *weight; /* [K, C/groups, R, S] */
    float *packed, *scale, *shift, *bias;
};

static int32_t out_side(int32_t in, int32_t kernel,
                        const struct det_conv_shape *s)
{
    return (in + 2 * s->pad - s->dilation * (kernel - 1) - 1) / s->stride + 1;
}

/* The shape of a predictor, which is floats whatever its map is. */
static bool may_predict(const struct conv_case *c)
{
    const struct det_conv_shape *s = &c->shape;
    return s->kernel_h == 1 && s->kernel_w == 1 && s->stride == 1 &&
           s->pad == 0 && s->groups == 1 && !c->residual && !c->norm;
}

static void make_data(struct conv_data *d, const struct conv_case *c,
                      struct det_random *random)
{
    const struct det_conv_shape *s = &c->shape;
    struct det_compute compute = {.ops = det_test_ops(), .threads = 2};
    const size_t k = (size_t)s->out_channels;
    *d = (struct conv_data){
        .op = {.shape = *s, .relu = c->relu, .predicts = may_predict(c)}};
    d->op.in = det_random_tensor(random, c->n, c->h, c->w, s->in_channels);
    const size_t count = compute.ops->packed_conv2d_count(s);
    d->weight = det_random_floats(
        random, k * (size_t)(s->in_channels / s->groups) * (size_t)s->kernel_h *
                    (size_t)s->kernel_w);
    d->packed = malloc(count * sizeof(float));
    ck_assert_ptr_nonnull(d->packed);
    if (c->norm) {
        d->scale = det_random_floats(random, k);
        d->shift = det_random_floats(random, k);
        d->op.norm = (struct det_conv_norm){d->scale, d->shift, k % 2 == 0};
    }
    if (c->bias)
        d->bias = det_random_floats(random, k);
    if (c->residual)
        d->op.residual =
            det_random_tensor(random, c->n, out_side(c->h, s->kernel_h, s),
                              out_side(c->w, s->kernel_w, s), (int32_t)k);
    ck_assert_int_eq(
        compute.ops->pack_conv2d(&compute, d->packed, s, d->weight), DET_OK);
    d->op.packed = d->packed;
    d->op.bias = d->bias;
}

static void free_data(struct conv_data *d)
{
    free(d->op.in.data);
    free(d->op.residual.data);
    free(d->weight);
    free(d->packed);
    free(d->scale);
    free(d->shift);
    free(d->bias);
}

/* ---------------------------------------------------------------- reference */

struct place {
    int32_t n, y, x, k;
};

static double reference_at(const struct conv_data *d, const struct place *p)
{
    const struct det_conv_shape *s = &d->op.shape;
    const struct det_tensor *in = &d->op.in;
    const int32_t channels = s->in_channels / s->groups;
    const int32_t first = p->k / (s->out_channels / s->groups) * channels;
    double sum = 0.0;
    for (int32_t c = 0; c < channels; c++)
        for (int32_t r = 0; r < s->kernel_h; r++)
            for (int32_t q = 0; q < s->kernel_w; q++) {
                const int32_t y = p->y * s->stride - s->pad + r * s->dilation;
                const int32_t x = p->x * s->stride - s->pad + q * s->dilation;
                if (y < 0 || y >= in->h || x < 0 || x >= in->w)
                    continue;
                const size_t at =
                    (((size_t)p->n * in->h + y) * in->w + x) * in->c + first +
                    c;
                const size_t weight =
                    (((size_t)p->k * channels + c) * s->kernel_h + r) *
                        s->kernel_w +
                    q;
                sum += (double)in->data[at] * (double)d->weight[weight];
            }
    if (d->bias)
        sum += (double)d->bias[p->k];
    if (d->scale)
        sum = sum * (double)d->scale[p->k] + (double)d->shift[p->k];
    return sum;
}

static double *reference(const struct conv_data *d)
{
    const struct det_conv_shape *s = &d->op.shape;
    const int32_t h = out_side(d->op.in.h, s->kernel_h, s);
    const int32_t w = out_side(d->op.in.w, s->kernel_w, s);
    const int32_t channels = s->out_channels;
    double *values = det_harness_doubles((size_t)d->op.in.n * (size_t)h *
                                         (size_t)w * (size_t)channels);
    size_t i = 0;
    struct place p;
    for (p.n = 0; p.n < d->op.in.n; p.n++)
        for (p.y = 0; p.y < h; p.y++)
            for (p.x = 0; p.x < w; p.x++)
                for (p.k = 0; p.k < channels; p.k++, i++) {
                    double v = reference_at(d, &p);
                    if (d->op.residual.data)
                        v += (double)d->op.residual.data[i];
                    values[i] = d->op.relu ? fmax(v, 0.0) : v;
                }
    return values;
}

static det_status run_conv(struct det_compute *compute, const void *user,
                           struct det_tensor *out)
{
    struct det_conv2d op = ((const struct conv_data *)user)->op;
    DET_TRY(det_conv2d(compute, &op));
    *out = op.out;
    return DET_OK;
}

static det_status run_in_order(struct det_compute *compute, const void *user,
                               struct det_tensor *out)
{
    compute->in_order = true;
    return run_conv(compute, user, out);
}

static void check_case(const struct conv_case *c, struct det_random *random)
{
    const struct det_conv_shape *s = &c->shape;
    struct conv_data d;
    make_data(&d, c, random);
    double *expected = reference(&d);
    struct det_harness_case harness = {
        .run = run_conv, .user = &d, .expected = expected, .tolerance = 1e-5};
    snprintf(harness.name, sizeof harness.name,
             "conv %d x %d x %d x %d -> %d, kernel %d x %d, stride %d, pad "
             "%d, dilation %d, groups %d%s%s%s%s",
             c->n, c->h, c->w, s->in_channels, s->out_channels, s->kernel_h,
             s->kernel_w, s->stride, s->pad, s->dilation, s->groups,
             c->bias ? ", bias" : "", c->residual ? ", residual" : "",
             c->relu ? ", relu" : "", c->norm ? ", norm" : "");
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count, (size_t)c->n *
                                 (size_t)out_side(c->h, s->kernel_h, s) *
                                 (size_t)out_side(c->w, s->kernel_w, s) *
                                 (size_t)s->out_channels);
    free(expected);
    free_data(&d);
}

/* -------------------------------------------------------------------- tests */

START_TEST(listed_shapes)
{
    /* C, K, R, S, stride, pad, dilation, groups */
    static const struct conv_case cases[] = {
        {0, 7, 7, {8, 16, 3, 3, 1, 1, 1, 1}, true, false, true, false},
        {1, 1, 1, {1, 1, 1, 1, 1, 0, 1, 1}, false, false, false, false},
        {1, 1, 1, {3, 5, 3, 3, 1, 1, 1, 1}, true, false, true, false},
        {1, 13, 17, {16, 24, 1, 1, 1, 0, 1, 1}, true, true, true, true},
        {2, 13, 17, {16, 24, 1, 1, 2, 0, 1, 1}, true, true, false, true},
        {1, 19, 23, {3, 64, 7, 7, 2, 3, 1, 1}, true, false, true, true},
        {1, 20, 24, {16, 130, 3, 3, 1, 1, 1, 1}, true, true, true, true},
        {3, 20, 25, {8, 16, 3, 3, 2, 1, 1, 1}, false, false, true, false},
        {1, 14, 15, {8, 16, 3, 3, 1, 2, 2, 1}, true, true, true, true},
        {1, 14, 15, {8, 16, 3, 3, 2, 2, 2, 2}, true, false, false, false},
        {1, 9, 11, {64, 64, 3, 3, 1, 1, 1, 32}, true, false, true, true},
        {2, 9, 11, {64, 32, 3, 3, 2, 1, 1, 32}, false, true, true, false},
        {1, 5, 5, {6, 4, 1, 1, 1, 0, 1, 2}, true, false, true, false},
        /* linear layers: the kernel covers the input */
        {5, 7, 7, {32, 300, 7, 7, 1, 0, 1, 1}, true, false, true, false},
        {300, 1, 1, {96, 91, 1, 1, 1, 0, 1, 1}, true, false, false, false},
        {0, 7, 7, {4, 10, 7, 7, 1, 0, 1, 1}, true, false, true, false},
        {2, 5, 9, {4, 10, 5, 9, 1, 0, 1, 1}, false, false, false, false},
        /* covers with a stride, with dilation, with padding */
        {2, 5, 5, {4, 6, 5, 5, 2, 0, 1, 1}, true, false, true, false},
        {2, 5, 5, {4, 6, 3, 3, 1, 0, 2, 1}, true, false, true, false},
        {2, 3, 3, {4, 6, 3, 3, 1, 1, 1, 1}, true, false, true, false},
        /* many channels, few places; more places than one tile */
        {1, 4, 4, {256, 512, 1, 1, 1, 0, 1, 1}, true, true, true, true},
        {1, 40, 41, {4, 7, 3, 3, 1, 1, 1, 1}, true, true, true, true},
        {3, 16, 16, {4, 70, 1, 1, 1, 0, 1, 1}, true, true, true, true},
    };
    struct det_random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

static struct conv_case random_case(struct det_random *random)
{
    static const int32_t kernels[] = {1, 1, 2, 3, 3, 5, 7};
    static const int32_t groups[] = {1, 1, 1, 2, 4, 32};
    struct conv_case c = {.n = det_random_int(random, 0, 3),
                          .bias = det_random_bool(random),
                          .residual = det_random_bool(random),
                          .relu = det_random_bool(random),
                          .norm = det_random_bool(random)};
    struct det_conv_shape *s = &c.shape;
    s->kernel_h = det_random_choice(random, kernels, 7);
    s->kernel_w = det_random_int(random, 0, 3) ? s->kernel_h
                                               : det_random_int(random, 1, 4);
    s->stride = det_random_int(random, 1, 3);
    s->pad = det_random_int(random, 0, 3);
    s->dilation = det_random_int(random, 1, 2);
    s->groups = det_random_choice(random, groups, 6);
    const int32_t most = s->groups == 32 ? 2 : 12;
    s->in_channels = s->groups * det_random_int(random, 1, most);
    s->out_channels = s->groups * det_random_int(random, 1, most);
    /* At least as large as the kernel, sometimes exactly. */
    const int32_t extra = det_random_int(random, 0, 3) ? 14 : 0;
    const int32_t h = s->dilation * (s->kernel_h - 1) + 1 - 2 * s->pad;
    const int32_t w = s->dilation * (s->kernel_w - 1) + 1 - 2 * s->pad;
    c.h = (h > 1 ? h : 1) + det_random_int(random, 0, extra);
    c.w = (w > 1 ? w : 1) + det_random_int(random, 0, extra);
    return c;
}

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        const struct conv_case c = random_case(&random);
        check_case(&c, &random);
    }
}
END_TEST

/* A copy of the residual, whose place the output takes. */
static det_status run_in_place(struct det_compute *compute, const void *user,
                               struct det_tensor *out)
{
    struct det_conv2d op = ((const struct conv_data *)user)->op;
    const struct det_tensor from = op.residual;
    DET_TRY(det_tensor_take_like(compute, &op.residual, &from, from.h, from.w,
                                 from.c));
    if (!det_planning(compute))
        memcpy(op.residual.data, from.data, det_tensor_bytes(&from));
    op.in_place = true;
    DET_TRY(det_conv2d(compute, &op));
    ck_assert_ptr_eq(op.out.data, op.residual.data);
    *out = op.out;
    return DET_OK;
}

/* More channels than a block has, pieces of tiles and panels, a stride. */
START_TEST(in_place_of_the_residual)
{
    static const struct conv_case cases[] = {
        {1, 1, 1, {1, 1, 1, 1, 1, 0, 1, 1}, true, true, true, false},
        {0, 5, 5, {16, 32, 1, 1, 1, 0, 1, 1}, true, true, true, false},
        {2, 13, 17, {64, 256, 1, 1, 1, 0, 1, 1}, false, true, true, true},
        {1, 20, 31, {256, 48, 1, 1, 1, 0, 1, 1}, false, true, false, true},
        {3, 7, 7, {257, 70, 1, 1, 1, 0, 1, 1}, true, true, true, false},
        {3, 7, 7, {512, 130, 1, 1, 1, 0, 1, 1}, false, true, true, true},
        {1, 9, 11, {511, 33, 1, 1, 2, 0, 1, 1}, true, true, false, true},
        {1, 9, 11, {64, 40, 1, 1, 1, 0, 1, 4}, true, true, true, true},
        /* a map that does not stay in the caches */
        {1, 65, 66, {64, 33, 1, 1, 1, 0, 1, 1}, true, true, true, false}};
    struct det_random random = {5};
    struct conv_data d;
    make_data(&d, &cases[_i], &random);
    ck_assert(det_ops_for("cpu")->conv2d_fits_in_place(&d.op));
    if (det_test_ops()->conv2d_fits_in_place(&d.op)) {
        double *expected = reference(&d);
        const struct det_harness_case harness = {.name = "in place",
                                                 .run = run_in_place,
                                                 .user = &d,
                                                 .expected = expected,
                                                 .tolerance = 1e-5};
        det_harness_check(&harness);
        free(expected);
    }
    free_data(&d);
}
END_TEST

/* Where sums of a part of the depth, or taps, would be written over it, and
 * where the order of the sum is a promise. */
START_TEST(what_fits_in_place)
{
    static const struct {
        struct det_conv_shape shape;
        bool in_order, fits;
    } rows[] = {{{512, 2048, 1, 1, 1, 0, 1, 1}, false, true},
                {{512, 2048, 1, 1, 1, 0, 1, 1}, true, false},
                {{513, 2048, 1, 1, 1, 0, 1, 1}, false, false},
                {{1026, 2048, 1, 1, 1, 0, 1, 2}, false, false},
                {{1024, 2048, 1, 1, 1, 0, 1, 2}, false, true},
                {{64, 64, 3, 3, 1, 1, 1, 1}, false, false},
                {{64, 64, 1, 3, 1, 0, 1, 1}, false, false}};
    const struct det_ops *ops = det_ops_for("cpu");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct det_conv2d op = {.shape = rows[i].shape,
                                      .in_order = rows[i].in_order};
        ck_assert_msg(ops->conv2d_fits_in_place(&op) == rows[i].fits, "row %zu",
                      i);
    }
}
END_TEST

START_TEST(as_torch)
{
    for (size_t i = 0; i < sizeof golden_conv2d / sizeof *golden_conv2d; i++) {
        const struct golden_conv2d *g = &golden_conv2d[i];
        const struct conv_case c = {g->n,
                                    g->h,
                                    g->w,
                                    {g->c, g->k, g->kernel, g->kernel,
                                     g->stride, g->pad, g->dilation, g->groups},
                                    .bias = true};
        struct det_random random = {g->seed};
        struct conv_data d;
        make_data(&d, &c, &random);
        struct det_harness_case harness = {.run = run_conv, .user = &d};
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

/* The sum that compute/cpu/conv2d_cpu.c promises, on a CPU with FMA. */
static float chain_at(const struct conv_data *d, const struct place *p)
{
    enum { GROUP = 8, POINTWISE = 128 };
    const struct det_conv_shape *s = &d->op.shape;
    const struct det_tensor *in = &d->op.in;
    const bool pointwise = s->kernel_h == 1 && s->kernel_w == 1;
    const int32_t block = pointwise ? POINTWISE : s->in_channels;
    float total = 0.0f;
    for (int32_t first = 0; first < s->in_channels; first += block) {
        float sum = first == 0 && d->bias ? d->bias[p->k] : 0.0f;
        for (int32_t g = first; g < s->in_channels && g < first + block;
             g += GROUP)
            for (int32_t r = 0; r < s->kernel_h; r++)
                for (int32_t q = 0; q < s->kernel_w; q++)
                    for (int32_t c = g; c < s->in_channels && c < g + GROUP;
                         c++) {
                        const int32_t y = p->y * s->stride - s->pad + r;
                        const int32_t x = p->x * s->stride - s->pad + q;
                        const bool inside =
                            y >= 0 && y < in->h && x >= 0 && x < in->w;
                        const float *weight =
                            d->weight +
                            ((p->k * s->in_channels + c) * s->kernel_h + r) *
                                s->kernel_w +
                            q;
                        sum =
                            fmaf(inside ? in->data[(y * in->w + x) * in->c + c]
                                        : 0.0f,
                                 *weight, sum);
                    }
        total = first == 0 ? sum : total + sum;
    }
    if (d->scale)
        total = d->op.norm.fused ? fmaf(total, d->scale[p->k], d->shift[p->k])
                                 : total * d->scale[p->k] + d->shift[p->k];
    return total;
}

START_TEST(order_of_the_sum)
{
    static const struct conv_case cases[] = {
        {1, 9, 11, {64, 40, 3, 3, 1, 1, 1, 1}, true, false, false, false},
        {1, 9, 11, {96, 17, 3, 3, 2, 1, 1, 1}, false, false, false, true},
        {1, 9, 11, {300, 40, 1, 1, 1, 0, 1, 1}, true, false, false, false},
        {1, 9, 11, {260, 33, 1, 1, 2, 0, 1, 1}, false, false, false, true},
        {1, 21, 23, {3, 64, 7, 7, 2, 3, 1, 1}, false, false, false, true},
        {1, 6, 5, {20, 6, 5, 5, 1, 2, 1, 1}, true, false, false, false},
    };
    struct det_random random = {5};
    if (det_test_ops() != det_ops_for("cpu"))
        return; /* the vendor's order */
#if defined(__x86_64__) && !defined(__clang__)
    if (!__builtin_cpu_supports("fma") || !__builtin_cpu_supports("avx2"))
        return;
#elif !defined(__FMA__) && !defined(__aarch64__)
    return;
#endif
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct conv_data d;
        make_data(&d, &cases[i], &random);
        struct det_harness_case harness = {.run = run_in_order, .user = &d};
        snprintf(harness.name, sizeof harness.name, "order %zu", i);
        struct det_tensor out;
        det_harness_run(&harness, 2, &out);
        struct place p = {0};
        size_t at = 0;
        for (p.y = 0; p.y < out.h; p.y++)
            for (p.x = 0; p.x < out.w; p.x++)
                for (p.k = 0; p.k < out.c; p.k++, at++)
                    ck_assert_msg(out.data[at] == chain_at(&d, &p),
                                  "case %zu, %d %d %d: %.9g, not %.9g", i, p.y,
                                  p.x, p.k, (double)out.data[at],
                                  (double)chain_at(&d, &p));
        free(out.data);
        free_data(&d);
    }
}
END_TEST

START_TEST(nan_passes_relu)
{
    struct conv_case c = {.n = 1, .h = 1, .w = 2, .relu = true};
    c.shape = (struct det_conv_shape){1, 1, 1, 1, 1, 0, 1, 1};
    struct det_random random = {3};
    struct conv_data d;
    make_data(&d, &c, &random);
    d.op.in.data[0] = NAN;
    struct det_harness_case harness = {
        .name = "NaN", .run = run_conv, .user = &d};
    struct det_tensor out;
    det_harness_run(&harness, 1, &out);
    ck_assert_float_nan(out.data[0]);
    ck_assert(!isnan(out.data[1]));
    free(out.data);
    free_data(&d);
}
END_TEST

START_TEST(misfits_are_refused)
{
    const struct conv_case c = {
        .n = 1, .h = 4, .w = 4, .shape = {2, 3, 3, 3, 1, 0, 1, 1}};
    struct det_random random = {4};
    struct conv_data good;
    make_data(&good, &c, &random);
    struct conv_data d = good;
    struct det_harness_case harness = {.run = run_conv, .user = &d};
    snprintf(harness.name, sizeof harness.name, "wrong channels");
    d.op.shape.in_channels = 3;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);

    snprintf(harness.name, sizeof harness.name, "wrong residual");
    d = good;
    d.op.residual = d.op.in;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);

    snprintf(harness.name, sizeof harness.name,
             "in place of what is not there");
    d = good;
    d.op.in_place = true;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);

    snprintf(harness.name, sizeof harness.name, "taps in place");
    d.op.residual = d.op.in;
    d.op.residual.h = d.op.residual.w = 2;
    d.op.residual.c = 3;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);

    snprintf(harness.name, sizeof harness.name, "kernel too large");
    d = good;
    d.op.shape.kernel_h = 5;
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);
    free_data(&good);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_conv2d");
    TCase *tests = tcase_create("conv2d");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, in_place_of_the_residual, 0, 9);
    tcase_add_test(tests, what_fits_in_place);
    tcase_add_test(tests, as_torch);
    tcase_add_test(tests, order_of_the_sum);
    tcase_add_test(tests, nan_passes_relu);
    tcase_add_test(tests, misfits_are_refused);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
