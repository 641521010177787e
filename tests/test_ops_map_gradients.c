/* SPDX-License-Identifier: MIT */
/* Gradients of maps through pools, means, option A's shortcut and batch norms,
 * against central differences of the same in double. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/conv_layer.h"
#include "compute/pool.h"
#include "compute/spatial_mean.h"
#include "compute/subsample.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"

struct map_case {
    int32_t n, h, w, c;
    struct det_pool pool; /* of those that pool: without tensors */
    int32_t stride, out_channels, first_channel; /* of the shortcut */
};

/* What is done with it. */
struct operation {
    const char *name;
    det_status (*run)(struct det_compute *compute, const void *user,
                      const struct det_tensor *in, struct det_tensor *out);
    tape_reference_fn reference;
    double step;         /* of the differences */
    bool sums_by_thread; /* so that bits differ with their number */
};

/* No two of a channel are alike, in halves neither: a maximum is one place. */
static struct det_tensor distinct_values(const struct map_case *m)
{
    enum { PRIME = 127 };
    struct det_random random = {5};
    struct det_tensor t = det_random_tensor(&random, m->n, m->h, m->w, m->c);
    ck_assert_int_lt(m->h * m->w, PRIME);
    for (int32_t i = 0; i < (int32_t)det_tensor_count(&t); i++)
        t.data[i] = (float)(i / m->c * 37 % PRIME - PRIME / 2) / 64.0f;
    return t;
}

static void check_case(const struct map_case *m, const struct operation *op,
                       int64_t outputs)
{
    char name[200];
    struct tape_result result;
    struct det_random random = {7};
    struct det_tensor in = distinct_values(m);
    float *weights = det_random_floats(&random, (size_t)outputs);
    snprintf(name, sizeof name, "%s of %d x %d x %d x %d", op->name, m->n, m->h,
             m->w, m->c);
    const struct tape_case c = {.name = name,
                                .run = op->run,
                                .user = m,
                                .num_inputs = 1,
                                .inputs = {in},
                                .weights = weights};
    if (op->sums_by_thread)
        tape_case_run(&result, &c, 1);
    else
        tape_case_check(&result, &c);
    ck_assert_int_eq(det_tensor_count(&result.out), outputs);
    tape_case_compare(&c, &result, op->reference, op->step, 1e-5);
    tape_result_free(&result);
    free(weights);
    free(in.data);
}

/* -------------------------------------------------------------------- pools */

static int32_t pooled(const struct map_case *m, int32_t side)
{
    return det_pool_output_side(side, m->pool.kernel, m->pool.stride,
                                m->pool.pad, m->pool.rounding);
}

/* Of output place (n, y, x), channel k; padding is 0 in a mean, and nothing in
 * a maximum.  Windows do not hang over behind the padding here. */
static double window(const struct map_case *m, const double *in, int32_t n,
                     int32_t y, int32_t x, int32_t k, bool average)
{
    double most = -INFINITY, sum = 0.0;
    for (int32_t r = 0; r < m->pool.kernel; r++)
        for (int32_t q = 0; q < m->pool.kernel; q++) {
            const int32_t iy = y * m->pool.stride - m->pool.pad + r;
            const int32_t ix = x * m->pool.stride - m->pool.pad + q;
            if (iy < 0 || ix < 0 || iy >= m->h || ix >= m->w)
                continue;
            const double value = in[((n * m->h + iy) * m->w + ix) * m->c + k];
            most = fmax(most, value);
            sum += value;
        }
    return average ? sum / (m->pool.kernel * m->pool.kernel) : most;
}

static void pool(const struct map_case *m, const double *in, double *out,
                 bool average)
{
    for (int32_t n = 0; n < m->n; n++)
        for (int32_t y = 0; y < pooled(m, m->h); y++)
            for (int32_t x = 0; x < pooled(m, m->w); x++)
                for (int32_t k = 0; k < m->c; k++)
                    *out++ = window(m, in, n, y, x, k, average);
}

static void reference_max(const void *user, double *const *in, double *out)
{
    pool(user, in[0], out, false);
}

static void reference_average(const void *user, double *const *in, double *out)
{
    pool(user, in[0], out, true);
}

static det_status run_max(struct det_compute *compute, const void *user,
                          const struct det_tensor *in, struct det_tensor *out)
{
    struct det_pool op = ((const struct map_case *)user)->pool;
    op.in = in[0];
    DET_TRY(det_max_pool(compute, &op));
    *out = op.out;
    return DET_OK;
}

static det_status run_average(struct det_compute *compute, const void *user,
                              const struct det_tensor *in,
                              struct det_tensor *out)
{
    struct det_pool op = ((const struct map_case *)user)->pool;
    op.in = in[0];
    DET_TRY(det_average_pool(compute, &op));
    *out = op.out;
    return DET_OK;
}

START_TEST(pools)
{
    static const struct map_case cases[] = {
        {2, 9, 7, 5, .pool = {.kernel = 3, .stride = 2, .pad = 1}},
        {1, 8, 8, 3, .pool = {.kernel = 2, .stride = 2}},
        {1, 6, 5, 4, .pool = {.kernel = 3, .stride = 1, .pad = 1}}};
    const struct map_case *m = &cases[_i / 2];
    static const struct operation operations[] = {
        {"max pool", run_max, reference_max, 1.0 / 512, false},
        {"average pool", run_average, reference_average, 1.0, false}};
    check_case(m, &operations[_i % 2],
               (int64_t)m->n * pooled(m, m->h) * pooled(m, m->w) * m->c);
}
END_TEST

