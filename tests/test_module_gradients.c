/* SPDX-License-Identifier: MIT */
/* Whole modules on the tape against torch's autograd in double precision: see
 * tools/golden/module_gradients.py. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backbone/fpn.h"
#include "backbone/resnet.h"
#include "compute/engine.h"
#include "compute/spatial_mean.h"
#include "compute/tape.h"
#include "maskseg/mask_head.h"
#include "maskseg/mnc_head.h"
#include "roi/box_head.h"
#include "roi/box_predictor.h"
#include "rpn/rpn_head.h"
#include "tests/cuda/bridge.h"
#include "tests/named_numbers.h"
#include "tests/ops_harness.h"

struct golden_row {
    const char *module, *kind, *name;
    double dot, magnitude;
};

#include "tests/golden/module_gradients.h"

enum { GOLDEN_ROWS = sizeof golden_rows / sizeof golden_rows[0] };
enum { MOST_PARAMETERS = 128, MOST_TENSORS = 5 };

/* Of the sum of magnitudes.  In the whole network some ReLUs are within 1e-6 of
 * turning, and one that turns moves gradients by parts of a thousand. */
static const double tolerance = 2e-5, deep_tolerance = 5e-3;

static bool is_deep(const char *module)
{
    return strcmp(module, "resnet20") == 0;
}

/* Of halves, operators one behind the other are further off than each alone. */
static double tolerance_of(const char *module)
{
    return fmax(is_deep(module) ? deep_tolerance : tolerance,
                4.0 * det_test_tolerance());
}

/* ------------------------------------------------------------------ numbers */

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* --------------------------------------------------------------- comparison */

static size_t rows_seen;

static const struct golden_row *find_row(const char *module, const char *kind,
                                         const char *name)
{
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        if (strcmp(golden_rows[i].module, module) == 0 &&
            strcmp(golden_rows[i].kind, kind) == 0 &&
            strcmp(golden_rows[i].name, name) == 0)
            return &golden_rows[i];
    ck_abort_msg("no golden row %s %s %s", module, kind, name);
    return NULL;
}

static void compare(const char *module, const char *kind, const char *name,
                    const float *values, size_t count)
{
    const struct golden_row *row = find_row(module, kind, name);
    char stream[256];
    snprintf(stream, sizeof stream, "%s/%s/%s", module, kind, name);
    named_check(stream, values, count,
                (struct named_sums){row->dot, row->magnitude},
                tolerance_of(module));
    rows_seen++;
}

/* ------------------------------------------------------------------ modules */

struct shape {
    int32_t n, h, w, c;
};

struct module {
    struct det_residual_block block;
    struct det_fpn fpn;
    struct det_rpn_head rpn_head;
    struct det_box_head box_head;
    struct det_box_predictor box_predictor;
    struct det_mask_head mask_head;
    struct det_mnc_head mnc_head;
    struct det_resnet resnet;
    struct det_conv_layer fc;
};

struct tensors {
    int count;
    struct det_tensor items[2 * MOST_TENSORS];
};

struct module_case {
    const char *name;
    bool fixed; /* statistics */
    int num_inputs;
    struct shape inputs[MOST_TENSORS];
    struct det_residual_block_config block; /* of those that are one */
    void (*init)(struct module *m, const struct module_case *c);
    det_status (*visit)(struct module *m,
                        const struct det_layer_visitor *visitor);
    det_status (*forward)(struct det_compute *compute, const struct module *m,
                          struct tensors *in, struct tensors *out);
};

static void block_init(struct module *m, const struct module_case *c)
{
    struct det_residual_block_config config = c->block;
    config.norm_eps = 1e-5f;
    config.dilation = 1;
    config.groups = config.groups ? config.groups : 1;
    det_residual_block_init(&m->block, &config);
}

static det_status block_visit(struct module *m,
                              const struct det_layer_visitor *visitor)
{
    return det_residual_block_visit_layers(&m->block, "", visitor);
}

static det_status block_forward(struct det_compute *compute,
                                const struct module *m, struct tensors *in,
                                struct tensors *out)
{
    out->count = 1;
    return det_residual_block_forward(compute, &m->block, &out->items[0],
                                      &in->items[0]);
}

