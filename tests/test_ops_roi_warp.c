/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/roi_warp.h"
#include "tests/cuda/bridge.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"
#include "tests/tape_case.h"
#define GOLDEN_ROI_WARP
#include "tests/golden/mnc_golden.h"

enum { RANDOM_CASES = 100 };

struct warp_case {
    int32_t images, h, w, c; /* of the map */
    int32_t rois, side;
};

struct warp_data {
    struct det_tensor map, boxes; /* the caller's memory */
    int32_t *images;
    float scale;
    int32_t side;
};

/* Around the map, most the right way round, some empty. */
static void make_data(struct warp_data *d, const struct warp_case *c,
                      struct det_random *random)
{
    *d = (struct warp_data){.scale = 0.25f, .side = c->side};
    d->map = det_random_tensor(random, c->images, c->h, c->w, c->c);
    d->boxes = det_random_tensor(random, c->rois, 1, 1, 4);
    d->images = malloc(((size_t)c->rois + 1) * sizeof *d->images);
    ck_assert_ptr_nonnull(d->images);
    for (int32_t r = 0; r < c->rois; r++) {
        float *box = d->boxes.data + 4 * r;
        for (int i = 0; i < 4; i++)
            box[i] =
                (0.5f + 0.8f * box[i]) * 4.0f * (float)(i % 2 ? c->h : c->w);
        for (int i = 0; i < 2 && det_random_int(random, 0, 4); i++) {
            const float low = fminf(box[i], box[i + 2]);
            box[i + 2] = fmaxf(box[i], box[i + 2]);
            box[i] = low;
        }
        if (det_random_int(random, 0, 9) == 0)
            box[2] = box[0];
        d->images[r] = det_random_int(random, 0, c->images - 1);
    }
}

static void free_data(struct warp_data *d)
{
    free(d->map.data);
    free(d->boxes.data);
    free(d->images);
}

/* ---------------------------------------------------------------- reference */

/* How far a box's corners, or one value of the map, are moved. */
struct nudge {
    int32_t roi, corner; /* of 4 */
    int64_t place;       /* of the map; -1: none */
    double step;
};

static const struct nudge none = {.roi = -1, .place = -1};

/* Where bin `p` begins, in map places.  The corners are float32 by
 * definition; nudges come behind the rounding, which counts as identity. */
static double place_of(const struct warp_data *d, int32_t roi, int axis,
                       int32_t p, const struct nudge *n)
{
    const float *box = d->boxes.data + 4 * roi;
    const float low = roundf(box[axis] * d->scale);
    const float high = roundf(box[axis + 2] * d->scale);
    const float bin = fmaxf(high - low, 0.0f) / (float)d->side;
    const double share = high < low ? 0.0 : (double)p / d->side;
    double place = (double)(low + (float)p * bin);
    if (n->roi == roi && n->corner == axis)
        place += (1.0 - share) * n->step * (double)d->scale;
    if (n->roi == roi && n->corner == axis + 2)
        place += share * n->step * (double)d->scale;
    return place;
}

static double value_at(const struct warp_data *d, int32_t image, int32_t y,
                       int32_t x, int32_t k, const struct nudge *n)
{
    const struct det_tensor *m = &d->map;
    y = y < m->h - 1 ? y : m->h - 1;
    x = x < m->w - 1 ? x : m->w - 1;
    const int64_t at = (((int64_t)image * m->h + y) * m->w + x) * m->c + k;
    return (double)m->data[at] + (n->place == at ? n->step : 0.0);
}

static bool is_inside(double at, int32_t size)
{
    return at >= -0.5 && at <= size - 0.5;
}

static double sample(const struct warp_data *d, int32_t image, double y,
                     double x, int32_t k, const struct nudge *n)
{
    const struct det_tensor *m = &d->map;
    y = fmin(fmax(y, 0.0), m->h - 1);
    x = fmin(fmax(x, 0.0), m->w - 1);
    const int32_t y0 = (int32_t)y, x0 = (int32_t)x;
    const double fy = y - y0, fx = x - x0;
    return (1 - fy) * ((1 - fx) * value_at(d, image, y0, x0, k, n) +
                       fx * value_at(d, image, y0, x0 + 1, k, n)) +
           fy * ((1 - fx) * value_at(d, image, y0 + 1, x0, k, n) +
                 fx * value_at(d, image, y0 + 1, x0 + 1, k, n));
}

/* One RoI, [side, side, c].  The jump to 0 outside has no derivative: what is
 * inside stays inside. */
