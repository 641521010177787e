/* SPDX-License-Identifier: MIT */
/* Operators of whole maps with one plain loop each: mean over places, maximum,
 * every second place. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/maximum.h"
#include "compute/spatial_mean.h"
#include "compute/subsample.h"
#include "tests/ops_harness.h"

enum { RANDOM_CASES = 100 };

struct maps_data {
    struct det_tensor in, other; /* [N, H, W, C] */
    int32_t stride, out_channels;
};

static struct maps_data random_data(struct det_random *random)
{
    const int32_t n = det_random_int(random, 1, 4);
    const int32_t h = det_random_int(random, 1, 9);
    const int32_t w = det_random_int(random, 1, 9);
    const int32_t c = det_random_int(random, 1, 40);
    return (struct maps_data){.in = det_random_tensor(random, n, h, w, c),
                              .other = det_random_tensor(random, n, h, w, c),
                              .stride = det_random_int(random, 1, 3),
                              .out_channels =
                                  c + 2 * det_random_int(random, 0, 9)};
}

static void check(const char *name, det_harness_op run,
                  const struct maps_data *d, double *expected)
{
    struct det_harness_case harness = {
        .run = run, .user = d, .expected = expected, .tolerance = 1e-6};
    snprintf(harness.name, sizeof harness.name, "%s of %d x %d x %d x %d", name,
             d->in.n, d->in.h, d->in.w, d->in.c);
    det_harness_check(&harness);
    free(expected);
}

/* operation(data, expected) for random maps. */
static void check_random(void (*operation)(const struct maps_data *d))
{
    struct det_random random = {11};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct maps_data d = random_data(&random);
        operation(&d);
        free(d.in.data);
        free(d.other.data);
    }
}

/* --------------------------------------------------------------------- mean */

static det_status run_mean(struct det_compute *compute, const void *user,
                           struct det_tensor *out)
{
    return det_spatial_mean(compute, out,
                            &((const struct maps_data *)user)->in);
}

static void check_mean(const struct maps_data *d)
{
    const int64_t places = (int64_t)d->in.h * d->in.w, c = d->in.c;
    double *expected = det_harness_doubles((size_t)(d->in.n * c));
    for (int64_t i = 0; i < det_tensor_count(&d->in); i++)
        expected[i / (places * c) * c + i % c] +=
            (double)d->in.data[i] / (double)places;
    check("mean", run_mean, d, expected);
}

START_TEST(means)
{
    check_random(check_mean);
}
END_TEST

/* ------------------------------------------------------------------ maximum */

static det_status run_maximum(struct det_compute *compute, const void *user,
                              struct det_tensor *out)
{
    const struct maps_data *d = user;
    const struct det_tensor *in = &d->in;
    DET_TRY(det_tensor_take(compute, out, in->n, in->h, in->w, in->c));
    if (det_planning(compute))
        return DET_OK;
    memcpy(out->data, in->data,
           (size_t)det_tensor_count(in) * sizeof *in->data);
    return compute->ops->maximum(compute, out, &d->other);
}

static void check_maximum(const struct maps_data *d)
{
    const size_t count = (size_t)det_tensor_count(&d->in);
    double *expected = det_harness_doubles(count);
    for (size_t i = 0; i < count; i++)
        expected[i] = fmax((double)d->in.data[i], (double)d->other.data[i]);
    check("maximum", run_maximum, d, expected);
}

START_TEST(maxima)
{
    check_random(check_maximum);
}
END_TEST

/* ---------------------------------------------------------------- subsample */

static det_status run_subsample(struct det_compute *compute, const void *user,
                                struct det_tensor *out)
{
    const struct maps_data *d = user;
    struct det_subsample op = {.in = d->in,
                               .stride = d->stride,
                               .first_channel =
                                   (d->out_channels - d->in.c) / 2};
    DET_TRY(det_subsample(compute, &op, d->out_channels));
    *out = op.out;
    return DET_OK;
}

static void check_subsample(const struct maps_data *d)
{
    const struct det_tensor *in = &d->in;
    const int32_t first = (d->out_channels - in->c) / 2;
    const int64_t h = (in->h + d->stride - 1) / d->stride;
    const int64_t w = (in->w + d->stride - 1) / d->stride;
    double *expected =
        det_harness_doubles((size_t)(in->n * h * w * d->out_channels));
    for (int64_t place = 0; place < in->n * h * w; place++) {
        const int64_t x = place % w * d->stride;
        const int64_t y = place / w % h * d->stride;
        const float *from =
            in->data + ((place / w / h * in->h + y) * in->w + x) * in->c;
        for (int32_t k = 0; k < in->c; k++)
            expected[place * d->out_channels + first + k] = (double)from[k];
    }
    check("subsample", run_subsample, d, expected);
}

START_TEST(subsamples)
{
    check_random(check_subsample);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("maps");
    TCase *tests = tcase_create("maps");
    tcase_add_test(tests, means);
    tcase_add_test(tests, maxima);
    tcase_add_test(tests, subsamples);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
