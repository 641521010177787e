/* SPDX-License-Identifier: MIT */
#include "train/initialise.h"

#include <math.h>
#include <string.h>

#include "base/random.h"

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

/* Layers with deviations of their own. */
static double predictor_deviation(const char *conv)
{
    static const struct {
        const char *name;
        double deviation;
    } rows[] = {{"rpn.head.cls_logits", 0.01},
                {"rpn.head.bbox_pred", 0.01},
                {"box_predictor.cls_score", 0.01},
                {"box_predictor.bbox_pred", 0.001},
                {"mask_predictor.cls_score", 0.01},
                {"mask_predictor.mask_fcn_logits", 0.001},
                /* MNC train.prototxt.  Wider, the first steps of all of a
                 * mask's places together push the hidden units below zero for
                 * good: what a region holds no longer reaches its mask. */
                {"mask_head.fc6", 0.001},
                {"mask_head.mask_pred", 0.001}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (ends_with(conv, rows[i].name))
            return rows[i].deviation;
    return 0.0;
}

static double fan_in(const struct det_conv_layer *layer)
{
    const struct det_conv_shape *s = &layer->shape;
    if (layer->kind == DET_CONV_TRANSPOSED)
        return s->in_channels; /* each output place has one tap */
    return (double)(s->in_channels / s->groups) * s->kernel_h * s->kernel_w;
}

static double weight_deviation(const struct det_conv_layer *layer,
                               const char *conv)
{
    const double own = predictor_deviation(conv);
    if (own > 0.0)
        return own;
    const double gain = layer->has_norm || layer->relu ? 2.0 : 1.0;
    return sqrt(gain / fan_in(layer));
}

struct initialisation {
    struct det_parameters *parameters;
    uint64_t seed;
    const struct det_conv_layer *layer;
    const char *conv;
};

static void fill_uniform(struct det_train_array *array, double bound,
                         struct det_random *random)
{
    for (size_t i = 0; i < array->count; i++)
        array->value[i] =
            (float)(bound * (2.0 * det_random_uniform(random) - 1.0));
}

static void fill_normal(struct det_train_array *array, double deviation,
                        struct det_random *random)
{
    for (size_t i = 0; i < array->count; i++)
        array->value[i] = (float)(deviation * det_random_normal(random));
}

static void fill_constant(struct det_train_array *array, float value)
{
    for (size_t i = 0; i < array->count; i++)
        array->value[i] = value;
}

static det_status fill_parameter(void *user, const char *name,
                                 struct det_parameter *p)
{
    const struct initialisation *init = user;
    const struct det_conv_layer *layer = init->layer;
    struct det_train_array *array = det_parameters_find(init->parameters, name);
    struct det_random random = det_random_of(init->seed, name, 0);
    const bool is_last = strcmp(init->conv, "fc") == 0;
    if (is_last)
        fill_uniform(array, 1.0 / sqrt(fan_in(layer)), &random);
    else if (p == &layer->weight)
        fill_normal(array, weight_deviation(layer, init->conv), &random);
    else
        fill_constant(array,
                      p == &layer->norm_weight || p == &layer->norm_variance
                          ? 1.0f
                          : 0.0f);
    return DET_OK;
}

static det_status fill_layer(void *user, const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    struct initialisation *init = user;
    init->layer = layer;
    init->conv = names->conv;
    return det_conv_layer_visit(layer, names->conv, names->norm, fill_parameter,
                                init);
}

det_status det_initialise(struct det_parameters *parameters,
                          struct det_network *network, uint64_t seed)
{
    struct initialisation init = {.parameters = parameters, .seed = seed};
    const struct det_layer_visitor visitor = {fill_layer, &init};
    return det_network_visit_layers(network, &visitor);
}
