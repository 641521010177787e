/* SPDX-License-Identifier: MIT */
/* Random numbers that depend on nothing but what they are asked for:
 * splitmix64 (Steele, Lea and Flood 2014) from a state that names its use. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct det_random {
    uint64_t state;
};

/* The numbers of one purpose: a seed, which stream ("augmentation"), and
 * which of its elements (an image of an epoch).  Two that differ anywhere have
 * nothing to do with each other. */
struct det_random det_random_of(uint64_t seed, const char *stream,
                                uint64_t index);

uint64_t det_random_bits(struct det_random *random);

/* 0 .. count - 1, each as likely; count >= 1 */
uint64_t det_random_below(struct det_random *random, uint64_t count);

/* 0 <= x < 1, all of its 53 bits random */
double det_random_uniform(struct det_random *random);

/* Mean 0, variance 1 (Box and Muller 1958). */
double det_random_normal(struct det_random *random);

/* 0 .. count - 1 in a random order. */
void det_random_permutation(struct det_random *random, uint32_t *out,
                            size_t count);

#endif