/* ------------------------------------------------------- mean and shortcut */

static void reference_mean(const void *user, double *const *in, double *out)
{
    const struct map_case *m = user;
    const int32_t places = m->h * m->w;
    for (int32_t i = 0; i < m->n * m->c; i++) {
        out[i] = 0.0;
        for (int32_t p = 0; p < places; p++)
            out[i] += in[0][(i / m->c * places + p) * m->c + i % m->c] / places;
    }
}

static det_status run_mean(struct det_compute *compute, const void *user,
                           const struct det_tensor *in, struct det_tensor *out)
{
    (void)user;
    return det_spatial_mean(compute, out, &in[0]);
}

START_TEST(spatial_mean)
{
    const struct map_case m = {.n = 3, .h = 5, .w = 4, .c = 6};
    const struct operation op = {"mean", run_mean, reference_mean, 1.0, false};
    check_case(&m, &op, 3 * 6);
}
END_TEST

static void reference_shortcut(const void *user, double *const *in, double *out)
{
    const struct map_case *m = user;
    for (int32_t n = 0; n < m->n; n++)
        for (int32_t y = 0; y < m->h; y += m->stride)
            for (int32_t x = 0; x < m->w; x += m->stride)
                for (int32_t k = 0; k < m->out_channels; k++) {
                    const int32_t c = k - m->first_channel;
                    const int32_t at = ((n * m->h + y) * m->w + x) * m->c + c;
                    *out++ = c >= 0 && c < m->c ? in[0][at] : 0.0;
                }
}

static det_status run_shortcut(struct det_compute *compute, const void *user,
                               const struct det_tensor *in,
                               struct det_tensor *out)
{
    const struct map_case *m = user;
    struct det_subsample op = {
        .in = in[0], .stride = m->stride, .first_channel = m->first_channel};
    DET_TRY(det_subsample(compute, &op, m->out_channels));
    *out = op.out;
    return DET_OK;
}

START_TEST(shortcut)
{
    const struct map_case m = {
        2, 7, 6, 4, .stride = 2, .out_channels = 8, .first_channel = 2};
    const struct operation op = {"shortcut", run_shortcut, reference_shortcut,
                                 1.0, false};
    check_case(&m, &op, 2 * 4 * 3 * 8);
}
END_TEST

/* --------------------------------------------------------------- batch norm */

enum { CHANNELS = 4, PLACES = 2 * 6 * 5 };

static const float norm_weight[CHANNELS] = {1.0f, -0.5f, 2.0f, 0.75f};
static const float norm_bias[CHANNELS] = {0.25f, 0.5f, -0.125f, 0.0f};
static const double eps = 1e-5;

/* A 1 x 1 convolution that changes nothing, the batch's statistics, a ReLU. */
static void init_layer(struct det_conv_layer *layer)
{
    static float identity[CHANNELS * CHANNELS];
    for (int k = 0; k < CHANNELS; k++)
        identity[k * CHANNELS + k] = 1.0f;
    det_conv_layer_init(layer,
                        &(struct det_conv_config){.in_channels = CHANNELS,
                                                  .out_channels = CHANNELS,
                                                  .kernel = 1,
                                                  .norm = true,
                                                  .norm_eps = (float)eps,
                                                  .relu = true});
    layer->norm_mode = DET_NORM_BATCH;
    layer->weight.value = identity;
    layer->norm_weight.value = norm_weight;
    layer->norm_bias.value = norm_bias;
}

static det_status run_norm(struct det_compute *compute, const void *user,
                           const struct det_tensor *in, struct det_tensor *out)
{
    static struct det_conv_layer layer; /* the tape keeps its address */
    (void)user;
    init_layer(&layer);
    return det_conv_layer_forward(compute, &layer, out, &in[0], NULL);
}

static void reference_norm(const void *user, double *const *in, double *out)
{
    (void)user;
    for (int k = 0; k < CHANNELS; k++) {
        double mean = 0.0, variance = 0.0;
        for (int p = 0; p < PLACES; p++)
            mean += in[0][p * CHANNELS + k] / PLACES;
        for (int p = 0; p < PLACES; p++)
            variance += pow(in[0][p * CHANNELS + k] - mean, 2.0) / PLACES;
        for (int p = 0; p < PLACES; p++) {
            const double x = in[0][p * CHANNELS + k] - mean;
            out[p * CHANNELS + k] =
                fmax(x / sqrt(variance + eps) * (double)norm_weight[k] +
                         (double)norm_bias[k],
                     0.0);
        }
    }
}

START_TEST(batch_norm)
{
    const struct map_case m = {.n = 2, .h = 6, .w = 5, .c = CHANNELS};
    const struct operation op = {"batch norm", run_norm, reference_norm, 1e-7,
                                 true};
    check_case(&m, &op, PLACES * (int64_t)CHANNELS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_map_gradients");
    TCase *tcase = tcase_create("ops_map_gradients");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, pools, 0, 6);
    tcase_add_test(tcase, spatial_mean);
    tcase_add_test(tcase, shortcut);
    tcase_add_test(tcase, batch_norm);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
