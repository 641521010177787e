/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "compute/cuda/lanes_cuda.h"
#include "compute/cuda/place_cuda.h"

/* ------------------------------------------------------------------ softmax
 * Of exp(x - max), which keeps every exponent at or below 0. */

/* Rows up to this long have a thread each. */
enum { NARROW = DET_LANES };

static __global__ void softmax_narrow(float *logits, int32_t count,
                                      int64_t rows)
{
    DET_EACH_ELEMENT (r, rows) {
        float *row = logits + r * count;
        float highest = row[0], sum = 0.0f;
        for (int32_t k = 1; k < count; k++)
            highest = row[k] > highest ? row[k] : highest;
        for (int32_t k = 0; k < count; k++) {
            row[k] = expf(row[k] - highest);
            sum += row[k];
        }
        for (int32_t k = 0; k < count; k++)
            row[k] /= sum;
    }
}

/* Every lane reads and writes elements of its own. */
static __device__ void softmax_row(float *row, int32_t count, float *room)
{
    float highest = -INFINITY, sum = 0.0f;
    DET_EACH_OF_LANE (k, count) {
        highest = fmaxf(highest, row[k]);
    }
    highest = det_lanes_max(highest, room);
    DET_EACH_OF_LANE (k, count) {
        row[k] = expf(row[k] - highest);
        sum += row[k];
    }
    sum = det_lanes_sum(sum, room);
    DET_EACH_OF_LANE (k, count) {
        row[k] /= sum;
    }
}

static __global__ void softmax_wide(float *logits, int32_t count, int64_t rows)
{
    __shared__ float room[DET_BLOCK];
    DET_EACH_LANE_ROW (r, rows) {
        softmax_row(logits + r * count, r < rows ? count : 0, room);
    }
}

/* ------------------------------------------------------------------ sigmoid */

/* out = in is fine. */
static __global__ void sigmoid(float *out, const float *in, int64_t count)
{
    DET_EACH_ELEMENT (i, count) {
        out[i] = 1.0f / (1.0f + expf(-in[i]));
    }
}

static __global__ void sigmoid_map_backward(struct det_sigmoid_map_backward op,
                                            int64_t stride, int64_t count)
{
    const int32_t *live = op.map.live;
    float *to = op.in_gradient.tensor.data;
    DET_EACH_ELEMENT (i, count) {
        const float out = op.map.out.data[i];
        const float slope = !live || live[det_quotient(i, stride)]
                                ? op.gradient.data[i] * out * (1.0f - out)
                                : 0.0f;
        to[i] = (op.in_gradient.add ? to[i] : 0.0f) + slope;
    }
}

extern "C" {

det_status det_softmax_cuda(struct det_compute *compute,
                            const struct det_tensor *logits)
{
    const int64_t rows = det_tensor_places(logits);
    if (rows == 0)
        return DET_OK;
    if (logits->c <= NARROW)
        DET_LAUNCH_EACH(softmax_narrow, rows, compute, logits->data, logits->c,
                        rows);
    else
        DET_LAUNCH_BLOCKS(softmax_wide, det_lane_blocks(rows, DET_MOST_BLOCKS),
                          DET_BLOCK, compute->device->stream, logits->data,
                          logits->c, rows);
    return det_launched(compute, "softmax");
}

det_status det_sigmoid_cuda(struct det_compute *compute,
                            const struct det_tensor *logits)
{
    const int64_t count = det_tensor_count(logits);
    DET_LAUNCH_EACH(sigmoid, count, compute, logits->data, logits->data, count);
    return det_launched(compute, "sigmoid");
}

det_status det_sigmoid_map_cuda(struct det_compute *compute,
                                const struct det_sigmoid_map *op)
{
    const int64_t count = det_tensor_count(&op->in);
    DET_LAUNCH_EACH(sigmoid, count, compute, op->out.data, op->in.data, count);
    return det_launched(compute, "sigmoid_map");
}

det_status
det_sigmoid_map_backward_cuda(struct det_compute *compute,
                              const struct det_sigmoid_map_backward *op)
{
    const int32_t *live = op->map.live;
    const int64_t count = det_tensor_count(&op->gradient);
    struct det_sigmoid_map_backward on = *op;
    DET_TRY(det_stage_array(compute, &on.map.live, live,
                            (size_t)op->gradient.n * sizeof *live));
    DET_LAUNCH_EACH(sigmoid_map_backward, count, compute, on,
                    det_tensor_stride(&op->gradient), count);
    return det_launched(compute, "sigmoid_map_backward");
}

} /* extern "C" */