static void pyramid_init(struct module *m, const struct module_case *c)
{
    (void)c;
    det_fpn_init(&m->fpn,
                 &(struct det_fpn_config){.in_channels = {8, 16, 24, 32},
                                          .out_channels = 256});
}

static det_status pyramid_visit(struct module *m,
                                const struct det_layer_visitor *visitor)
{
    return det_fpn_visit_layers(&m->fpn, "fpn.", visitor);
}

static det_status pyramid_forward(struct det_compute *compute,
                                  const struct module *m, struct tensors *in,
                                  struct tensors *out)
{
    for (int i = 0; i < DET_FPN_INPUTS; i++)
        out->items[i] = det_tensor_hold(compute, &in->items[i]);
    out->count = DET_FPN_OUTPUTS;
    return det_fpn_forward(compute, &m->fpn, out->items);
}

static void rpn_init(struct module *m, const struct module_case *c)
{
    (void)c;
    det_rpn_head_init(&m->rpn_head,
                      &(struct det_rpn_head_config){
                          .in_channels = 12, .num_anchors = 3, .num_convs = 1});
}

static det_status rpn_visit(struct module *m,
                            const struct det_layer_visitor *visitor)
{
    return det_rpn_head_visit_layers(&m->rpn_head, "head.", visitor);
}

static det_status rpn_forward(struct det_compute *compute,
                              const struct module *m, struct tensors *in,
                              struct tensors *out)
{
    out->count = 2 * in->count;
    for (int i = 0; i < in->count; i++) {
        struct det_rpn_output output;
        DET_TRY(det_rpn_head_forward(compute, &m->rpn_head, &output,
                                     &in->items[i]));
        out->items[i] = output.logits;
        out->items[in->count + i] = output.deltas;
    }
    return DET_OK;
}

static void box_init(struct module *m, const struct module_case *c)
{
    (void)c;
    det_box_head_init(&m->box_head,
                      &(struct det_box_head_config){.kind = DET_BOX_HEAD_2FC,
                                                    .in_channels = 8,
                                                    .side = 7,
                                                    .fc_channels = 1024});
    det_box_predictor_init(
        &m->box_predictor,
        &(struct det_box_predictor_config){
            .in_channels = 1024, .num_scores = 5, .num_delta_classes = 5});
}

static det_status box_visit(struct module *m,
                            const struct det_layer_visitor *visitor)
{
    DET_TRY(det_box_head_visit_layers(&m->box_head, "box_head.", visitor));
    return det_box_predictor_visit_layers(&m->box_predictor, "box_predictor.",
                                          visitor);
}

static det_status box_forward(struct det_compute *compute,
                              const struct module *m, struct tensors *in,
                              struct tensors *out)
{
    struct det_tensor features = det_tensor_hold(compute, &in->items[0]);
    struct det_tensor vectors;
    out->count = 2;
    DET_TRY(det_box_head_forward(compute, &m->box_head, &vectors, &features));
    return det_box_predictor_forward(compute, &m->box_predictor, &out->items[0],
                                     &out->items[1], &vectors);
}

static void mask_init(struct module *m, const struct module_case *c)
{
    (void)c;
    det_mask_head_init(&m->mask_head,
                       &(struct det_mask_head_config){.in_channels = 10,
                                                      .channels = 256,
                                                      .num_convs = 4,
                                                      .num_classes = 4});
}

static det_status mask_visit(struct module *m,
                             const struct det_layer_visitor *visitor)
{
    return det_mask_head_visit_layers(&m->mask_head, "", visitor);
}

static det_status mask_forward(struct det_compute *compute,
                               const struct module *m, struct tensors *in,
                               struct tensors *out)
{
    static const int32_t labels[] = {2, 0, 3};
    struct det_tensor features = det_tensor_hold(compute, &in->items[0]);
    int32_t *channels;
    DET_TRY(det_arena_take(det_host_arena(compute), &channels, 3,
                           sizeof *channels, compute->message));
    if (!det_planning(compute))
        memcpy(channels, labels, sizeof labels);
    out->count = 1;
    DET_TRY(det_mask_head_forward(compute, &m->mask_head, &out->items[0],
                                  &features, channels));
    det_arena_give(det_host_arena(compute), channels);
    return DET_OK;
}

