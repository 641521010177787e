/* SPDX-License-Identifier: MIT */
/*
 * Whole Detectron2 networks, C4, DC5 and FPN, from a photo to pasted masks,
 * against tools/golden/detectron2_network.py, which computes them with torch
 * in double.  The real pipeline runs; its operators are watched, so that a
 * difference is reported where it begins.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detector/metadata.h"
#include "detector/photo.h"
#include "detector/result.h"
#include "tests/table_layers.h"

enum {
    PHOTO_H = 61,
    PHOTO_W = 83,
    SAMPLES = 8,
    PRE_NMS = 200,
    POST_NMS = 16,
    DETECTIONS = 20,
    CLASSES = 5
};

struct golden_tensor {
    const char *name; /* of the layer that made it */
    int call;         /* 0: its first run */
    int64_t count;
    double mean; /* of the magnitudes */
    double samples[SAMPLES];
};

struct golden_run {
    int32_t shortest, resized_h, resized_w;
    int32_t proposals, detections;
    double rois[POST_NMS][4];
    double boxes[DETECTIONS][4];       /* in the resized photo */
    double photo_boxes[DETECTIONS][4]; /* in the photo */
    double scores[DETECTIONS], labels[DETECTIONS], areas[DETECTIONS];
    const struct golden_tensor *tensors;
    size_t num_tensors;
};

#define GOLDEN_STAGES
#include "tests/golden/detectron2_golden.h"

/* ----------------------------------------------------------------- watching */

/* What operators are given as `compute`. */
struct watch {
    struct det_compute compute; /* first, so that one pointer is both */
    struct det_ops ops;         /* the CPU's, some of them replaced */
    struct det_arena arena;
    struct det_message message;
    struct table_layers layers;
    const struct golden_run *golden;
    const char *seen[256]; /* names of the layers that ran, in order */
    size_t num_seen, num_compared;
    struct det_box rois[POST_NMS]; /* of the first pooling */
    int32_t num_rois;
};

static int64_t sample_index(size_t sample, int64_t count)
{
    return (int64_t)(table_bits(300000 + sample) % (uint64_t)count);
}

static double mean_magnitude(const float *data, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++)
        sum += fabs((double)data[i]);
    return sum / (double)count;
}

/* Errors of float sums over some fifty layers stay below these. */
static void compare(const struct golden_tensor *golden, const float *data,
                    int64_t count)
{
    ck_assert_msg(count == golden->count, "%s, run %d: %lld values, not %lld",
                  golden->name, golden->call, (long long)count,
                  (long long)golden->count);
    const double mean = mean_magnitude(data, count);
    ck_assert_msg(fabs(mean - golden->mean) <= 2e-5 * golden->mean,
                  "%s, run %d: mean magnitude %.8g, expected %.8g",
                  golden->name, golden->call, mean, golden->mean);
    for (size_t i = 0; i < SAMPLES; i++) {
        const int64_t index = sample_index(i, count);
        const double value = (double)data[index];
        const double error = fabs(value - golden->samples[i]);
        ck_assert_msg(error <= 1e-4 * (golden->mean + fabs(value)),
                      "%s, run %d: element %lld is %.8g, expected %.8g",
                      golden->name, golden->call, (long long)index, value,
                      golden->samples[i]);
    }
}

static void watch_values(struct watch *watch, const char *name,
                         const float *data, int64_t count)
{
    int call = 0;
    for (size_t i = 0; i < watch->num_seen; i++)
        call += strcmp(watch->seen[i], name) == 0;
    ck_assert_uint_lt(watch->num_seen, sizeof watch->seen / sizeof(char *));
    watch->seen[watch->num_seen++] = name;
    for (size_t i = 0; i < watch->golden->num_tensors; i++) {
        const struct golden_tensor *golden = &watch->golden->tensors[i];
        if (strcmp(golden->name, name) != 0 || golden->call != call)
            continue;
        compare(golden, data, count);
        watch->num_compared++;
    }
}

static void watch_tensor(struct watch *watch, const char *name,
                         const struct det_tensor *tensor)
{
    watch_values(watch, name, tensor->data, det_tensor_count(tensor));
}