static void warp(const struct warp_data *d, double *out, int32_t roi,
                 const struct nudge *n)
{
    const int32_t c = d->map.c;
    for (int32_t p = 0; p < d->side * d->side; p++) {
        const int32_t py = p / d->side, px = p % d->side;
        const bool inside =
            is_inside(place_of(d, roi, 1, py, &none), d->map.h) &&
            is_inside(place_of(d, roi, 0, px, &none), d->map.w);
        const double y = place_of(d, roi, 1, py, n);
        const double x = place_of(d, roi, 0, px, n);
        for (int32_t k = 0; k < c; k++)
            if (n->place < 0 || n->place % c == k) /* else it cannot change */
                out[p * c + k] =
                    inside ? sample(d, d->images[roi], y, x, k, n) : 0.0;
    }
}

/* --------------------------------------------------------------- comparison */

static det_status run_warping(struct det_compute *compute, const void *user,
                              const struct det_tensor *in,
                              struct det_tensor *out)
{
    const struct warp_data *d = user;
    struct det_roi_warp op = {.map = in[0], .boxes = in[1], .scale = d->scale};
    int32_t *images;
    DET_TRY(det_arena_take(det_host_arena(compute), &images, (size_t)in[1].n,
                           sizeof *images, compute->message));
    op.image_index = images;
    if (!det_planning(compute))
        memcpy(images, d->images, (size_t)in[1].n * sizeof *images);
    DET_TRY(det_roi_warping(compute, &op, d->side));
    det_arena_give(det_host_arena(compute), images);
    *out = op.out;
    return DET_OK;
}

static void check_forward(const struct warp_data *d,
                          const struct tape_result *result, const char *name)
{
    const int64_t stride = (int64_t)d->side * d->side * d->map.c;
    double *expected = det_harness_doubles((size_t)(stride * d->boxes.n));
    ck_assert_int_eq(det_tensor_count(&result->out), stride * d->boxes.n);
    for (int32_t r = 0; r < d->boxes.n; r++)
        warp(d, expected + r * stride, r, &none);
    det_harness_compare(name, result->out.data, expected,
                        (size_t)(stride * d->boxes.n), 1e-5);
    free(expected);
}

/* The change of the weighted sum of RoI `roi` with a nudge. */
static double change(const struct warp_data *d, const float *weights,
                     int32_t roi, const struct nudge *n)
{
    const int64_t stride = (int64_t)d->side * d->side * d->map.c;
    double *still = det_harness_doubles((size_t)stride);
    double *moved = det_harness_doubles((size_t)stride);
    double sum = 0.0;
    warp(d, still, roi, &(struct nudge){.roi = -1, .place = n->place});
    warp(d, moved, roi, n);
    for (int64_t i = 0; i < stride; i++)
        sum += (double)weights[roi * stride + i] * (moved[i] - still[i]);
    free(still);
    free(moved);
    return sum / n->step;
}

/* Differences forwards, since first samples lie on kinks, where the slope is
 * that to the right. */
static void check_box_gradient(const struct warp_data *d, const float *weights,
                               const struct tape_result *result,
                               const char *name)
{
    double *expected = det_harness_doubles(4 * (size_t)d->boxes.n);
    for (int32_t i = 0; i < 4 * d->boxes.n; i++)
        expected[i] = change(
            d, weights, i / 4,
            &(struct nudge){
                .roi = i / 4, .corner = i % 4, .place = -1, .step = 1e-6});
    det_harness_compare(name, result->gradients[1].data, expected,
                        4 * (size_t)d->boxes.n, 1e-4);
    free(expected);
}

static void check_map_gradient(const struct warp_data *d, const float *weights,
                               const struct tape_result *result,
                               const char *name)
{
    const int64_t count = det_tensor_count(&d->map);
    double *expected = det_harness_doubles((size_t)count);
    for (int64_t i = 0; i < count; i++)
        for (int32_t r = 0; r < d->boxes.n; r++)
            if (d->images[r] == i / det_tensor_stride(&d->map))
                expected[i] +=
                    change(d, weights, r,
                           &(struct nudge){.roi = -1, .place = i, .step = 1});
    det_harness_compare(name, result->gradients[0].data, expected,
                        (size_t)count, 1e-5);
    free(expected);
}

