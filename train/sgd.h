/* SPDX-License-Identifier: MIT */
/* Stochastic gradient descent with momentum, as torch.optim.SGD does it. */
#ifndef TRAIN_SGD_H
#define TRAIN_SGD_H

#include "train/parameters.h"

struct det_sgd_config {
    double momentum;
    double weight_decay; /* of parameters that decay */
    double clip_norm;    /* of all gradients together; 0: no limit */
    bool nesterov;
};

/* All of these work on the parameters where `compute` has them: see
 * det_parameters_send. */

struct det_sgd_gradients {
    double scale; /* that they were multiplied by, as the losses were */
    double norm;  /* of all together without it, before it is limited; no number
                     or infinite if one of them is */
};

/* Sets gradients->norm. */
det_status det_sgd_measure(struct det_parameters *parameters,
                           struct det_compute *compute,
                           struct det_sgd_gradients *gradients);

/* The first NaN or infinity among them, as DET_ERROR_NUMERIC with its
 * parameter's name and index. */
det_status det_sgd_name_bad(struct det_parameters *parameters,
                            struct det_compute *compute);

/* momentum = config->momentum * momentum + (gradient + weight_decay * value);
 * value -= rate * momentum. */
det_status det_sgd_step(struct det_parameters *parameters,
                        struct det_compute *compute,
                        const struct det_sgd_config *config, double rate,
                        const struct det_sgd_gradients *gradients);

/* All gradients 0; all times `factor`. */
det_status det_sgd_clear(struct det_parameters *parameters,
                         struct det_compute *compute);
det_status det_sgd_scale(struct det_parameters *parameters,
                         struct det_compute *compute, double factor);

#endif
