/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "compute/roi_pooling.h"
#include "compute/tape.h"
#include "tests/ops_harness.h"
#define GOLDEN_ROI_FEATURES
#include "tests/golden/ops_golden.h"

enum { RANDOM_CASES = 220 };

struct roi_case {
    int32_t n, spare; /* RoIs, and room for more */
    int32_t maps, h, w, c, side;
    enum det_roi_kind kind;
    bool aligned;
    int32_t sampling;
    int32_t step; /* 0: as 1 */
};

struct roi_data {
    struct det_roi_features op;
    struct det_box *boxes;
    int32_t *map_index;
    int32_t n, capacity, side;
    bool in_order; /* sample by sample */
};

/* A coordinate from well before the map to well behind it, in steps so small
 * that samples do not meet the map's edge, where RoIAlign jumps. */
static float coordinate(struct det_random *random, float size)
{
    return (0.5f + 0.8f * det_random_float(random)) * size;
}

static void make_boxes(struct roi_data *d, struct det_random *random)
{
    const struct det_roi_features *op = &d->op;
    for (int32_t r = 0; r < d->n; r++) {
        const int32_t map = det_random_int(random, 0, op->num_maps - 1);
        const float h = (float)op->maps[map].h / op->scales[map];
        const float w = (float)op->maps[map].w / op->scales[map];
        struct det_box *b = &d->boxes[r];
        *b = (struct det_box){coordinate(random, w), coordinate(random, h), 0,
                              0};
        b->x2 = coordinate(random, w);
        b->y2 = coordinate(random, h);
        if (det_random_int(random, 0, 4)) /* most are the right way round */
            *b = (struct det_box){fminf(b->x1, b->x2), fminf(b->y1, b->y2),
                                  fmaxf(b->x1, b->x2), fmaxf(b->y1, b->y2)};
        if (det_random_int(random, 0, 9) == 0)
            b->x2 = b->x1;
        d->map_index[r] = map;
    }
}

static void make_data(struct roi_data *d, const struct roi_case *c,
                      struct det_random *random)
{
    *d = (struct roi_data){.op = {.kind = c->kind,
                                  .aligned = c->aligned,
                                  .sampling = c->sampling,
                                  .step = c->step,
                                  .num_maps = c->maps},
                           .n = c->n,
                           .capacity = c->n + c->spare,
                           .side = c->side};
    for (int32_t i = 0; i < c->maps; i++) {
        d->op.maps[i] =
            det_random_tensor(random, 1, c->h >> i, c->w >> i, c->c);
        d->op.scales[i] = 0.25f / (float)(1 << i);
    }
    d->boxes = malloc(((size_t)c->n + 1) * sizeof *d->boxes);
    d->map_index = malloc(((size_t)c->n + 1) * sizeof *d->map_index);
    ck_assert(d->boxes && d->map_index);
    make_boxes(d, random);
    d->op.boxes = d->boxes;
    d->op.map_index = c->maps > 1 ? d->map_index : NULL;
}

static void free_data(struct roi_data *d)
{
    for (int32_t i = 0; i < d->op.num_maps; i++)
        free(d->op.maps[i].data);
    free(d->boxes);
    free(d->map_index);
}

/* ----------------------------------------------------- reference: RoIAlign */

/* Places behind the edge are those at the edge. */
static double pixel(const struct det_tensor *map, int32_t y, int32_t x,
                    int32_t k)
{
    y = y < map->h - 1 ? y : map->h - 1;
    x = x < map->w - 1 ? x : map->w - 1;
    return (double)map->data[((int64_t)y * map->w + x) * map->c + k];
}

static double sample(const struct det_tensor *map, double y, double x,
                     int32_t k)
{
    if (y < -1 || y > map->h || x < -1 || x > map->w)
        return 0.0;
    y = fmin(fmax(y, 0.0), map->h - 1);
    x = fmin(fmax(x, 0.0), map->w - 1);
    const int32_t y0 = (int32_t)y, x0 = (int32_t)x;
    const double fy = y - y0, fx = x - x0;
    return (1 - fy) * ((1 - fx) * pixel(map, y0, x0, k) +
                       fx * pixel(map, y0, x0 + 1, k)) +
           fy * ((1 - fx) * pixel(map, y0 + 1, x0, k) +
                 fx * pixel(map, y0 + 1, x0 + 1, k));
}

/* One axis of a RoI: start, bin and samples. */
struct axis {
    double start, bin;
    int32_t grid;
};

static struct axis axis_of(const struct roi_data *d, double low, double high,
                           double scale)
{
    const double shift = d->op.aligned ? 0.5 : 0.0;
    double size = (high - low) * scale;
    if (!d->op.aligned)
        size = fmax(size, 1.0);
    const int32_t adaptive = (int32_t)ceil(size / d->side);
    return (struct axis){low * scale - shift, size / d->side,
                         d->op.sampling > 0 ? d->op.sampling : adaptive};
}

