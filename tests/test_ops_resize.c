/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/resize.h"
#include "tests/cuda/bridge.h"
#include "tests/golden/resize_golden.h"
#include "tests/ops_harness.h"

enum { RANDOM_CASES = 120, RGB = 3 };

struct resize_data {
    struct det_resize op;
    uint8_t *bytes; /* what op.pixels points to, owned */
    int32_t padded_h, padded_w;
};

/* tools/golden/resize.py makes the same bytes. */
static void make_photo(struct resize_data *d, uint64_t seed, int32_t height,
                       int32_t width, int32_t gap)
{
    struct det_random random = {seed};
    const size_t stride = (size_t)width * RGB + (size_t)gap;
    d->bytes = malloc(stride * (size_t)height);
    ck_assert_ptr_nonnull(d->bytes);
    for (int32_t y = 0; y < height; y++)
        for (size_t x = 0; x < stride; x++)
            d->bytes[(size_t)y * stride + x] =
                x < (size_t)width * RGB
                    ? (uint8_t)(det_random_bits(&random) >> 56)
                    : 0xEE;
    d->op.pixels = (det_pixels){.data = d->bytes,
                                .width = width,
                                .height = height,
                                .stride = stride,
                                .format = DET_PIXEL_RGB8};
}

static const struct det_resize as_torchvision = {
    .kind = DET_RESIZE_TORCH,
    .unit = 255.0f,
    .mean = {0.485f, 0.456f, 0.406f},
    .std = {0.229f, 0.224f, 0.225f}};
/* Nothing but the resize: Pillow's bytes come out as they are. */
static const struct det_resize as_pillow = {
    .kind = DET_RESIZE_PILLOW, .unit = 1.0f, .std = {1.0f, 1.0f, 1.0f}};
static const struct det_resize as_caffe = {
    .kind = DET_RESIZE_OPENCV,
    .bgr = true,
    .unit = 1.0f,
    .mean = {102.9801f, 115.9465f, 122.7717f},
    .std = {1.0f, 1.0f, 1.0f}};

static det_status run_resize(struct det_compute *compute, const void *user,
                             struct det_tensor *out)
{
    const struct resize_data *d = user;
    struct det_resize op = d->op;
    if (det_planning(compute))
        op.pixels.data = NULL; /* the promise: not read */
    DET_TRY(det_resize(compute, &op, d->padded_h, d->padded_w));
    *out = op.out;
    return DET_OK;
}

/* ------------------------------------------------------------------- golden */

static void run_golden(struct resize_data *d, const char *name, int index,
                       struct det_tensor *out)
{
    struct det_harness_case harness = {.run = run_resize, .user = d};
    snprintf(harness.name, sizeof harness.name, "%s %d", name, index);
    d->padded_h = d->op.resized_h;
    d->padded_w = d->op.resized_w;
    det_harness_run(&harness, 2, out);
}

/* The part of `out` from row y0 and column x0 on, row-major; to be freed. */
static float *corner_of(const struct det_tensor *out, int32_t x0, int32_t y0,
                        size_t *count)
{
    const int32_t h = out->h - y0, w = out->w - x0;
    *count = (size_t)h * (size_t)w * RGB;
    float *corner = malloc(*count * sizeof *corner);
    ck_assert_ptr_nonnull(corner);
    for (int32_t y = 0; y < h; y++)
        for (int32_t i = 0; i < w * RGB; i++)
            corner[y * w * RGB + i] =
                out->data[((y0 + y) * out->w + x0) * RGB + i];
    return corner;
}

static void compare_golden(const char *name, const struct det_tensor *out,
                           int32_t x0, int32_t y0, const float *values,
                           double tolerance)
{
    size_t count;
    float *corner = corner_of(out, x0, y0, &count);
    det_harness_compare_golden(name, corner, values, count, tolerance);
    free(corner);
}

