/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/conv_layer.h"
#include "detector/cascade.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"
#include "tests/planned_run.h"
#define GOLDEN_CASCADE
#include "tests/golden/mnc_golden.h"

enum { ROIS = 10, CLASSES = 5, SIDE = 21, MAP_H = 9, MAP_W = 12, CHANNELS = 6 };
enum { MOST_LAYERS = 9, BLOCKS = 3 * MOST_LAYERS };

/* A head of random weights, prepared. */
struct net {
    struct det_mnc_head head;
    float *blocks[BLOCKS];
    int num_blocks;
};

static float *new_block(struct net *net, size_t count)
{
    ck_assert_int_lt(net->num_blocks, BLOCKS);
    float *block = det_random_floats(&(struct det_random){0}, count);
    net->blocks[net->num_blocks++] = block;
    return block;
}

static det_status fill_parameter(void *user, const char *name,
                                 struct det_parameter *parameter)
{
    struct net *net = user;
    size_t count = 1;
    for (int32_t i = 0; i < parameter->rank; i++)
        count *= (size_t)parameter->shape[i];
    const double fan_in = (double)count / parameter->shape[0];
    float *values = new_block(net, count);
    parameter->value = values;
    named_fill(values, name, count, 0.0,
               parameter->rank > 1 ? sqrt(3.0 / fan_in) : 0.1);
    return DET_OK;
}

static det_status fill_layer(void *user, const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    struct net *net = user;
    struct det_compute compute = {.ops = det_ops_for("cpu"), .threads = 2};
    DET_TRY(det_conv_layer_visit(layer, names->conv, names->norm,
                                 fill_parameter, net));
    const size_t count = det_conv_layer_prepared_count(layer, &compute);
    float *prepared;
    ck_assert_int_eq(
        det_allocate_aligned(&prepared, count, sizeof *prepared, NULL), DET_OK);
    net->blocks[net->num_blocks++] = prepared;
    return det_conv_layer_prepare(&compute, layer, prepared);
}

static void net_create(struct net *net)
{
    memset(net, 0, sizeof *net);
    det_mnc_head_init(&net->head, &(struct det_mnc_head_config){
                                      .in_channels = CHANNELS,
                                      .mask_channels = 24,
                                      .mask_side = SIDE,
                                      .has_fcs = true,
                                      .vector_channels = 40,
                                      .num_scores = CLASSES,
                                      .num_delta_classes = CLASSES});
    const struct det_layer_visitor visitor = {fill_layer, net};
    ck_assert_int_eq(
        det_mnc_head_visit_layers(&net->head, "cascade/", &visitor), DET_OK);
}

static void net_destroy(struct net *net)
{
    for (int i = 0; i < net->num_blocks; i++)
        free(net->blocks[i]);
}

/* ---------------------------------------------------------------------- run */

struct outcome {
    float boxes[2 * ROIS * 4], scores[2 * ROIS * CLASSES];
    float masks[2 * ROIS * SIDE * SIDE];
};

struct input {
    float map[MAP_H * MAP_W * CHANNELS];
    struct det_box boxes[ROIS];
    struct det_cascade_input cascade;
};

static void make_input(struct input *in, int32_t count)
{
    static const struct det_extent extent = {90, 70};
    static const struct det_photo_frame photo = {2.0f, 1.5f, {180, 105}, 0.0f};
    float corners[2 * ROIS], sizes[2 * ROIS];
    named_fill(in->map, "cascade/map", MAP_H * MAP_W * CHANNELS, 0.0, 1.0);
    named_fill(corners, "cascade/corners", 2 * ROIS, 30.0, 30.0);
    named_fill(sizes, "cascade/sizes", 2 * ROIS, 25.0, 20.0);
    for (int i = 0; i < ROIS; i++)
        in->boxes[i] = det_box_clip(
            (struct det_box){corners[2 * i], corners[2 * i + 1],
                             corners[2 * i] + sizes[2 * i],
                             corners[2 * i + 1] + sizes[2 * i + 1]},
            extent);
    in->cascade = (struct det_cascade_input){
        .map = {in->map, 1, MAP_H, MAP_W, CHANNELS, 1, 0},
        .scale = 0.125f,
        .boxes = in->boxes,
        .count = count,
        .capacity = ROIS,
        .extent = extent,
        .photo = photo};
}

