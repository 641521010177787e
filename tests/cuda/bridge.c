/* SPDX-License-Identifier: MIT */
#include "tests/cuda/bridge_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cuda/bridge.h"
#include "tests/cuda/halves.h"

enum { SKIPPED = 77 };

/* ------------------------------------------------------------ what is copied
 */

/* Of the first failure; later steps do nothing. */
static void note(struct bridge *b, det_status status)
{
    if (b->status == DET_OK)
        b->status = status;
}

static void *device_memory(struct bridge *b, size_t bytes)
{
    void *out = NULL;
    if (b->status != DET_OK)
        return NULL;
    if (b->count == BRIDGE_COPIES) {
        note(b, det_fail(b->compute.message, DET_ERROR_ARGUMENT,
                         "more than %d copies", BRIDGE_COPIES));
        return NULL;
    }
    note(b, b->compute.ops->allocate(&out, bytes, b->compute.message));
    if (out)
        b->copies[b->count++] = (struct bridge_copy){.device = out};
    return out;
}

/* How an operator uses an array. */
enum use { READS = 1, WRITES = 2, CHANGES = READS | WRITES };

/* `host` has floats. */
static void send(struct bridge *b, const struct bridge_copy *to,
                 const void *host)
{
    const struct det_ops *ops = b->compute.ops;
    const void *from = host;
    uint16_t *halves = NULL;
    if (to->element != DET_ELEMENT_FP32) {
        halves = malloc(to->bytes);
        if (!halves)
            abort();
        halves_of_floats(halves, to->element, host, to->bytes / sizeof *halves);
        from = halves;
    }
    note(b, ops->to_device(&b->compute, to->device, from, to->bytes));
    free(halves);
}

/* `pointer` becomes the device's; `bytes` are those on the device. */
static void copy(struct bridge *b, void *pointer, size_t bytes,
                 enum det_element element, enum use use)
{
    void *host, *device;
    memcpy(&host, pointer, sizeof host);
    if (!host)
        return;
    device = device_memory(b, bytes ? bytes : 1);
    if (!device)
        return;
    struct bridge_copy *made = &b->copies[b->count - 1];
    *made = (struct bridge_copy){
        .device = device, .bytes = bytes, .element = element};
    if (use & READS && bytes > 0)
        send(b, made, host);
    if (use & WRITES)
        made->host = host;
    memcpy(pointer, &device, sizeof device);
}

static void copy_elements(struct bridge *b, void *pointer, size_t count,
                          enum det_element element, enum use use)
{
    copy(b, pointer, count * det_element_size(element), element, use);
}

void bridge_read(struct bridge *b, void *pointer, size_t count)
{
    copy_elements(b, pointer, count, DET_ELEMENT_FP32, READS);
}

void bridge_write(struct bridge *b, void *pointer, size_t count)
{
    copy_elements(b, pointer, count, DET_ELEMENT_FP32, WRITES);
}

void bridge_change(struct bridge *b, void *pointer, size_t count)
{
    copy_elements(b, pointer, count, DET_ELEMENT_FP32, CHANGES);
}

void bridge_read_elements(struct bridge *b, void *pointer, size_t count,
                          enum det_element element)
{
    copy_elements(b, pointer, count, element, READS);
}

void bridge_write_elements(struct bridge *b, void *pointer, size_t count,
                           enum det_element element)
{
    copy_elements(b, pointer, count, element, WRITES);
}

static void copy_tensor(struct bridge *b, struct det_tensor *t,
                        enum det_element element, enum use use)
{
    t->capacity = t->n; /* there is no more room than for the copy */
    t->element = element;
    copy_elements(b, &t->data, (size_t)det_tensor_count(t), element, use);
}

void bridge_read_floats(struct bridge *b, struct det_tensor *t)
{
    copy_tensor(b, t, DET_ELEMENT_FP32, READS);
}

void bridge_write_floats(struct bridge *b, struct det_tensor *t)
{
    copy_tensor(b, t, DET_ELEMENT_FP32, WRITES);
}

void bridge_change_floats(struct bridge *b, struct det_tensor *t)
{
    copy_tensor(b, t, DET_ELEMENT_FP32, CHANGES);
}

void bridge_read_tensor(struct bridge *b, struct det_tensor *t)
{
    copy_tensor(b, t, b->compute.element, READS);
}

void bridge_write_tensor(struct bridge *b, struct det_tensor *t)
{
    copy_tensor(b, t, b->compute.element, WRITES);
}

void bridge_change_tensor(struct bridge *b, struct det_tensor *t)
{
    copy_tensor(b, t, b->compute.element, CHANGES);
}

