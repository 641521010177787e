/* SPDX-License-Identifier: MIT */
#include "detector/layer_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

/* -------------------------------------------------------------------- names */

struct listing {
    struct det_layer_report *report;
    struct det_message *message;
};

static det_status list_layer(void *user, const struct det_layer_names *names,
                             struct det_conv_layer *layer)
{
    const struct listing *listing = user;
    struct det_layer_report *report = listing->report;
    if (report->count == report->capacity) {
        const size_t capacity = 2 * report->capacity + 64;
        DET_TRY(det_reallocate(&report->layers, capacity,
                               sizeof *report->layers, listing->message));
        report->capacity = capacity;
    }
    struct det_named_layer *named = &report->layers[report->count++];
    named->layer = layer;
    snprintf(named->name, sizeof named->name, "%s", names->conv);
    return DET_OK;
}

/* Visitors may change layers; this one does not. */
static det_status list_layers(struct det_layer_report *report,
                              const struct det_network *network,
                              struct det_message *message)
{
    struct listing listing = {report, message};
    const struct det_layer_visitor visitor = {list_layer, &listing};
    return det_network_visit_layers((struct det_network *)(uintptr_t)network,
                                    &visitor);
}

static const char *name_of(const struct det_layer_report *report,
                           const struct det_conv_layer *layer)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->layers[i].layer == layer)
            return report->layers[i].name;
    return "";
}

/* ----------------------------------------------------------------- watching */

static void copy_shape(int32_t out[4], const struct det_tensor *tensor)
{
    out[0] = tensor->n;
    out[1] = tensor->h;
    out[2] = tensor->w;
    out[3] = tensor->c;
}

static void report_call(void *user, const struct det_layer_call *call)
{
    const struct det_layer_report *report = user;
    det_layer_cost cost = {.name = name_of(report, call->layer),
                           .algorithm = call->way.algorithm,
                           .kernel = call->layer->shape.kernel_h,
                           .seconds = call->seconds,
                           .gflop = 1e-9 * call->flops,
                           .done_gflop = 1e-9 * call->way.flops};
    copy_shape(cost.in, &call->in);
    copy_shape(cost.out, &call->out);
    report->watch(report->user, &cost);
}

static void forget(struct det_layer_report *report, struct det_compute *compute)
{
    compute->watch = NULL;
    det_layer_report_destroy(report);
}

det_status det_layer_report_set(struct det_layer_report *report,
                                struct det_compute *compute,
                                const struct det_layer_report_config *config)
{
    det_status status;
    forget(report, compute);
    if (!config->watch)
        return DET_OK;
    for (size_t i = 0; i < config->count; i++)
        DET_TRY_OR_FAIL(
            list_layers(report, config->networks[i], compute->message));
    report->watch = config->watch;
    report->user = config->user;
    report->of_compute = (struct det_layer_watch){report_call, report};
    compute->watch = &report->of_compute;
    return DET_OK;
fail:
    forget(report, compute);
    return status;
}

void det_layer_report_destroy(struct det_layer_report *report)
{
    free(report->layers);
    *report = (struct det_layer_report){0};
}
