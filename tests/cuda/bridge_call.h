/* SPDX-License-Identifier: MIT */
/* One call over the bridge: an operator's struct is copied, and each pointer to
 * memory of the device in it replaced by a copy there.  Maps and weights cross
 * as the compute's elements, the rest as floats. */
#ifndef TESTS_CUDA_BRIDGE_CALL_H
#define TESTS_CUDA_BRIDGE_CALL_H

#include "compute/ops.h"

enum { BRIDGE_COPIES = 32 };

struct bridge_copy {
    void *device;
    void *host;   /* where it goes back to, as floats; NULL: nowhere */
    size_t bytes; /* on the device */
    enum det_element element;
    uint16_t *halves; /* on their way back; malloc'd */
};

struct bridge {
    struct det_compute compute; /* of the device */
    struct bridge_copy copies[BRIDGE_COPIES];
    int count;
    det_status status;
};

void bridge_begin(struct bridge *bridge, const struct det_compute *compute);

/* `pointer` is the address of a pointer to `count` floats, which may be NULL:
 * the operator reads them, writes them all, or changes them. */
void bridge_read(struct bridge *bridge, void *pointer, size_t count);
void bridge_write(struct bridge *bridge, void *pointer, size_t count);
void bridge_change(struct bridge *bridge, void *pointer, size_t count);
/* Of weights, and of biases beside an output of such elements. */
void bridge_read_elements(struct bridge *bridge, void *pointer, size_t count,
                          enum det_element element);
void bridge_write_elements(struct bridge *bridge, void *pointer, size_t count,
                           enum det_element element);
/* Of boxes, logits, scores and masks, which are floats everywhere. */
void bridge_read_floats(struct bridge *bridge, struct det_tensor *tensor);
void bridge_write_floats(struct bridge *bridge, struct det_tensor *tensor);
void bridge_change_floats(struct bridge *bridge, struct det_tensor *tensor);
/* Of maps. */
void bridge_read_tensor(struct bridge *bridge, struct det_tensor *tensor);
void bridge_write_tensor(struct bridge *bridge, struct det_tensor *tensor);
void bridge_change_tensor(struct bridge *bridge, struct det_tensor *tensor);
void bridge_gradient(struct bridge *bridge, struct det_gradient *gradient);
void bridge_float_gradient(struct bridge *bridge,
                           struct det_gradient *gradient);
/* The block, of which an operator writes what it wants. */
void bridge_candidates(struct bridge *bridge,
                       struct det_candidates *candidates);
void *bridge_scratch(struct bridge *bridge, size_t bytes);

/* Copies back what was written; the status of all. */
det_status bridge_end(struct bridge *bridge);

/* BRIDGE_RUN(&b, conv2d, &on, scratch): the device's operator, unless a copy
 * failed. */
#define BRIDGE_RUN(b, name, ...)                                               \
    ((b)->status = (b)->status != DET_OK                                       \
                       ? (b)->status                                           \
                       : (b)->compute.ops->name(&(b)->compute, __VA_ARGS__))

void bridge_fill_forward(struct det_ops *table);
void bridge_fill_backward(struct det_ops *table);

#endif
