/* SPDX-License-Identifier: MIT */
#include "compute/cuda/element_cuda.h"
#include "compute/cuda/layout_cuda.h"

template <typename In, typename Out>
static __global__ void swap_axes(struct det_swap_cuda op)
{
    const int64_t area = op.a * op.b;
    const In *in = det_elements<In>(op.in);
    Out *out = det_elements<Out>(op.out);
    DET_EACH_ELEMENT (i, op.rows * area) {
        const int64_t row = i / area, at = i % area;
        const int64_t b = at / op.a, a = at % op.a;
        const float value = (float)in[row * area + a * op.b + b];
        out[i] = Out(op.add ? (float)out[i] + value : value);
    }
}

template <typename T>
static __global__ void add(T *out, const T *in, int64_t count)
{
    DET_EACH_ELEMENT (i, count)
        out[i] = T((float)out[i] + (float)in[i]);
}

template <typename T>
static __global__ void convert(T *to, const float *from, int64_t count)
{
    DET_EACH_ELEMENT (i, count)
        to[i] = T(from[i]);
}

/* Of a bare matrix product or convolution: bias, norm, residual, ReLU. */
template <typename T> static __global__ void finish(struct det_conv2d op)
{
    const int32_t channels = op.out.c;
    const T *bias = det_elements<T>(op.bias);
    const T *residual = det_elements<T>(op.residual);
    T *out = det_elements<T>(op.out);
    DET_EACH_ELEMENT (i, det_tensor_count(&op.out)) {
        const int32_t k = (int32_t)(i % channels);
        float value = (float)out[i];
        if (bias)
            value += (float)bias[k];
        if (op.norm.scale && op.norm.fused)
            value = fmaf(value, op.norm.scale[k], op.norm.shift[k]);
        else if (op.norm.scale)
            value = value * op.norm.scale[k] + op.norm.shift[k];
        if (residual)
            value += (float)residual[i];
        out[i] = T(op.relu && value < 0.0f ? 0.0f : value);
    }
}

/* Place (2y + i, 2x + j) is part 2i + j of place (y, x). */
static __device__ int64_t part_at(const struct det_tensor *large, int64_t i)
{
    const int64_t k = i % large->c, x = i / large->c % large->w;
    const int64_t row = i / large->c / large->w; /* of all images */
    const int64_t place = row / 2 * (large->w / 2) + x / 2;
    return (place * large->c + k) * 4 + row % 2 * 2 + x % 2;
}

template <typename T>
static __global__ void scatter_parts(struct det_parts_cuda op)
{
    const T *parts = det_elements<T>(op.parts);
    const T *biases = det_elements<T>(op.bias);
    DET_EACH_ELEMENT (i, det_tensor_count(&op.large)) {
        const float bias = biases ? (float)biases[i % op.large.c] : 0.0f;
        const float value = (float)parts[part_at(&op.large, i)] + bias;
        det_elements<T>(op.large)[i] =
            T(op.relu && value < 0.0f ? 0.0f : value);
    }
}

template <typename T>
static __global__ void gather_parts(struct det_parts_cuda op)
{
    DET_EACH_ELEMENT (i, det_tensor_count(&op.large))
        det_elements<T>(op.parts)[part_at(&op.large, i)] =
            det_elements<T>(op.large)[i];
}

template <typename In, typename Out>
static void launch_swap(struct det_compute *compute,
                        const struct det_swap_cuda *op)
{
    void (*const kernel)(struct det_swap_cuda) = swap_axes<In, Out>;
    DET_LAUNCH_EACH(kernel, op->rows * op->a * op->b, compute, *op);
}

extern "C" {

det_status det_swap_cuda(struct det_compute *compute,
                         const struct det_swap_cuda *op)
{
    const bool from_floats = op->in_element == DET_ELEMENT_FP32;
    det_by_element(from_floats ? op->out_element : op->in_element,
                   [&](auto zero) {
                       using T = decltype(zero);
                       if (from_floats)
                           launch_swap<float, T>(compute, op);
                       else if (op->out_element == DET_ELEMENT_FP32)
                           launch_swap<T, float>(compute, op);
                       else
                           launch_swap<T, T>(compute, op);
                   });
    return det_launched(compute, "swap of axes");
}

det_status det_add_cuda(struct det_compute *compute,
                        const struct det_tensor *out, const float *in)
{
    const int64_t count = det_tensor_count(out);
    det_by_element(out->element, [&](auto zero) {
        using T = decltype(zero);
        DET_LAUNCH_EACH(add<T>, count, compute, det_elements<T>(*out),
                        det_elements<T>(in), count);
    });
    return det_launched(compute, "addition");
}

det_status det_epilogue_cuda(struct det_compute *compute,
                             const struct det_conv2d *op)
{
    det_by_element(op->out.element, [&](auto zero) {
        DET_LAUNCH_EACH(finish<decltype(zero)>, det_tensor_count(&op->out),
                        compute, *op);
    });
    return det_launched(compute, "epilogue");
}

det_status det_scatter_parts_cuda(struct det_compute *compute,
                                  const struct det_parts_cuda *op)
{
    det_by_element(op->large.element, [&](auto zero) {
        DET_LAUNCH_EACH(scatter_parts<decltype(zero)>,
                        det_tensor_count(&op->large), compute, *op);
    });
    return det_launched(compute, "conv_transpose");
}

det_status det_gather_parts_cuda(struct det_compute *compute,
                                 const struct det_parts_cuda *op)
{
    det_by_element(op->large.element, [&](auto zero) {
        DET_LAUNCH_EACH(gather_parts<decltype(zero)>,
                        det_tensor_count(&op->large), compute, *op);
    });
    return det_launched(compute, "conv_transpose_backward");
}

det_status det_convert_cuda(struct det_compute *compute, void *to,
                            enum det_element element, const float *from,
                            int64_t count)
{
    det_by_element(element, [&](auto zero) {
        using T = decltype(zero);
        DET_LAUNCH_EACH(convert<T>, count, compute, (T *)to, from, count);
    });
    return det_launched(compute, "convert");
}

size_t det_packed_conv2d_count_cuda(const struct det_conv_shape *shape)
{
    return det_conv_shape_weights(shape);
}

/* [K, C/groups, R, S] to [K, R, S, C/groups]: the weights of a place of the
 * kernel lie as the channels of a map. */
det_status det_pack_conv2d_cuda(struct det_compute *compute, float *packed,
                                const struct det_conv_shape *shape,
                                const float *weight)
{
    struct det_swap_cuda op = {};
    op.out = packed;
    op.in = weight;
    op.rows = shape->out_channels;
    op.a = shape->in_channels / shape->groups;
    op.b = (int64_t)shape->kernel_h * shape->kernel_w;
    op.out_element = compute->element;
    return det_swap_cuda(compute, &op);
}

det_status det_pack_linear_cuda(struct det_compute *compute, float *packed,
                                const struct det_conv_shape *shape,
                                const float *weight)
{
    return det_pack_conv2d_cuda(compute, packed, shape, weight);
}

/* [C, K, 2, 2] is what the product wants: parts of a place lie together. */
det_status det_pack_conv_transpose_cuda(struct det_compute *compute,
                                        float *packed, int32_t in_channels,
                                        int32_t out_channels,
                                        const float *weight)
{
    return det_convert_cuda(compute, packed, compute->element, weight,
                            (int64_t)4 * in_channels * out_channels);
}

} /* extern "C" */
