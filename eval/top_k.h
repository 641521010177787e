/* SPDX-License-Identifier: MIT */
/*
 * Classification: an image is right when a class that it shows is among its
 * first k guesses.  Each guess takes a place, also one that repeats another.
 * Images without an annotation of a known category do not count.  Source:
 * ILSVRC devkit, eval_flat.m; where an image has several classes, any will do,
 * as in ImageNet ReaL (Beyer et al. 2020), while eval_flat.m takes the mean.
 */
#ifndef EVAL_TOP_K_H
#define EVAL_TOP_K_H

#include "eval/class_hits.h"
#include "eval/guesses.h"

/* On failure nothing is left. */
det_status det_top_k_count(struct det_class_hits *out,
                           const struct det_guesses *guesses, size_t k,
                           struct det_message *message);

#endif
