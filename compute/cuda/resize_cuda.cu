/* SPDX-License-Identifier: MIT */
/*
 * Photo to network input, one thread for each pixel.  The rules are those of
 * compute/cpu/resize_*_cpu.c, to the last bit: where pixels come from is
 * computed here by the same functions.
 */
#include "compute/cuda/element_cuda.h"

extern "C" {
#include "compute/pillow_filter.h"
#include "compute/pixel_layout.h"
#include "compute/resize_tap.h"
}

/* ----------------------------------------------------------- pixels of out */

/* Where the pixel of an element is, in the resized photo before mirroring. */
struct spot {
    int32_t y, x;
    bool padding; /* right of or below the photo */
};

static __device__ struct spot spot_at(const struct det_resize &op, int64_t i)
{
    const int32_t y = (int32_t)(i / op.out.w), x = (int32_t)(i % op.out.w);
    const bool padding = y >= op.resized_h || x >= op.resized_w;
    return {y, op.mirrored ? op.resized_w - 1 - x : x, padding};
}

template <typename T> static __device__ void write_zeros(T *out)
{
    for (int c = 0; c < DET_RGB; c++)
        out[c] = T(0.0f);
}

/* --------------------------------------------------- without antialiasing */

/* The four pixels around a place, and the weights of the right and the lower
 * ones. */
struct corners {
    const uint8_t *at[4]; /* upper left and right, lower left and right */
    float right, down;
};

static __device__ struct corners corners_of(const struct det_resize &op,
                                            const struct det_resize_tap &row,
                                            const struct det_resize_tap &column,
                                            int32_t step)
{
    const uint8_t *upper = op.pixels.data + row.first * op.pixels.stride;
    const uint8_t *lower = op.pixels.data + row.second * op.pixels.stride;
    const size_t left = (size_t)column.first * step;
    const size_t right = (size_t)column.second * step;
    return {{upper + left, upper + right, lower + left, lower + right},
            column.weight,
            row.weight};
}

/* Four float products as weights, summed in double. */
static __device__ float torch_mix(const struct corners &corners,
                                  const float value[4])
{
    const float right = corners.right, left = 1.0f - right;
    const float down = corners.down, up = 1.0f - down;
    return (float)((double)(up * left) * (double)value[0] +
                   (double)(up * right) * (double)value[1] +
                   (double)(down * left) * (double)value[2] +
                   (double)(down * right) * (double)value[3]);
}

/* Both rows along x, then along y. */
static __device__ float opencv_mix(const struct corners &corners,
                                   const float value[4])
{
    return det_opencv_blend(det_opencv_blend(value[0], value[1], corners.right),
                            det_opencv_blend(value[2], value[3], corners.right),
                            corners.down);
}

static __device__ struct det_resize_tap
tap_at(const struct det_resize &op, int32_t index, int32_t in, int32_t out)
{
    return op.kind == DET_RESIZE_TORCH
               ? det_torch_tap_at(index, in, out)
               : det_opencv_resize_tap_at(index, in, out, op.factor);
}

template <typename T>
static __global__ void bilinear(struct det_resize op,
                                struct det_pixel_layout layout)
{
    DET_EACH_ELEMENT (i, (int64_t)op.out.h * op.out.w) {
        T *out = det_elements<T>(op.out) + i * DET_RGB;
        const struct spot spot = spot_at(op, i);
        if (spot.padding) {
            write_zeros(out);
            continue;
        }
        const struct corners corners = corners_of(
            op, tap_at(op, spot.y, op.pixels.height, op.resized_h),
            tap_at(op, spot.x, op.pixels.width, op.resized_w), layout.step);
        for (int c = 0; c < DET_RGB; c++) {
            float value[4];
            for (int k = 0; k < 4; k++)
                value[k] =
                    det_pixel_value(&op, c, corners.at[k][layout.offset[c]]);
            out[c] =
                T(op.kind == DET_RESIZE_TORCH ? torch_mix(corners, value)
                                              : opencv_mix(corners, value));
        }
    }
}

/* ----------------------------------------------------------------- Pillow */

static __global__ void fill_filters(struct det_pillow_passes passes)
{
    const int64_t across = passes.across.out;
    DET_EACH_ELEMENT (i, across + passes.down.out) {
        if (i < across)
            det_pillow_fill(&passes.across, (int32_t)i);
        else
            det_pillow_fill(&passes.down, (int32_t)(i - across));
    }
}