/* What the layer of these weights made. */
static void watch_layer(struct watch *watch, const float *packed,
                        const struct det_tensor *out)
{
    for (size_t i = 0; i < watch->layers.count; i++)
        if (watch->layers.items[i].prepared == packed)
            watch_tensor(watch, watch->layers.items[i].name, out);
}

static det_status watched_conv2d(struct det_compute *compute,
                                 const struct det_conv2d *op, void *scratch)
{
    DET_TRY(det_ops_for("cpu")->conv2d(compute, op, scratch));
    watch_layer((struct watch *)compute, op->packed, &op->out);
    return DET_OK;
}

static det_status watched_linear(struct det_compute *compute,
                                 const struct det_linear *op)
{
    DET_TRY(det_ops_for("cpu")->linear(compute, op));
    watch_layer((struct watch *)compute, op->packed, &op->out);
    return DET_OK;
}

static det_status watched_resize(struct det_compute *compute,
                                 const struct det_resize *op, void *scratch)
{
    DET_TRY(det_ops_for("cpu")->resize(compute, op, scratch));
    watch_tensor((struct watch *)compute, "image", &op->out);
    return DET_OK;
}

static det_status watched_roi_features(struct det_compute *compute,
                                       const struct det_roi_features *op)
{
    struct watch *watch = (struct watch *)compute;
    if (watch->num_rois == 0) {
        ck_assert_int_le(op->out.n, POST_NMS);
        watch->num_rois = op->out.n;
        for (int32_t i = 0; i < op->out.n; i++)
            watch->rois[i] = op->boxes[i];
    }
    return det_ops_for("cpu")->roi_features(compute, op);
}

/* ------------------------------------------------------------------ running */

struct run {
    struct watch watch;
    struct det_architecture architecture;
    struct det_metadata metadata;
    struct det_network network;
    struct det_settings settings;
    struct det_pipeline_result result;
    void *memory;
};

static void check_status(struct run *run, det_status status)
{
    ck_assert_msg(status == DET_OK, "%s", run->watch.message.text);
}

static void init_network(struct run *run, int32_t box_side)
{
    const struct det_network_config config = {
        .architecture = &run->architecture,
        .preset = &run->metadata.preset,
        .norm_eps = run->metadata.norm_eps,
        .num_scores = CLASSES + 1,
        .num_delta_classes = CLASSES};
    check_status(run,
                 det_network_init(&run->network, &config, &run->watch.message));
    struct det_box_head *head = &run->network.box_head;
    if (head->kind != DET_BOX_HEAD_2FC)
        return;
    ck_assert_int_eq(run->network.box_side, 7);
    /* DC5's 100 million weights would take too long. */
    run->network.box_side = box_side;
    det_box_head_init(head, &(struct det_box_head_config){
                                .kind = DET_BOX_HEAD_2FC,
                                .in_channels = det_backbone_out_channels(
                                    &run->network.backbone),
                                .side = box_side,
                                .fc_channels = 1024});
}

static void init_settings(struct run *run)
{
    struct det_settings *s = &run->settings;
    det_settings_init(s, &run->metadata.preset, &run->network);
    s->preset.min_size = run->watch.golden->shortest;
    s->preset.max_size = 10 * s->preset.min_size;
    s->proposals.pre_nms = PRE_NMS;
    s->proposals.post_nms = POST_NMS;
    s->detections.max_detections = DETECTIONS;
}

/* Blocks of 9 x 11 pixels with noise. */
static void draw_photo(uint8_t *rgb)
{
    for (uint64_t y = 0; y < PHOTO_H; y++)
        for (uint64_t x = 0; x < PHOTO_W; x++)
            for (uint64_t c = 0; c < 3; c++) {
                const uint64_t block =
                    table_bits(100000 + (y / 9 * 64 + x / 11) * 3 + c) >> 56;
                const uint64_t noise =
                    table_bits(200000 + (y * 256 + x) * 3 + c) >> 56;
                rgb[(y * PHOTO_W + x) * 3 + c] =
                    (uint8_t)((3 * block + noise) / 4);
            }
}

