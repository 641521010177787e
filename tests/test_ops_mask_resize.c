/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/mask_resize.h"
#include "tests/cuda/bridge.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"
#define GOLDEN_MASK_RESIZE
#include "tests/golden/mnc_golden.h"

enum { RANDOM_CASES = 80 };

struct resize_case {
    int32_t n, h, w, c, out_h, out_w;
};

/* ---------------------------------------------------------------- reference */

static double pixel(const struct resize_case *s, const double *map, int32_t y,
                    int32_t x, int32_t k)
{
    y = y < s->h - 1 ? y : s->h - 1;
    x = x < s->w - 1 ? x : s->w - 1;
    return map[(y * s->w + x) * s->c + k];
}

/* Where a place lies is float32 by definition. */
static double place_of(int32_t p, int32_t in, int32_t out)
{
    return (double)((float)p * ((float)in / (float)out));
}

static double sample(const struct resize_case *s, const double *map, int32_t py,
                     int32_t px, int32_t k)
{
    const double y = place_of(py, s->h, s->out_h);
    const double x = place_of(px, s->w, s->out_w);
    if (y > s->h - 0.5 || x > s->w - 0.5)
        return 0.0;
    const int32_t y0 = (int32_t)y, x0 = (int32_t)x;
    const double fy = y - y0, fx = x - x0;
    return (1 - fy) * ((1 - fx) * pixel(s, map, y0, x0, k) +
                       fx * pixel(s, map, y0, x0 + 1, k)) +
           fy * ((1 - fx) * pixel(s, map, y0 + 1, x0, k) +
                 fx * pixel(s, map, y0 + 1, x0 + 1, k));
}

static void reference(const void *user, double *const *in, double *out)
{
    const struct resize_case *s = user;
    for (int32_t n = 0; n < s->n; n++)
        for (int32_t y = 0; y < s->out_h; y++)
            for (int32_t x = 0; x < s->out_w; x++)
                for (int32_t k = 0; k < s->c; k++)
                    *out++ = sample(s, in[0] + n * s->h * s->w * s->c, y, x, k);
}

/* --------------------------------------------------------------- comparison */

static det_status run_resizing(struct det_compute *compute, const void *user,
                               const struct det_tensor *in,
                               struct det_tensor *out)
{
    const struct resize_case *s = user;
    struct det_mask_resize op = {.in = in[0]};
    DET_TRY(det_mask_resizing(compute, &op, s->out_h, s->out_w));
    *out = op.out;
    return DET_OK;
}

static void check_case(const struct resize_case *s, struct det_random *random)
{
    char name[200];
    struct tape_result result;
    struct det_tensor in = det_random_tensor(random, s->n, s->h, s->w, s->c);
    float *weights =
        det_random_floats(random, (size_t)(s->n * s->out_h * s->out_w * s->c));
    snprintf(name, sizeof name, "%d masks %d x %d x %d to %d x %d", s->n, s->h,
             s->w, s->c, s->out_h, s->out_w);
    const struct tape_case c = {.name = name,
                                .run = run_resizing,
                                .user = s,
                                .num_inputs = 1,
                                .inputs = {in},
                                .weights = weights};
    tape_case_check(&result, &c);
    tape_case_compare(&c, &result, reference, 1.0, 1e-5);
    tape_result_free(&result);
    free(weights);
    free(in.data);
}

START_TEST(listed_shapes)
{
    static const struct resize_case cases[] = {
        {0, 21, 21, 1, 14, 14}, {3, 21, 21, 1, 14, 14}, {1, 1, 1, 1, 1, 1},
        {2, 1, 1, 2, 7, 5},     {2, 9, 7, 3, 1, 1},     {1, 2, 3, 1, 11, 13},
        {1, 5, 6, 2, 5, 6}};
    struct det_random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct resize_case s;
        s.n = det_random_int(&random, 0, 4);
        s.h = det_random_int(&random, 1, 9);
        s.w = det_random_int(&random, 1, 9);
        s.c = det_random_int(&random, 1, 3);
        s.out_h = det_random_int(&random, 1, 12);
        s.out_w = det_random_int(&random, 1, 12);
        check_case(&s, &random);
    }
}
END_TEST

/* 21 to 14 reads at 0, 1.5, 3, 4.5, ...; 2 to 5 at 0, 0.4, 0.8, 1.2 and 1.6,
 * of which 1.2 is the last place's and 1.6 is outside. */
START_TEST(by_hand)
{
    static float ramp[21];
    float out[14];
    struct det_compute compute = {.ops = det_test_ops(), .threads = 1};
    struct det_mask_resize op = {
        .in = {.data = ramp, .n = 1, .h = 1, .w = 21, .c = 1},
        .out = {.data = out, .n = 1, .h = 1, .w = 14, .c = 1}};
    for (int i = 0; i < 21; i++)
        ramp[i] = (float)(i + 1);
    ck_assert_int_eq(compute.ops->mask_resize(&compute, &op), DET_OK);
    for (int i = 0; i < 14; i++)
        ck_assert_float_eq(out[i], 1.0f + 1.5f * (float)i);
    static const float expected[] = {1.0f, 1.4f, 1.8f, 2.0f, 0.0f};
    op.in.w = 2;
    op.out.w = 5;
    ck_assert_int_eq(compute.ops->mask_resize(&compute, &op), DET_OK);
    for (int i = 0; i < 5; i++)
        ck_assert_double_eq_tol((double)out[i], (double)expected[i],
                                1e-6 + det_test_tolerance());
}
END_TEST

static void check_sums(const struct golden_mask_resize *g, const char *kind,
                       const struct det_tensor *values,
                       struct named_sums expected)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%s", g->name, kind);
    named_check(name, values->data, (size_t)det_tensor_count(values), expected,
                1e-6);
}

START_TEST(as_torch)
{
    const struct golden_mask_resize *g = &golden_mask_resize[_i];
    const struct resize_case s = {g->n, g->h, g->w, g->c, g->out_h, g->out_w};
    struct det_random unused = {0};
    struct tape_result result;
    char name[64];
    const size_t count = (size_t)(g->n * g->out_h * g->out_w * g->c);
    struct det_tensor in = det_random_tensor(&unused, g->n, g->h, g->w, g->c);
    float *weights = det_random_floats(&unused, count);
    snprintf(name, sizeof name, "%s/in", g->name);
    named_fill(in.data, name, (size_t)det_tensor_count(&in), 0.0, 1.0);
    snprintf(name, sizeof name, "%s/weights", g->name);
    named_fill(weights, name, count, 0.0, 1.0);
    const struct tape_case c = {.name = g->name,
                                .run = run_resizing,
                                .user = &s,
                                .num_inputs = 1,
                                .inputs = {in},
                                .weights = weights};
    tape_case_run(&result, &c, 2);
    check_sums(g, "out", &result.out, g->out);
    check_sums(g, "in_gradient", &result.gradients[0], g->in);
    tape_result_free(&result);
    free(weights);
    free(in.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_mask_resize");
    TCase *tests = tcase_create("mask_resize");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_test(tests, by_hand);
    tcase_add_loop_test(tests, as_torch, 0,
                        sizeof golden_mask_resize / sizeof *golden_mask_resize);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