/* A pass of a side that does not change has the single weight 1: it copies. */
static __global__ void horizontal(struct det_pixels in,
                                  struct det_pillow_passes passes,
                                  struct det_pixel_layout layout)
{
    const struct det_pillow_filter filter = passes.across;
    const int32_t step = layout.step;
    DET_EACH_ELEMENT (i, (int64_t)in.height * filter.out) {
        const int64_t y = i / filter.out, x = i % filter.out;
        const int32_t *weight = filter.weight + x * filter.taps;
        const uint8_t *pixel =
            in.data + y * in.stride + (int64_t)filter.first[x] * step;
        int32_t sum[DET_RGB] = {DET_PILLOW_HALF, DET_PILLOW_HALF,
                                DET_PILLOW_HALF};
        for (int32_t k = 0; k < filter.count[x]; k++, pixel += step)
            for (int c = 0; c < DET_RGB; c++)
                sum[c] += pixel[layout.offset[c]] * weight[k];
        for (int c = 0; c < DET_RGB; c++)
            passes.rows[i * DET_RGB + c] = det_pillow_clip(sum[c]);
    }
}

/* One pixel from the rows of the first pass. */
template <typename T>
static __device__ void vertical_pixel(T *out, const struct det_resize &op,
                                      const struct spot &spot,
                                      const struct det_pillow_passes &passes)
{
    const struct det_pillow_filter &filter = passes.down;
    const int64_t width = (int64_t)passes.across.out * DET_RGB;
    const int32_t *weight = filter.weight + spot.y * filter.taps;
    const uint8_t *pixel =
        passes.rows + filter.first[spot.y] * width + spot.x * DET_RGB;
    int32_t sum[DET_RGB] = {DET_PILLOW_HALF, DET_PILLOW_HALF, DET_PILLOW_HALF};
    for (int32_t k = 0; k < filter.count[spot.y]; k++, pixel += width)
        for (int c = 0; c < DET_RGB; c++)
            sum[c] += pixel[c] * weight[k];
    for (int c = 0; c < DET_RGB; c++)
        out[c] = T(det_pixel_value(&op, c, det_pillow_clip(sum[c])));
}

template <typename T>
static __global__ void vertical(struct det_resize op,
                                struct det_pillow_passes passes)
{
    DET_EACH_ELEMENT (i, (int64_t)op.out.h * op.out.w) {
        T *out = det_elements<T>(op.out) + i * DET_RGB;
        const struct spot spot = spot_at(op, i);
        if (spot.padding)
            write_zeros(out);
        else
            vertical_pixel(out, op, spot, passes);
    }
}

template <typename T>
static void launch_pillow(struct det_compute *compute,
                          const struct det_resize &on,
                          const struct det_pixel_layout &layout, void *scratch)
{
    const struct det_pillow_passes passes = det_pillow_passes_in(scratch, &on);
    const int64_t taken = (int64_t)on.pixels.height * on.resized_w;
    DET_LAUNCH_EACH(fill_filters, (int64_t)on.resized_w + on.resized_h, compute,
                    passes);
    DET_LAUNCH_EACH(horizontal, taken, compute, on.pixels, passes, layout);
    DET_LAUNCH_EACH(vertical<T>, (int64_t)on.out.h * on.out.w, compute, on,
                    passes);
}

/* -------------------------------------------------------------- the slots */

/* From the first pixel to the last: nothing need lie between the last row's
 * pixels and where a next row would begin. */
static size_t span_of(const det_pixels &in, int32_t step)
{
    return (size_t)(in.height - 1) * in.stride + (size_t)in.width * step;
}

extern "C" {

size_t det_resize_scratch_cuda(const struct det_resize *op)
{
    return op->kind == DET_RESIZE_PILLOW ? det_pillow_scratch(op) : 0;
}

det_status det_resize_cuda(struct det_compute *compute,
                           const struct det_resize *op, void *scratch)
{
    struct det_resize on = *op;
    const struct det_pixel_layout layout = det_pixel_layout_of(op);
    DET_TRY(det_stage_array(compute, &on.pixels.data, op->pixels.data,
                            span_of(op->pixels, layout.step)));
    det_by_element(op->out.element, [&](auto zero) {
        using T = decltype(zero);
        if (op->kind == DET_RESIZE_PILLOW)
            launch_pillow<T>(compute, on, layout, scratch);
        else
            DET_LAUNCH_EACH(bilinear<T>, (int64_t)on.out.h * on.out.w, compute,
                            on, layout);
    });
    return det_launched(compute, "resize");
}

} /* extern "C" */
