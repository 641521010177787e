/* SPDX-License-Identifier: MIT */
/*
 * The state of a run, one file a checkpoint:
 * RUN/checkpoint-00001234.safetensors with every array of the network, the
 * momenta as "momentum/<name>", averages, where they are kept, as
 * "average/<name>", and in the metadata the iteration, the settings, the scale
 * of a training in fp16 and a checksum of the data.  A file appears under its
 * name when it is complete; an older one goes when a newer one is there.
 */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "train/loss_scale.h"
#include "train/parameters.h"

struct det_checkpoint {
    int64_t iteration;    /* steps that were done */
    const char *settings; /* text, see train/config.h */
    struct det_loss_scale loss_scale;
};

/* Keeps the newest `keep` checkpoints, this one among them. */
det_status det_checkpoint_save(const char *run,
                               const struct det_parameters *parameters,
                               const struct det_checkpoint *checkpoint,
                               int keep, struct det_message *message);

/* The newest one that is whole into `parameters`; *found is false, and nothing
 * changed, when there is none.  A broken one is passed over with a warning.
 * One of another network is DET_ERROR_MODEL.  `checkpoint->settings` is not
 * set, and `checkpoint->loss_scale` only where it adapts and the file, of a
 * training in fp16, has one.  Temporary files that a killed save or export has
 * left are removed. */
det_status det_checkpoint_load(const char *run,
                               struct det_parameters *parameters,
                               struct det_checkpoint *checkpoint, bool *found,
                               struct det_message *message);

/* The settings of the newest whole one, returned with free(); NULL when there
 * is none. */
det_status det_checkpoint_settings(char **out, const char *run,
                                   struct det_message *message);

#endif
