/* SPDX-License-Identifier: MIT */
/* One thread for each word; the same sums as compute/cpu/mask_paste_cpu.c. */
#include "compute/cuda/kernel_cuda.h"
#include "compute/cuda/place_cuda.h"

/* The last strip that begins at or before this word; those of no words are
 * passed by. */
static __device__ const struct det_paste_strip *
strip_of(const struct det_mask_paste &op, int64_t word)
{
    int32_t low = 0, high = op.num_strips - 1;
    while (low < high) {
        const int32_t middle = low + (high - low + 1) / 2;
        if (op.strips[middle].at <= word)
            low = middle;
        else
            high = middle - 1;
    }
    return op.strips + low;
}

/* Place `y` of the padded mask, at a column of the photo. */
static __device__ float column_value(const float *mask, int32_t side,
                                     struct det_paste_sample column, int32_t y)
{
    if (y < 1 || y > side)
        return 0.0f;
    const float *row = mask + (y - 1) * side;
    const int32_t x = column.index;
    return det_paste_blend(x > 0 ? row[x - 1] : 0.0f, x < side ? row[x] : 0.0f,
                           column.fraction);
}

/* The rows of the photo from `first` on. */
static __device__ uint32_t word_of(const float *mask, int32_t side,
                                   struct det_paste_sample column,
                                   const struct det_paste_axis &rows,
                                   int32_t first)
{
    const float threshold = det_paste_threshold(rows.rule);
    const int32_t left = rows.end - first;
    float above = 0.0f, below = 0.0f;
    int32_t index = -1;
    uint32_t bits = 0;
    for (int32_t i = 0; i < DET_PASTE_WORD && i < left; i++) {
        const struct det_paste_sample at =
            det_paste_sample_at(&rows, first + i);
        if (at.index != index) {
            index = at.index;
            above = column_value(mask, side, column, index);
            below = column_value(mask, side, column, index + 1);
        }
        if (det_paste_blend(above, below, at.fraction) >= threshold)
            bits |= (uint32_t)1 << i;
    }
    return bits;
}

static __global__ void paste(struct det_mask_paste op)
{
    const int32_t side = op.masks.h;
    DET_EACH_ELEMENT (i, op.num_words) {
        const struct det_paste_strip &strip = *strip_of(op, i);
        const int32_t words = det_paste_column_words(&strip);
        const int64_t at = i - strip.at;
        const int64_t column = det_quotient(at, words);
        const int32_t first =
            strip.rows.begin + (int32_t)(at - column * words) * DET_PASTE_WORD;
        const struct det_paste_sample sample =
            det_paste_sample_at(&strip.columns, strip.first + (int32_t)column);
        op.words[i] = word_of(op.masks.data + (int64_t)strip.mask * side * side,
                              side, sample, strip.rows, first);
    }
}

extern "C" {

det_status det_mask_paste_cuda(struct det_compute *compute,
                               const struct det_mask_paste *op)
{
    struct det_mask_paste on = *op;
    DET_TRY(det_stage_array(compute, &on.strips, op->strips,
                            (size_t)op->num_strips * sizeof *op->strips));
    DET_LAUNCH_EACH(paste, op->num_words, compute, on);
    return det_launched(compute, "mask_paste");
}

} /* extern "C" */