static void mnc_init(struct module *m, const struct module_case *c)
{
    (void)c;
    det_mnc_head_init(&m->mnc_head,
                      &(struct det_mnc_head_config){.in_channels = 6,
                                                    .mask_channels = 24,
                                                    .mask_side = 21,
                                                    .has_fcs = true,
                                                    .vector_channels = 40,
                                                    .num_scores = 5,
                                                    .num_delta_classes = 5});
}

static det_status mnc_visit(struct module *m,
                            const struct det_layer_visitor *visitor)
{
    return det_mnc_head_visit_layers(&m->mnc_head, "", visitor);
}

/* Inputs: two maps, and boxes in quarters of places. */
static det_status mnc_forward(struct det_compute *compute,
                              const struct module *m, struct tensors *in,
                              struct tensors *out, enum det_mnc_warp warp)
{
    struct det_tensor features;
    struct det_mnc_classes classes;
    int32_t *index, *live;
    const int32_t rois = in->items[1].n;
    DET_TRY(det_arena_take(det_host_arena(compute), &index, (size_t)rois,
                           sizeof *index, compute->message));
    DET_TRY(det_arena_take(det_host_arena(compute), &live, (size_t)rois,
                           sizeof *live, compute->message));
    for (int32_t r = 0; !det_planning(compute) && r < rois; r++) {
        index[r] = r % 2;
        live[r] = r % 3 != 1;
    }
    const struct det_roi_warp op = {.map = in->items[0],
                                    .scale = 4.0f,
                                    .boxes = in->items[1],
                                    .image_index = index};
    out->count = 5;
    DET_TRY(det_mnc_head_features(compute, &features, &op, warp));
    DET_TRY(
        det_mnc_head_masks(compute, &m->mnc_head, &out->items[0], &features));
    DET_TRY(det_mnc_head_classes(compute, &m->mnc_head, NULL, &classes,
                                 &features, &out->items[0], live));
    out->items[1] = classes.masks;
    out->items[2] = classes.scores;
    out->items[3] = classes.mask_scores;
    out->items[4] = classes.deltas;
    det_arena_give(det_host_arena(compute), index);
    det_arena_give(det_host_arena(compute), live);
    return DET_OK;
}

static det_status mnc_forward_pooled(struct det_compute *compute,
                                     const struct module *m, struct tensors *in,
                                     struct tensors *out)
{
    return mnc_forward(compute, m, in, out, DET_MNC_WARP_POOLED);
}

static det_status mnc_forward_direct(struct det_compute *compute,
                                     const struct module *m, struct tensors *in,
                                     struct tensors *out)
{
    return mnc_forward(compute, m, in, out, DET_MNC_WARP_DIRECT);
}

static void resnet_init(struct module *m, const struct module_case *c)
{
    (void)c;
    ck_assert_int_eq(det_resnet_init(&m->resnet,
                                     &(struct det_resnet_config){
                                         .depth = 20,
                                         .groups = 1,
                                         .width_per_group = 64,
                                         .shortcuts = DET_SHORTCUTS_A,
                                         .norm_eps = 1e-5f},
                                     NULL),
                     DET_OK);
    det_conv_layer_init(&m->fc,
                        &(struct det_conv_config){.kind = DET_CONV_LINEAR,
                                                  .in_channels = 64,
                                                  .out_channels = 10,
                                                  .bias = true});
}

static det_status resnet_visit(struct module *m,
                               const struct det_layer_visitor *visitor)
{
    DET_TRY(det_resnet_visit_stem(&m->resnet, "", visitor));
    for (int i = 0; i < m->resnet.num_stages; i++)
        DET_TRY(det_resnet_visit_stage(&m->resnet, i, "", visitor));
    return det_visit_layer(visitor, &m->fc, "", "fc", NULL);
}

