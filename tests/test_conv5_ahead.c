/* SPDX-License-Identifier: MIT */
/* conv5_x of pooled RoIs is the same, up to rounding, whether its first 1x1
 * convolutions come before or behind the pooling. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detector/conv5_ahead.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"
#include "tests/random_layers.h"

/* ResNet-50's conv5_x with 1/16 of its channels. */
enum { STEM = 4, OUT_CHANNELS = 128 };

static const float scale = 0.25f;

struct conv5_case {
    int32_t depth;
    bool stride_in_1x1; /* else in the 3x3 */
    bool biased;        /* the 1x1 convolutions, which have a norm as well */
    float norm_eps;
    bool aligned;
    int32_t sampling, side, images, count, spare;
};

struct conv5 {
    struct det_resnet resnet;
    struct random_layers layers;
    bool biased;
    struct det_tensor map;
    struct det_box boxes[16];
    int32_t images[16];
    struct det_roi_config config;
    struct det_roi_maps maps;
    int32_t side, count, capacity;
    bool in_order; /* how it is to run */
};

/* ---------------------------------------------------------------- the layers
 */

/* The first 1x1 convolutions of a stage. */
static bool may_be_ahead(const struct conv5 *c,
                         const struct det_conv_layer *layer)
{
    const struct det_residual_block *block =
        &c->resnet.stages[DET_RESNET_CONV5].blocks[0];
    return layer == &block->convs[0] || layer == &block->projection;
}

static det_status seed_layer(void *user, const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    struct conv5 *c = user;
    (void)names;
    layer->has_bias = c->biased && may_be_ahead(c, layer);
    return random_layers_add(&c->layers, det_test_ops(), layer);
}

static void make_layers(struct conv5 *c, const struct conv5_case *from)
{
    const struct det_resnet_config config = {.depth = from->depth,
                                             .groups = 1,
                                             .width_per_group = 64,
                                             .stem_channels = STEM,
                                             .stride_in_1x1 =
                                                 from->stride_in_1x1,
                                             .norm_eps = from->norm_eps};
    const struct det_layer_visitor visitor = {seed_layer, c};
    ck_assert_int_eq(det_resnet_init(&c->resnet, &config, NULL), DET_OK);
    ck_assert_int_eq(
        det_resnet_visit_stage(&c->resnet, DET_RESNET_CONV5, "", &visitor),
        DET_OK);
}

/* ------------------------------------------------------------------ the RoIs
 */

/* Two of three hang over the map's edge, some by more than half. */
static void make_boxes(struct conv5 *c)
{
    const float w = (float)c->map.w / scale, h = (float)c->map.h / scale;
    for (int32_t r = 0; r < c->count; r++) {
        const float x = (0.5f + 0.7f * det_random_float(&c->layers.random)) * w;
        const float y = (0.5f + 0.7f * det_random_float(&c->layers.random)) * h;
        const float side = 0.5f + 0.4f * det_random_float(&c->layers.random);
        c->boxes[r] = (struct det_box){x - side * w, y - side * h, x + side * w,
                                       y + 0.7f * side * h};
        c->images[r] = det_random_int(&c->layers.random, 0, c->map.n - 1);
    }
}

static void make(struct conv5 *c, const struct conv5_case *from, uint64_t seed)
{
    *c = (struct conv5){.layers = {.random = {seed}},
                        .biased = from->biased,
                        .config = {.kind = DET_ROI_ALIGN,
                                   .aligned = from->aligned,
                                   .sampling = from->sampling},
                        .side = from->side,
                        .count = from->count,
                        .capacity = from->count + from->spare};
    make_layers(c, from);
    const int32_t channels =
        c->resnet.stages[DET_RESNET_CONV5 - 1].out_channels;
    c->map = det_random_tensor(&c->layers.random, from->images, 9, 7, channels);
    c->maps = (struct det_roi_maps){
        .count = 1, .maps = {c->map}, .scales = {scale}, .factors = {1.0f}};
    make_boxes(c);
}

static void destroy(struct conv5 *c)
{
    random_layers_free(&c->layers);
    free(c->map.data);
    det_resnet_destroy(&c->resnet);
}

/* ------------------------------------------------------------------- running
 */

static struct det_conv5_pooling pooling_of(const struct conv5 *c)
{
    return (struct det_conv5_pooling){.conv5 =
                                          &c->resnet.stages[DET_RESNET_CONV5],
                                      .config = &c->config,
                                      .maps = &c->maps,
                                      .side = c->side};
}

static det_status run_plain(struct det_compute *compute, const struct conv5 *c,
                            const struct det_roi_batch *rois,
                            struct det_tensor *out)
{
    struct det_tensor pooled;
    DET_TRY(det_roi_features_pool(compute, &pooled, &c->config, &c->maps, rois,
                                  c->side));
    return det_resnet_stage_forward_take(
        compute, &c->resnet.stages[DET_RESNET_CONV5], out, &pooled);
}

static det_status run_ahead(struct det_compute *compute, const struct conv5 *c,
                            const struct det_roi_batch *rois,
                            struct det_tensor *out)
{
    const struct det_conv5_pooling pooling = pooling_of(c);
    struct det_conv5_ahead ahead;
    DET_TRY(det_conv5_ahead_make(compute, &ahead, &pooling, 10000));
    ck_assert(ahead.made);
    DET_TRY(det_conv5_ahead_pool(compute, out, &ahead, &pooling, rois));
    det_tensor_give(compute, &ahead.conv1);
    det_tensor_give(compute, &ahead.shortcut);
    return DET_OK;
}

typedef det_status (*run_fn)(struct det_compute *compute, const struct conv5 *c,
                             const struct det_roi_batch *rois,
                             struct det_tensor *out);

