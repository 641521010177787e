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

/* The first NaN or infinity among gradients is DET_ERROR_NUMERIC with its
 * parameter's name and index; nothing is changed then.  *norm becomes the
 * gradients' norm, before it is limited. */
det_status det_sgd_check(struct det_parameters *parameters,
                         struct det_compute *compute, double *norm);

/* momentum = config->momentum * momentum + (gradient + weight_decay * value);
 * value -= rate * momentum.  `norm` is det_sgd_check's. */
det_status det_sgd_step(struct det_parameters *parameters,
                        struct det_compute *compute,
                        const struct det_sgd_config *config, double rate,
                        double norm);

/* All gradients 0; all times `factor`. */
det_status det_sgd_clear(struct det_parameters *parameters,
                         struct det_compute *compute);
det_status det_sgd_scale(struct det_parameters *parameters,
                         struct det_compute *compute, double factor);

#endif