static void run_photo(struct run *run)
{
    uint8_t rgb[PHOTO_H * PHOTO_W * 3];
    const det_pixels pixels = {rgb, PHOTO_W, PHOTO_H, 3 * PHOTO_W,
                               DET_PIXEL_RGB8};
    struct det_costs costs = {0};
    struct watch *watch = &run->watch;
    watch->ops = *det_ops_for("cpu");
    watch->ops.conv2d = watched_conv2d;
    watch->ops.linear = watched_linear;
    watch->ops.resize = watched_resize;
    watch->ops.roi_features = watched_roi_features;
    watch->compute = (struct det_compute){.ops = &watch->ops,
                                          .arena = &watch->arena,
                                          .message = &watch->message,
                                          .threads = 2};
    const struct det_member member = {&run->network, &run->settings, 0};
    struct det_photo photo;
    const struct det_pipeline pipeline = {.compute = &watch->compute,
                                          .photos = &photo,
                                          .members = &member,
                                          .num_members = 1,
                                          .costs = &costs};
    draw_photo(rgb);
    det_arena_plan(&watch->arena);
    check_status(run, det_pipeline_run(&pipeline, &run->result, &pixels, 1));
    const size_t size = watch->arena.peak;
    check_status(run,
                 det_allocate_aligned(&run->memory, size, 1, &watch->message));
    det_arena_use(&watch->arena, run->memory, size);
    check_status(run, det_pipeline_run(&pipeline, &run->result, &pixels, 1));
}

static void run_create(struct run *run, const struct det_architecture *a,
                       const struct golden_run *golden, int32_t box_side,
                       const struct table_gain *gains)
{
    memset(run, 0, sizeof *run);
    run->architecture = *a;
    run->watch.golden = golden;
    run->metadata = det_metadata_default(a, det_preset_find("detectron2"));
    init_network(run, box_side);
    table_layers_create(&run->watch.layers, &run->network, gains);
    init_settings(run);
    run_photo(run);
}

static void run_destroy(struct run *run)
{
    table_layers_destroy(&run->watch.layers);
    det_network_destroy(&run->network);
    free(run->memory);
}

/* ----------------------------------------------------------------- checking */

static void check_box(const char *what, int32_t index, struct det_box box,
                      const double expected[4])
{
    const float actual[4] = {box.x1, box.y1, box.x2, box.y2};
    for (int i = 0; i < 4; i++)
        ck_assert_msg(fabs((double)actual[i] - expected[i]) <= 5e-3,
                      "%s %d: coordinate %d is %.7g, expected %.7g", what,
                      index, i, (double)actual[i], expected[i]);
}

static void check_detections(const struct run *run)
{
    const struct golden_run *golden = run->watch.golden;
    const struct det_detections *d = &run->result.detections;
    ck_assert_int_eq(run->watch.num_rois, golden->proposals);
    for (int32_t i = 0; i < golden->proposals; i++)
        check_box("proposal", i, run->watch.rois[i], golden->rois[i]);
    ck_assert_int_eq(d->count, golden->detections);
    for (int32_t i = 0; i < d->count; i++) {
        check_box("detection", i, d->boxes[i], golden->boxes[i]);
        ck_assert_int_eq(d->labels[i], (int32_t)golden->labels[i]);
        ck_assert_double_eq_tol((double)d->scores[i], golden->scores[i], 1e-4);
    }
}

static void check_masks(struct run *run)
{
    const struct det_tensor *masks = &run->result.masks;
    ck_assert_int_eq(masks->n, run->result.detections.count);
    watch_values(&run->watch, "masks", masks->data, det_tensor_count(masks));
}

