/* SPDX-License-Identifier: MIT */
/* Winograd's convolution by itself, of shapes that det_conv2d would not use it
 * for, too. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/compute.h"
#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/conv2d_winograd_cpu.h"
#include "compute/cpu/winograd_tiles_cpu.h"
#include "tests/ops_harness.h"

enum { RANDOM_CASES = 150, GUARD = 64 };

static const float guard = 12345.0f;

/* Outputs that begin with what is there, or with a bias. */
struct case_of {
    int32_t stride, n, h, w, c, k, pad, more_pad_left;
    bool bias, residual, relu, norm, add;
};

struct data {
    struct det_conv2d op;
    float *weight, *packed, *bias, *scale, *shift, *before;
};

static void make_data(struct data *d, const struct case_of *c,
                      struct det_random *random)
{
    struct det_compute compute = {.ops = det_ops_for("cpu"), .threads = 2};
    const struct det_conv_shape shape = {.in_channels = c->c,
                                         .out_channels = c->k,
                                         .kernel_h = 3,
                                         .kernel_w = 3,
                                         .stride = c->stride,
                                         .pad = c->pad,
                                         .dilation = 1,
                                         .groups = 1};
    const int32_t h = (c->h + 2 * c->pad - 3) / c->stride + 1;
    const int32_t w = (c->w + 2 * c->pad - 3) / c->stride + 1;
    const size_t k = (size_t)c->k;
    *d = (struct data){.op = {.shape = shape,
                              .relu = c->relu,
                              .add = c->add,
                              .more_pad_left = c->more_pad_left}};
    d->op.in = det_random_tensor(random, c->n, c->h, c->w, c->c);
    d->op.out = det_random_tensor(random, c->n, h, w, c->k);
    d->before = det_random_floats(random, (size_t)det_tensor_count(&d->op.out));
    memcpy(d->op.out.data, d->before,
           (size_t)det_tensor_count(&d->op.out) * sizeof(float));
    d->weight = det_random_floats(random, k * (size_t)c->c * 9);
    d->packed =
        malloc(compute.ops->packed_conv2d_count(&shape) * sizeof(float));
    ck_assert_ptr_nonnull(d->packed);
    ck_assert_int_eq(
        compute.ops->pack_conv2d(&compute, d->packed, &shape, d->weight),
        DET_OK);
    d->op.packed = d->packed;
    d->bias = det_random_floats(random, k);
    d->op.bias = c->bias ? d->bias : NULL;
    d->scale = det_random_floats(random, k);
    d->shift = det_random_floats(random, k);
    if (c->norm)
        d->op.norm = (struct det_conv_norm){d->scale, d->shift, k % 32 == 0};
    if (c->residual)
        d->op.residual = det_random_tensor(random, c->n, h, w, c->k);
}

static void free_data(struct data *d)
{
    free(d->op.in.data);
    free(d->op.out.data);
    free(d->op.residual.data);
    free(d->weight);
    free(d->packed);
    free(d->bias);
    free(d->scale);
    free(d->shift);
    free(d->before);
}

/* ---------------------------------------------------------------- reference */

static double sum_at(const struct data *d, int64_t n, int32_t y, int32_t x,
                     int32_t k)
{
    const struct det_tensor *in = &d->op.in;
    double sum = 0.0;
    for (int32_t r = 0; r < 9; r++) {
        const int32_t row = y * d->op.shape.stride - d->op.shape.pad + r / 3;
        const int32_t column = x * d->op.shape.stride - d->op.shape.pad -
                               d->op.more_pad_left + r % 3;
        if (row < 0 || row >= in->h || column < 0 || column >= in->w)
            continue;
        const float *place =
            in->data + ((n * in->h + row) * in->w + column) * in->c;
        for (int32_t c = 0; c < in->c; c++)
            sum += (double)place[c] *
                   (double)d->weight[((int64_t)k * in->c + c) * 9 + r];
    }
    return sum;
}