static det_status resnet_forward(struct det_compute *compute,
                                 const struct module *m, struct tensors *in,
                                 struct tensors *out)
{
    struct det_tensor image = det_tensor_hold(compute, &in->items[0]);
    struct det_tensor x, y;
    DET_TRY(det_resnet_stem_forward(compute, &m->resnet, &x, &image));
    for (int i = 0; i < m->resnet.num_stages; i++) {
        DET_TRY(det_resnet_stage_forward_take(compute, &m->resnet.stages[i], &y,
                                              &x));
        x = y;
    }
    DET_TRY(det_spatial_mean(compute, &y, &x));
    det_tensor_give(compute, &x);
    out->count = 1;
    return det_conv_layer_forward_take(compute, &m->fc, &out->items[0], &y);
}

#define BLOCK .init = block_init, .visit = block_visit, .forward = block_forward

static const struct module_case cases[] = {
    {"basic_identity", .num_inputs = 1, .inputs = {{3, 9, 7, 16}}, BLOCK,
     .block =
         {.in_channels = 16, .width = 16, .out_channels = 16, .stride = 1}},
    {"basic_b", .num_inputs = 1, .inputs = {{2, 9, 7, 16}}, BLOCK,
     .block =
         {.in_channels = 16, .width = 24, .out_channels = 24, .stride = 2}},
    {"basic_a", .num_inputs = 1, .inputs = {{2, 8, 7, 16}}, BLOCK,
     .block = {.in_channels = 16,
               .width = 32,
               .out_channels = 32,
               .stride = 2,
               .shortcuts = DET_SHORTCUTS_A}},
    {"basic_plain", .num_inputs = 1, .inputs = {{2, 8, 7, 16}}, BLOCK,
     .block = {.in_channels = 16,
               .width = 32,
               .out_channels = 32,
               .stride = 2,
               .shortcuts = DET_SHORTCUTS_PLAIN}},
    {"bottleneck", .num_inputs = 1, .inputs = {{2, 9, 8, 24}}, BLOCK,
     .block = {.bottleneck = true,
               .in_channels = 24,
               .width = 8,
               .out_channels = 32,
               .stride = 2}},
    {"bottleneck_fixed", .fixed = true, .num_inputs = 1,
     .inputs = {{2, 5, 8, 32}}, BLOCK,
     .block = {.bottleneck = true,
               .in_channels = 32,
               .width = 8,
               .out_channels = 32,
               .stride = 1}},
    {"bottleneck_groups", .num_inputs = 1, .inputs = {{1, 6, 5, 64}}, BLOCK,
     .block = {.bottleneck = true,
               .in_channels = 64,
               .width = 64,
               .out_channels = 64,
               .stride = 1,
               .groups = 4}},
    {"pyramid", .num_inputs = 4,
     .inputs = {{1, 24, 20, 8}, {1, 12, 10, 16}, {1, 6, 5, 24}, {1, 3, 3, 32}},
     .init = pyramid_init, .visit = pyramid_visit, .forward = pyramid_forward},
    {"rpn", .num_inputs = 2, .inputs = {{2, 7, 9, 12}, {2, 4, 5, 12}},
     .init = rpn_init, .visit = rpn_visit, .forward = rpn_forward},
    {"box_head", .num_inputs = 1, .inputs = {{5, 7, 7, 8}}, .init = box_init,
     .visit = box_visit, .forward = box_forward},
    {"masks", .num_inputs = 1, .inputs = {{3, 6, 6, 10}}, .init = mask_init,
     .visit = mask_visit, .forward = mask_forward},
    {"mnc_pooled", .num_inputs = 2, .inputs = {{2, 6, 5, 6}, {9, 1, 1, 4}},
     .init = mnc_init, .visit = mnc_visit, .forward = mnc_forward_pooled},
    {"mnc_direct", .num_inputs = 2, .inputs = {{2, 6, 5, 6}, {9, 1, 1, 4}},
     .init = mnc_init, .visit = mnc_visit, .forward = mnc_forward_direct},
    {"resnet20", .num_inputs = 1, .inputs = {{9, 32, 32, 3}},
     .init = resnet_init, .visit = resnet_visit, .forward = resnet_forward},
};

