/* SPDX-License-Identifier: MIT */
/*
 * Reverse-mode differentiation.  With a tape in the compute, the functions of
 * compute/ note what their backward needs, and det_tape_backward runs the
 * notes from last to first.  So a network is written once: backbone/, rpn/,
 * roi/ and maskseg/ know nothing of training, and a tensor that they give back
 * stays as long as a note holds it.
 *
 *   forward:  operators record themselves  ->  a loss opens the gradients of
 *             its logits and writes them
 *   backward: each note takes the gradient of its output, adds to those of its
 *             inputs and parameters, and returns what it held
 *
 * Works while planning, too: gradients are memory like any other.
 */
#ifndef COMPUTE_TAPE_H
#define COMPUTE_TAPE_H

#include "compute/compute.h"
#include "compute/gradient.h"

/* Backward of one operator; `note` is what was recorded. */
typedef det_status (*det_backward_fn)(struct det_compute *compute,
                                      const void *note);

enum { DET_NOTE_SIZE = 640 }; /* bytes of the largest note */

det_status det_tape_create(struct det_tape **out, struct det_message *message);
void det_tape_destroy(struct det_tape **tape);

/* Forget everything; what notes and gradients held is not returned, since the
 * arena starts afresh as well. */
void det_tape_clear(struct det_tape *tape);

/* Losses put so many times their gradients on it, 1 unless this was called:
 * small gradients of halves would be 0. */
void det_tape_scale_losses(struct det_tape *tape, float scale);
float det_tape_loss_scale(const struct det_compute *compute);

/* Make `out` a new node: something that led to it is trained. */
det_status det_tape_node(struct det_compute *compute, struct det_tensor *out);

/* Note an operator.  `note`, of `size` <= DET_NOTE_SIZE bytes, is copied: its
 * tensors have their nodes, and those whose data it needs have been held. */
det_status det_tape_record(struct det_compute *compute,
                           det_backward_fn backward, const void *note,
                           size_t size);

/* How a tensor is made again from what other notes hold: one that many need in
 * their backward, but that is cheap to make, need not stay. */
typedef det_status (*det_remake_fn)(struct det_compute *compute,
                                    const void *note, struct det_tensor *out);

/* `of`, a node, can be made again from `note`, which is copied, until the
 * backward of the operator that it came from has run. */
det_status det_tape_set_recipe(struct det_compute *compute,
                               const struct det_tensor *of,
                               det_remake_fn remake, const void *note,
                               size_t size);
bool det_tape_has_recipe(const struct det_compute *compute,
                         const struct det_tensor *of);
/* *out is taken from the arena. */
det_status det_tape_remake(struct det_compute *compute,
                           const struct det_tensor *of, struct det_tensor *out);

/* Backward of all notes, last first; the tape is empty afterwards. */
det_status det_tape_backward(struct det_compute *compute);

/* ---------------------------------------------------------------- gradients
 * They have the shape of the `of` that they are asked for by, which may be any
 * view of the tensor (det_tensor_view). */

/* The gradient of a tensor, taken from the arena when it is the first one to
 * arrive.  `of` without a node: not wanted. */
det_status det_gradient_open(struct det_compute *compute,
                             struct det_gradient *out,
                             const struct det_tensor *of);

/* The gradient that has arrived so far, the tape's; data NULL: none. */
struct det_tensor det_gradient_of(const struct det_compute *compute,
                                  const struct det_tensor *of);

/* The whole gradient of an operator's output, now the caller's; data NULL when
 * none arrived, because nothing that followed was of consequence. */
struct det_tensor det_gradient_take(struct det_compute *compute,
                                    const struct det_tensor *of);

#endif