static double *reference(const struct data *d)
{
    const struct det_tensor *out = &d->op.out;
    double *values = det_harness_doubles((size_t)det_tensor_count(out));
    for (int64_t i = 0; i < det_tensor_count(out); i++) {
        const int32_t k = (int32_t)(i % out->c);
        const int64_t place = i / out->c;
        double v = sum_at(d, place / ((int64_t)out->h * out->w),
                          (int32_t)(place / out->w % out->h),
                          (int32_t)(place % out->w), k);
        if (d->op.add)
            v += (double)d->before[i];
        else if (d->op.bias)
            v += (double)d->bias[k];
        if (d->op.norm.scale)
            v = v * (double)d->scale[k] + (double)d->shift[k];
        if (d->op.residual.data)
            v += (double)d->op.residual.data[i];
        values[i] = d->op.relu ? fmax(v, 0.0) : v;
    }
    return values;
}

/* --------------------------------------------------------------- comparison */

/* In scratch of exactly the size asked for. */
static void run(struct data *d, int threads)
{
    const size_t count = det_conv2d_winograd_count(&d->op, threads);
    float *scratch = aligned_alloc(64, ((count + GUARD) * 4 + 63) / 64 * 64);
    ck_assert_ptr_nonnull(scratch);
    for (size_t i = 0; i < count; i++)
        scratch[i] = NAN;
    for (size_t i = 0; i < GUARD; i++)
        scratch[count + i] = guard;
    memcpy(d->op.out.data, d->before,
           (size_t)det_tensor_count(&d->op.out) * sizeof(float));
    det_conv2d_winograd(&d->op, threads, scratch);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert_msg(scratch[count + i] == guard, "scratch is too small");
    free(scratch);
}

static void check_case(const struct case_of *c, struct det_random *random)
{
    struct data d;
    char name[200];
    make_data(&d, c, random);
    const size_t count = (size_t)det_tensor_count(&d.op.out);
    double *expected = reference(&d);
    float *first = malloc((count + 1) * sizeof *first);
    ck_assert_ptr_nonnull(first);
    snprintf(name, sizeof name,
             "stride %d, %d x %d x %d x %d -> %d, pad %d + %d%s%s%s%s%s",
             c->stride, c->n, c->h, c->w, c->c, c->k, c->pad, c->more_pad_left,
             c->bias ? ", bias" : "", c->residual ? ", residual" : "",
             c->relu ? ", relu" : "", c->norm ? ", norm" : "",
             c->add ? ", add" : "");
    for (int threads = 1; threads <= 3; threads++) {
        run(&d, threads);
        if (threads == 1)
            memcpy(first, d.op.out.data, count * sizeof *first);
        else
            ck_assert_msg(memcmp(first, d.op.out.data, count * sizeof *first) ==
                              0,
                          "%s: %d threads change it", name, threads);
    }
    det_harness_compare(name, first, expected, count, 1e-5);
    free(first);
    free(expected);
    free_data(&d);
}

START_TEST(random_cases)
{
    struct det_random random = {1};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct case_of c = {.stride = 1 + i % 2,
                            .n = det_random_int(&random, 0, 3),
                            .h = det_random_int(&random, 2, 19),
                            .w = det_random_int(&random, 2, 19),
                            .c = 16 * det_random_int(&random, 1, 4),
                            .k = 16 * det_random_int(&random, 1, 6),
                            .pad = det_random_int(&random, 0, 2),
                            .bias = det_random_bool(&random),
                            .residual = det_random_bool(&random),
                            .relu = det_random_bool(&random),
                            .norm = det_random_bool(&random),
                            .add = det_random_int(&random, 0, 3) == 0};
        if (c.pad == 0) /* something has to be left */
            c.h += 2, c.w += 2;
        c.more_pad_left =
            c.pad > 0 && i % 5 == 0 ? det_random_int(&random, -1, 1) : 0;
        check_case(&c, &random);
    }
}
END_TEST

/* Many tiles, few channels: with all weights at hand, block after block; and,
 * the last of each stride, few tiles, whose output channels go 16 or 64 at a
 * time. */
START_TEST(many_tiles)
{
    static const struct case_of cases[] = {
        {1, 1, 66, 70, 16, 16, 1, 0, true, false, true, true, false},
        {1, 5, 30, 31, 32, 16, 1, 0, false, true, false, false, false},
        {1, 300, 4, 4, 16, 32, 1, 0, true, false, false, false, true},
        {1, 1, 3, 1200, 16, 16, 1, 0, true, false, true, false, false},
        {1, 1, 14, 14, 256, 48, 1, 0, true, false, true, false, false},
        {2, 1, 131, 140, 16, 16, 1, 0, true, false, true, true, false},
        {2, 150, 14, 14, 16, 32, 1, 0, true, true, false, false, true},
        {2, 1, 28, 27, 256, 128, 1, 0, true, false, true, false, false},
        {2, 1, 72, 64, 32, 512, 1, 0, true, true, true, false, false}};
    struct det_random random = {2};
    check_case(&cases[_i], &random);
}
END_TEST

