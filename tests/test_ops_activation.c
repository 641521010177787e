/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/activation.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"
#define GOLDEN_SOFTMAX
#define GOLDEN_SIGMOID
#include "tests/golden/ops_golden.h"

enum { RANDOM_CASES = 220 };

struct activation_case {
    int32_t n, h, w, c;
    float factor; /* logits are in [-factor, factor) */
    bool sigmoid; /* else softmax */
};

struct activation_data {
    struct det_tensor logits;
    bool sigmoid;
};

static void make_data(struct activation_data *d,
                      const struct activation_case *c,
                      struct det_random *random)
{
    d->logits = det_random_tensor(random, c->n, c->h, c->w, c->c);
    d->sigmoid = c->sigmoid;
    for (int64_t i = 0; i < det_tensor_count(&d->logits); i++)
        d->logits.data[i] *= c->factor;
}

static void softmax(double *out, const float *logits, int32_t count)
{
    double most = -INFINITY, sum = 0.0;
    for (int32_t k = 0; k < count; k++)
        most = fmax(most, (double)logits[k]);
    for (int32_t k = 0; k < count; k++)
        sum += exp((double)logits[k] - most);
    for (int32_t k = 0; k < count; k++)
        out[k] = exp((double)logits[k] - most) / sum;
}

static double *reference(const struct activation_data *d)
{
    const struct det_tensor *t = &d->logits;
    double *values = det_harness_doubles((size_t)det_tensor_count(t));
    if (d->sigmoid)
        for (int64_t i = 0; i < det_tensor_count(t); i++)
            values[i] = 1.0 / (1.0 + exp(-(double)t->data[i]));
    else
        for (int64_t i = 0; i < det_tensor_places(t); i++)
            softmax(values + i * t->c, t->data + i * t->c, t->c);
    return values;
}

static det_status run_activation(struct det_compute *compute, const void *user,
                                 struct det_tensor *out)
{
    const struct activation_data *d = user;
    const struct det_tensor *t = &d->logits;
    DET_TRY(det_tensor_take(compute, out, t->n, t->h, t->w, t->c));
    if (!det_planning(compute))
        memcpy(out->data, t->data, (size_t)det_tensor_count(t) * sizeof(float));
    return d->sigmoid ? det_sigmoid(compute, out) : det_softmax(compute, out);
}

static void check_case(const struct activation_case *c,
                       struct det_random *random)
{
    struct activation_data d;
    make_data(&d, c, random);
    double *expected = reference(&d);
    struct det_harness_case harness = {.run = run_activation,
                                       .user = &d,
                                       .expected = expected,
                                       .tolerance = 1e-5};
    snprintf(harness.name, sizeof harness.name,
             "%s %d x %d x %d x %d, logits up to %g",
             c->sigmoid ? "sigmoid" : "softmax", c->n, c->h, c->w, c->c,
             (double)c->factor);
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count, (size_t)det_tensor_count(&d.logits));
    free(expected);
    free(d.logits.data);
}

START_TEST(listed_shapes)
{
    /* 1000: exp(1000) is no float */
    static const struct activation_case cases[] = {
        {0, 1, 1, 91, 1, false},      {1, 1, 1, 1, 1, false},
        {1, 1, 1, 2, 1000, false},    {7, 1, 1, 91, 10, false},
        {300, 1, 1, 21, 5, false},    {2, 13, 17, 6, 30, false},
        {100, 1, 1, 81, 1000, false},
    };
    struct det_random random = {1};
    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        struct activation_case c = cases[i / 2];
        c.sigmoid = i % 2;
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        const struct activation_case c = {
            .n = det_random_int(&random, 0, 9),
            .h = det_random_int(&random, 1, 5),
            .w = det_random_int(&random, 1, 5),
            .c = det_random_int(&random, 1, 100),
            .factor = (float)det_random_int(&random, 1, 120),
            .sigmoid = det_random_bool(&random)};
        check_case(&c, &random);
    }
}
END_TEST

static void check_golden(const struct activation_case *c, uint64_t seed,
                         const float *values, int32_t count)
{
    struct det_random random = {seed};
    struct activation_data d;
    make_data(&d, c, &random);
    struct det_harness_case harness = {.run = run_activation, .user = &d};
    snprintf(harness.name, sizeof harness.name, "golden %d", (int)seed);
    struct det_tensor out;
    det_harness_run(&harness, 2, &out);
    ck_assert_int_eq(det_tensor_count(&out), count);
    det_harness_compare_golden(harness.name, out.data, values, (size_t)count,
                               1e-6);
    free(out.data);
    free(d.logits.data);
}