enum { CASES = sizeof cases / sizeof cases[0] };

/* --------------------------------------------------------------- parameters */

struct parameter {
    char name[DET_NAME_SIZE];
    float *value, *gradient; /* gradient NULL: not trained */
    size_t count;
};

struct run {
    const struct module_case *c;
    struct module module;
    struct det_conv_layer *layer; /* whose parameters are visited */
    struct parameter parameters[MOST_PARAMETERS];
    int num_parameters;
    float *norms[MOST_PARAMETERS];
    int num_norms;
};

static void fill_parameter(const struct parameter *p,
                           const struct det_parameter *shape)
{
    if (shape->rank > 1)
        named_fill(p->value, p->name, p->count, 0.0,
                   sqrt(3.0 / ((double)p->count / shape->shape[0])));
    else if (ends_with(p->name, "running_var"))
        named_fill(p->value, p->name, p->count, 1.0, 0.5);
    else if (ends_with(p->name, ".weight"))
        named_fill(p->value, p->name, p->count, 1.0, 0.25);
    else
        named_fill(p->value, p->name, p->count, 0.0, 0.1);
}

static det_status bind_parameter(void *user, const char *name,
                                 struct det_parameter *parameter)
{
    struct run *run = user;
    struct det_conv_layer *layer = run->layer;
    ck_assert_int_lt(run->num_parameters, MOST_PARAMETERS);
    struct parameter *p = &run->parameters[run->num_parameters++];
    const bool is_norm =
        parameter == &layer->norm_weight || parameter == &layer->norm_bias;
    snprintf(p->name, sizeof p->name, "%s", name);
    p->count = 1;
    for (int32_t i = 0; i < parameter->rank; i++)
        p->count *= (size_t)parameter->shape[i];
    p->value = malloc(p->count * sizeof *p->value);
    ck_assert_ptr_nonnull(p->value);
    fill_parameter(p, parameter);
    parameter->value = p->value;
    if (parameter == &layer->norm_mean)
        layer->running.mean = p->value;
    else if (parameter == &layer->norm_variance)
        layer->running.variance = p->value;
    else if (!(is_norm && run->c->fixed))
        p->gradient = calloc(p->count, sizeof *p->gradient);
    parameter->gradient = p->gradient;
    return DET_OK;
}

static det_status bind_layer(void *user, const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    struct run *run = user;
    run->layer = layer;
    layer->norm_mode = run->c->fixed ? DET_NORM_FIXED : DET_NORM_BATCH;
    layer->running.momentum = 0.1f;
    DET_TRY(det_conv_layer_visit(layer, names->conv, names->norm,
                                 bind_parameter, run));
    if (layer->has_norm && run->c->fixed) {
        float *norm = malloc(det_conv_layer_norm_count(layer) * sizeof *norm);
        ck_assert_ptr_nonnull(norm);
        det_conv_layer_prepare_norm(layer, norm);
        run->norms[run->num_norms++] = norm;
    }
    return DET_OK;
}

/* ---------------------------------------------------------------------- run */

/* The first notes, so their backward comes last. */
struct input_note {
    const char *module;
    int index;
    struct det_tensor in;
};

static det_status input_backward(struct det_compute *compute, const void *saved)
{
    const struct input_note *note = saved;
    struct det_tensor gradient = det_gradient_take(compute, &note->in);
    char name[8];
    snprintf(name, sizeof name, "%d", note->index);
    ck_assert_ptr_nonnull(gradient.data);
    if (!det_planning(compute))
        compare(note->module, "input", name, gradient.data,
                (size_t)det_tensor_count(&gradient));
    det_tensor_give(compute, &gradient);
    return DET_OK;
}

static det_status make_input(struct det_compute *compute, const struct run *run,
                             struct det_tensor *out, int index)
{
    const struct shape *s = &run->c->inputs[index];
    char name[64];
    snprintf(name, sizeof name, "%s/input%d", run->c->name, index);
    DET_TRY(det_tensor_take(compute, out, s->n, s->h, s->w, s->c));
    if (!det_planning(compute))
        named_fill(out->data, name, (size_t)det_tensor_count(out), 0.0, 1.0);
    DET_TRY(det_tape_node(compute, out));
    const struct input_note note = {run->c->name, index, *out};
    return det_tape_record(compute, input_backward, &note, sizeof note);
}

