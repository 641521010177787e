/* SPDX-License-Identifier: MIT */
/* The kernels of every kind of CPU against one chain of fused multiply-adds
 * for each output, bit by bit: what they promise in conv2d_kernel_cpu.h. */
#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/conv2d_kernel_cpu.h"
#include "tests/ops_harness.h"

enum { ROUNDS = 300, GUARD = 32 };

/* One for each kind of CPU. */
struct kernels {
    const char *name;
    bool (*is_supported)(void);
    void (*block)(const struct det_conv2d_block *);
    void (*taps)(const struct det_conv2d_taps *);
    void (*products)(const struct det_conv2d_products *);
};

/* Without fused multiply-adds the sums are others. */
static bool has_fma(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

static const struct kernels all_kernels[] = {
    {"avx2", has_fma, det_conv2d_block_avx2, det_conv2d_taps_avx2,
     det_conv2d_products_avx2},
    {"avx512", det_cpu_has_avx512, det_conv2d_block_avx512,
     det_conv2d_taps_avx512, det_conv2d_products_avx512},
};

static int32_t panels_of(int32_t columns)
{
    return (columns + DET_PANEL - 1) / DET_PANEL;
}

static float *copy_of(const float *values, size_t count)
{
    float *copy = malloc(count * sizeof *copy);
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

/* Bits, including what lies behind the output. */
static void check_bits(const char *name, const float *got, const float *want,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(memcmp(&got[i], &want[i], sizeof *got) == 0,
                      "%s: [%zu] is %a, expected %a", name, i, (double)got[i],
                      (double)want[i]);
}

/* ------------------------------------------------------------------- patches
 */

static void reference_block(const struct det_conv2d_block *b)
{
    for (int64_t p = 0; p < b->places; p++)
        for (int32_t k = 0; k < b->columns; k++) {
            float *out = b->out + p * b->out_stride + k;
            float sum = b->start == DET_SUM_FROM_OUT            ? *out
                        : b->start == DET_SUM_APART || !b->bias ? 0.0f
                                                                : b->bias[k];
            for (int64_t d = 0; d < b->depth; d++)
                sum = fmaf(b->patches[p * b->patch_stride + d],
                           b->weights[k / DET_PANEL * b->panel_stride +
                                      d * DET_PANEL + k % DET_PANEL],
                           sum);
            *out = b->start == DET_SUM_APART ? *out + sum : sum;
        }
}

static void check_block(struct det_random *random, const struct kernels *k)
{
    struct det_conv2d_block b = {.places = det_random_int(random, 0, 40),
                                 .depth = det_random_int(random, 1, 60),
                                 .columns = det_random_int(random, 1, 70),
                                 .start = det_random_int(random, 0, 2)};
    b.out_stride = b.columns + det_random_int(random, 0, 5);
    b.patch_stride = b.depth + det_random_int(random, 0, 5);
    b.panel_stride = (b.depth + det_random_int(random, 0, 3)) * DET_PANEL;
    const size_t count = (size_t)(b.places * b.out_stride) + GUARD;
    float *before = det_random_floats(random, count);
    float *want = copy_of(before, count), *got = copy_of(before, count);
    float *patches =
        det_random_floats(random, (size_t)(b.places * b.patch_stride) + 1);
    float *weights = det_random_floats(
        random, (size_t)(panels_of(b.columns) * b.panel_stride));
    float *bias = det_random_floats(random, (size_t)b.columns);
    b.bias = det_random_int(random, 0, 2) > 0 ? bias : NULL;
    b.patches = patches;
    b.weights = weights;
    b.out = want;
    reference_block(&b);
    b.out = got;
    k->block(&b);
    check_bits(k->name, got, want, count);
    free(before);
    free(want);
    free(got);
    free(patches);
    free(weights);
    free(bias);
}

/* ---------------------------------------------------------------------- taps
 */

static void reference_taps(const struct det_conv2d_taps *t)
{
    for (int64_t p = 0; p < t->places; p++)
        for (int32_t k = 0; k < t->columns; k++) {
            float sum = t->out[p * t->out_stride + k];
            for (int64_t d = 0; d < t->runs * t->run; d++)
                sum = fmaf(t->corners[p][t->offsets[d / t->run] + d % t->run],
                           t->weights[k / DET_PANEL * t->panel_stride +
                                      d * DET_PANEL + k % DET_PANEL],
                           sum);
            t->out[p * t->out_stride + k] = sum;
        }
}

static void check_taps(struct det_random *random, const struct kernels *k)
{
    enum { MAP = 2000, MOST_PLACES = 40, MOST_RUNS = 9, MOST_OFFSET = 900 };
    const float *corners[MOST_PLACES];
    int64_t offsets[MOST_RUNS];
    struct det_conv2d_taps t = {.corners = corners,
                                .offsets = offsets,
                                .places =
                                    det_random_int(random, 0, MOST_PLACES),
                                .runs = det_random_int(random, 1, MOST_RUNS),
                                .run = det_random_int(random, 1, 8),
                                .columns = det_random_int(random, 1, 70)};
    t.out_stride = t.columns + det_random_int(random, 0, 5);
    t.panel_stride = t.runs * t.run * DET_PANEL;
    float *map = det_random_floats(random, MAP);
    for (int64_t p = 0; p < t.places; p++)
        corners[p] = map + det_random_int(random, 0, MOST_OFFSET);
    for (int64_t i = 0; i < t.runs; i++)
        offsets[i] = det_random_int(random, 0, MOST_OFFSET);
    const size_t count = (size_t)(t.places * t.out_stride) + GUARD;
    float *before = det_random_floats(random, count);
    float *want = copy_of(before, count), *got = copy_of(before, count);
    float *weights = det_random_floats(
        random, (size_t)(panels_of(t.columns) * t.panel_stride));
    t.weights = weights;
    t.out = want;
    reference_taps(&t);
    t.out = got;
    k->taps(&t);
    check_bits(k->name, got, want, count);
    free(map);
    free(before);
    free(want);
    free(got);
    free(weights);
}

/* ------------------------------------------------------------------ products
 */

static void reference_products(const struct det_conv2d_products *p)
{
    for (int64_t d = 0; d < p->depth; d++)
        for (int32_t k = 0; k < p->columns; k++) {
            float sum = p->sums[d * p->columns + k];
            for (int64_t y = 0; y < p->rows; y++)
                for (int64_t x = 0; x < p->places; x++)
                    sum = fmaf(p->in[y * p->in_row + x * p->in_stride + d],
                               p->gradient[y * p->gradient_row +
                                           x * p->gradient_stride + k],
                               sum);
            p->sums[d * p->columns + k] = sum;
        }
}

static void check_products(struct det_random *random, const struct kernels *k)
{
    struct det_conv2d_products p = {.rows = det_random_int(random, 0, 4),
                                    .places = det_random_int(random, 1, 12),
                                    .depth = det_random_int(random, 1, 40),
                                    .columns = DET_PANEL *
                                               det_random_int(random, 1, 5)};
    p.in_stride = p.depth + det_random_int(random, 0, 3);
    p.in_row = p.places * p.in_stride + det_random_int(random, 0, 3);
    p.gradient_stride = p.columns + det_random_int(random, 0, 3);
    p.gradient_row = p.places * p.gradient_stride;
    const size_t count = (size_t)(p.depth * p.columns) + GUARD;
    float *before = det_random_floats(random, count);
    float *want = copy_of(before, count), *got = copy_of(before, count);
    float *in = det_random_floats(random, (size_t)(p.rows * p.in_row) + 1);
    float *gradient =
        det_random_floats(random, (size_t)(p.rows * p.gradient_row) + 1);
    p.in = in;
    p.gradient = gradient;
    p.sums = want;
    reference_products(&p);
    p.sums = got;
    k->products(&p);
    check_bits(k->name, got, want, count);
    free(before);
    free(want);
    free(got);
    free(in);
    free(gradient);
}

/* ---------------------------------------------------------------------- tests
 */

START_TEST(chains_are_exact)
{
    const struct kernels *k = &all_kernels[_i];
    struct det_random random = det_random_of(7, k->name, 0);
    if (!k->is_supported())
        return;
    for (int i = 0; i < ROUNDS; i++) {
        check_block(&random, k);
        check_taps(&random, k);
        check_products(&random, k);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conv2d_kernels");
    TCase *tests = tcase_create("kernels");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, chains_are_exact, 0,
                        sizeof all_kernels / sizeof all_kernels[0]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
