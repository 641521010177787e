/* SPDX-License-Identifier: MIT */
#include "tests/cuda/bridge_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cuda/bridge.h"

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

static void copy(struct bridge *b, void *pointer, size_t bytes, bool in,
                 bool out)
{
    void *host, *device;
    memcpy(&host, pointer, sizeof host);
    if (!host)
        return;
    device = device_memory(b, bytes ? bytes : 1);
    if (!device)
        return;
    if (in && bytes > 0)
        note(b, b->compute.ops->to_device(&b->compute, device, host, bytes));
    if (out)
        b->copies[b->count - 1] = (struct bridge_copy){
            .device = device, .host = host, .bytes = bytes};
    memcpy(pointer, &device, sizeof device);
}

void bridge_read(struct bridge *b, void *pointer, size_t count)
{
    copy(b, pointer, count * sizeof(float), true, false);
}

void bridge_write(struct bridge *b, void *pointer, size_t count)
{
    copy(b, pointer, count * sizeof(float), false, true);
}

void bridge_change(struct bridge *b, void *pointer, size_t count)
{
    copy(b, pointer, count * sizeof(float), true, true);
}

void bridge_read_tensor(struct bridge *b, struct det_tensor *t)
{
    t->capacity = t->n; /* there is no more room than for the copy */
    bridge_read(b, &t->data, (size_t)det_tensor_count(t));
}

void bridge_write_tensor(struct bridge *b, struct det_tensor *t)
{
    t->capacity = t->n; /* there is no more room than for the copy */
    bridge_write(b, &t->data, (size_t)det_tensor_count(t));
}

void bridge_change_tensor(struct bridge *b, struct det_tensor *t)
{
    t->capacity = t->n; /* there is no more room than for the copy */
    bridge_change(b, &t->data, (size_t)det_tensor_count(t));
}

void bridge_gradient(struct bridge *b, struct det_gradient *gradient)
{
    if (gradient->add)
        bridge_change_tensor(b, &gradient->tensor);
    else
        bridge_write_tensor(b, &gradient->tensor);
}

void bridge_candidates(struct bridge *b, struct det_candidates *candidates)
{
    void *block = candidates->count;
    copy(b, &block, det_candidates_size(candidates->capacity), true, true);
    det_candidates_place(candidates, block, candidates->capacity);
}

void *bridge_scratch(struct bridge *b, size_t bytes)
{
    return bytes ? device_memory(b, bytes) : NULL;
}

/* ------------------------------------------------------------------- a call */

static struct det_device *device;

void bridge_begin(struct bridge *b, const struct det_compute *compute)
{
    *b = (struct bridge){.compute = *compute};
    b->compute.ops = det_ops_for("cuda");
    b->compute.device = device;
}

det_status bridge_end(struct bridge *b)
{
    const struct det_ops *ops = b->compute.ops;
    for (int i = 0; i < b->count; i++) {
        struct bridge_copy *c = &b->copies[i];
        if (c->host && c->bytes > 0 && b->status == DET_OK)
            note(b, ops->to_host(&b->compute, c->host, c->device, c->bytes));
    }
    note(b, ops->wait(&b->compute));
    for (int i = 0; i < b->count; i++)
        ops->release(b->copies[i].device);
    return b->status;
}

/* ------------------------------------------------------------------ the table
 */

static const struct det_ops *open_bridge(void)
{
    static struct det_ops table;
    static struct det_message message;
    const struct det_ops *ops = det_ops_for("cuda");
    const struct det_device_options options = {.deterministic = true};
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