/* Every way of cutting an axis into tiles of 4 and of 3, in one block of tiles
 * and in several. */
START_TEST(small_maps)
{
    struct det_random random = {4};
    for (int32_t h = 1; h <= 9 * (1 + _i); h++)
        for (int32_t w = 1; w <= 9 * (1 + _i); w++) {
            const struct case_of c = {.stride = 1 + _i,
                                      .n = h % 2 ? 12 : 1 + w % 2,
                                      .h = h,
                                      .w = w,
                                      .c = 16,
                                      .k = 32,
                                      .pad = 1,
                                      .bias = true};
            check_case(&c, &random);
        }
}
END_TEST

/* 4 outputs take 6 points, 3 take 5; with stride 2, 9 and 7. */
START_TEST(formed_products)
{
    static const struct {
        int32_t stride, h, w, products;
    } rows[] = {
        {1, 4, 4, 36},        {1, 7, 7, 121},       {1, 14, 14, 484},
        {1, 13, 8, 21 * 12},  {1, 3, 3, 25},        {1, 1, 2, 25},
        {1, 5, 6, 100},       {1, 28, 56, 42 * 84}, {1, 38, 63, 58 * 95},
        {1, 25, 34, 39 * 52}, {2, 4, 4, 81},        {2, 7, 7, 256},
        {2, 14, 14, 32 * 32}, {2, 3, 8, 7 * 18},    {2, 1, 2, 49},
        {2, 25, 34, 57 * 77}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const int32_t stride = rows[i].stride;
        const struct det_conv2d op = {
            .shape = {16, 32, 3, 3, stride, 1, 1, 1},
            .in = {.n = 3,
                   .h = rows[i].h * stride,
                   .w = rows[i].w * stride,
                   .c = 16},
            .out = {.n = 3, .h = rows[i].h, .w = rows[i].w, .c = 32}};
        ck_assert_double_eq(det_conv2d_winograd_flops(&op),
                            2.0 * 3 * 16 * 32 * rows[i].products);
    }
}
END_TEST

/* Boxes hold every tile once, none of them more than may be; a tile of a size
 * ends where the next begins. */
START_TEST(cut_into_boxes)
{
    static const int32_t limits[] = {1, 14, 98};
    struct det_random random = {6};
    for (int i = 0; i < 200; i++) {
        const int32_t n = det_random_int(&random, 1, i % 3 ? 3 : 20);
        const int32_t h = det_random_int(&random, 1, i % 3 ? 60 : 20);
        const int32_t w = det_random_int(&random, 1, i % 3 ? 60 : 20);
        const int32_t most = limits[i / 3 % 3];
        const struct det_winograd_cut cut =
            det_winograd_cut(1 + i % 2, n, h, w);
        const struct det_winograd_box all = det_winograd_whole(&cut);
        const struct det_winograd_boxes boxes =
            det_winograd_boxes(&cut, most, 16, 1 + i % 4);
        uint8_t *seen = calloc((size_t)n * (size_t)h * (size_t)w, 1);
        int64_t tiles = 0, outputs = 0, again = 0;
        ck_assert_ptr_nonnull(seen);
        for (int64_t b = 0; b < det_winograd_box_count(&boxes); b++) {
            const struct det_winograd_box box =
                det_winograd_box_at(&boxes, &cut, b);
            const struct det_winograd_tiles t = det_winograd_tiles(&cut, &box);
            const int64_t count = det_winograd_count(&box);
            ck_assert_int_eq(t.first[DET_WINOGRAD_SIZES], count);
            ck_assert(count >= 1 && count <= most);
            tiles += count;
            for (int64_t k = 0; k < count; k++) {
                const struct det_winograd_corner c = det_winograd_corner(&t, k);
                for (int32_t y = c.y; y < c.y + c.size.rows && y < h; y++)
                    for (int32_t x = c.x; x < c.x + c.size.columns && x < w;
                         x++, outputs++)
                        again += seen[((int64_t)c.image * h + y) * w + x]++;
            }
        }
        ck_assert_int_eq(tiles, det_winograd_count(&all));
        ck_assert_int_eq(again, 0);
        ck_assert_int_eq(outputs, (int64_t)n * h * w);
        free(seen);
    }
}
END_TEST

