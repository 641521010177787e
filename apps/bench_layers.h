/* SPDX-License-Identifier: MIT */
/* How long each layer took in each run: the same layer on maps of another size,
 * or by another algorithm, is another row. */
#ifndef APPS_BENCH_LAYERS_H
#define APPS_BENCH_LAYERS_H

#include "apps/sample_series.h"
#include "detect/measure.h"

struct bench_layer {
    det_layer_cost shape; /* what does not change; in `seconds` and the work
                             that of the run that is going on */
    size_t calls;         /* in it */
    /* Of all whole runs: */
    struct sample_series seconds;
    size_t all_calls;
    double gflop, done_gflop;
};

/* Zeroed at first. */
struct bench_layers {
    struct bench_layer *rows; /* in the order of the first run */
    size_t count, capacity;
    size_t next; /* row that is likely to be seen next */
    bool out_of_memory;
};

/* A det_layer_fn; `user` is the layers. */
void bench_layers_see(void *user, const det_layer_cost *cost);

/* A run was whole: what was seen counts.  False: out of memory. */
bool bench_layers_end_run(struct bench_layers *layers);

void bench_layers_free(struct bench_layers *layers);

#endif
