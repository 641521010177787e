/* SPDX-License-Identifier: MIT */
#include "compute/cuda/convolution_cuda.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/cuda/device_cuda.h"
#include "compute/cuda/graph_cuda.h"

enum { SLOTS = 1024 }; /* of the table; a network has some 60 shapes */

struct entry {
    struct det_conv_problem problem;
    cudnnBackendDescriptor_t plan; /* NULL: there is no kernel */
    bool used;
};

/* A hash table that begins anew when it is three quarters full: pictures of
 * many sizes make many plans. */
struct det_conv_plans {
    struct entry entries[SLOTS];
    int count;
};

det_status det_conv_plans_create(struct det_conv_plans **out,
                                 struct det_message *message)
{
    return det_allocate(out, 1, sizeof **out, message);
}

static void clear(struct det_conv_plans *plans)
{
    for (int i = 0; i < SLOTS; i++)
        if (plans->entries[i].plan)
            cudnnBackendDestroyDescriptor(plans->entries[i].plan);
    memset(plans, 0, sizeof *plans);
}

void det_conv_plans_destroy(struct det_conv_plans **plans)
{
    if (!*plans)
        return;
    clear(*plans);
    free(*plans);
    *plans = NULL;
}

void det_conv_problem_init(struct det_conv_problem *problem,
                           enum det_conv_pass pass,
                           const struct det_conv_shape *shape,
                           const struct det_tensor *in,
                           const struct det_tensor *out)
{
    memset(problem, 0, sizeof *problem);
    problem->pass = pass;
    problem->shape = *shape;
    problem->n = in->n;
    problem->in_h = in->h;
    problem->in_w = in->w;
    problem->out_h = out->h;
    problem->out_w = out->w;
}

/* FNV-1a of the bytes, which are all set. */
static size_t hash_of(const struct det_conv_problem *problem)
{
    const unsigned char *bytes = (const unsigned char *)problem;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < sizeof *problem; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return (size_t)(hash ^ (hash >> 32));
}

/* Its place, or the free one where it belongs. */
static struct entry *find(struct det_conv_plans *plans,
                          const struct det_conv_problem *problem)
{
    size_t at = hash_of(problem) % SLOTS;
    while (plans->entries[at].used &&
           memcmp(&plans->entries[at].problem, problem, sizeof *problem) != 0)
        at = (at + 1) % SLOTS;
    return &plans->entries[at];
}

static det_status plan_of(struct det_compute *compute,
                          cudnnBackendDescriptor_t *plan,
                          const struct det_conv_problem *problem)
{
    struct det_conv_plans *plans = compute->device->plans;
    struct entry *entry = find(plans, problem);
    if (!entry->used) {
        if (plans->count == SLOTS / 4 * 3) {
            DET_TRY(det_device_wait_cuda(compute->device, compute->message));
            clear(plans);
            entry = find(plans, problem);
        }
        DET_TRY(det_graph_plan(compute, &entry->plan, problem));
        entry->problem = *problem;
        entry->used = true;
        plans->count++;
    }
    *plan = entry->plan;
    return DET_OK;
}

det_status det_convolution(struct det_compute *compute,
                           const struct det_conv_problem *problem,
                           const struct det_conv_operands *operands,
                           bool *fused)
{
    cudnnBackendDescriptor_t plan;
    const struct det_conv_shape *s = &problem->shape;
    DET_TRY(plan_of(compute, &plan, problem));
    *fused = plan != NULL;
    if (!plan && det_conv_problem_is_bare(problem))
        return det_fail(compute->message, DET_ERROR_DEVICE,
                        "cuDNN has no kernel for a %d x %d convolution of %d "
                        "to %d channels, stride %d, on %d x %d x %d",
                        s->kernel_h, s->kernel_w, s->in_channels,
                        s->out_channels, s->stride, problem->n, problem->in_h,
                        problem->in_w);
    return plan ? det_graph_run(compute, plan, operands) : DET_OK;
}
