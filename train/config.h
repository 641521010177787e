/* SPDX-License-Identifier: MIT */
/* What a training run does: settings with names, as text and as numbers. */
#ifndef TRAIN_CONFIG_H
#define TRAIN_CONFIG_H

#include "detector/architecture.h"
#include "train/parameters.h"
#include "train/schedule.h"
#include "train/sgd.h"

struct det_train_config {
    int64_t seed;
    int64_t threads; /* 0: one for each processor */
    int64_t workers; /* threads that load images */
    double epochs;
    int64_t iterations; /* 0: by epochs */
    int64_t batch;      /* images that are learned from at once */
    int64_t accumulate; /* batches of one step */

    struct det_schedule_config schedule;
    struct det_sgd_config sgd;
    struct det_parameters_config parameters;
    bool in_order;           /* see det_compute */
    int64_t recompute_norms; /* images, see train/recompute_norms.h; 0: never */
    double ema; /* decay of averages of the weights; 0: none are kept */

    /* images */
    double mean[3], std[3]; /* of pixels / 255, or of pixels (Detectron2) */
    int64_t pad;            /* classifiers: crops hang over by this much */
    int64_t min_scale, max_scale; /* shorter side; of a detector in steps of
                                     32, longest side max_size */
    int64_t max_size;
    int64_t test_min_size, test_max_size; /* detectors: what the model says of
                                             itself; 0: its architecture's */
    bool flip, flip_vertical,
        rotate;        /* left-right, top-bottom, by 90 degrees */
    bool pca;          /* colours, see train/colour.h */
    double jitter;     /* likewise */
    int64_t crop;      /* detectors: side of a random square; 0: all of it */
    int64_t pad_sides; /* detectors: padded sides are multiples of this, rounded
                          up to the network's own; 0: of that alone */

    /* detectors */
    int64_t rpn_batch;         /* anchors of an image that are learned from */
    int64_t roi_batch;         /* RoIs likewise */
    double roi_positive;       /* at most this part of them are objects */
    int64_t pre_nms, post_nms; /* proposals while learning */
    bool context;              /* the whole image beside each region */
    bool class_agnostic;       /* one box regressor for all classes */
    bool five_stages;          /* of a cascade; else three */
    double rpn_beta, roi_beta; /* of the smooth L1 losses; 0: L1 */

    /* the run */
    int64_t save_every, validate_every; /* iterations; 0: each epoch */
    int64_t log_every;                  /* iterations of a metrics line */
    int64_t keep;                       /* checkpoints */
    double max_bad; /* part of the images that may be unreadable */
    int64_t cache;  /* MiB of decoded images that are kept */
};

/* Images of one step. */
static inline int64_t
det_train_step_images(const struct det_train_config *config)
{
    return config->batch * config->accumulate;
}

/* The recipe of an architecture. */
void det_train_config_init(struct det_train_config *config,
                           const struct det_architecture *architecture);

/* "name=value"; DET_ERROR_ARGUMENT says what is possible. */
det_status det_train_config_set(struct det_train_config *config,
                                const char *assignment,
                                struct det_message *message);

/* All settings, a line each; returned with free(). */
det_status det_train_config_text(char **out,
                                 const struct det_train_config *config,
                                 struct det_message *message);

/* Settings from such a text. */
det_status det_train_config_read(struct det_train_config *config,
                                 const char *text, struct det_message *message);

/* Name and meaning of a setting, in order; false past the last. */
bool det_train_config_describe(size_t index, const char **name,
                               const char **meaning);

#endif
