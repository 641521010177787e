/* SPDX-License-Identifier: MIT */
#include "apps/bench_layers.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const det_layer_cost *a, const det_layer_cost *b)
{
    return strcmp(a->name, b->name) == 0 &&
           strcmp(a->algorithm, b->algorithm) == 0 &&
           memcmp(a->in, b->in, sizeof a->in) == 0 &&
           memcmp(a->out, b->out, sizeof a->out) == 0;
}

static struct bench_layer *add_row(struct bench_layers *layers,
                                   const det_layer_cost *cost)
{
    if (layers->count == layers->capacity) {
        const size_t capacity = 2 * layers->capacity + 64;
        struct bench_layer *rows =
            realloc(layers->rows, capacity * sizeof *layers->rows);
        if (!rows)
            return NULL;
        layers->rows = rows;
        layers->capacity = capacity;
    }
    struct bench_layer *row = &layers->rows[layers->count++];
    *row = (struct bench_layer){.shape = *cost};
    row->shape.seconds = row->shape.gflop = row->shape.done_gflop = 0.0;
    return row;
}

/* Runs are alike: the search begins behind the row of the last call. */
static struct bench_layer *row_of(struct bench_layers *layers,
                                  const det_layer_cost *cost)
{
    for (size_t i = 0; i < layers->count; i++) {
        const size_t at = (layers->next + i) % layers->count;
        if (is_same(&layers->rows[at].shape, cost)) {
            layers->next = at + 1;
            return &layers->rows[at];
        }
    }
    return add_row(layers, cost);
}

void bench_layers_see(void *user, const det_layer_cost *cost)
{
    struct bench_layers *layers = user;
    struct bench_layer *row = row_of(layers, cost);
    if (!row) {
        layers->out_of_memory = true;
        return;
    }
    row->shape.seconds += cost->seconds;
    row->shape.gflop += cost->gflop;
    row->shape.done_gflop += cost->done_gflop;
    row->calls++;
}

static bool end_row(struct bench_layer *row)
{
    const bool good = sample_series_add(&row->seconds, row->shape.seconds);
    row->gflop += row->shape.gflop;
    row->done_gflop += row->shape.done_gflop;
    row->all_calls += row->calls;
    row->shape.seconds = row->shape.gflop = row->shape.done_gflop = 0.0;
    row->calls = 0;
    return good;
}

bool bench_layers_end_run(struct bench_layers *layers)
{
    bool good = !layers->out_of_memory;
    for (size_t i = 0; i < layers->count; i++)
        good &= end_row(&layers->rows[i]);
    layers->next = 0;
    return good;
}

void bench_layers_free(struct bench_layers *layers)
{
    for (size_t i = 0; i < layers->count; i++)
        sample_series_free(&layers->rows[i].seconds);
    free(layers->rows);
    *layers = (struct bench_layers){0};
}
