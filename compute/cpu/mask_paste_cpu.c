/* SPDX-License-Identifier: MIT */
/*
 * In tiles of columns: the mask's rows are interpolated at each of them, and
 * lie then with a tile's columns side by side, so that what is left, down the
 * columns, goes in vectors across them.
 */
#include "compute/cpu/clones_cpu.h"
#include "compute/cpu/ops_cpu.h"
#include "compute/cpu/pieces_cpu.h"

enum {
    COLUMNS = 64,          /* of a tile */
    FEWEST_WORDS = 1 << 13 /* a third of a millisecond's, to share */
};

struct paste_tile {
    int32_t columns;                              /* 1..COLUMNS */
    float values[DET_PASTE_MOST_PADDED][COLUMNS]; /* [place][column] */
    uint32_t words[COLUMNS];                      /* of the same rows */
};

static const float *mask_of(const struct det_mask_paste *op,
                            const struct det_paste_strip *strip)
{
    return op->masks.data + strip->mask * det_tensor_stride(&op->masks);
}

static void blend_row(float values[COLUMNS], const float *padded_row,
                      const struct det_paste_sample at[COLUMNS],
                      int32_t columns)
{
    for (int32_t c = 0; c < columns; c++)
        values[c] =
            det_paste_blend(padded_row[at[c].index],
                            padded_row[at[c].index + 1], at[c].fraction);
}

/* The padded mask at the columns of the photo from `first` on. */
static void begin_tile(struct paste_tile *tile, const struct det_mask_paste *op,
                       const struct det_paste_strip *strip, int32_t first)
{
    const int32_t side = op->masks.h;
    const float *mask = mask_of(op, strip);
    struct det_paste_sample at[COLUMNS];
    float row[DET_PASTE_MOST_PADDED] = {0};
    for (int32_t c = 0; c < tile->columns; c++) {
        at[c] = det_paste_sample_at(&strip->columns, first + c);
        tile->values[0][c] = tile->values[side + 1][c] = 0.0f;
    }
    for (int32_t y = 0; y < side; y++, mask += side) {
        for (int32_t x = 0; x < side; x++)
            row[x + 1] = mask[x];
        blend_row(tile->values[y + 1], row, at, tile->columns);
    }
}

/* The rows from `first` on: a word of each column. */
DET_CPU_CLONES
static void fill_words(struct paste_tile *tile,
                       const struct det_paste_axis *rows, int32_t first)
{
    const int32_t end = det_smaller(rows->end - first, DET_PASTE_WORD);
    const float threshold = det_paste_threshold(rows->rule);
    for (int32_t c = 0; c < tile->columns; c++)
        tile->words[c] = 0;
    for (int32_t i = 0; i < end; i++) {
        const struct det_paste_sample at = det_paste_sample_at(rows, first + i);
        const float *above = tile->values[at.index];
        const float *below = tile->values[at.index + 1];
        const uint32_t bit = (uint32_t)1 << i;
        for (int32_t c = 0; c < tile->columns; c++)
            tile->words[c] |=
                det_paste_blend(above[c], below[c], at.fraction) >= threshold
                    ? bit
                    : 0;
    }
}

static void paste_tile(const struct det_mask_paste *op,
                       const struct det_paste_strip *strip, int32_t column)
{
    const int32_t words = det_paste_column_words(strip);
    uint32_t *out = op->words + strip->at + (int64_t)column * words;
    struct paste_tile tile;
    tile.columns = det_smaller(strip->count - column, COLUMNS);
    begin_tile(&tile, op, strip, strip->first + column);
    for (int32_t i = 0; i < words; i++) {
        fill_words(&tile, &strip->rows, strip->rows.begin + i * DET_PASTE_WORD);
        for (int32_t c = 0; c < tile.columns; c++)
            out[(int64_t)c * words + i] = tile.words[c];
    }
}

det_status det_mask_paste_cpu(struct det_compute *compute,
                              const struct det_mask_paste *op)
{
#pragma omp parallel num_threads(compute->threads) if (op->num_words >=        \
                                                       FEWEST_WORDS)
    for (int32_t s = 0; s < op->num_strips; s++) {
        const struct det_paste_strip *strip = &op->strips[s];
#pragma omp for schedule(dynamic) nowait
        for (int32_t column = 0; column < strip->count; column += COLUMNS)
            paste_tile(op, strip, column);
    }
    return DET_OK;
}
