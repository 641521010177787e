/* SPDX-License-Identifier: MIT */
#include "train/recompute_norms.h"

#include <stdlib.h>

#include "base/memory.h"

/* A layer's fields that are changed meanwhile. */
struct layer_state {
    struct det_conv_layer layer;
    int64_t batches; /* that went into its statistics */
};

/* By layer, in the network's order. */
struct states {
    const det_trainer *trainer;
    struct layer_state *items; /* NULL: only count */
    size_t count;
};

/* ------------------------------------------------------------------- layers */

static bool is_recomputed(const det_trainer *t,
                          const struct det_conv_layer *layer)
{
    return layer->has_norm && (!t->config.parameters.batch_norm ||
                               layer->norm_mode == DET_NORM_BATCH);
}

/* Without gradients nothing is noted on the tape, so that a forward takes
 * little memory. */
static void prepare(const det_trainer *t, struct det_conv_layer *layer,
                    int64_t *batches)
{
    if (is_recomputed(t, layer)) {
        layer->norm_mode = DET_NORM_BATCH;
        layer->running.batches = batches;
    }
    layer->weight.gradient = layer->bias.gradient = NULL;
    layer->norm_weight.gradient = layer->norm_bias.gradient = NULL;
}

static det_status begin_layer(void *user, const struct det_layer_names *names,
                              struct det_conv_layer *layer)
{
    struct states *s = user;
    (void)names;
    if (s->items) {
        struct layer_state *state = &s->items[s->count];
        *state = (struct layer_state){.layer = *layer};
        prepare(s->trainer, layer, &state->batches);
    }
    s->count++;
    return DET_OK;
}

static det_status end_layer(void *user, const struct det_layer_names *names,
                            struct det_conv_layer *layer)
{
    struct states *s = user;
    (void)names;
    *layer = s->items[s->count++].layer;
    return DET_OK;
}

static det_status begin(det_trainer *t, struct states *s)
{
    const struct det_layer_visitor visitor = {begin_layer, s};
    *s = (struct states){.trainer = t};
    DET_TRY(det_network_visit_layers(&t->network, &visitor));
    DET_TRY(det_allocate(&s->items, s->count, sizeof *s->items, &t->message));
    s->count = 0;
    return det_network_visit_layers(&t->network, &visitor);
}

/* Layers as they were, but for their statistics. */
static det_status end(det_trainer *t, struct states *s)
{
    const struct det_layer_visitor visitor = {end_layer, s};
    s->count = 0;
    det_status status = det_trainer_fetch(t);
    const det_status visited = det_network_visit_layers(&t->network, &visitor);
    status = status == DET_OK ? visited : status;
    free(s->items);
    return status == DET_OK
               ? det_parameters_prepare(&t->parameters, &t->network)
               : status;
}

/* ------------------------------------------------------------------ batches */

static det_status run_batches(det_trainer *t, struct det_loader *loader)
{
    const int64_t batch = t->config.batch;
    const int64_t count = (t->config.recompute_norms + batch - 1) / batch;
    det_status status = DET_OK;
    t->part = 0;
    for (t->batches = 0; status == DET_OK && t->batches < count; t->batches++) {
        status = det_trainer_take_batch(t, loader);
        if (status == DET_OK)
            status = det_trainer_run(t);
        det_trainer_drop_batch(t);
    }
    return status;
}

/* The task's whole forward: heads have norms, too.  Its losses are of no
 * interest.  A loader that was cancelled may hang in a file: it is waited for
 * when there is time. */
static det_status run(det_trainer *t)
{
    const struct det_metrics metrics = t->metrics;
    det_loader_destroy(&t->norms_loader);
    DET_TRY(det_trainer_start_loader(t, &t->norms_loader, 0));
    const det_status status = run_batches(t, t->norms_loader);
    if (status != DET_ERROR_CANCELLED)
        det_loader_destroy(&t->norms_loader);
    t->metrics = metrics;
    return status;
}

det_status det_recompute_norms(det_trainer *trainer)
{
    struct states states;
    DET_TRY(begin(trainer, &states));
    const det_status status = run(trainer);
    DET_TRY(end(trainer, &states));
    if (status == DET_OK)
        det_log(&trainer->message, DET_LOG_INFO,
                "statistics of batch norms recomputed over %lld images",
                (long long)(trainer->batches * trainer->config.batch));
    return status;
}
