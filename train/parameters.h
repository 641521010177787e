/* SPDX-License-Identifier: MIT */
/*
 * The memory of a network that learns: values of every parameter, gradients
 * and momenta of those that are trained, running statistics, averages of all
 * of them if wanted, and the norms of layers whose statistics are fixed.
 */
#ifndef TRAIN_PARAMETERS_H
#define TRAIN_PARAMETERS_H

#include "compute/mirror.h"
#include "detector/network.h"
#include "train/parameter.h"

enum { DET_PARAMETER_MIRRORS = 5 };

/* Which of host and device has what the other has not. */
enum det_newer { DET_NEWER_ON_HOST, DET_NEWER_NOWHERE, DET_NEWER_ON_DEVICE };

struct det_parameters_config {
    int freeze_stages;   /* 0: nothing; 1: conv1; 2: and conv2_x; ... */
    bool batch_norm;     /* the batch's statistics; else those that it has */
    float norm_momentum; /* of running statistics; torch: 0.1 */
    bool decay_norms;    /* weight decay for norms and biases, too */
};

/* A named array of any kind: what a model file has. */
struct det_train_array {
    const char *name;
    float *value; /* [count] */
    size_t count;
    int32_t rank;
    int32_t shape[DET_PARAMETER_RANK];
};

struct det_parameters {
    struct det_train_parameter *trained;
    size_t num_trained;
    struct det_train_array *arrays; /* the network's order */
    size_t num_arrays;
    char *names;
    float *values, *gradients,
        *momenta; /* [value_count], [trained_count] x 2 */
    size_t value_count, trained_count;
    float *averages; /* [value_count], see train/moving_average.h; NULL: none */
    float *norms;    /* [norm_count]: prepared, where statistics are fixed */
    size_t norm_count;

    /* Of values, gradients, momenta, averages and norms on a device with a
     * memory of its own. */
    struct det_mirror mirrors[DET_PARAMETER_MIRRORS];
    const struct det_ops *ops; /* theirs */
    enum det_newer newer;
};

/* Bind every parameter of `network`, whose layers then point into `out`;
 * values are 0 until det_parameters_initialise or they are copied in. */
det_status det_parameters_create(struct det_parameters *out,
                                 struct det_network *network,
                                 const struct det_parameters_config *config,
                                 struct det_message *message);
void det_parameters_destroy(struct det_parameters *parameters);

/* Before the device uses them: it has what the host has.  `compute` keeps the
 * mirrors.  Who changes them there, or on the host, says so in `newer`. */
det_status det_parameters_send(struct det_parameters *parameters,
                               struct det_compute *compute);

/* The device has changed them. */
void det_parameters_changed(struct det_parameters *parameters,
                            const struct det_compute *compute);

/* Before the host does: all but the gradients; and those. */
det_status det_parameters_fetch(struct det_parameters *parameters,
                                struct det_compute *compute);
det_status det_parameters_fetch_gradients(struct det_parameters *parameters,
                                          struct det_compute *compute);

/* Recompute what is derived from values: the norms with fixed statistics. */
det_status det_parameters_prepare(struct det_parameters *parameters,
                                  struct det_network *network);

/* What a model gets of an array: its average, or its value where none are
 * kept. */
const float *det_parameters_result(const struct det_parameters *parameters,
                                   const struct det_train_array *array);

/* The array of a name, or NULL. */
struct det_train_array *
det_parameters_find(const struct det_parameters *parameters, const char *name);

#endif