static double aligned_at(const struct roi_data *d, int32_t r,
                         const int32_t bin[2], int32_t k)
{
    const struct det_box *b = &d->boxes[r];
    const int32_t index = d->op.map_index ? d->map_index[r] : 0;
    const double scale = (double)d->op.scales[index];
    const struct axis y = axis_of(d, (double)b->y1, (double)b->y2, scale);
    const struct axis x = axis_of(d, (double)b->x1, (double)b->x2, scale);
    double sum = 0.0;
    for (int32_t i = 0; i < y.grid; i++)
        for (int32_t j = 0; j < x.grid; j++)
            sum += sample(&d->op.maps[index],
                          y.start + (bin[0] + (i + 0.5) / y.grid) * y.bin,
                          x.start + (bin[1] + (j + 0.5) / x.grid) * x.bin, k);
    if (y.grid <= 0 || x.grid <= 0)
        return 0.0;
    return sum / (y.grid * x.grid);
}

/* ------------------------------------------------------ reference: RoIPool */

struct range {
    int32_t begin, end;
};

/* The bin's borders are float32 by definition: 3 * (5 / 3) is 5 there, or a
 * little more. */
static struct range bin_of(float low, float high, float scale, int32_t bin,
                           const struct roi_data *d)
{
    const int32_t begin = (int32_t)roundf(low * scale);
    const int32_t end = (int32_t)roundf(high * scale);
    const float size = (float)(end - begin + 1 > 1 ? end - begin + 1 : 1);
    const float step = size / (float)d->side;
    return (struct range){begin + (int32_t)floorf((float)bin * step),
                          begin + (int32_t)ceilf((float)(bin + 1) * step)};
}

static double pooled_at(const struct roi_data *d, int32_t r,
                        const int32_t bin[2], int32_t k)
{
    const struct det_box *b = &d->boxes[r];
    const int32_t index = d->op.map_index ? d->map_index[r] : 0;
    const struct det_tensor *map = &d->op.maps[index];
    const float scale = d->op.scales[index];
    const struct range rows = bin_of(b->y1, b->y2, scale, bin[0], d);
    const struct range columns = bin_of(b->x1, b->x2, scale, bin[1], d);
    double most = -INFINITY;
    for (int32_t y = rows.begin; y < rows.end; y++)
        for (int32_t x = columns.begin; x < columns.end; x++)
            if (y >= 0 && y < map->h && x >= 0 && x < map->w)
                most = fmax(most, pixel(map, y, x, k));
    return isinf(most) ? 0.0 : most;
}

/* --------------------------------------------------------------- comparison */

static int32_t step_of(const struct roi_data *d)
{
    return d->op.step > 1 ? d->op.step : 1;
}

/* Bins per axis that are made. */
static int32_t bins_of(const struct roi_data *d)
{
    return (d->side + step_of(d) - 1) / step_of(d);
}

static double *reference(const struct roi_data *d)
{
    const int32_t side = bins_of(d), channels = d->op.maps[0].c;
    const int32_t step = step_of(d);
    double *values = det_harness_doubles((size_t)d->n * (size_t)side *
                                         (size_t)side * (size_t)channels);
    size_t i = 0;
    for (int32_t r = 0; r < d->n; r++)
        for (int32_t p = 0; p < side * side; p++)
            for (int32_t k = 0; k < channels; k++) {
                const int32_t bin[2] = {p / side * step, p % side * step};
                values[i++] = d->op.kind == DET_ROI_ALIGN
                                  ? aligned_at(d, r, bin, k)
                                  : pooled_at(d, r, bin, k);
            }
    return values;
}

static det_status run_pooling(struct det_compute *compute, const void *user,
                              struct det_tensor *out)
{
    const struct roi_data *d = user;
    struct det_roi_features op = d->op;
    compute->in_order = d->in_order;
    if (det_planning(compute)) { /* the promise: not read */
        op.boxes = NULL;
        op.map_index = NULL;
    }
    DET_TRY(det_roi_pooling(compute, &op, d->n, d->capacity, d->side));
    *out = op.out;
    return DET_OK;
}

static void check_case(const struct roi_case *c, struct det_random *random)
{
    struct roi_data d;
    make_data(&d, c, random);
    double *expected = reference(&d);
    struct det_harness_case harness = {
        .run = run_pooling, .user = &d, .expected = expected};
    harness.tolerance = c->kind == DET_ROI_ALIGN ? 1e-5 : 0.0;
    snprintf(harness.name, sizeof harness.name,
             "%s%s of %d RoIs from %d maps, the first %d x %d x %d, to %d x "
             "%d, sampling %d, step %d",
             c->kind == DET_ROI_ALIGN ? "RoIAlign" : "RoIPool",
             c->aligned ? " (aligned)" : "", c->n, c->maps, c->h, c->w, c->c,
             c->side, c->side, c->sampling, c->step);
    const size_t bins = (size_t)bins_of(&d);
    for (int i = 0; i < 2; i++) {
        d.in_order = i == 1;
        const size_t count = det_harness_check(&harness);
        ck_assert_uint_eq(count, (size_t)c->n * bins * bins * (size_t)c->c);
    }
    free(expected);
    free_data(&d);
}

