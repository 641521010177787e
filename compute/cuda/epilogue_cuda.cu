/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"

/* Sums of a channel are in double, in one order: of each share of the places
 * first, then of the shares. */
enum { SHARES = 128 };

template <typename T>
static __global__ void pass_back(struct det_epilogue_backward op)
{
    const int32_t channels = op.gradient.c;
    const T *out = det_elements<T>(op.out);
    T *gradient = det_elements<T>(op.gradient);
    DET_EACH_ELEMENT (i, det_tensor_count(&op.gradient)) {
        float value = (float)gradient[i];
        if (out && (float)out[i] <= 0.0f)
            value = 0.0f;
        if (op.residual.tensor.data)
            det_add_to<T>(op.residual, i, value);
        gradient[i] = T(op.scale ? value * op.scale[i % channels] : value);
    }
}

/* partial [SHARES, C]: sums before the scale, which pass_back multiplies by
 * afterwards. */
template <typename T>
static __global__ void sum_shares(struct det_epilogue_backward op,
                                  double *partial)
{
    const T *out = det_elements<T>(op.out);
    const T *gradient = det_elements<T>(op.gradient);
    const int64_t channels = op.gradient.c;
    const int64_t places = det_tensor_places(&op.gradient);
    DET_EACH_ELEMENT (i, SHARES * channels) {
        const int64_t share = i / channels, k = i % channels;
        const int64_t end = places * (share + 1) / SHARES;
        double sum = 0.0;
        for (int64_t p = places * share / SHARES; p < end; p++) {
            const int64_t at = p * channels + k;
            if (!out || !((float)out[at] <= 0.0f))
                sum += (double)(float)gradient[at];
        }
        partial[i] = sum;
    }
}

static __global__ void add_sums(struct det_epilogue_backward op,
                                const double *partial)
{
    const int64_t channels = op.gradient.c;
    DET_EACH_ELEMENT (k, channels) {
        double sum = 0.0;
        for (int64_t share = 0; share < SHARES; share++)
            sum += partial[share * channels + k];
        op.bias_gradient[k] += (float)sum;
    }
}

extern "C" {

size_t
det_epilogue_backward_scratch_cuda(const struct det_epilogue_backward *op,
                                   int threads)
{
    (void)threads;
    return op->bias_gradient ? SHARES * (size_t)op->gradient.c * sizeof(double)
                             : 0;
}

det_status det_epilogue_backward_cuda(struct det_compute *compute,
                                      const struct det_epilogue_backward *op,
                                      void *scratch)
{
    double *partial = (double *)scratch;
    const int64_t channels = op->gradient.c;
    det_by_element(op->gradient.element, [&](auto zero) {
        using T = decltype(zero);
        if (op->bias_gradient) {
            DET_LAUNCH_EACH(sum_shares<T>, SHARES * channels, compute, *op,
                            partial);
            DET_LAUNCH_EACH(add_sums, channels, compute, *op, partial);
        }
        DET_LAUNCH_EACH(pass_back<T>, det_tensor_count(&op->gradient), compute,
                        *op);
    });
    return det_launched(compute, "epilogue_backward");
}

} /* extern "C" */