START_TEST(as_torch)
{
    for (size_t i = 0; i < sizeof golden_softmax / sizeof *golden_softmax;
         i++) {
        const struct golden_softmax *g = &golden_softmax[i];
        check_golden(
            &(struct activation_case){g->n, 1, 1, g->c, g->factor, false},
            g->seed, g->values, g->count);
    }
    for (size_t i = 0; i < sizeof golden_sigmoid / sizeof *golden_sigmoid;
         i++) {
        const struct golden_sigmoid *g = &golden_sigmoid[i];
        check_golden(
            &(struct activation_case){g->n, 1, 1, g->c, g->factor, true},
            g->seed, g->values, g->count);
    }
}
END_TEST

/* Far from 0 the results are exact, not NaN. */
START_TEST(limits)
{
    static float data[] = {-1000, 1000, -INFINITY, INFINITY, 0};
    struct activation_data d = {.logits = {data, 1, 1, 1, 5, 1},
                                .sigmoid = true};
    struct det_harness_case harness = {
        .name = "limits", .run = run_activation, .user = &d};
    static const float expected[] = {0, 1, 0, 1, 0.5f};
    struct det_tensor out;
    det_harness_run(&harness, 1, &out);
    det_harness_compare_golden("sigmoid", out.data, expected, 5, 0.0);
    free(out.data);

    static float pair[] = {-1000, 1000};
    static const float shares[] = {0, 1};
    d = (struct activation_data){.logits = {pair, 1, 1, 1, 2, 1}};
    det_harness_run(&harness, 1, &out);
    det_harness_compare_golden("softmax", out.data, shares, 2, 0.0);
    free(out.data);
}
END_TEST

/* ---------------------------------------------------------------- gradient */

/* Maps, and which of them pass their gradient on; NULL: all. */
struct sigmoid_case {
    int32_t n, places;
    const int32_t *live;
};

/* What is not live is a constant to the differences, which then are 0. */
static void sigmoid_reference(const void *user, double *const *in, double *out)
{
    const struct sigmoid_case *s = user;
    for (int32_t i = 0; i < s->n * s->places; i++)
        out[i] = s->live && !s->live[i / s->places]
                     ? 0.0
                     : 1.0 / (1.0 + exp(-in[0][i]));
}

static det_status run_sigmoid_out(struct det_compute *compute, const void *user,
                                  const struct det_tensor *in,
                                  struct det_tensor *out)
{
    const struct sigmoid_case *s = user;
    struct det_sigmoid_map op = {.in = in[0]};
    int32_t *live = NULL;
    if (s->live) {
        DET_TRY(det_arena_take(det_host_arena(compute), &live, (size_t)s->n,
                               sizeof *live, compute->message));
        if (!det_planning(compute))
            memcpy(live, s->live, (size_t)s->n * sizeof *live);
        op.live = live;
    }
    DET_TRY(det_sigmoid_out(compute, &op));
    det_arena_give(det_host_arena(compute), live);
    *out = op.out;
    return DET_OK;
}

START_TEST(gradient)
{
    static const int32_t live[] = {1, 0, 7, 0, 1};
    static const struct sigmoid_case cases[] = {
        {0, 12, NULL}, {0, 12, live}, {5, 12, NULL}, {5, 12, live}};
    const struct sigmoid_case *s = &cases[_i];
    struct det_random random = {7};
    struct tape_result result;
    struct det_tensor in = det_random_tensor(&random, s->n, 3, 2, 2);
    float *weights = det_random_floats(&random, (size_t)(s->n * s->places));
    const struct tape_case c = {.name = "sigmoid",
                                .run = run_sigmoid_out,
                                .user = s,
                                .num_inputs = 1,
                                .inputs = {in},
                                .weights = weights};
    tape_case_check(&result, &c);
    for (int32_t i = 0; i < s->n * s->places; i++) {
        const double expected = 1.0 / (1.0 + exp(-(double)in.data[i]));
        ck_assert_double_eq_tol((double)result.out.data[i], expected, 1e-6);
        if (s->live && !s->live[i / s->places]) /* as the reference has it */
            result.out.data[i] = 0.0f;
    }
    tape_case_compare(&c, &result, sigmoid_reference, 1e-4, 1e-5);
    tape_result_free(&result);
    free(weights);
    free(in.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_activation");
    TCase *tests = tcase_create("activation");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_test(tests, as_torch);
    tcase_add_test(tests, limits);
    tcase_add_loop_test(tests, gradient, 0, 4);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
