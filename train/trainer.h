/* SPDX-License-Identifier: MIT */
/* What a trainer holds, and what the kinds of learning give it. */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "compute/engine.h"
#include "detect/train.h"
#include "detector/metadata.h"
#include "train/config.h"
#include "train/image_cache.h"
#include "train/loader.h"
#include "train/loss_scale.h"
#include "train/sample_order.h"
#include "train/statistics.h"

enum { DET_MOST_METRICS = 24 };

struct det_metric {
    const char *name;
    double value;
};

/* A list of numbers with names. */
struct det_metrics {
    struct det_metric items[DET_MOST_METRICS];
    size_t count;
};

/* Set, or add to the end. */
void det_metrics_set(struct det_metrics *metrics, const char *name,
                     double value);

/* Of the batch in work; a step's metric is the mean over its batches.  Nothing
 * happens while planning. */
void det_trainer_report(det_trainer *trainer, const char *name, double value);

/* Where a loss of the batch in work is added to; 0 when it is asked for first.
 * A device may add when the step is over: then it is reported, behind what was
 * before, and added to trainer->loss. */
double *det_trainer_loss(det_trainer *trainer, const char *name);

/* Messages of public calls lie in the context: a failure's into the trainer's.
 */
det_status det_trainer_pass_on(det_trainer *trainer, det_status status);

/* A loader of training samples from a place in the run's order on. */
det_status det_trainer_start_loader(det_trainer *trainer,
                                    struct det_loader **out,
                                    uint64_t first_place);

/* The next batch into trainer->samples, and out of it. */
det_status det_trainer_take_batch(det_trainer *trainer,
                                  struct det_loader *loader);
void det_trainer_drop_batch(det_trainer *trainer);

/* The task's program over the batch, and its backward, on the engine's device;
 * gradients are added to. */
det_status det_trainer_run(det_trainer *trainer);

/* Before the host reads the parameters. */
det_status det_trainer_fetch(det_trainer *trainer);

/* One kind of learning: that of a kind of models. */
struct det_train_task {
    /* Make task_data and the order of the trainer, whose other fields are
     * there. */
    det_status (*create)(det_trainer *trainer);
    void (*destroy)(det_trainer *trainer);
    /* For the loader; `user` is the trainer. */
    det_make_sample_fn sample;
    /* A batch's forward and losses; `user` is the trainer, whose samples are
     * there.  Losses are det_trainer_loss's. */
    det_program_fn program;
    det_status (*validate)(det_trainer *trainer);
};

extern const struct det_train_task det_classifier_task, det_detector_task,
    det_localizer_task, det_rescorer_task;

struct det_trainer {
    det_context *context;
    struct det_message message;
    const struct det_train_task *task;
    void *task_data;

    const struct det_dataset *data, *validation;
    const det_results *proposals, *validation_proposals; /* NULL: none */
    char *images, *validation_images;                    /* folders */
    det_bad_image_callback bad_image;
    det_stop_callback stop; /* NULL: never */
    void *user;

    struct det_train_config config;
    char *settings; /* all of them as text */
    char *classes;  /* names, one a line */
    struct det_metadata metadata;
    struct det_network network;
    struct det_parameters parameters;
    det_precision precision;
    struct det_loss_scale loss_scale;
    struct det_engine engine;

    struct det_image_cache cache;
    struct det_sample_order order;
    struct det_loader *loader;       /* made by the first step */
    bool loader_is_ahead;            /* of a step that was given up */
    struct det_loader *norms_loader; /* of a recomputation that was cancelled */
    bool norms_are_final;            /* recomputed after the last step */
    struct det_sample *samples;      /* [batch], of the batch in work */
    size_t *seen; /* [accumulate * batch], images of this step */
    int64_t num_seen;
    struct det_statistics statistics; /* as they were before this step */

    int64_t iteration, iterations;
    int64_t batches; /* of the run, before the one in work */
    int64_t part;    /* likewise of this step */
    double loss;     /* of the batch in work: the sum of these: */
    struct det_metrics losses;
    double data_time; /* of this step */
    struct det_metrics metrics;
};

#endif