/* The loss: the sum of products with random weights. */
static det_status check_output(struct det_compute *compute,
                               const struct run *run, struct det_tensor *out,
                               int index)
{
    struct det_gradient gradient;
    char name[64];
    DET_TRY(det_gradient_open(compute, &gradient, out));
    ck_assert_ptr_nonnull(gradient.tensor.data);
    if (!det_planning(compute)) {
        const size_t count = (size_t)det_tensor_count(out);
        float *weights = malloc(count * sizeof *weights);
        snprintf(name, sizeof name, "%d", index);
        compare(run->c->name, "output", name, out->data, count);
        snprintf(name, sizeof name, "%s/weight%d", run->c->name, index);
        named_fill(weights, name, count, 0.0, 1.0);
        for (size_t i = 0; i < count; i++)
            gradient.tensor.data[i] =
                (gradient.add ? gradient.tensor.data[i] : 0.0f) + weights[i];
        free(weights);
    }
    det_tensor_give(compute, out);
    return DET_OK;
}

static det_status program(struct det_compute *compute, void *user)
{
    const struct run *run = user;
    struct tensors in = {.count = run->c->num_inputs}, out = {0};
    for (int i = 0; i < in.count; i++)
        DET_TRY(make_input(compute, run, &in.items[i], i));
    DET_TRY(run->c->forward(compute, &run->module, &in, &out));
    for (int i = 0; i < in.count; i++)
        det_tensor_give(compute, &in.items[i]);
    for (int i = 0; i < out.count; i++)
        DET_TRY(check_output(compute, run, &out.items[i], i));
    return DET_OK;
}

static void check_parameters(const struct run *run)
{
    for (int i = 0; i < run->num_parameters; i++) {
        const struct parameter *p = &run->parameters[i];
        if (p->gradient)
            compare(run->c->name, "gradient", p->name, p->gradient, p->count);
        else if (!run->c->fixed)
            compare(run->c->name, "statistic", p->name, p->value, p->count);
    }
}

static size_t rows_of(const char *module)
{
    size_t count = 0;
    for (size_t i = 0; i < GOLDEN_ROWS; i++)
        count += strcmp(golden_rows[i].module, module) == 0;
    return count;
}

/* With 1 and with 2 threads. */
START_TEST(as_torch)
{
    struct det_message message = {0};
    struct det_engine engine;
    struct run run = {.c = &cases[_i / 2]};
    const struct det_layer_visitor visitor = {bind_layer, &run};
    if (is_deep(run.c->name) && det_test_tolerance() > 0.0)
        return; /* too many ReLUs turn */
    rows_seen = 0;
    run.c->init(&run.module, run.c);
    ck_assert_int_eq(run.c->visit(&run.module, &visitor), DET_OK);
    const struct det_engine_options options = {.threads = 1 + _i % 2};
    ck_assert_int_eq(det_engine_create(&engine, &options, &message), DET_OK);
    engine.compute.ops = det_test_ops();
    ck_assert_msg(det_engine_step(&engine, program, &run) == DET_OK, "%s",
                  message.text);
    check_parameters(&run);
    ck_assert_uint_eq(rows_seen, rows_of(run.c->name));
    ck_assert_int_eq(engine.workspace.device.arena.count,
                     0); /* everything came back */
    ck_assert_uint_le(engine.workspace.device.arena.peak,
                      engine.workspace.device.capacity);
    det_engine_destroy(&engine);
    det_resnet_destroy(&run.module.resnet);
    for (int i = 0; i < run.num_parameters; i++) {
        free(run.parameters[i].value);
        free(run.parameters[i].gradient);
    }
    for (int i = 0; i < run.num_norms; i++)
        free(run.norms[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("module gradients");
    TCase *tcase = tcase_create("torch");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, as_torch, 0, 2 * CASES);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
