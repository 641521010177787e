/* SPDX-License-Identifier: MIT */
#include "compute/cuda/convolution_cuda.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/cuda/device_cuda.h"
#include "compute/cuda/graph_cuda.h"

enum {
    SLOTS = 4096, /* of the table; a network has some 60 shapes, 200 while it
                     learns */
    ENDINGS = 9,  /* what may follow a sum: residual, bias, ReLU, or not; or
                     that weights' gradients of halves are floats */
    MOST_TRIES = 4
};

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
    int refused[ENDINGS], planned[ENDINGS]; /* how many shapes */
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
    problem->element = problem->weight_element = in->element;
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

static int ending_of(const struct det_conv_problem *problem)
{
    if (problem->weight_element != problem->element)
        return ENDINGS - 1;
    return problem->residual * 4 + problem->bias * 2 + problem->relu;
}

/* To look for what is never found takes longer than to do without. */
static bool is_hopeless(const struct det_conv_plans *plans, int ending)
{
    return ending != 0 && plans->planned[ending] == 0 &&
           plans->refused[ending] >= MOST_TRIES;
}

static det_status add_plan(struct det_compute *compute, struct entry *entry,
                           const struct det_conv_problem *problem)
{
    struct det_conv_plans *plans = compute->device->plans;
    const int ending = ending_of(problem);
    entry->plan = NULL;
    if (!is_hopeless(plans, ending))
        DET_TRY(det_graph_plan(compute, &entry->plan, problem));
    plans->planned[ending] += entry->plan != NULL;
    plans->refused[ending] += entry->plan == NULL;
    entry->problem = *problem;
    entry->used = true;
    plans->count++;
    return DET_OK;
}

static det_status plan_of(struct det_compute *compute,
                          cudnnBackendDescriptor_t *plan,
                          const struct det_conv_problem *problem)
{
    struct det_conv_plans *plans = compute->device->plans;
    struct entry *entry = find(plans, problem);
    if (!entry->used && plans->count == SLOTS / 4 * 3) {
        DET_TRY(det_device_wait_cuda(compute->device, compute->message));
        clear(plans);
        entry = find(plans, problem);
    }
    if (!entry->used)
        DET_TRY(add_plan(compute, entry, problem));
    *plan = entry->plan;
    return DET_OK;
}

static det_status fail_kernel(const struct det_compute *compute,
                              const struct det_conv_problem *p)
{
    static const char *const passes[] = {"forward", "input gradient",
                                         "weight gradient"};
    const struct det_conv_shape *s = &p->shape;
    const struct det_device_options *o = &compute->device->options;
    return det_fail(
        compute->message, DET_ERROR_DEVICE,
        "cuDNN has no kernel for a %d x %d convolution (%s, %d to "
        "%d channels, stride %d, dilation %d, %d groups, %s%s) on "
        "%d x %d x %d",
        s->kernel_h, s->kernel_w, passes[p->pass], s->in_channels,
        s->out_channels, s->stride, s->dilation, s->groups,
        o->precision == DET_PRECISION_TF32 ? "tf32"
                                           : det_element_name(p->element),
        o->deterministic ? ", deterministic" : "", p->n, p->in_h, p->in_w);
}

det_status det_convolution(struct det_compute *compute,
                           const struct det_conv_problem *problem,
                           const struct det_conv_operands *operands, bool *done)
{
    cudnnBackendDescriptor_t plan;
    DET_TRY(plan_of(compute, &plan, problem));
    *done = plan != NULL;
    if (!plan && det_conv_problem_is_bare(problem))
        return fail_kernel(compute, problem);
    return plan ? det_graph_run(compute, plan, operands) : DET_OK;
}