/* Equal to the last bit where torch takes the kernel of a network's inputs
 * (height + width > 128); its other kernel rounds otherwise. */
START_TEST(torch_values)
{
    const struct golden_torch *g = &golden_torch[_i];
    struct resize_data d = {.op = as_torchvision};
    make_photo(&d, g->seed, g->in_h, g->in_w, 0);
    d.op.resized_h = g->out_h;
    d.op.resized_w = g->out_w;
    struct det_tensor out;
    run_golden(&d, "torch", _i, &out);
    compare_golden("torch", &out, g->x0, g->y0, g->values,
                   g->out_h + g->out_w > 128 ? 0.0 : 1e-6);
    free(out.data);
    free(d.bytes);
}
END_TEST

START_TEST(pillow_values)
{
    const struct golden_pillow *g = &golden_pillow[_i];
    struct resize_data d = {.op = as_pillow};
    make_photo(&d, g->seed, g->in_h, g->in_w, 0);
    d.op.resized_h = g->out_h;
    d.op.resized_w = g->out_w;
    struct det_tensor out;
    run_golden(&d, "Pillow", _i, &out);
    size_t count;
    float *corner = corner_of(&out, g->x0, g->y0, &count);
    for (size_t i = 0; i < count; i++)
        if (corner[i] != (float)g->values[i])
            ck_abort_msg("Pillow %d: element %zu is %g, not %d", _i, i,
                         (double)corner[i], g->values[i]);
    free(corner);
    free(out.data);
    free(d.bytes);
}
END_TEST

START_TEST(opencv_values)
{
    const struct golden_opencv *g = &golden_opencv[_i];
    struct resize_data d = {.op = as_caffe};
    make_photo(&d, g->seed, g->in_h, g->in_w, 0);
    d.op.resized_h = g->out_h;
    d.op.resized_w = g->out_w;
    struct det_tensor out;
    run_golden(&d, "OpenCV", _i, &out);
    compare_golden("OpenCV", &out, g->x0, g->y0, g->values, 1e-6);
    free(out.data);
    free(d.bytes);
}
END_TEST

/* Bytes 0, 100, 200 by 1.5: 4.5 columns, rounded to 4, yet 1 / 1.5 bytes apart
 * and not 3 / 4: at -1/6 (the border), 1/2, 7/6 and 11/6 of them.  The mean
 * went before, on floats: nothing is rounded to a byte. */
START_TEST(opencv_factor)
{
    static const double bytes[] = {0, 50, 700.0 / 6, 1100.0 / 6};
    struct resize_data d = {.op = as_caffe};
    make_photo(&d, 1, 1, 3, 0);
    for (int i = 0; i < 9; i++)
        d.bytes[i] = (uint8_t)(i / 3 * 100);
    d.op.resized_h = 2;
    d.op.resized_w = 4;
    d.op.factor = 1.5;
    struct det_tensor out;
    run_golden(&d, "factor", 0, &out);
    for (int i = 0; i < 2 * 4 * RGB; i++)
        ck_assert_double_eq_tol((double)out.data[i],
                                bytes[i / RGB % 4] -
                                    (double)as_caffe.mean[i % RGB],
                                1e-4 + 100.0 * det_test_tolerance());
    free(out.data);
    free(d.bytes);
}
END_TEST

/* --------------------------------------------------- references, in double */

/* What the network would see of the photo without resizing. */
static double seen(const struct resize_data *d, int32_t y, int32_t x, int c,
                   double byte)
{
    const struct det_resize *op = &d->op;
    if (byte < 0)
        byte = op->pixels.data[(size_t)y * op->pixels.stride + (size_t)x * RGB +
                               (size_t)(op->bgr ? RGB - 1 - c : c)];
    return (byte / (double)op->unit - (double)op->mean[c]) / (double)op->std[c];
}

/* Output `index` of `out` is a mix of the inputs first.. with these weights. */
struct mix {
    int32_t first, count;
    double weights[64];
};

