/* SPDX-License-Identifier: MIT */
#include "geometry/polygon.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* The outline is walked on a grid five times as fine as the pixels'. */
enum { SCALE = 5 };

struct outline {
    struct det_polygon_scratch *scratch;
    int32_t width, height;
    int32_t u, v; /* the last place on the fine grid */
    bool started;
    struct det_message *message;
};

void det_polygon_scratch_destroy(struct det_polygon_scratch *scratch)
{
    free(scratch->crossings);
    *scratch = (struct det_polygon_scratch){0};
}

static det_status add_crossing(struct outline *o, uint32_t position)
{
    struct det_polygon_scratch *s = o->scratch;
    if (s->count == s->capacity) {
        const size_t capacity = s->capacity ? 2 * s->capacity : 256;
        DET_TRY(det_reallocate(&s->crossings, capacity, sizeof *s->crossings,
                               o->message));
        s->capacity = capacity;
    }
    s->crossings[s->count++] = position;
    return DET_OK;
}

/* ------------------------------------------------------------------ outline */

/* The outline goes from (o->u, o->v) to (u, v), one column of the fine grid to
 * its neighbour: where that is the middle of a column of pixels, the mask
 * changes below the upper of the two places. */
static det_status cross_column(struct outline *o, int32_t u, int32_t v)
{
    const int32_t column = u < o->u ? u : u - 1;
    if (column < 0 || column % SCALE != SCALE / 2 || column / SCALE >= o->width)
        return DET_OK;
    const double row = ((v < o->v ? v : o->v) + 0.5) / SCALE - 0.5;
    const double y = row < 0 ? 0 : row > o->height ? o->height : ceil(row);
    return add_crossing(
        o, (uint32_t)((int64_t)(column / SCALE) * o->height + (int64_t)y));
}

static det_status step_to(struct outline *o, int32_t u, int32_t v)
{
    if (o->started && u != o->u)
        DET_TRY(cross_column(o, u, v));
    o->started = true;
    o->u = u;
    o->v = v;
    return DET_OK;
}

struct place {
    int32_t x, y; /* on the fine grid */
};

/* Step along the longer axis.  Places are computed from the end that is lower
 * on it, whatever the direction, so that both sides of a shared edge agree. */
static det_status walk_edge(struct outline *o, struct place a, struct place b)
{
    const int32_t dx = abs(b.x - a.x), dy = abs(b.y - a.y);
    const bool wide = dx >= dy;
    const bool flip = wide ? a.x > b.x : a.y > b.y;
    const struct place low = flip ? b : a, high = flip ? a : b;
    const int32_t steps = wide ? dx : dy;
    double slope = 0.0; /* a point has none */
    if (steps)
        slope = (double)(wide ? high.y - low.y : high.x - low.x) / steps;
    for (int32_t i = 0; i <= steps; i++) {
        const int32_t t = flip ? steps - i : i;
        if (wide)
            DET_TRY(step_to(o, low.x + t, (int32_t)(low.y + slope * t + 0.5)));
        else
            DET_TRY(step_to(o, (int32_t)(low.x + slope * t + 0.5), low.y + t));
    }
    return DET_OK;
}

static det_status place_of(struct place *out, const double *xy,
                           struct det_message *message)
{
    for (int i = 0; i < 2; i++)
        if (!(fabs(xy[i]) <= DET_POLYGON_FARTHEST))
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "a coordinate of %g pixels; at most %d are "
                            "possible",
                            xy[i], DET_POLYGON_FARTHEST);
    *out = (struct place){(int32_t)(SCALE * xy[0] + 0.5),
                          (int32_t)(SCALE * xy[1] + 0.5)};
    return DET_OK;
}

static det_status walk_outline(struct outline *o, const double *xy,
                               size_t points)
{
    struct place first, from, to;
    DET_TRY(place_of(&first, xy, o->message));
    from = first;
    for (size_t i = 1; i < points; i++) {
        DET_TRY(place_of(&to, xy + 2 * i, o->message));
        DET_TRY(walk_edge(o, from, to));
        from = to;
    }
    return walk_edge(o, from, first);
}

/* --------------------------------------------------------------------- runs */

static int compare_positions(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The mask changes at every crossing; two at one place undo each other. */
static det_status runs_between(struct det_rle *out, const struct outline *o)
{
    struct det_polygon_scratch *s = o->scratch;
    qsort(s->crossings, s->count, sizeof *s->crossings, compare_positions);
    DET_TRY(det_allocate(&out->counts, s->count + 1, sizeof *out->counts,
                         o->message));
    out->width = o->width;
    out->height = o->height;
    uint32_t begin = 0;
    const uint32_t end = (uint32_t)((int64_t)o->width * o->height);
    for (size_t i = 0; i <= s->count; i++) {
        const uint32_t at = i < s->count ? s->crossings[i] : end;
        const bool merged = out->count > 0 && at == begin;
        if (merged && i < s->count) {
            const uint32_t next = i + 1 < s->count ? s->crossings[i + 1] : end;
            out->counts[out->count - 1] += next - at;
            begin = next;
            i++;
        } else if (!merged) {
            out->counts[out->count++] = at - begin;
            begin = at;
        }
    }
    return DET_OK;
}

det_status det_polygon_rle(struct det_rle *out,
                           struct det_polygon_scratch *scratch,
                           const double *xy, size_t points, int32_t width,
                           int32_t height, struct det_message *message)
{
    uint64_t pixels;
    struct outline outline = {.scratch = scratch,
                              .width = width,
                              .height = height,
                              .message = message};
    *out = (struct det_rle){0};
    scratch->count = 0;
    DET_TRY(det_rle_count_pixels(&pixels, width, height, message));
    DET_TRY(walk_outline(&outline, xy, points));
    return runs_between(out, &outline);
}