/* --------------------------------------------------------------- transforms */

/* Vectors of 8 and of 16 lanes say the same of each size, up to which product
 * is rounded before a sum. */
START_TEST(widths)
{
    enum {
        C = 48,
        PLACES = DET_WINOGRAD_MOST_POINTS * DET_WINOGRAD_MOST_POINTS,
        STRIDE = C + 16,
        ALL = 1 << 13
    };
    if (!det_cpu_has_avx512())
        return;
    const int32_t stride = 1 + _i / 4;
    const struct det_winograd_size size = {stride, 3 + _i / 2 % 2, 3 + _i % 2};
    struct det_random random = {5};
    float *map = det_random_floats(&random, ALL);
    float *sums = det_random_floats(&random, PLACES * STRIDE);
    float *bias = det_random_floats(&random, 16);
    static float out[2][3][PLACES * STRIDE];
    const float *places[PLACES];
    for (int i = 0; i < PLACES; i++)
        places[i] = map + i * 211 % (ALL - C);
    memset(out, 0, sizeof out);
    for (int wide = 0; wide < 2; wide++) {
        const struct det_winograd_tile tile = {.out = out[wide][2],
                                               .row = 4 * 16,
                                               .place = 16,
                                               .size = size,
                                               .rows = size.rows,
                                               .columns = size.columns - 1,
                                               .bias = bias,
                                               .residual = map,
                                               .relu = true};
        (wide ? det_winograd_input_avx512
              : det_winograd_input_avx2)(out[wide][0], STRIDE, places, C, size);
        (wide ? det_winograd_weights_avx512 : det_winograd_weights_avx2)(
            out[wide][1], STRIDE, &(struct det_winograd_taps){map, 16, stride});
        (wide ? det_winograd_output_avx512
              : det_winograd_output_avx2)(&tile, sums, STRIDE);
    }
    for (int i = 0; i < 3; i++) {
        size_t written = 0;
        for (size_t k = 0; k < PLACES * STRIDE; k++) {
            written += out[0][i][k] != 0.0f;
            ck_assert_float_eq_tol(out[0][i][k], out[1][i][k], 1e-5f);
        }
        ck_assert_uint_gt(written, 16);
    }
    free(map);
    free(sums);
    free(bias);
}
END_TEST

/* ------------------------------------------------------------------- errors */

/* Of a layer of 256 channels, by the deviation of its outputs: two and a half
 * times what taps one by one have, one and a half with stride 2; 5e-4 may be.
 */
START_TEST(rounding_errors)
{
    const int32_t stride = 1 + _i / 4;
    const int32_t side = (13 + _i % 4) * stride; /* 4 3 3 3 to 4 4 4 4 */
    const struct case_of c = {stride, 1, side, side,         256,
                              16,     1, 0,    .bias = false};
    struct det_random random = {3};
    struct data d;
    make_data(&d, &c, &random);
    double *expected = reference(&d), error = 0.0, power = 0.0;
    run(&d, 1);
    for (int64_t i = 0; i < det_tensor_count(&d.op.out); i++) {
        error += pow((double)d.op.out.data[i] - expected[i], 2.0);
        power += expected[i] * expected[i];
    }
    ck_assert_double_lt(sqrt(error / power), stride == 1 ? 2e-6 : 1.4e-6);
    free(expected);
    free_data(&d);
}
END_TEST

/* Memory is planned for the most RoIs that there can be; what fewer need must
 * fit, whichever way they go. */
