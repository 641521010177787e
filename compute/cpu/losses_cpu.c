/* SPDX-License-Identifier: MIT */
/* Losses of few elements: on one thread, summed in double. */
#include <math.h>
#include <string.h>

#include "compute/cpu/ops_cpu.h"
#include "compute/loss_term.h"

/* The gradient's elements begin at 0, or with what has arrived already. */
static void clear_unless_added(const struct det_gradient *g)
{
    if (!g->add && g->tensor.data)
        memset(g->tensor.data, 0,
               (size_t)det_tensor_count(&g->tensor) * sizeof(float));
}

static double softmax_row(float *gradient, const float *logits, int32_t count,
                          int32_t label, float scale)
{
    double highest = (double)logits[0], sum = 0.0;
    for (int32_t k = 1; k < count; k++)
        highest = fmax(highest, (double)logits[k]);
    for (int32_t k = 0; k < count; k++)
        sum += exp((double)logits[k] - highest);
    for (int32_t k = 0; gradient && k < count; k++) {
        const double p = exp((double)logits[k] - highest) / sum;
        gradient[k] += scale * (float)(p - (k == label ? 1.0 : 0.0));
    }
    return log(sum) - ((double)logits[label] - highest);
}

det_status det_softmax_loss_cpu(struct det_compute *compute,
                                const struct det_softmax_loss *op)
{
    const int32_t count = op->logits.c;
    double sum = 0.0;
    (void)compute;
    clear_unless_added(&op->gradient);
    for (int32_t r = 0; r < op->logits.n; r++) {
        float *gradient = op->gradient.tensor.data;
        if (op->label[r] < 0)
            continue;
        sum += softmax_row(gradient ? gradient + (int64_t)r * count : NULL,
                           op->logits.data + (int64_t)r * count, count,
                           op->label[r], op->gradient_scale);
    }
    *op->loss += (double)op->scale * sum;
    return DET_OK;
}

det_status det_sigmoid_loss_cpu(struct det_compute *compute,
                                const struct det_sigmoid_loss *op)
{
    double sum = 0.0;
    (void)compute;
    clear_unless_added(&op->gradient);
    for (int64_t i = 0; i < op->count; i++) {
        const int64_t at = op->at ? op->at[i] : i;
        const double x = (double)op->logits.data[at];
        const struct det_loss_term term =
            det_sigmoid_term(x, (double)op->target[i]);
        sum += term.loss;
        if (isnan(x))
            sum = x; /* fmax would hide it */
        if (op->gradient.tensor.data)
            op->gradient.tensor.data[at] +=
                op->gradient_scale * (float)term.slope;
    }
    *op->loss += (double)op->scale * sum;
    return DET_OK;
}

det_status det_smooth_l1_loss_cpu(struct det_compute *compute,
                                  const struct det_smooth_l1_loss *op)
{
    double sum = 0.0;
    (void)compute;
    clear_unless_added(&op->gradient);
    for (int64_t i = 0; i < 4 * op->count; i++) {
        const int64_t at = op->at[i / 4] + i % 4;
        const double x = (double)op->values.data[at] - (double)op->target[i];
        const struct det_loss_term term =
            det_smooth_l1_term(x, (double)op->beta);
        sum += term.loss;
        if (op->gradient.tensor.data)
            op->gradient.tensor.data[at] +=
                op->gradient_scale * (float)term.slope;
    }
    *op->loss += (double)op->scale * sum;
    return DET_OK;
}
