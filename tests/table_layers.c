/* SPDX-License-Identifier: MIT */
#include "tests/table_layers.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

uint64_t table_bits(uint64_t index)
{
    uint64_t z = (index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* FNV-1a (Fowler, Noll, Vo), 32 bits */
static size_t name_offset(const char *name)
{
    uint32_t value = 2166136261u;
    for (; *name; name++)
        value = (value ^ (unsigned char)*name) * 16777619u;
    return value % TABLE_PRIME;
}

struct creation {
    struct table_layers *layers;
    const struct table_gain *gains;
    float *table;                       /* [TABLE_PRIME], -1..1 */
    const struct det_conv_layer *layer; /* the one being made */
    float *values;                      /* room for its next parameter */
    bool counting;
};

static bool ends_with(const char *text, const char *suffix)
{
    const size_t length = strlen(text), end = strlen(suffix);
    return length >= end && strcmp(text + length - end, suffix) == 0;
}

static size_t fan_in(const struct det_conv_layer *layer)
{
    const size_t count = det_parameter_count(&layer->weight);
    return layer->kind == DET_CONV_TRANSPOSED
               ? (size_t)layer->shape.in_channels
               : count / (size_t)layer->shape.out_channels;
}

/* value = (base + slope * number) * factor */
struct rule {
    float base, slope, factor;
};

static struct rule rule_of(const struct creation *c, const char *name,
                           const struct det_parameter *parameter)
{
    struct rule rule = {0.0f, 0.1f, 1.0f};
    if (parameter == &c->layer->weight)
        rule.slope = sqrtf(6.0f / (float)fan_in(c->layer));
    else if (ends_with(name, "running_var"))
        rule = (struct rule){1.0f, 0.5f, 1.0f};
    else if (ends_with(name, ".weight")) /* a block's last norm is small */
        rule = (struct rule){0.8f, 0.2f, strstr(name, ".bn3.") ? 0.3f : 1.0f};
    for (const struct table_gain *gain = c->gains; gain->name; gain++)
        if (strcmp(gain->name, name) == 0)
            rule.factor *= gain->gain;
    return rule;
}

static det_status fill_parameter(void *user, const char *name,
                                 struct det_parameter *parameter)
{
    struct creation *c = user;
    const size_t count = det_parameter_count(parameter);
    const struct rule rule = rule_of(c, name, parameter);
    const float *from = c->table + name_offset(name);
    for (size_t i = 0; i < count; from = c->table) { /* round the table */
        const size_t left = (size_t)(c->table + TABLE_PRIME - from);
        const size_t run = count - i < left ? count - i : left;
        for (size_t j = 0; j < run; j++, i++)
            c->values[i] = (rule.base + rule.slope * from[j]) * rule.factor;
    }
    parameter->value = c->values;
    c->values += count;
    return DET_OK;
}

static float *take_floats(size_t count)
{
    struct det_message message;
    float *out;
    memset(&message, 0, sizeof message);
    ck_assert_int_eq(det_allocate_aligned(&out, count, sizeof *out, &message),
                     DET_OK);
    return out;
}

static det_status create_layer(void *user, const struct det_layer_names *names,
                               struct det_conv_layer *layer)
{
    struct creation *c = user;
    if (c->counting) {
        c->layers->count++;
        return DET_OK;
    }
    struct det_compute compute = {.ops = det_ops_for("cpu"), .threads = 2};
    const size_t channels = (size_t)layer->shape.out_channels;
    struct table_layer *item = &c->layers->items[c->layers->count++];
    snprintf(item->name, sizeof item->name, "%s", names->conv);
    item->layer = layer;
    item->prepared =
        take_floats(det_conv_layer_prepared_count(layer, &compute));
    float *memory =
        take_floats(det_parameter_count(&layer->weight) + 6 * channels);
    c->layer = layer;
    c->values = memory + channels;
    det_status status = det_conv_layer_visit(layer, names->conv, names->norm,
                                             fill_parameter, c);
    if (status == DET_OK)
        status = det_conv_layer_prepare(&compute, layer, item->prepared);
    free(memory);
    return status;
}

void table_layers_create(struct table_layers *out, struct det_network *network,
                         const struct table_gain *gains)
{
    struct creation c = {.layers = out,
                         .gains = gains,
                         .table = take_floats(TABLE_PRIME),
                         .counting = true};
    const struct det_layer_visitor visitor = {create_layer, &c};
    for (size_t i = 0; i < TABLE_PRIME; i++)
        c.table[i] = (float)(table_bits(i) >> 40) * 0x1p-23f - 1.0f;
    *out = (struct table_layers){0};
    ck_assert_int_eq(det_network_visit_layers(network, &visitor), DET_OK);
    out->items = calloc(out->count, sizeof *out->items);
    ck_assert_ptr_nonnull(out->items);
    out->count = 0;
    c.counting = false;
    ck_assert_int_eq(det_network_visit_layers(network, &visitor), DET_OK);
    free(c.table);
}

void table_layers_destroy(struct table_layers *layers)
{
    for (size_t i = 0; i < layers->count; i++)
        free(layers->items[i].prepared);
    free(layers->items);
    *layers = (struct table_layers){0};
}
