/* SPDX-License-Identifier: MIT */
/* What is measured: a detector's session, or a classifier. */
#ifndef APPS_BENCH_NETWORK_H
#define APPS_BENCH_NETWORK_H

#include "apps/bench_options.h"
#include "apps/bench_times.h"
#include "apps/console.h"
#include "detect/classify.h"
#include "detect/measure.h"

struct bench_network {
    det_session *session;       /* of a detector, or NULL */
    det_classifier *classifier; /* or NULL */
    det_pixels *images;         /* [batch] */
    float *probabilities;       /* [batch, labels] of a classifier */
    size_t batch;
};

/* Says what is wrong with the model, which was read from `path`.  Returned with
 * bench_network_close, also after a failure. */
enum exit_code bench_network_open(struct bench_network *out,
                                  const det_model *model, const char *path,
                                  const struct bench_options *options,
                                  det_context *context,
                                  struct console *console);
void bench_network_close(struct bench_network *network);

det_status bench_network_watch(struct bench_network *network,
                               det_layer_fn watch, void *user);

/* Costs of all stages but decoding are written.  After a signal it may return
 * DET_ERROR_CANCELLED. */
det_status bench_network_run(struct bench_network *network,
                             const det_pixels *pixels, struct bench_run *run);

const char *bench_network_message(const struct bench_network *network);

#endif
