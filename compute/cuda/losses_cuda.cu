/* SPDX-License-Identifier: MIT */
/*
 * A loss is summed in two steps: blocks sum a part of the terms each, and one
 * block sums the parts, all in double and in an order that depends on the
 * number of terms alone.  The parts lie in the device's workspace.
 */
#include <math.h>

#include "compute/cuda/lanes_cuda.h"
#include "compute/loss_term.h"

enum { MOST_PARTS = DET_BLOCK };

static __global__ void sum_parts(double *to, const double *parts,
                                 unsigned count, float scale)
{
    __shared__ double room[DET_BLOCK];
    const double part = threadIdx.x < count ? parts[threadIdx.x] : 0.0;
    const double sum = det_block_sum(part, room);
    if (threadIdx.x == 0)
        *to = (double)scale * sum;
}

static double *parts_of(const struct det_compute *compute)
{
    return (double *)compute->device->workspace;
}

static det_status finish(struct det_compute *compute, double *loss,
                         unsigned parts, float scale)
{
    double *to;
    DET_TRY(det_sum_take(compute, &to, loss));
    DET_LAUNCH_BLOCKS(sum_parts, 1, DET_BLOCK, compute->device->stream, to,
                      parts_of(compute), parts, scale);
    return DET_OK;
}

/* The gradient's elements begin at 0, or with what has arrived already. */
static det_status clear_unless_added(struct det_compute *compute,
                                     const struct det_gradient *g)
{
    const size_t count = (size_t)det_tensor_count(&g->tensor);
    if (g->add || !g->tensor.data || count == 0)
        return DET_OK;
    return det_cuda_check(compute->message,
                          cudaMemsetAsync(g->tensor.data, 0,
                                          count * sizeof(float),
                                          compute->device->stream),
                          "cudaMemsetAsync");
}

/* ------------------------------------------------------------------ softmax */

/* Of row r; without a label it has no elements, but its lanes meet others'. */
static __device__ double softmax_row(const struct det_softmax_loss *op,
                                     int64_t r, int32_t label)
{
    __shared__ float values[DET_BLOCK];
    __shared__ double sums[DET_BLOCK];
    const int32_t count = label < 0 ? 0 : op->logits.c;
    const float *logits = op->logits.data + r * count;
    float *gradient = op->gradient.tensor.data;
    float most = -INFINITY;
    double sum = 0.0;
    DET_EACH_OF_LANE (k, count) {
        most = fmaxf(most, logits[k]);
    }
    const double highest = (double)det_lanes_max(most, values);
    DET_EACH_OF_LANE (k, count) {
        sum += exp((double)logits[k] - highest);
    }
    sum = det_lanes_sum(sum, sums);
    DET_EACH_OF_LANE (k, gradient ? count : 0) {
        const double p = exp((double)logits[k] - highest) / sum;
        gradient[r * count + k] +=
            op->gradient_scale * (float)(p - (k == label ? 1.0 : 0.0));
    }
    return count ? log(sum) - ((double)logits[label] - highest) : 0.0;
}

