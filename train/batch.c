/* SPDX-License-Identifier: MIT */
#include "train/batch.h"

#include <string.h>

/* What each byte becomes, by channel of the network. */
struct table {
    float value[3][256];
    int source[3]; /* channel of the sample */
};

static void make_table(struct table *out, const struct det_preset *p)
{
    for (int c = 0; c < 3; c++) {
        out->source[c] = p->bgr ? 2 - c : c;
        for (int byte = 0; byte < 256; byte++)
            out->value[c][byte] =
                ((float)byte / p->unit - p->mean[c]) / p->std[c];
    }
}

struct det_batch_size det_batch_size_of(const struct det_sample *samples,
                                        int32_t count, int32_t multiple)
{
    struct det_batch_size size = {1, 1};
    for (int32_t i = 0; i < count; i++) {
        if (samples[i].height > size.height)
            size.height = samples[i].height;
        if (samples[i].width > size.width)
            size.width = samples[i].width;
    }
    size.height = (size.height + multiple - 1) / multiple * multiple;
    size.width = (size.width + multiple - 1) / multiple * multiple;
    return size;
}

static void put_row(float *out, const uint8_t *in, int32_t width,
                    int32_t padded, const struct table *table)
{
    for (int32_t x = 0; x < width; x++)
        for (int c = 0; c < 3; c++)
            *out++ = table->value[c][in[3 * x + table->source[c]]];
    memset(out, 0, 3 * (size_t)(padded - width) * sizeof *out);
}

static void put_sample(struct det_tensor *out, int32_t index,
                       const struct det_sample *sample,
                       const struct table *table)
{
    const int64_t row = 3 * (int64_t)out->w;
    float *rows = out->data + index * det_tensor_stride(out);
    for (int32_t y = 0; y < sample->height; y++)
        put_row(rows + y * row, sample->pixels + 3 * (int64_t)y * sample->width,
                sample->width, out->w, table);
    memset(rows + sample->height * row, 0,
           (size_t)((out->h - sample->height) * row) * sizeof *rows);
}

det_status det_batch_make(struct det_compute *compute, struct det_tensor *out,
                          const struct det_sample *samples, int32_t count,
                          struct det_batch_size size,
                          const struct det_preset *preset)
{
    struct table table;
    DET_TRY(
        det_host_tensor_take(compute, out, count, size.height, size.width, 3));
    make_table(&table, preset);
#pragma omp parallel for num_threads(compute->threads)
    for (int32_t i = 0; i < (det_planning(compute) ? 0 : count); i++)
        put_sample(out, i, &samples[i], &table);
    DET_TRY(det_tensor_move_to_device(compute, out));
    return det_tensor_round(compute, out);
}