/* Boxes and masks in the photo. */
static void check_result(struct run *run)
{
    const struct golden_run *golden = run->watch.golden;
    struct det_mask_paster paster = {0};
    det_result *result;
    const det_pixels photo = {.width = PHOTO_W, .height = PHOTO_H};
    check_status(run, det_result_create_all(&run->watch.compute, &result,
                                            &run->result, &run->settings,
                                            &paster, &photo, 1));
    ck_assert_uint_eq(det_result_count(result), (size_t)golden->detections);
    for (int32_t i = 0; i < golden->detections; i++) {
        const det_detection *d = det_result_detection(result, (size_t)i);
        const struct det_box box = {(float)d->x, (float)d->y,
                                    (float)(d->x + d->w), (float)(d->y + d->h)};
        check_box("photo box", i, box, golden->photo_boxes[i]);
        /* a pixel of a probability of 0.5 may go either way */
        ck_assert_msg(
            fabs((double)det_mask_area(d->mask) - golden->areas[i]) <= 1.0,
            "mask %d: %llu pixels, expected %g", i,
            (unsigned long long)det_mask_area(d->mask), golden->areas[i]);
    }
    det_result_destroy(&result);
    det_mask_paster_destroy(&paster);
}

static void check_run(const struct det_architecture *a,
                      const struct golden_run *golden, int32_t box_side,
                      const struct table_gain *gains)
{
    static struct run run;
    run_create(&run, a, golden, box_side, gains);
    ck_assert_int_eq(run.result.size.resized_h, golden->resized_h);
    ck_assert_int_eq(run.result.size.resized_w, golden->resized_w);
    check_detections(&run);
    check_masks(&run);
    ck_assert_uint_eq(run.watch.num_compared, golden->num_tensors);
    check_result(&run);
    run_destroy(&run);
}

/* Factors that give every network something to decide. */
#define STEM(power)                                                            \
    {                                                                          \
        "backbone.body.bn1.running_var", power                                 \
    }
#define HEADS(logits, deltas, scores, masks)                                   \
    {"rpn.head.cls_logits.weight", logits},                                    \
        {"rpn.head.bbox_pred.weight", deltas},                                 \
        {"roi_heads.box_predictor.cls_score.weight", scores},                  \
    {                                                                          \
        "roi_heads.mask_predictor.mask_fcn_logits.weight", masks               \
    }
#define LEVELS                                                                 \
    {"backbone.fpn.layer_blocks.0.0.weight", 0.25f},                           \
        {"backbone.fpn.layer_blocks.1.0.weight", 0.375f},                      \
    {                                                                          \
        "backbone.fpn.layer_blocks.3.0.weight", 3.0f                           \
    }

START_TEST(fpn)
{
    static const struct table_gain gains[] = {
        STEM(8192.0f), HEADS(2.0f, 0.25f, 0.5f, 2.0f), LEVELS, {NULL, 0}};
    check_run(det_architecture_find("mask_rcnn_R_50_FPN"), &golden_fpn, 7,
              gains);
}
END_TEST

START_TEST(c4)
{
    static const struct table_gain gains[] = {
        STEM(8192.0f), HEADS(4.0f, 0.5f, 2.0f, 4.0f), {NULL, 0}};
    check_run(det_architecture_find("mask_rcnn_R_50_C4"), &golden_c4, 14,
              gains);
}
END_TEST

START_TEST(dc5)
{
    static const struct table_gain gains[] = {
        STEM(8192.0f), HEADS(4.0f, 0.5f, 2.0f, 4.0f), {NULL, 0}};
    check_run(det_architecture_find("mask_rcnn_R_50_DC5"), &golden_dc5, 2,
              gains);
}
END_TEST

/* ResNeXt with half of the blocks: groups, stride in the 3x3, its own mean
 * and deviation. */
START_TEST(resnext_fpn)
{
    static const struct table_gain gains[] = {
        STEM(2.0f), HEADS(2.0f, 0.25f, 0.5f, 2.0f), LEVELS, {NULL, 0}};
    struct det_architecture a =
        *det_architecture_find("mask_rcnn_X_101_32x8d_FPN");
    a.depth = 50;
    check_run(&a, &golden_x_fpn, 7, gains);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("detectron2_stages");
    const struct {
        const char *name;
        const TTest *test;
    } cases[] = {
        {"fpn", fpn}, {"c4", c4}, {"dc5", dc5}, {"resnext_fpn", resnext_fpn}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        TCase *tcase = tcase_create(cases[i].name);
        tcase_set_timeout(tcase, 60);
        tcase_add_test(tcase, cases[i].test);
        suite_add_tcase(suite, tcase);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
