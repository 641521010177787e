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
    {"avx2", has_fma, det_conv2d_block_avx2, det_conv2d_products_avx2},
    {"avx512", det_cpu_has_avx512, det_conv2d_block_avx512,
     det_conv2d_products_avx512},
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

/* --------------------------------------------------------------------- blocks
 */

enum { MOST_ROWS = 4, MOST_PLACES = 20, MOST_RUNS = 5, MOST_OFFSET = 300 };

static float reference_sum(const struct det_conv2d_block *b, const float *in,
                           int32_t k, float sum)
{
    const float *weights =
        b->weights + k / DET_PANEL * b->panel_stride + k % DET_PANEL;
    for (int64_t i = 0; i < b->runs; i++) {
        const float *run = in + (b->offsets ? b->offsets[i] : 0);
        for (int64_t d = 0; d < b->run; d++, weights += DET_PANEL)
            sum = fmaf(run[d], *weights, sum);
    }
    return sum;
}

static void reference_output(const struct det_conv2d_block *b,
                             const struct det_conv2d_row *row, int64_t place,
                             int32_t k)
{
    const int64_t at = place * b->out_stride + k;
    const float first = b->start == DET_SUM_FROM_OUT ? row->out[at]
                        : b->start == DET_SUM_FROM_BIAS && b->bias ? b->bias[k]
                                                                   : 0.0f;
    float sum = reference_sum(b, row->in + place * b->in_stride, k, first);
    if (b->start == DET_SUM_APART)
        sum += row->out[at];
    if (b->last && b->scale)
        sum = fmaf(sum, b->scale[k], b->shift[k]);
    if (b->last && row->residual)
        sum += row->residual[at];
    row->out[at] = b->last && b->relu && sum < 0.0f ? 0.0f : sum;
}

static void reference_block(const struct det_conv2d_block *b)
{
    for (int64_t r = 0; r < b->num_rows; r++)
        for (int64_t p = 0; p < b->rows[r].places; p++)
            for (int32_t k = 0; k < b->columns; k++)
                reference_output(b, &b->rows[r], p, k);
}

static bool one_of_two(struct det_random *random)
{
    return det_random_int(random, 0, 1) == 1;
}

/* A block of any shape, over `offsets` or one run. */
static struct det_conv2d_block random_shape(struct det_random *random,
                                            int64_t *offsets)
{
    struct det_conv2d_block b = {.num_rows =
                                     det_random_int(random, 0, MOST_ROWS),
                                 .runs = 1,
                                 .run = det_random_int(random, 1, 60),
                                 .columns = det_random_int(random, 1, 70),
                                 .start = det_random_int(random, 0, 2),
                                 .last = one_of_two(random),
                                 .relu = one_of_two(random),
                                 .asks = one_of_two(random)};
    if (one_of_two(random)) {
        b.runs = det_random_int(random, 1, MOST_RUNS);
        b.run = det_random_int(random, 1, 10);
        b.offsets = offsets;
    }
    for (int64_t i = 0; i < MOST_RUNS; i++)
        offsets[i] = det_random_int(random, 0, MOST_OFFSET);
    b.out_stride = b.columns + det_random_int(random, 0, 5);
    b.in_stride = det_random_int(random, 1, 70);
    b.panel_stride =
        (b.runs * b.run + det_random_int(random, 0, 3)) * DET_PANEL;
    return b;
}

/* The memory of a block's rows. */
struct maps {
    float *out, *in, *residual;
    bool in_place; /* residuals are where the output goes */
    size_t count;  /* of out and residual */
};

static void list_rows(struct det_conv2d_row rows[MOST_ROWS],
                      const struct det_conv2d_block *b, const struct maps *maps)
{
    for (int64_t r = 0; r < b->num_rows; r++) {
        const int64_t at = r * MOST_PLACES * b->out_stride;
        rows[r].out = maps->out + at;
        rows[r].in = maps->in + r * b->in_stride;
        rows[r].residual = maps->in_place   ? rows[r].out
                           : maps->residual ? maps->residual + at
                                            : NULL;
    }
}

static void check_block(struct det_random *random, const struct kernels *k)
{
    enum { INPUTS = (MOST_ROWS + MOST_PLACES) * 70 + MOST_OFFSET + 60 };
    int64_t offsets[MOST_RUNS];
    struct det_conv2d_row rows[MOST_ROWS];
    struct det_conv2d_block b = random_shape(random, offsets);
    struct maps maps = {.in = det_random_floats(random, INPUTS)};
    maps.count = (size_t)(MOST_ROWS * MOST_PLACES * b.out_stride) + GUARD;
    float *residual = det_random_floats(random, maps.count);
    float *want = det_random_floats(random, maps.count);
    float *got = copy_of(want, maps.count);
    float *weights = det_random_floats(
        random, (size_t)(panels_of(b.columns) * b.panel_stride));
    float *bias = det_random_floats(random, (size_t)b.columns);
    float *scale = det_random_floats(random, (size_t)b.columns);
    float *shift = det_random_floats(random, (size_t)b.columns);
    maps.residual = one_of_two(random) ? residual : NULL;
    maps.in_place =
        b.last && b.start == DET_SUM_FROM_BIAS && one_of_two(random);
    for (int64_t r = 0; r < b.num_rows; r++)
        rows[r].places = det_random_int(random, 0, MOST_PLACES);
    b.rows = rows;
    b.bias = one_of_two(random) ? bias : NULL;
    if (one_of_two(random))
        b.scale = scale, b.shift = shift;
    b.weights = weights;
    b.next = one_of_two(random) ? weights : NULL;
    maps.out = want;
    list_rows(rows, &b, &maps);
    reference_block(&b);
    maps.out = got;
    list_rows(rows, &b, &maps);
    k->block(&b);
    check_bits(k->name, got, want, maps.count);
    free(maps.in);
    free(residual);
    free(want);
    free(got);
    free(weights);
    free(bias);
    free(scale);
    free(shift);
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
