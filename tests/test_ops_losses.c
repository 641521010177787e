/* SPDX-License-Identifier: MIT */
/* The smooth L1 loss against its definition and against finite differences. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"

enum { VALUES = 40, TERMS = 7 };

/* Zero and next to it are plain L1, Detectron2's default; then torchvision's
 * and Fast R-CNN's, and one that everything is below. */
static const float betas[] = {0.0f, 1e-6f, 1.0f / 9.0f, 1.0f, 10.0f};

enum { BETAS = sizeof betas / sizeof betas[0] };

/* TERMS groups of four among VALUES values; one group occurs twice, as a
 * class's deltas do where one row serves all classes. */
struct loss_case {
    float values[VALUES], gradient[VALUES], target[4 * TERMS];
    int64_t at[TERMS];
    float beta, scale;
};

static double term(double x, double beta)
{
    const double magnitude = fabs(x);
    if (beta < 1e-5)
        return magnitude;
    return magnitude < beta ? 0.5 * x * x / beta : magnitude - 0.5 * beta;
}

static double plain_loss(const struct loss_case *c)
{
    double sum = 0.0;
    for (int i = 0; i < 4 * TERMS; i++)
        sum +=
            term((double)c->values[c->at[i / 4] + i % 4] - (double)c->target[i],
                 (double)c->beta);
    return (double)c->scale * sum;
}

static double run(struct loss_case *c, bool add)
{
    struct det_compute compute = {.ops = det_test_ops(), .threads = 1};
    double loss = 0.0;
    struct det_smooth_l1_loss op = {
        .gradient_scale = c->scale,
        .values = {.data = c->values, .n = 1, .h = 1, .w = 1, .c = VALUES},
        .at = c->at,
        .target = c->target,
        .count = TERMS,
        .beta = c->beta,
        .scale = c->scale,
        .loss = &loss};
    op.gradient.tensor = op.values;
    op.gradient.tensor.data = c->gradient;
    op.gradient.add = add;
    ck_assert_int_eq(compute.ops->smooth_l1_loss(&compute, &op), DET_OK);
    return loss;
}

static void make_case(struct loss_case *c, int seed, float beta)
{
    struct det_random random = {(uint64_t)seed};
    *c = (struct loss_case){.beta = beta, .scale = 0.25f};
    for (int i = 0; i < VALUES; i++)
        c->values[i] = 2.0f * det_random_float(&random);
    for (int i = 0; i < 4 * TERMS; i++)
        c->target[i] = det_random_float(&random);
    for (int i = 0; i < TERMS; i++)
        c->at[i] = 4 * (i % (TERMS - 1));
}

START_TEST(smooth_l1_is_its_definition)
{
    struct loss_case c;
    make_case(&c, _i, betas[_i % BETAS]);
    const double expected = plain_loss(&c);
    ck_assert_double_eq_tol(run(&c, false), expected, 1e-12 + 1e-9 * expected);
}
END_TEST

/* Central differences, which a kink in between would spoil. */
START_TEST(smooth_l1_gradient)
{
    const float step = 0x1p-12f;
    struct loss_case c;
    make_case(&c, _i, betas[_i % BETAS]);
    run(&c, false);
    for (int i = 0; i < VALUES; i++) {
        struct loss_case higher = c, lower = c;
        higher.values[i] += step;
        lower.values[i] -= step;
        const double slope =
            (plain_loss(&higher) - plain_loss(&lower)) /
            ((double)higher.values[i] - (double)lower.values[i]);
        ck_assert_double_eq_tol((double)c.gradient[i], slope, 1e-3);
    }
}
END_TEST

/* At the kink of L1 the slope is 0, as torch's sign(0); a gradient that is
 * there already is added to; NaN is not hidden. */
START_TEST(smooth_l1_edges)
{
    struct loss_case c;
    make_case(&c, 1, betas[_i]);
    for (int i = 0; i < 4 * TERMS; i++)
        c.target[i] = c.values[c.at[i / 4] + i % 4];
    for (int i = 0; i < VALUES; i++)
        c.gradient[i] = (float)i;
    ck_assert_double_eq(run(&c, true), 0.0);
    for (int i = 0; i < VALUES; i++)
        ck_assert_float_eq(c.gradient[i], (float)i);
    c.values[2] = NAN;
    ck_assert(isnan(run(&c, false)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("losses");
    TCase *tcase = tcase_create("smooth L1");
    tcase_add_loop_test(tcase, smooth_l1_is_its_definition, 0, 4 * BETAS);
    tcase_add_loop_test(tcase, smooth_l1_gradient, 0, 4 * BETAS);
    tcase_add_loop_test(tcase, smooth_l1_edges, 0, BETAS);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
