/* SPDX-License-Identifier: MIT */
/* Masking by a continuous mask (Dai, He and Sun 2016, section 3.3; caffe-mnc's
 * mask_pooling_layer.cu). */
#include "compute/cpu/ops_cpu.h"

det_status det_mask_pooling_cpu(struct det_compute *compute,
                                const struct det_mask_pooling *op)
{
    const int32_t c = op->features.c;
    const int64_t places = det_tensor_places(&op->features);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t p = 0; p < places; p++) {
        const float *restrict in = op->features.data + p * c;
        float *restrict out = op->out.data + p * c;
        const float mask = op->mask.data[p];
        for (int32_t k = 0; k < c; k++)
            out[k] = in[k] * mask;
    }
    return DET_OK;
}

static void feature_gradient(const struct det_mask_pooling_backward *op,
                             int64_t place)
{
    const int32_t c = op->gradient.c;
    const float mask = op->pooling.mask.data[place];
    const float *restrict gradient = op->gradient.data + place * c;
    float *restrict to = op->features.tensor.data + place * c;
    for (int32_t k = 0; k < c; k++)
        to[k] = (op->features.add ? to[k] : 0.0f) + gradient[k] * mask;
}

static void mask_gradient(const struct det_mask_pooling_backward *op,
                          int64_t place)
{
    const int32_t c = op->gradient.c;
    const float *gradient = op->gradient.data + place * c;
    const float *features = op->pooling.features.data + place * c;
    float *to = op->mask.tensor.data + place;
    double sum = 0.0;
    for (int32_t k = 0; k < c; k++)
        sum += (double)(gradient[k] * features[k]);
    *to = (op->mask.add ? *to : 0.0f) + (float)sum;
}

det_status
det_mask_pooling_backward_cpu(struct det_compute *compute,
                              const struct det_mask_pooling_backward *op)
{
    const int64_t places = det_tensor_places(&op->gradient);
#pragma omp parallel for num_threads(compute->threads)
    for (int64_t p = 0; p < places; p++) {
        if (op->features.tensor.data)
            feature_gradient(op, p);
        if (op->mask.tensor.data)
            mask_gradient(op, p);
    }
    return DET_OK;
}