static void check_case(const struct warp_case *c, struct det_random *random)
{
    struct warp_data d;
    struct tape_result result;
    char name[200];
    make_data(&d, c, random);
    float *weights =
        det_random_floats(random, (size_t)(c->rois * c->side * c->side * c->c));
    snprintf(name, sizeof name, "%d RoIs of %d maps %d x %d x %d to %d x %d",
             c->rois, c->images, c->h, c->w, c->c, c->side, c->side);
    const struct tape_case tape_case = {.name = name,
                                        .run = run_warping,
                                        .user = &d,
                                        .num_inputs = 2,
                                        .inputs = {d.map, d.boxes},
                                        .weights = weights};
    tape_case_check(&result, &tape_case);
    check_forward(&d, &result, name);
    check_map_gradient(&d, weights, &result, name);
    check_box_gradient(&d, weights, &result, name);
    tape_result_free(&result);
    free(weights);
    free_data(&d);
}

START_TEST(listed_shapes)
{
    /* images, h, w, c; rois, side */
    static const struct warp_case cases[] = {
        {1, 9, 7, 4, 0, 7},  {1, 1, 1, 1, 1, 1},   {1, 1, 1, 3, 9, 5},
        {2, 1, 8, 2, 9, 3},  {1, 8, 1, 2, 9, 3},   {1, 13, 9, 5, 7, 14},
        {3, 6, 5, 7, 12, 4}, {1, 5, 11, 17, 3, 28}};
    struct det_random random = {1};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i], &random);
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        const struct warp_case c = {.images = det_random_int(&random, 1, 3),
                                    .h = det_random_int(&random, 1, 9),
                                    .w = det_random_int(&random, 1, 9),
                                    .c = det_random_int(&random, 1, 6),
                                    .rois = det_random_int(&random, 0, 6),
                                    .side = det_random_int(&random, 1, 9)};
        check_case(&c, &random);
    }
}
END_TEST

/* Only what is wanted: of the map, of the boxes, of neither. */
START_TEST(wanted_gradients)
{
    static const struct warp_case c = {1, 4, 5, 3, 4, 3};
    struct det_random random = {3};
    struct warp_data d;
    struct tape_result result;
    make_data(&d, &c, &random);
    float *weights = det_random_floats(&random, 4 * 3 * 3 * 3);
    struct tape_case tape_case = {.name = "wanted",
                                  .run = run_warping,
                                  .user = &d,
                                  .num_inputs = 2,
                                  .inputs = {d.map, d.boxes},
                                  .constant = {_i & 1, _i & 2},
                                  .weights = weights};
    tape_case_check(&result, &tape_case);
    ck_assert((result.gradients[0].data != NULL) == !(_i & 1));
    ck_assert((result.gradients[1].data != NULL) == !(_i & 2));
    tape_result_free(&result);
    free(weights);
    free_data(&d);
}
END_TEST

/* By hand, on one row of 10, 20, 40, 80: a RoI from 1.0 to 3.0 places in two
 * bins reads places 1 and 2; so do 0.6 and 3.4 (rounded), while 3.5 is 4 and
 * its bins begin at 1 and 2.5.  Far outside, and NaN, is 0; a bin at -0.5 has
 * the border's value. */
START_TEST(by_hand)
{
    static const struct {
        float x1, x2, expected[2];
    } rows[] = {
        {1, 3, {20, 40}},   {0.6f, 3.4f, {20, 40}},   {1, 3.5f, {20, 60}},
        {2, 2, {40, 40}},   {2, 1, {40, 40}},         {-1, 0, {0, 10}},
        {3, 4, {80, 80}},   {3, 5, {80, 0}},          {9, 12, {0, 0}},
        {-9, -7, {0, 0}},   {NAN, 2, {0, 0}},         {INFINITY, 2, {0, 0}},
        {1, NAN, {20, 20}}, {-1e30f, 1e30f, {0, 10}}, {-0.5f, 0.5f, {0, 10}}};
    static float values[] = {10, 20, 40, 80};
    float box[4] = {rows[_i].x1, 0, rows[_i].x2, 0}, out[4];
    struct det_compute compute = {.ops = det_test_ops(), .threads = 1};
    const struct det_roi_warp op = {
        .map = {.data = values, .n = 1, .h = 1, .w = 4, .c = 1},
        .boxes = {.data = box, .n = 1, .h = 1, .w = 1, .c = 4},
        .scale = 1.0f,
        .out = {.data = out, .n = 1, .h = 2, .w = 2, .c = 1}};
    ck_assert_int_eq(compute.ops->roi_warp(&compute, &op), DET_OK);
    for (int i = 0; i < 4; i++)
        ck_assert_float_eq(out[i], rows[_i].expected[i % 2]);
}
END_TEST

/* A box of places 1..3 on the slope 10, 20, 40, 80: bins at 1 and 2, whose
 * values change by 20 and 40 per place to the right.  The first is the box's
 * start, the second lies half way. */
