/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/pool.h"
#include "compute/spatial_mean.h"
#include "tests/ops_harness.h"
#define GOLDEN_POOL
#include "tests/golden/ops_golden.h"

enum { RANDOM_CASES = 240 };

struct pool_case {
    int32_t n, h, w, c;
    int32_t kernel, stride, pad;
    bool ceil, average;
};

struct pool_data {
    struct det_pool op;
    bool average;
};

static void make_data(struct pool_data *d, const struct pool_case *c,
                      struct det_random *random)
{
    *d = (struct pool_data){
        .op = {.in = det_random_tensor(random, c->n, c->h, c->w, c->c),
               .kernel = c->kernel,
               .stride = c->stride,
               .pad = c->pad,
               .rounding = c->ceil ? DET_POOL_CEIL : DET_POOL_FLOOR},
        .average = c->average};
}

/* ---------------------------------------------------------------- reference */

/* Windows one by one: all that fit, and with ceil one more if something is
 * left over and it begins before the end of the map. */
static int32_t count_windows(int32_t in, const struct pool_case *c)
{
    int32_t count = 0, first = -c->pad;
    for (; first + c->kernel <= in + c->pad; first += c->stride)
        count++;
    const int32_t covered = first - c->stride + c->kernel;
    return c->ceil && covered < in + c->pad && first < in ? count + 1 : count;
}

struct place {
    int32_t n, y, x, k;
};

static double reference_at(const struct pool_data *d, const struct place *p)
{
    const struct det_tensor *in = &d->op.in;
    const int32_t pad = d->op.pad;
    double sum = 0.0, most = -INFINITY;
    int32_t size = 0;
    for (int32_t r = 0; r < d->op.kernel; r++)
        for (int32_t q = 0; q < d->op.kernel; q++) {
            const int32_t y = p->y * d->op.stride - pad + r;
            const int32_t x = p->x * d->op.stride - pad + q;
            if (y >= in->h + pad || x >= in->w + pad)
                continue; /* not even padding */
            size++;
            if (y < 0 || y >= in->h || x < 0 || x >= in->w)
                continue;
            const double value =
                (double)
                    in->data[(((int64_t)p->n * in->h + y) * in->w + x) * in->c +
                             p->k];
            sum += value;
            most = fmax(most, value);
        }
    return d->average ? sum / size : most;
}

static double *reference(const struct pool_data *d, int32_t h, int32_t w)
{
    const struct det_tensor *in = &d->op.in;
    double *values = det_harness_doubles((size_t)in->n * (size_t)h * (size_t)w *
                                         (size_t)in->c);
    size_t i = 0;
    struct place p;
    for (p.n = 0; p.n < in->n; p.n++)
        for (p.y = 0; p.y < h; p.y++)
            for (p.x = 0; p.x < w; p.x++)
                for (p.k = 0; p.k < in->c; p.k++)
                    values[i++] = reference_at(d, &p);
    return values;
}

static det_status run_pool(struct det_compute *compute, const void *user,
                           struct det_tensor *out)
{
    const struct pool_data *d = user;
    struct det_pool op = d->op;
    DET_TRY(d->average ? det_average_pool(compute, &op)
                       : det_max_pool(compute, &op));
    *out = op.out;
    return DET_OK;
}

static void check_case(const struct pool_case *c, struct det_random *random)
{
    const int32_t h = count_windows(c->h, c), w = count_windows(c->w, c);
    struct pool_data d;
    make_data(&d, c, random);
    double *expected = reference(&d, h, w);
    struct det_harness_case harness = {
        .run = run_pool, .user = &d, .expected = expected};
    harness.tolerance = c->average ? 1e-5 : 0.0; /* a maximum is one of them */
    snprintf(harness.name, sizeof harness.name,
             "%s pool %d x %d x %d x %d, kernel %d, stride %d, pad %d%s",
             c->average ? "average" : "max", c->n, c->h, c->w, c->c, c->kernel,
             c->stride, c->pad, c->ceil ? ", ceil" : "");
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count,
                      (size_t)c->n * (size_t)h * (size_t)w * (size_t)c->c);
    free(expected);
    free(d.op.in.data);
}

/* -------------------------------------------------------------------- tests */

