/* SPDX-License-Identifier: MIT */
#include "geometry/polygon.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* The outline is walked on a grid five times as fine as the pixels'. */
enum { SCALE = 5, MOST_CROSSINGS = 1 << 26 };

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
    if (s->count == MOST_CROSSINGS)
        return det_fail(o->message, DET_ERROR_LIMIT,
                        "a polygon that crosses more than %d columns",
                        MOST_CROSSINGS);
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

/* -------------------------------------------------------------------- edges */

struct place {
    int32_t x, y; /* on the fine grid */
};

/* Steps along the longer axis.  Places are computed from the end that is lower
 * on it, whatever the direction, so that both sides of a shared edge agree. */
struct edge {
    struct place low;
    double slope;
    int32_t steps;
    bool wide, flip;
};

static struct edge edge_between(struct place a, struct place b)
{
    const int32_t dx = abs(b.x - a.x), dy = abs(b.y - a.y);
    struct edge e = {.wide = dx >= dy, .steps = dx >= dy ? dx : dy};
    e.flip = e.wide ? a.x > b.x : a.y > b.y;
    e.low = e.flip ? b : a;
    const struct place high = e.flip ? a : b;
    if (e.steps) /* a point has no slope */
        e.slope =
            (double)(e.wide ? high.y - e.low.y : high.x - e.low.x) / e.steps;
    return e;
}

static struct place place_at(const struct edge *e, int32_t step)
{
    const int32_t t = e->flip ? e->steps - step : step;
    if (e->wide)
        return (struct place){e->low.x + t,
                              (int32_t)(e->low.y + e->slope * t + 0.5)};
    return (struct place){(int32_t)(e->low.x + e->slope * t + 0.5),
                          e->low.y + t};
}

static det_status visit(struct outline *o, const struct edge *e, int32_t step)
{
    const struct place place = place_at(e, step);
    return step_to(o, place.x, place.y);
}

/* The first step behind `from` whose column is another, or e->steps + 1; the
 * column never turns back, so that it can be searched for. */
static int32_t next_column(const struct edge *e, int32_t from)
{
    const int32_t column = place_at(e, from).x;
    int32_t low = from, stride = 1;
    if (e->wide || from == e->steps)
        return from + 1;
    if (place_at(e, e->steps).x == column)
        return e->steps + 1;
    while (stride < e->steps - low && place_at(e, low + stride).x == column) {
        low += stride;
        stride *= 2;
    }
    int32_t high = stride < e->steps - low ? low + stride : e->steps;
    while (high - low > 1) {
        const int32_t middle = low + (high - low) / 2;
        if (place_at(e, middle).x == column)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The last step before the columns of the image are reached, if they are
 * ahead; nothing changes until then. */
static int32_t skip_outside(const struct outline *o, const struct edge *e)
{
    const int32_t end = SCALE * o->width, first = place_at(e, 0).x;
    int32_t low = 0, high = e->steps;
    if ((first >= 0 && first <= end))
        return 0;
    while (high - low > 1) {
        const int32_t middle = low + (high - low) / 2;
        const int32_t x = place_at(e, middle).x;
        if (first < 0 ? x < 0 : x > end)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool is_leaving(const struct outline *o, const struct edge *e,
                       int32_t step)
{
    const int32_t x = place_at(e, step).x, last = place_at(e, e->steps).x;
    return (x < 0 && last <= x) || (x > SCALE * o->width && last >= x);
}

static det_status walk_edge(struct outline *o, struct place a, struct place b)
{
    const struct edge e = edge_between(a, b);
    DET_TRY(visit(o, &e, 0));
    int32_t step = skip_outside(o, &e);
    while (step < e.steps && !is_leaving(o, &e, step)) {
        const int32_t next = next_column(&e, step);
        if (next > e.steps)
            break;
        DET_TRY(visit(o, &e, next - 1));
        DET_TRY(visit(o, &e, next));
        step = next;
    }
    return visit(o, &e, e.steps);
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
    if (s->count) /* else there may be no array */
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
