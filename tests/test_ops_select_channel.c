/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/conv2d.h"
#include "compute/select_channel.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"

enum { RANDOM_CASES = 220 };

struct select_case {
    int32_t n, h, w, c, k;
};

struct select_data {
    struct det_conv_shape shape;
    struct det_tensor in;
    float *weight; /* [K, C] */
    float *packed, *bias;
    int32_t *channel;
};

static struct det_conv_shape pointwise(const struct select_case *c)
{
    return (struct det_conv_shape){c->c, c->k, 1, 1, 1, 0, 1, 1};
}

static void make_data(struct select_data *d, const struct select_case *c,
                      struct det_random *random)
{
    struct det_compute compute = {.ops = det_test_ops(), .threads = 2};
    const struct det_conv_shape shape = pointwise(c);
    *d = (struct select_data){.shape = shape};
    d->in = det_random_tensor(random, c->n, c->h, c->w, c->c);
    d->weight = det_random_floats(random, (size_t)c->c * (size_t)c->k);
    d->bias = det_random_floats(random, (size_t)c->k);
    d->packed =
        malloc(compute.ops->packed_conv2d_count(&shape) * sizeof(float));
    d->channel = malloc(((size_t)c->n + 1) * sizeof *d->channel);
    ck_assert(d->packed && d->channel);
    ck_assert_int_eq(
        compute.ops->pack_conv2d(&compute, d->packed, &shape, d->weight),
        DET_OK);
    for (int32_t r = 0; r < c->n; r++)
        d->channel[r] = det_random_int(random, 0, c->k - 1);
    if (c->n > 1) { /* both ends */
        d->channel[0] = c->k - 1;
        d->channel[1] = 0;
    }
}

static void free_data(struct select_data *d)
{
    free(d->in.data);
    free(d->weight);
    free(d->packed);
    free(d->bias);
    free(d->channel);
}

static double *reference(const struct select_data *d)
{
    const struct det_tensor *in = &d->in;
    double *out = det_harness_doubles((size_t)det_tensor_places(in));
    for (int64_t i = 0; i < det_tensor_places(in); i++) {
        const int32_t k = d->channel[i / ((int64_t)in->h * in->w)];
        out[i] = (double)d->bias[k];
        for (int32_t c = 0; c < in->c; c++)
            out[i] += (double)in->data[i * in->c + c] *
                      (double)d->weight[(size_t)k * in->c + c];
    }
    return out;
}

static det_status run_select(struct det_compute *compute, const void *user,
                             struct det_tensor *out)
{
    const struct select_data *d = user;
    const struct det_conv_layer layer = {
        .shape = d->shape, .packed = d->packed, .packed_bias = d->bias};
    /* The promise: channels are not read while planning. */
    return det_select_channel(compute, &layer, out, &d->in,
                              det_planning(compute) ? NULL : d->channel);
}

static void check_case(const struct select_case *c, struct det_random *random)
{
    struct select_data d;
    make_data(&d, c, random);
    double *expected = reference(&d);
    struct det_harness_case harness = {
        .run = run_select, .user = &d, .expected = expected, .tolerance = 1e-5};
    snprintf(harness.name, sizeof harness.name,
             "select %d x %d x %d x %d of %d", c->n, c->h, c->w, c->c, c->k);
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count, (size_t)c->n * (size_t)c->h * (size_t)c->w);
    free(expected);
    free_data(&d);
}

START_TEST(listed_shapes)
{
    static const struct select_case cases[] = {
        {0, 28, 28, 256, 91}, {1, 1, 1, 1, 1},   {1, 28, 28, 256, 91},
        {5, 14, 14, 64, 80},  {7, 3, 5, 33, 21}, {100, 1, 1, 4, 2},
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
        const struct select_case c = {.n = det_random_int(&random, 0, 6),
                                      .h = det_random_int(&random, 1, 9),
                                      .w = det_random_int(&random, 1, 9),
                                      .c = det_random_int(&random, 1, 70),
                                      .k = det_random_int(&random, 1, 91)};
        check_case(&c, &random);
    }
}
END_TEST

static det_status run_all_channels(struct det_compute *compute,
                                   const void *user, struct det_tensor *out)
{
    const struct select_data *d = user;
    struct det_conv2d op = {
        .shape = d->shape, .in = d->in, .packed = d->packed, .bias = d->bias};
    DET_TRY(det_conv2d(compute, &op));
    *out = op.out;
    return DET_OK;
}

/* What it saves work against. */
START_TEST(as_the_whole_convolution)
{
    const struct select_case c = {4, 6, 5, 24, 17};
    const int64_t map = (int64_t)c.h * c.w;
    struct det_random random = {3};
    struct select_data d;
    make_data(&d, &c, &random);
    struct det_harness_case harness = {
        .name = "all channels", .run = run_all_channels, .user = &d};
    struct det_tensor all, one;
    det_harness_run(&harness, 2, &all);
    harness = (struct det_harness_case){
        .name = "one channel", .run = run_select, .user = &d};
    det_harness_run(&harness, 2, &one);
    for (int64_t i = 0; i < det_tensor_count(&one); i++)
        ck_assert_double_eq_tol((double)one.data[i],
                                (double)all.data[i * c.k + d.channel[i / map]],
                                2e-5 + det_test_tolerance());
    free(all.data);
    free(one.data);
    free_data(&d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_select_channel");
    TCase *tests = tcase_create("select_channel");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_test(tests, as_the_whole_convolution);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