void bridge_gradient(struct bridge *b, struct det_gradient *gradient)
{
    if (gradient->add)
        bridge_change_tensor(b, &gradient->tensor);
    else
        bridge_write_tensor(b, &gradient->tensor);
}

void bridge_float_gradient(struct bridge *b, struct det_gradient *gradient)
{
    if (gradient->add)
        bridge_change_floats(b, &gradient->tensor);
    else
        bridge_write_floats(b, &gradient->tensor);
}

void bridge_candidates(struct bridge *b, struct det_candidates *candidates)
{
    void *block = candidates->count;
    copy(b, &block, det_candidates_size(candidates->capacity), DET_ELEMENT_FP32,
         CHANGES);
    det_candidates_place(candidates, block, candidates->capacity);
}

void *bridge_scratch(struct bridge *b, size_t bytes)
{
    return bytes ? device_memory(b, bytes) : NULL;
}

/* ------------------------------------------------------------------- a call */

static struct det_device *device;

static det_precision precision_of_environment(void)
{
    const char *name = getenv("DETECT_TEST_PRECISION");
    return !name                       ? DET_PRECISION_FP32
           : strcmp(name, "bf16") == 0 ? DET_PRECISION_BF16
           : strcmp(name, "fp16") == 0 ? DET_PRECISION_FP16
           : strcmp(name, "tf32") == 0 ? DET_PRECISION_TF32
                                       : DET_PRECISION_FP32;
}

void bridge_begin(struct bridge *b, const struct det_compute *compute)
{
    *b = (struct bridge){.compute = *compute};
    b->compute.ops = det_ops_for("cuda");
    b->compute.device = device;
    b->compute.element = det_element_of(precision_of_environment());
}

static void fetch(struct bridge *b, struct bridge_copy *c)
{
    void *to = c->host;
    if (c->element != DET_ELEMENT_FP32) {
        to = c->halves = malloc(c->bytes);
        if (!to)
            abort();
    }
    note(b, b->compute.ops->to_host(&b->compute, to, c->device, c->bytes));
}

/* What was fetched is there. */
static void finish(const struct bridge *b, struct bridge_copy *c)
{
    if (c->halves && b->status == DET_OK)
        floats_of_halves(c->host, c->element, c->halves,
                         c->bytes / sizeof *c->halves);
    free(c->halves);
    b->compute.ops->release(c->device);
}

det_status bridge_end(struct bridge *b)
{
    for (int i = 0; i < b->count; i++) {
        struct bridge_copy *c = &b->copies[i];
        if (c->host && c->bytes > 0 && b->status == DET_OK)
            fetch(b, c);
    }
    note(b, b->compute.ops->wait(&b->compute));
    for (int i = 0; i < b->count; i++)
        finish(b, &b->copies[i]);
    return b->status;
}

/* ------------------------------------------------------------------ the table
 */

static const struct det_ops *open_bridge(void)
{
    static struct det_ops table;
    static struct det_message message;
    const struct det_ops *ops = det_ops_for("cuda");
    const struct det_device_options options = {
        .precision = precision_of_environment(), .deterministic = true};
    if (!ops || ops->open(&device, &options, &message) != DET_OK) {
        fprintf(stderr, "skipped: %s\n",
                ops ? message.text : "this build has no CUDA");
        exit(SKIPPED);
    }
    /* It stays open: the vendor's libraries may be gone when the process ends.
     */
    table = *det_ops_for("cpu");
    table.device = "bridge to cuda";
    table.packed_conv2d_count = ops->packed_conv2d_count;
    table.conv2d_fits_in_place = ops->conv2d_fits_in_place;
    bridge_fill_forward(&table);
    bridge_fill_backward(&table);
    return &table;
}

const struct det_ops *det_test_ops(void)
{
    static const struct det_ops *bridge;
    const char *name = getenv("DETECT_TEST_DEVICE");
    if (!name || strcmp(name, "cuda") != 0)
        return det_ops_for("cpu");
    if (!bridge)
        bridge = open_bridge();
    return bridge;
}

double det_test_tolerance(void)
{
    if (det_test_ops() == det_ops_for("cpu"))
        return 0.0;
    switch (precision_of_environment()) {
    case DET_PRECISION_FP32:
        return 0.0;
    case DET_PRECISION_TF32:
        return 1e-3;
    default:
        return 1e-2;
    }
}

float det_test_rounded(float value)
{
    if (det_test_ops() == det_ops_for("cpu"))
        return value;
    const det_precision precision = precision_of_environment();
    const enum det_element element = det_element_of(precision);
    if (precision == DET_PRECISION_TF32)
        return tf32_of_float(value);
    return element == DET_ELEMENT_FP32
               ? value
               : float_of_half(element, half_of_float(element, value));
}