START_TEST(listed_shapes)
{
    /* n, h, w, c, kernel, stride, pad, ceil; each as maximum and average */
    static const struct pool_case cases[] = {
        {0, 8, 8, 4, 3, 2, 1, false, false},
        {1, 1, 1, 1, 1, 1, 0, false, false},
        {1, 1, 1, 1, 1, 2, 0, true, false},
        {1, 9, 7, 3, 1, 2, 0, false, false}, /* FPN's extra level */
        {2, 13, 17, 5, 3, 2, 1, false, false},
        {2, 13, 17, 5, 3, 2, 0, true, false},
        {1, 12, 16, 64, 3, 2, 1, false, false},
        {1, 12, 16, 64, 3, 2, 0, true, false}, /* Caffe's stem */
        {1, 12, 16, 8, 3, 2, 1, true, false},
        {3, 7, 7, 33, 7, 7, 0, false, false},
        {1, 3, 3, 2, 3, 2, 0, true, false}, /* one window */
        {1, 4, 5, 2, 2, 3, 0, true, false}, /* a window would begin outside */
        {1, 4, 5, 2, 2, 3, 1, true, false},
    };
    struct det_random random = {1};
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        struct pool_case c = cases[i / 2];
        c.average = i % 2;
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct pool_case c = {.n = det_random_int(&random, 0, 3),
                              .c = det_random_int(&random, 1, 20),
                              .kernel = det_random_int(&random, 1, 5),
                              .stride = det_random_int(&random, 1, 4),
                              .ceil = det_random_bool(&random),
                              .average = det_random_bool(&random)};
        c.pad = det_random_int(&random, 0, c.kernel / 2);
        c.h = det_random_int(&random, c.kernel, c.kernel + 14);
        c.w = det_random_int(&random, c.kernel, c.kernel + 14);
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(as_torch)
{
    const struct golden_pool *g = &golden_pool[_i];
    const struct pool_case c = {g->n,   g->h,      g->w,
                                g->c,   g->kernel, g->stride,
                                g->pad, g->ceil,   g->average};
    struct det_random random = {g->seed};
    struct pool_data d;
    make_data(&d, &c, &random);
    struct det_harness_case harness = {.run = run_pool, .user = &d};
    snprintf(harness.name, sizeof harness.name, "golden %d", _i);
    struct det_tensor out;
    det_harness_run(&harness, 2, &out);
    ck_assert_int_eq(det_tensor_count(&out), g->count);
    det_harness_compare_golden(harness.name, out.data, g->values,
                               (size_t)g->count, g->average ? 1e-6 : 0.0);
    free(out.data);
    free(d.op.in.data);
}
END_TEST

/* torch's maximum hides no NaN, wherever in the window it comes. */
START_TEST(nan_passes)
{
    const struct pool_case c = {1, 2, 4, 1, 2, 2, 0, false, false};
    struct det_random random = {3};
    struct pool_data d;
    make_data(&d, &c, &random);
    d.op.in.data[_i] = NAN;
    struct det_harness_case harness = {
        .name = "NaN", .run = run_pool, .user = &d};
    struct det_tensor out;
    det_harness_run(&harness, 1, &out);
    const int hit = _i % 4 / 2;
    ck_assert_float_nan(out.data[hit]);
    ck_assert(!isnan(out.data[1 - hit]));
    free(out.data);
    free(d.op.in.data);
}
END_TEST

static det_status run_mean(struct det_compute *compute, const void *user,
                           struct det_tensor *out)
{
    return det_spatial_mean(compute, out, user);
}

START_TEST(spatial_mean)
{
    struct det_random random = {4};
    struct det_tensor in = det_random_tensor(&random, 5, 7, 6, 40);
    double *expected = det_harness_doubles(5 * 40);
    for (int64_t i = 0; i < det_tensor_count(&in); i++)
        expected[i / (42 * 40) * 40 + i % 40] += (double)in.data[i] / 42.0;
    struct det_harness_case harness = {.name = "mean",
                                       .run = run_mean,
                                       .user = &in,
                                       .expected = expected,
                                       .tolerance = 1e-5};
    ck_assert_uint_eq(det_harness_check(&harness), 5 * 40);
    free(expected);
    free(in.data);
}
END_TEST

START_TEST(window_that_does_not_fit)
{
    const struct pool_case c = {1, 2, 9, 1, 3, 1, 0, false, false};
    struct det_random random = {5};
    struct pool_data d;
    make_data(&d, &c, &random);
    struct det_harness_case harness = {
        .name = "kernel too large", .run = run_pool, .user = &d};
    det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);
    free(d.op.in.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_pool");
    TCase *tests = tcase_create("pool");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, as_torch, 0,
                        sizeof golden_pool / sizeof *golden_pool);
    tcase_add_loop_test(tests, nan_passes, 0, 8);
    tcase_add_test(tests, spatial_mean);
    tcase_add_test(tests, window_that_does_not_fit);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
