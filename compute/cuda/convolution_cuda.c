/* SPDX-License-Identifier: MIT */
#include "compute/cuda/convolution_cuda.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/cuda/device_cuda.h"
#include "compute/cuda/graph_cuda.h"
#include "compute/cuda/problem_table.h"

enum {
    ENDINGS = 9, /* what may follow a sum: residual, bias, ReLU, or not; or
                    that weights' gradients of halves are floats */
    MOST_TRIES = 4
};

/* How a problem is solved. */
struct choice {
    cudnnBackendDescriptor_t plan; /* NULL: there is no kernel */
    int64_t next;                  /* where to look for another */
    bool ran;                      /* without an error, once at least */
};

struct det_conv_plans {
    struct det_problem_table problems;
    struct choice choices[DET_PROBLEM_SLOTS]; /* of known problems */
    int refused[ENDINGS], planned[ENDINGS];   /* how many shapes */
};

det_status det_conv_plans_create(struct det_conv_plans **out,
                                 struct det_message *message)
{
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    return det_problem_table_create(&(*out)->problems,
                                    sizeof(struct det_conv_problem), message);
}

static void clear(struct det_conv_plans *plans)
{
    for (int i = 0; i < DET_PROBLEM_SLOTS; i++) {
        if (plans->choices[i].plan)
            cudnnBackendDestroyDescriptor(plans->choices[i].plan);
        plans->choices[i] = (struct choice){0};
    }
    memset(plans->refused, 0, sizeof plans->refused);
    memset(plans->planned, 0, sizeof plans->planned);
    det_problem_table_clear(&plans->problems);
}

void det_conv_plans_destroy(struct det_conv_plans **plans)
{
    if (!*plans)
        return;
    clear(*plans);
    det_problem_table_destroy(&(*plans)->problems);
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

/* The first plan, or the next one where that failed. */
static det_status choose(struct det_compute *compute, struct choice *choice,
                         const struct det_conv_problem *problem)
{
    struct det_conv_plans *plans = compute->device->plans;
    const int ending = ending_of(problem);
    if (choice->plan) {
        cudnnBackendDestroyDescriptor(choice->plan);
        choice->plan = NULL;
        plans->planned[ending]--;
    }
    if (!is_hopeless(plans, ending))
        DET_TRY(det_graph_plan(compute, &choice->plan, &choice->next, problem));
    plans->planned[ending] += choice->plan != NULL;
    plans->refused[ending] += choice->plan == NULL;
    return DET_OK;
}

/* A bare problem must have a kernel: where it had none, memory or a capture may
 * have been at fault, and it is asked about again. */
static bool is_settled(const struct choice *choice,
                       const struct det_conv_problem *problem)
{
    return choice->plan || !det_conv_problem_is_bare(problem);
}

/* Graphs that were recorded may need what the plans hold. */
static det_status make_room(struct det_compute *compute)
{
    struct det_conv_plans *plans = compute->device->plans;
    if (!det_problem_table_is_full(&plans->problems))
        return DET_OK;
    DET_TRY(det_device_wait_cuda(compute->device, compute->message));
    det_recordings_clear(&compute->device->recordings);
    clear(plans);
    return DET_OK;
}

static det_status choice_of(struct det_compute *compute, struct choice **out,
                            const struct det_conv_problem *problem)
{
    struct det_conv_plans *plans = compute->device->plans;
    int slot = det_problem_table_find(&plans->problems, problem);
    *out = &plans->choices[slot];
    if (plans->problems.known[slot] && is_settled(*out, problem))
        return DET_OK;
    DET_TRY(det_must_not_record(compute, "a plan of cuDNN's"));
    DET_TRY(make_room(compute));
    slot = det_problem_table_find(&plans->problems, problem);
    *out = &plans->choices[slot];
    **out = (struct choice){0};
    DET_TRY(choose(compute, *out, problem));
    if (!plans->problems.known[slot])
        det_problem_table_add(&plans->problems, slot, problem);
    return DET_OK;
}

/* Where a plan fails at its first use the next one is tried; *status is that of
 * the last one. */
static det_status run_first_that_works(struct det_compute *compute,
                                       struct choice *choice,
                                       const struct det_conv_problem *problem,
                                       const struct det_conv_operands *operands,
                                       cudnnStatus_t *status)
{
    *status = CUDNN_STATUS_SUCCESS;
    while (choice->plan) {
        *status = det_graph_run(compute->device, choice->plan, operands);
        choice->ran |= *status == CUDNN_STATUS_SUCCESS;
        if (choice->ran)
            return DET_OK;
        DET_TRY(choose(compute, choice, problem));
    }
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
    struct choice *choice;
    cudnnStatus_t status;
    DET_TRY(choice_of(compute, &choice, problem));
    DET_TRY(run_first_that_works(compute, choice, problem, operands, &status));
    *done = choice->plan != NULL;
    if (!choice->plan && !det_conv_problem_is_bare(problem))
        return DET_OK; /* without what follows the sum it may work */
    if (status != CUDNN_STATUS_SUCCESS)
        return det_cudnn_check(compute->message, status, "cudnnBackendExecute");
    return choice->plan ? DET_OK : fail_kernel(compute, problem);
}
