/* SPDX-License-Identifier: MIT */
/* Random changes of colour. */
#ifndef TRAIN_COLOUR_H
#define TRAIN_COLOUR_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

/* Krizhevsky, Sutskever and Hinton 2012, section 4.1, which He et al. 2015 call
 * the standard colour augmentation: along the principal components of
 * ImageNet's colours, by normal factors of deviation 0.1. */
void det_colour_pca(uint8_t *pixels, size_t count, struct det_random *random);

/* Brightness, contrast and saturation, each by a factor of 1 - amount ..
 * 1 + amount, in this order (torchvision's ColorJitter without hue). */
void det_colour_jitter(uint8_t *pixels, size_t count, double amount,
                       struct det_random *random);

#endif