static __global__ void softmax_rows(struct det_softmax_loss op, double *parts)
{
    __shared__ double room[DET_BLOCK];
    double sum = 0.0;
    DET_EACH_LANE_ROW (r, op.logits.n) {
        sum += softmax_row(&op, r, r < op.logits.n ? op.label[r] : -1);
    }
    sum = det_block_sum(det_lane() == 0 ? sum : 0.0, room);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

/* ------------------------------------------------- terms of single elements */

/* Where terms are among the values: `span` side by side from each at on. */
struct terms {
    const int64_t *at; /* [count / span]; NULL: one after the other */
    int64_t count;
    int32_t span;
    bool apart; /* no two at one place */
};

static __device__ int64_t first_place(const struct terms *t, int64_t group)
{
    return t->at ? t->at[group] : group * t->span;
}

/* Which of a group's terms is at a place; -1: none. */
static __device__ int64_t term_at(const struct terms *t, int64_t group,
                                  int64_t place)
{
    const int64_t k = place - first_place(t, group);
    return k >= 0 && k < t->span ? group * t->span + k : -1;
}

static __device__ struct det_loss_term
term_of(const struct det_sigmoid_loss *op, int64_t i, int64_t place)
{
    return det_sigmoid_term((double)op->logits.data[place],
                            (double)op->target[i]);
}

static __device__ struct det_loss_term
term_of(const struct det_smooth_l1_loss *op, int64_t i, int64_t place)
{
    return det_smooth_l1_term((double)op->values.data[place] -
                                  (double)op->target[i],
                              (double)op->beta);
}

/* The first term of a place adds the slopes of all that are there, in order;
 * the others leave it to the first. */
template <typename loss_op>
static __device__ void add_slopes(const loss_op *op, const struct terms *t,
                                  int64_t group, int64_t place)
{
    const int64_t end = t->apart ? group + 1 : t->count / t->span;
    float *to = op->gradient.tensor.data + place;
    for (int64_t j = 0; !t->apart && j < group; j++)
        if (term_at(t, j, place) >= 0)
            return;
    float sum = *to;
    for (int64_t j = group; j < end; j++) {
        const int64_t i = term_at(t, j, place);
        if (i >= 0)
            sum += op->gradient_scale * (float)term_of(op, i, place).slope;
    }
    *to = sum;
}

template <typename loss_op>
static __global__ void sum_terms(loss_op op, struct terms terms, double *parts)
{
    __shared__ double room[DET_BLOCK];
    double sum = 0.0;
    DET_EACH_ELEMENT (i, terms.count) {
        const int64_t group = i / terms.span;
        const int64_t place = first_place(&terms, group) + i % terms.span;
        sum += term_of(&op, i, place).loss;
        if (op.gradient.tensor.data)
            add_slopes(&op, &terms, group, place);
    }
    sum = det_block_sum(sum, room);
    if (threadIdx.x == 0)
        parts[blockIdx.x] = sum;
}

/* Whether places rise from group to group, which is quickly seen: true of most
 * losses, whose kernel then need not search for terms at the same place. */
static bool are_apart(const int64_t *at, int64_t groups, int32_t span)
{
    for (int64_t j = 1; at && j < groups; j++)
        if (at[j] - at[j - 1] < span)
            return false;
    return true;
}

template <typename loss_op>
static det_status run_terms(struct det_compute *compute, const loss_op *op,
                            struct terms terms)
{
    const int64_t groups = terms.count / terms.span;
    loss_op on = *op;
    DET_TRY(clear_unless_added(compute, &op->gradient));
    if (terms.count == 0)
        return DET_OK;
    terms.apart = are_apart(op->at, groups, terms.span);
    DET_TRY(det_stage_array(compute, &terms.at, op->at,
                            (size_t)groups * sizeof *op->at));
    DET_TRY(det_stage_array(compute, &on.target, op->target,
                            (size_t)terms.count * sizeof *op->target));
    const unsigned needed = det_blocks(terms.count);
    const unsigned most = MOST_PARTS;
    const unsigned parts = needed < most ? needed : most;
    DET_LAUNCH_BLOCKS(sum_terms<loss_op>, parts, DET_BLOCK,
                      compute->device->stream, on, terms, parts_of(compute));
    return finish(compute, op->loss, parts, op->scale);
}

extern "C" {

det_status det_softmax_loss_cuda(struct det_compute *compute,
                                 const struct det_softmax_loss *op)
{
    const int32_t rows = op->logits.n;
    const unsigned parts = det_lane_blocks(rows, MOST_PARTS);
    struct det_softmax_loss on = *op;
    DET_TRY(clear_unless_added(compute, &op->gradient));
    if (rows == 0)
        return DET_OK;
    DET_TRY(det_stage_array(compute, &on.label, op->label,
                            (size_t)rows * sizeof *op->label));
    DET_LAUNCH_BLOCKS(softmax_rows, parts, DET_BLOCK, compute->device->stream,
                      on, parts_of(compute));
    DET_TRY(finish(compute, op->loss, parts, op->scale));
    return det_launched(compute, "softmax_loss");
}

det_status det_sigmoid_loss_cuda(struct det_compute *compute,
                                 const struct det_sigmoid_loss *op)
{
    struct terms terms = {NULL, op->count, 1, false};
    DET_TRY(run_terms(compute, op, terms));
    return det_launched(compute, "sigmoid_loss");
}

det_status det_smooth_l1_loss_cuda(struct det_compute *compute,
                                   const struct det_smooth_l1_loss *op)
{
    struct terms terms = {NULL, 4 * op->count, 4, false};
    DET_TRY(run_terms(compute, op, terms));
    return det_launched(compute, "smooth_l1_loss");
}

} /* extern "C" */