START_TEST(box_gradient_by_hand)
{
    static float values[] = {10, 20, 40, 80};
    float box[4] = {4, 0, 12, 0}, ones[4] = {1, 1, 1, 1}, gradient[4];
    struct det_compute compute = {.ops = det_test_ops(), .threads = 1};
    struct det_roi_warp_backward op = {
        .warp = {.map = {.data = values, .n = 1, .h = 1, .w = 4, .c = 1},
                 .boxes = {.data = box, .n = 1, .h = 1, .w = 1, .c = 4},
                 .scale = 0.25f},
        .gradient = {.data = ones, .n = 1, .h = 2, .w = 2, .c = 1}};
    op.boxes.tensor = op.warp.boxes;
    op.boxes.tensor.data = gradient;
    ck_assert_int_eq(compute.ops->roi_warp_backward(&compute, &op), DET_OK);
    /* Two rows of bins, a quarter of a place per pixel. */
    ck_assert_float_eq(gradient[0], 2 * 0.25f * (20 + 0.5f * 40));
    ck_assert_float_eq(gradient[2], 2 * 0.25f * (0.5f * 40));
    ck_assert_float_eq(gradient[1], 0.0f);
    ck_assert_float_eq(gradient[3], 0.0f);
}
END_TEST

static det_status run_bad_boxes(struct det_compute *compute, const void *user,
                                struct det_tensor *out)
{
    struct det_roi_warp op = *(const struct det_roi_warp *)user;
    DET_TRY(det_roi_warping(compute, &op, 3));
    *out = op.out;
    return DET_OK;
}

START_TEST(refused)
{
    const struct det_roi_warp op = {.map = {.n = 1, .h = 4, .w = 4, .c = 2},
                                    .boxes = {.n = 2, .h = 1, .w = 4, .c = 1}};
    det_harness_check_refused(&(struct det_harness_case){.name = "boxes",
                                                         .run = run_bad_boxes,
                                                         .user = &op},
                              DET_ERROR_ARGUMENT);
}
END_TEST

/* ------------------------------------------------------------------- golden */

static void check_sums(const char *case_name, const char *kind,
                       const struct det_tensor *values,
                       struct named_sums expected)
{
    char name[64];
    snprintf(name, sizeof name, "%s/%s", case_name, kind);
    named_check(name, values->data, (size_t)det_tensor_count(values), expected,
                1e-5);
}

START_TEST(as_torch)
{
    enum { COUNT = sizeof golden_warp_boxes / sizeof golden_warp_boxes[0] / 4 };
    const struct golden_roi_warp *g = &golden_roi_warp[_i];
    struct det_random none_needed = {0};
    struct warp_data d = {.scale = g->scale, .side = g->side};
    int32_t images[COUNT];
    float boxes[4 * COUNT];
    struct tape_result result;
    char name[64];
    for (int32_t r = 0; r < COUNT; r++)
        images[r] = r % g->n;
    d.images = images;
    memcpy(boxes, golden_warp_boxes, sizeof boxes);
    d.map = det_random_tensor(&none_needed, g->n, g->h, g->w, g->c);
    d.boxes = (struct det_tensor){
        .data = boxes, .n = COUNT, .h = 1, .w = 1, .c = 4, .capacity = COUNT};
    snprintf(name, sizeof name, "%s/map", g->name);
    named_fill(d.map.data, name, (size_t)det_tensor_count(&d.map), 0.0, 1.0);
    const size_t count = (size_t)(COUNT * g->side * g->side * g->c);
    float *weights = det_random_floats(&none_needed, count);
    snprintf(name, sizeof name, "%s/weights", g->name);
    named_fill(weights, name, count, 0.0, 1.0);
    const struct tape_case tape_case = {.name = g->name,
                                        .run = run_warping,
                                        .user = &d,
                                        .num_inputs = 2,
                                        .inputs = {d.map, d.boxes},
                                        .weights = weights};
    tape_case_run(&result, &tape_case, 2);
    check_sums(g->name, "out", &result.out, g->out);
    check_sums(g->name, "map_gradient", &result.gradients[0], g->map);
    check_sums(g->name, "box_gradient", &result.gradients[1], g->boxes);
    tape_result_free(&result);
    free(weights);
    free(d.map.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_roi_warp");
    TCase *tests = tcase_create("roi_warp");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_loop_test(tests, wanted_gradients, 0, 4);
    tcase_add_loop_test(tests, by_hand, 0, 15);
    tcase_add_test(tests, box_gradient_by_hand);
    tcase_add_test(tests, refused);
    tcase_add_loop_test(tests, as_torch, 0,
                        sizeof golden_roi_warp / sizeof *golden_roi_warp);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
