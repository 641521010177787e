/* SPDX-License-Identifier: MIT */
#ifndef TRAIN_PARAMETER_H
#define TRAIN_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

/* One array that is learned, in torch's layout. */
struct det_train_parameter {
    const char *name;
    float *value, *gradient, *momentum; /* [count] each */
    size_t count;
    float lr_factor; /* of the learning rate; 1 */
    bool decays;     /* weight decay applies */
};

#endif