START_TEST(scratch_of_fewer)
{
    static const struct det_conv_shape shapes[] = {
        {512, 512, 3, 3, 1, 1, 1, 1}, {256, 256, 3, 3, 1, 1, 1, 1},
        {64, 64, 3, 3, 1, 1, 1, 1},   {32, 32, 3, 3, 1, 1, 1, 1},
        {128, 512, 3, 3, 1, 1, 1, 1}, {1024, 64, 3, 3, 1, 1, 1, 1},
        {512, 512, 3, 3, 2, 1, 1, 1}, {128, 128, 3, 3, 2, 1, 1, 1},
        {64, 512, 3, 3, 2, 1, 1, 1}};
    static const int32_t sides[] = {1, 4, 7, 14, 40};
    const struct det_ops *ops = det_ops_for("cpu");
    const struct det_conv_shape *shape = &shapes[_i];
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++)
        for (int threads = 1; threads <= 4; threads += 3) {
            size_t most = 0;
            for (int32_t n = 0; n <= 330; n++) {
                const struct det_conv2d op = {
                    .shape = *shape,
                    .in = {.n = n,
                           .h = sides[i] * shape->stride,
                           .w = sides[i] * shape->stride,
                           .c = shape->in_channels},
                    .out = {.n = n,
                            .h = sides[i],
                            .w = sides[i],
                            .c = shape->out_channels}};
                const size_t size = ops->conv2d_scratch(&op, threads);
                ck_assert_msg(size >= most, "%d maps of %d need %zu, fewer %zu",
                              n, sides[i], size, most);
                most = size;
            }
        }
}
END_TEST

/* Which shapes go this way. */
START_TEST(suitable_shapes)
{
    static const struct {
        struct det_conv_shape shape;
        int32_t n, h, w;
        bool suits;
    } rows[] = {
        {{256, 256, 3, 3, 1, 1, 1, 1}, 1, 50, 67, true},
        {{512, 512, 3, 3, 1, 1, 1, 1}, 1, 25, 34, true},
        {{64, 64, 3, 3, 1, 1, 1, 1}, 100, 8, 8, true},
        {{256, 256, 3, 3, 1, 1, 1, 1}, 0, 14, 14, false},
        {{256, 256, 3, 3, 1, 1, 1, 1}, 1, 1, 1, false},
        {{512, 512, 3, 3, 1, 1, 1, 1}, 1, 7, 7, false},
        {{512, 512, 3, 3, 1, 1, 1, 1}, 4, 7, 7, true},
        {{16, 16, 3, 3, 1, 1, 1, 1}, 128, 32, 32, false},
        {{256, 256, 3, 3, 2, 1, 1, 1}, 1, 50, 67, true},
        {{512, 512, 3, 3, 2, 1, 1, 1}, 150, 7, 7, true},
        {{512, 512, 3, 3, 2, 1, 1, 1}, 1, 7, 7, false},
        {{128, 128, 3, 3, 2, 1, 1, 1}, 1, 28, 28, true},
        {{64, 64, 3, 3, 2, 1, 1, 1}, 1, 100, 136, false},
        {{256, 256, 3, 3, 3, 1, 1, 1}, 1, 50, 67, false},
        {{256, 256, 3, 3, 1, 2, 2, 1}, 1, 50, 67, false},
        {{256, 256, 3, 3, 1, 1, 1, 32}, 1, 50, 67, false},
        {{256, 256, 1, 1, 1, 0, 1, 1}, 1, 50, 67, false},
        {{3, 64, 3, 3, 1, 1, 1, 1}, 1, 224, 224, false},
        {{256, 91, 3, 3, 1, 1, 1, 1}, 1, 50, 67, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct det_conv2d op = {.shape = rows[i].shape,
                                      .in = {.n = rows[i].n,
                                             .h = rows[i].h,
                                             .w = rows[i].w,
                                             .c = rows[i].shape.in_channels},
                                      .out = {.n = rows[i].n,
                                              .h = rows[i].h,
                                              .w = rows[i].w,
                                              .c = rows[i].shape.out_channels}};
        ck_assert_msg(det_conv2d_suits_winograd(&op) == rows[i].suits,
                      "row %zu", i);
        struct det_conv2d in_order = op;
        in_order.in_order = true;
        ck_assert(!det_conv2d_suits_winograd(&in_order));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("winograd");
    TCase *tests = tcase_create("winograd");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, random_cases);
    tcase_add_loop_test(tests, many_tiles, 0, 9);
    tcase_add_loop_test(tests, small_maps, 0, 2);
    tcase_add_test(tests, formed_products);
    tcase_add_test(tests, cut_into_boxes);
    tcase_add_loop_test(tests, widths, 0, 8);
    tcase_add_loop_test(tests, rounding_errors, 0, 8);
    tcase_add_loop_test(tests, scratch_of_fewer, 0, 9);
    tcase_add_test(tests, suitable_shapes);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