/* `out` has `data` to be freed. */
static void run(const struct conv5 *c, run_fn way, int threads,
                struct det_tensor *out)
{
    const struct det_roi_batch rois = {.boxes = c->boxes,
                                       .images = c->images,
                                       .count = c->count,
                                       .capacity = c->capacity};
    struct planned_run run;
    struct det_tensor made;
    planned_run_plan(&run);
    run.compute.ops = det_test_ops();
    run.compute.threads = threads;
    planned_run_check(&run, way(&run.compute, c, &rois, &made));
    det_tensor_give(&run.compute, &made);
    planned_run_begin(&run);
    planned_run_check(&run, way(&run.compute, c, &rois, &made));
    const size_t bytes = (size_t)det_tensor_count(&made) * sizeof *made.data;
    *out = made;
    out->data = malloc(bytes + 1);
    ck_assert_ptr_nonnull(out->data);
    memcpy(out->data, made.data, bytes);
    det_tensor_give(&run.compute, &made);
    planned_run_end(&run);
}

static void check_case(const struct conv5_case *from, uint64_t seed)
{
    struct conv5 c;
    struct det_tensor plain, ahead;
    char name[160];
    make(&c, from, seed);
    snprintf(name, sizeof name,
             "seed %llu, stride in %s,%s eps %g,%s sampling %d, %d RoIs of %d",
             (unsigned long long)seed, from->stride_in_1x1 ? "1x1" : "3x3",
             from->biased ? " bias," : "", (double)from->norm_eps,
             from->aligned ? " aligned," : "", from->sampling, from->count,
             from->side);
    run(&c, run_plain, 1, &plain);
    const int32_t side = (from->side + 1) / 2;
    ck_assert_int_eq(det_tensor_count(&plain),
                     (int64_t)from->count * side * side * OUT_CHANNELS);
    for (int threads = 1; threads <= 2; threads++) {
        run(&c, run_ahead, threads, &ahead);
        ck_assert_int_eq(det_tensor_count(&ahead), det_tensor_count(&plain));
        det_harness_compare_golden(name, ahead.data, plain.data,
                                   (size_t)det_tensor_count(&plain), 1e-5);
        free(ahead.data);
    }
    free(plain.data);
    destroy(&c);
}

START_TEST(same_before_and_behind)
{
    struct det_random random = {5};
    for (uint64_t seed = 1; seed <= 48; seed++) {
        const struct conv5_case c = {
            .depth = 50,
            .stride_in_1x1 = seed % 2,
            .biased = seed / 2 % 2,
            .norm_eps = seed / 4 % 2 ? 1e-5f : 0.0f,
            .aligned = det_random_bool(&random),
            .sampling = det_random_int(&random, 0, 2),
            .side = det_random_int(&random, 1, 9),
            .images = det_random_int(&random, 1, 2),
            .count = seed % 6 == 0 ? 0 : det_random_int(&random, 1, 9),
            .spare = det_random_int(&random, 0, 3)};
        check_case(&c, seed);
    }
}
END_TEST

/* ------------------------------------------------------- where it is not done
 */

static bool is_made(const struct conv5 *c, int32_t capacity)
{
    const struct det_conv5_pooling pooling = pooling_of(c);
    struct det_arena arena;
    struct det_message message;
    struct det_compute compute = {.ops = det_test_ops(),
                                  .arena = &arena,
                                  .message = &message,
                                  .threads = 1,
                                  .in_order = c->in_order};
    struct det_conv5_ahead ahead;
    det_arena_plan(&arena);
    ck_assert_int_eq(det_conv5_ahead_make(&compute, &ahead, &pooling, capacity),
                     DET_OK);
    det_tensor_give(&compute, &ahead.conv1);
    det_tensor_give(&compute, &ahead.shortcut);
    ck_assert_int_eq(arena.count, 0);
    return ahead.made;
}

/* 9 x 7 places, with 1/5 of the work in conv1 at 4 x 4 of a RoI's bins and 4/5
 * in the shortcut at 2 x 2: 6.4 places for each RoI. */
START_TEST(only_where_it_is_less_work)
{
    const struct conv5_case from = {.depth = 50, .side = 4, .images = 1};
    struct conv5 c;
    make(&c, &from, 1);
    ck_assert(!is_made(&c, 0));
    ck_assert(!is_made(&c, 9));
    ck_assert(is_made(&c, 10));
    destroy(&c);
}
END_TEST

START_TEST(only_where_it_is_the_same)
{
    const struct conv5_case from = {.depth = 50, .side = 4, .images = 1};
    struct conv5 c;
    make(&c, &from, 1);
    ck_assert(is_made(&c, 1000));
    c.config.kind = DET_ROI_POOL;
    ck_assert(!is_made(&c, 1000));
    c.config.kind = DET_ROI_ALIGN;
    c.in_order = true;
    ck_assert(!is_made(&c, 1000));
    c.in_order = false;
    c.maps.of_scales = true;
    ck_assert(!is_made(&c, 1000));
    destroy(&c);
}
END_TEST

/* Its first convolution is a 3x3. */
START_TEST(not_of_basic_blocks)
{
    const struct conv5_case from = {.depth = 18, .side = 4, .images = 1};
    struct conv5 c;
    make(&c, &from, 1);
    ck_assert(!is_made(&c, 1000));
    destroy(&c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conv5_ahead");
    TCase *tcase = tcase_create("conv5_ahead");
    const TTest *const tests[] = {
        same_before_and_behind, only_where_it_is_less_work,
        only_where_it_is_the_same, not_of_basic_blocks};
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