START_TEST(listed_shapes)
{
    /* n, spare, maps, h, w, c, side; the loop adds kind and sampling */
    static const struct roi_case cases[] = {
        {.n = 0, .spare = 0, .maps = 1, .h = 9, .w = 7, .c = 4, .side = 7},
        {.n = 0, .spare = 5, .maps = 4, .h = 16, .w = 16, .c = 3, .side = 7},
        {.n = 1, .spare = 0, .maps = 1, .h = 1, .w = 1, .c = 1, .side = 1},
        {.n = 9, .spare = 1, .maps = 1, .h = 1, .w = 8, .c = 2, .side = 3},
        {.n = 9, .spare = 0, .maps = 1, .h = 8, .w = 1, .c = 2, .side = 3},
        {.n = 7, .spare = 0, .maps = 1, .h = 13, .w = 17, .c = 64, .side = 7},
        {.n = 5, .spare = 3, .maps = 1, .h = 15, .w = 11, .c = 5, .side = 14},
        {.n = 33, .spare = 7, .maps = 4, .h = 16, .w = 24, .c = 9, .side = 7},
    };
    struct det_random random = {1};
    for (size_t i = 0; i < 5 * (sizeof cases / sizeof *cases); i++) {
        struct roi_case c = cases[i / 5];
        c.kind = i % 5 == 4 ? DET_ROI_POOL : DET_ROI_ALIGN;
        c.aligned = i % 5 % 2;
        c.sampling = i % 5 < 2 ? 2 : 0;
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(random_shapes)
{
    struct det_random random = {2};
    for (int i = 0; i < RANDOM_CASES; i++) {
        const struct roi_case c = {.n = det_random_int(&random, 0, 12),
                                   .spare = det_random_int(&random, 0, 3),
                                   .maps = det_random_int(&random, 1, 3),
                                   .h = det_random_int(&random, 4, 16),
                                   .w = det_random_int(&random, 4, 16),
                                   .c = det_random_int(&random, 1, 20),
                                   .side = det_random_int(&random, 1, 8),
                                   .kind = det_random_int(&random, 0, 3)
                                               ? DET_ROI_ALIGN
                                               : DET_ROI_POOL,
                                   .aligned = det_random_bool(&random),
                                   .sampling = det_random_int(&random, 0, 3),
                                   .step = det_random_int(&random, 0, 3)};
        check_case(&c, &random);
    }
}
END_TEST

START_TEST(as_torchvision)
{
    const struct golden_roi_features *g = &golden_roi_features[_i / 2];
    struct det_random random = {g->seed};
    struct det_tensor map = det_random_tensor(&random, 1, g->h, g->w, g->c);
    const int32_t count = sizeof golden_boxes / sizeof *golden_boxes;
    const struct roi_data d = {
        .op = {.kind = g->pool ? DET_ROI_POOL : DET_ROI_ALIGN,
               .aligned = g->aligned,
               .sampling = g->sampling,
               .num_maps = 1,
               .maps = {map},
               .scales = {g->scale},
               .boxes = golden_boxes},
        .n = count,
        .capacity = count,
        .side = g->side,
        .in_order = _i % 2};
    struct det_harness_case harness = {.run = run_pooling, .user = &d};
    snprintf(harness.name, sizeof harness.name, "golden %d", _i);
    struct det_tensor out;
    det_harness_run(&harness, 2, &out);
    ck_assert_int_eq(det_tensor_count(&out), g->count);
    det_harness_compare_golden(harness.name, out.data, g->values,
                               (size_t)g->count, g->pool ? 0.0 : 1e-6);
    free(out.data);
    free(map.data);
}
END_TEST

/* How it pools what is to be trained. */
static det_status run_recorded(struct det_compute *compute, const void *user,
                               struct det_tensor *out)
{
    struct det_roi_features op = *(const struct det_roi_features *)user;
    const det_status created = det_tape_create(&compute->tape, NULL);
    ck_assert_int_eq(created, DET_OK);
    op.num_maps = 1;
    op.maps[0] = (struct det_tensor){.n = 1, .h = 5, .w = 5, .c = 3, .node = 1};
    const det_status status = det_roi_pooling(compute, &op, 2, 2, 4);
    det_tape_destroy(&compute->tape);
    *out = op.out;
    return status;
}

/* Its backward pass knows neither steps nor what follows the sum. */
START_TEST(no_gradient_behind_a_convolution)
{
    static const float bias[3];
    const struct det_roi_features ops[] = {
        {.step = 2}, {.bias = bias}, {.norm.scale = bias}, {.relu = true}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        struct det_harness_case harness = {.run = run_recorded,
                                           .user = &ops[i]};
        snprintf(harness.name, sizeof harness.name, "way %zu", i);
        det_harness_check_refused(&harness, DET_ERROR_ARGUMENT);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_roi_features");
    TCase *tests = tcase_create("roi_features");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, listed_shapes);
    tcase_add_test(tests, random_shapes);
    tcase_add_test(tests, no_gradient_behind_a_convolution);
    tcase_add_loop_test(
        tests, as_torchvision, 0,
        2 * (sizeof golden_roi_features / sizeof *golden_roi_features));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