static struct mix two_neighbours(int32_t index, int32_t in, int32_t out)
{
    const double at = fmin(fmax((index + 0.5) * in / out - 0.5, 0.0), in - 1.0);
    const int32_t first = (int32_t)at;
    struct mix mix = {.first = first, .count = first < in - 1 ? 2 : 1};
    mix.weights[0] = first < in - 1 ? 1 - (at - first) : 1.0;
    mix.weights[1] = at - first;
    return mix;
}

/* A triangle as wide as the output pixel (Pillow's Resample.c). */
static struct mix triangle(int32_t index, int32_t in, int32_t out)
{
    const double scale = (double)in / out, width = fmax(scale, 1.0);
    const double centre = (index + 0.5) * scale;
    const int32_t begin = (int32_t)fmax(centre - width + 0.5, 0.0);
    const int32_t end = (int32_t)fmin(centre + width + 0.5, in);
    struct mix mix = {.first = begin, .count = end - begin};
    double sum = 0.0;
    ck_assert_int_le(mix.count, 64);
    for (int32_t i = 0; i < mix.count; i++) {
        const double distance = fabs(begin + i - centre + 0.5) / width;
        mix.weights[i] = fmax(1.0 - distance, 0.0);
        sum += mix.weights[i];
    }
    for (int32_t i = 0; i < mix.count; i++)
        mix.weights[i] /= sum;
    return mix;
}

static double mixed(const struct resize_data *d, const struct mix *rows,
                    const struct mix *columns, int c)
{
    double sum = 0.0;
    for (int32_t y = 0; y < rows->count; y++)
        for (int32_t x = 0; x < columns->count; x++)
            sum += rows->weights[y] * columns->weights[x] *
                   seen(d, rows->first + y, columns->first + x, c, -1);
    return sum;
}

static double *reference(const struct resize_data *d)
{
    const struct det_resize *op = &d->op;
    const det_pixels *photo = &op->pixels;
    double *values =
        det_harness_doubles((size_t)d->padded_h * (size_t)d->padded_w * RGB);
    struct mix (*mix_of)(int32_t, int32_t, int32_t) =
        op->kind == DET_RESIZE_PILLOW ? triangle : two_neighbours;
    for (int32_t y = 0; y < op->resized_h; y++) {
        const struct mix rows = mix_of(y, photo->height, op->resized_h);
        for (int32_t x = 0; x < op->resized_w; x++) {
            const struct mix columns = mix_of(x, photo->width, op->resized_w);
            for (int c = 0; c < RGB; c++)
                values[(y * d->padded_w + x) * RGB + c] =
                    mixed(d, &rows, &columns, c);
        }
    }
    return values; /* the padding stays zero */
}

/* Of the largest value: float32 weights; and Pillow rounds to bytes after each
 * of its two passes. */
static double tolerance_of(const struct resize_data *d, const double *expected)
{
    double largest = 1.0;
    for (int32_t i = 0; i < d->padded_h * d->padded_w * RGB; i++)
        largest = fmax(largest, fabs(expected[i]));
    return d->op.kind == DET_RESIZE_PILLOW ? 1.05 / largest : 1e-5;
}

static void check_case(struct resize_data *d)
{
    double *expected = reference(d);
    struct det_harness_case harness = {.run = run_resize,
                                       .user = d,
                                       .expected = expected,
                                       .tolerance = tolerance_of(d, expected)};
    snprintf(harness.name, sizeof harness.name,
             "resize %d of %d x %d to %d x %d in %d x %d", (int)d->op.kind,
             d->op.pixels.height, d->op.pixels.width, d->op.resized_h,
             d->op.resized_w, d->padded_h, d->padded_w);
    const size_t count = det_harness_check(&harness);
    ck_assert_uint_eq(count, (size_t)d->padded_h * (size_t)d->padded_w * RGB);
    free(expected);
    free(d->bytes);
}

