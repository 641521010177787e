/* SPDX-License-Identifier: MIT */
#include "eval/outline.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST_PIXELS = 1 << 26, MOVE_BYTES = 40 };

struct cells {
    uint8_t *values; /* [rows, columns] */
    int32_t columns, rows;
};

/* A text that grows. */
struct path {
    char *text;
    size_t size, capacity;
    struct det_message *message;
};

static uint8_t cell(const struct cells *c, int32_t x, int32_t y)
{
    return x < 0 || y < 0 || x >= c->columns || y >= c->rows
               ? 0
               : c->values[(size_t)y * (size_t)c->columns + (size_t)x];
}

static det_status add_line(struct path *path, int32_t x, int32_t y,
                           bool horizontal, int32_t length)
{
    if (path->size + MOVE_BYTES > path->capacity) {
        const size_t larger = path->capacity ? 2 * path->capacity : 1024;
        DET_TRY(det_reallocate(&path->text, larger, 1, path->message));
        path->capacity = larger;
    }
    path->size +=
        (size_t)snprintf(path->text + path->size, MOVE_BYTES, "M%d %d%c%d", x,
                         y, horizontal ? 'h' : 'v', length);
    return DET_OK;
}

/* Is there an edge above cell x of row y (or left of cell y of column x)? */
static bool is_edge(const struct cells *c, int32_t x, int32_t y,
                    bool horizontal)
{
    return cell(c, x, y) !=
           (horizontal ? cell(c, x, y - 1) : cell(c, x - 1, y));
}

/* All lines of one direction; `line` goes across them, `at` along. */
static det_status add_lines(struct path *path, const struct cells *c,
                            bool horizontal)
{
    const int32_t lines = horizontal ? c->rows : c->columns;
    const int32_t length = horizontal ? c->columns : c->rows;
    for (int32_t line = 0; line <= lines; line++) {
        int32_t begin = -1;
        for (int32_t at = 0; at <= length; at++) {
            const bool edge =
                at < length && is_edge(c, horizontal ? at : line,
                                       horizontal ? line : at, horizontal);
            if (edge && begin < 0)
                begin = at;
            if (edge || begin < 0)
                continue;
            DET_TRY(add_line(path, horizontal ? begin : line,
                             horizontal ? line : begin, horizontal,
                             at - begin));
            begin = -1;
        }
    }
    return DET_OK;
}

static void sample(struct cells *c, const uint8_t *pixels, const det_mask *mask,
                   const struct det_region *region)
{
    for (int32_t y = 0; y < c->rows; y++)
        for (int32_t x = 0; x < c->columns; x++) {
            const int64_t from_x =
                region->x + (2LL * x + 1) * region->w / (2LL * c->columns);
            const int64_t from_y =
                region->y + (2LL * y + 1) * region->h / (2LL * c->rows);
            const bool inside = from_x >= 0 && from_y >= 0 &&
                                from_x < mask->width && from_y < mask->height;
            c->values[(size_t)y * (size_t)c->columns + (size_t)x] =
                inside && pixels[from_y * mask->width + from_x];
        }
}

static det_status trace(struct path *path, struct cells *c, uint8_t *pixels,
                        const det_mask *mask, const struct det_region *region)
{
    DET_TRY(det_mask_decode(mask, pixels, (size_t)mask->width));
    sample(c, pixels, mask, region);
    DET_TRY(add_lines(path, c, true));
    return add_lines(path, c, false);
}

det_status det_outline_path(char **out, const det_mask *mask,
                            const struct det_region *region, int32_t columns,
                            int32_t rows, struct det_message *message)
{
    struct cells c = {.columns = columns, .rows = rows};
    struct path path = {.message = message};
    uint8_t *pixels = NULL;
    det_status status;
    const uint64_t count = (uint64_t)mask->width * (uint64_t)mask->height;
    *out = NULL;
    if (count == 0 || count > MOST_PIXELS)
        return det_copy_text(out, "", message);
    DET_TRY_OR_FAIL(det_allocate(&pixels, (size_t)count, 1, message));
    DET_TRY_OR_FAIL(
        det_allocate(&c.values, (size_t)columns * (size_t)rows, 1, message));
    DET_TRY_OR_FAIL(trace(&path, &c, pixels, mask, region));
    if (path.text) {
        *out = path.text;
        path.text = NULL;
    } else {
        status = det_copy_text(out, "", message);
    }
fail:
    free(path.text);
    free(c.values);
    free(pixels);
    return status;
}