static void run_once(struct planned_run *run, struct outcome *out,
                     const struct det_cascade *cascade,
                     const struct input *input)
{
    struct det_mask_candidates found;
    struct det_cascade_input in = input->cascade;
    if (det_planning(&run->compute)) { /* the promise: not read */
        in.boxes = NULL;
        in.count = in.capacity;
    }
    planned_run_check(run,
                      det_cascade_run(&run->compute, &found, cascade, &in));
    if (!det_planning(&run->compute)) {
        const size_t count = (size_t)found.count;
        ck_assert_int_eq(found.count, 2 * in.count);
        memcpy(out->boxes, found.boxes, count * sizeof *found.boxes);
        memcpy(out->scores, found.scores, count * CLASSES * sizeof(float));
        memcpy(out->masks, found.masks, count * SIDE * SIDE * sizeof(float));
    }
    det_cascade_give(&run->compute, &found);
}

static void run_cascade(struct outcome *out, const struct det_cascade *cascade,
                        const struct input *input, int threads)
{
    struct planned_run run;
    planned_run_plan(&run);
    run.compute.threads = threads;
    run_once(&run, out, cascade, input);
    planned_run_begin(&run);
    run_once(&run, out, cascade, input);
    planned_run_end(&run);
}

static struct det_cascade cascade_of(const struct net *net, bool direct,
                                     int32_t run_length)
{
    return (struct det_cascade){
        .head = &net->head,
        .bridge = {.choice = DET_BRIDGE_ANY_CLASS,
                   .coder = {{10, 10, 5, 5}, DET_DELTA_SIZE_LIMIT},
                   .classes = {CLASSES, 0, CLASSES}},
        .second_warp = direct ? DET_MNC_WARP_DIRECT : DET_MNC_WARP_POOLED,
        .run_length = run_length};
}

/* RoIs all at once, in runs of which the last is short, one by one. */
START_TEST(as_torch)
{
    static const int32_t lengths[] = {64, 10, 4, 1};
    static struct net net;
    static struct outcome out;
    static struct input input;
    const struct golden_cascade *g = &golden_cascades[_i / 4];
    net_create(&net);
    make_input(&input, ROIS);
    const struct det_cascade cascade =
        cascade_of(&net, g->direct, lengths[_i % 4]);
    run_cascade(&out, &cascade, &input, 1 + _i % 3);
    named_check("cascade/boxes", out.boxes, 2 * ROIS * 4, g->boxes, 1e-5);
    named_check("cascade/scores", out.scores, 2 * ROIS * CLASSES, g->scores,
                1e-5);
    named_check("cascade/masks", out.masks, 2 * ROIS * SIDE * SIDE, g->masks,
                1e-5);
    net_destroy(&net);
}
END_TEST

/* Fewer proposals than memory was planned for. */
START_TEST(few_proposals)
{
    static struct net net;
    static struct outcome all, few;
    static struct input input;
    net_create(&net);
    const struct det_cascade cascade = cascade_of(&net, true, 4);
    make_input(&input, ROIS);
    run_cascade(&all, &cascade, &input, 1);
    make_input(&input, _i);
    run_cascade(&few, &cascade, &input, 1);
    det_harness_compare_golden("scores of the proposals", few.scores,
                               all.scores, (size_t)_i * CLASSES, 1e-5);
    det_harness_compare_golden(
        "masks of the RoIs made of them", few.masks + _i * SIDE * SIDE,
        all.masks + ROIS * SIDE * SIDE, (size_t)_i * SIDE * SIDE, 1e-5);
    net_destroy(&net);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cascade");
    TCase *tests = tcase_create("cascade");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, as_torch, 0,
                        4 * (sizeof golden_cascades / sizeof *golden_cascades));
    tcase_add_loop_test(tests, few_proposals, 0, 8);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