/* Each rule in each order of channels; rows with gaps; padding right and
 * below; from one pixel and to one. */
START_TEST(random_shapes)
{
    static const struct det_resize *kinds[] = {&as_torchvision, &as_pillow,
                                               &as_caffe};
    struct det_random random = {7};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct resize_data d = {.op = *kinds[i % 3]};
        d.op.bgr = det_random_bool(&random);
        const int32_t most = i < 12 ? 2 : 40;
        make_photo(
            &d, det_random_bits(&random), det_random_int(&random, 1, most),
            det_random_int(&random, 1, most), det_random_int(&random, 0, 5));
        d.op.resized_h = det_random_int(&random, 1, most * 2);
        d.op.resized_w = det_random_int(&random, 1, most * 2);
        d.padded_h = d.op.resized_h + det_random_int(&random, 0, 9);
        d.padded_w = d.op.resized_w + det_random_int(&random, 0, 9);
        check_case(&d);
    }
}
END_TEST

/* A photo of one colour stays that colour. */
/* The resized photo the other way round; padding stays where it is. */
START_TEST(mirrored)
{
    static const struct det_resize *const rules[] = {&as_torchvision,
                                                     &as_pillow, &as_caffe};
    static const int32_t sides[][2] = {{5, 7}, {6, 8}, {3, 1}, {9, 2}};
    struct resize_data d = {.op = *rules[_i / 4]};
    struct det_harness_case harness = {
        .run = run_resize, .user = &d, .name = "mirrored"};
    struct det_tensor plain, turned;
    make_photo(&d, 5, 6, 9, 0);
    d.op.resized_h = sides[_i % 4][0];
    d.op.resized_w = sides[_i % 4][1];
    d.padded_h = d.padded_w = 12;
    det_harness_run(&harness, 1, &plain);
    d.op.mirrored = true;
    det_harness_run(&harness, 2, &turned);
    for (int32_t y = 0; y < 12; y++)
        for (int32_t x = 0; x < 12; x++) {
            const bool inside = y < d.op.resized_h && x < d.op.resized_w;
            const int32_t from = inside ? d.op.resized_w - 1 - x : x;
            for (int c = 0; c < RGB; c++)
                ck_assert(turned.data[(y * 12 + x) * RGB + c] ==
                          plain.data[(y * 12 + from) * RGB + c]);
        }
    free(plain.data);
    free(turned.data);
    free(d.bytes);
}
END_TEST

START_TEST(one_colour)
{
    static const struct det_resize *kinds[] = {&as_torchvision, &as_pillow,
                                               &as_caffe};
    struct resize_data d = {.op = *kinds[_i]};
    make_photo(&d, 1, 37, 23, 0);
    for (size_t i = 0; i < 37 * 23 * RGB; i++)
        d.bytes[i] = 201;
    d.op.resized_h = d.padded_h = 61;
    d.op.resized_w = d.padded_w = 19;
    struct det_harness_case harness = {
        .name = "one colour", .run = run_resize, .user = &d};
    struct det_tensor out;
    det_harness_run(&harness, 1, &out);
    for (int32_t i = 0; i < 61 * 19 * RGB; i++)
        ck_assert_double_eq_tol((double)out.data[i],
                                seen(&d, 0, 0, i % RGB, 201),
                                1e-4 + 100.0 * det_test_tolerance());
    free(out.data);
    free(d.bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_resize");
    TCase *tests = tcase_create("resize");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, torch_values, 0,
                        sizeof golden_torch / sizeof *golden_torch);
    tcase_add_loop_test(tests, pillow_values, 0,
                        sizeof golden_pillow / sizeof *golden_pillow);
    tcase_add_loop_test(tests, opencv_values, 0,
                        sizeof golden_opencv / sizeof *golden_opencv);
    tcase_add_test(tests, opencv_factor);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, mirrored, 0, 12);
    tcase_add_loop_test(tests, one_colour, 0, 3);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
