/* SPDX-License-Identifier: MIT */
#include "compute/candidates.h"

#include "compute/ops.h"

/* The count has a cache line of its own. */
enum { HEAD = 64 };

/* Up to so many come over with their count, whatever that is: a few
 * microseconds are less than a second wait. */
enum { MOST_AT_ONCE = 4096 };

enum {
    ONE_BYTES = sizeof(struct det_box) + sizeof(float) + 2 * sizeof(int32_t)
};

size_t det_candidates_size(int32_t capacity)
{
    return HEAD + (size_t)capacity * ONE_BYTES;
}

void det_candidates_place(struct det_candidates *out, void *block,
                          int32_t capacity)
{
    unsigned char *first = (unsigned char *)block + HEAD;
    const size_t room = (size_t)capacity;
    *out = (struct det_candidates){.count = block, .capacity = capacity};
    out->boxes = (struct det_box *)(void *)first;
    out->scores = (float *)(void *)(first + room * sizeof *out->boxes);
    out->groups = (int32_t *)(void *)(out->scores + room);
    out->places = out->groups + room;
}

static det_status take(struct det_compute *compute, struct det_arena *arena,
                       struct det_candidates *out, int32_t capacity)
{
    void *block;
    *out = (struct det_candidates){0};
    DET_TRY(det_arena_take(arena, &block, det_candidates_size(capacity), 1,
                           compute->message));
    det_candidates_place(out, block, capacity);
    out->on_host = arena == compute->host;
    return DET_OK;
}

det_status det_candidates_take(struct det_compute *compute,
                               struct det_candidates *out, int32_t capacity)
{
    return take(compute, compute->arena, out, capacity);
}

void det_candidates_give(struct det_compute *compute,
                         struct det_candidates *candidates)
{
    det_arena_give(candidates->on_host ? compute->host : compute->arena,
                   candidates->count);
    *candidates = (struct det_candidates){0};
}

det_status det_candidates_settle(struct det_compute *compute,
                                 struct det_candidates *out, void *scratch,
                                 det_status status)
{
    det_arena_give(compute->arena, scratch);
    if (status != DET_OK)
        det_candidates_give(compute, out);
    return status;
}

/* Those from `first` to before `end`. */
static det_status bring_some(struct det_compute *compute,
                             const struct det_candidates *to,
                             const struct det_candidates *from, int32_t first,
                             int32_t end)
{
    const struct {
        void *to;
        const void *from;
        size_t size;
    } arrays[] = {
        {to->boxes + first, from->boxes + first, sizeof *to->boxes},
        {to->scores + first, from->scores + first, sizeof *to->scores},
        {to->groups + first, from->groups + first, sizeof *to->groups},
        {to->places + first, from->places + first, sizeof *to->places}};
    const size_t count = (size_t)(end - first);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        DET_TRY(compute->ops->to_host(compute, arrays[i].to, arrays[i].from,
                                      count * arrays[i].size));
    return DET_OK;
}

/* The count and the first candidates; there may be more only where there is
 * room for them. */
static det_status bring_first(struct det_compute *compute,
                              const struct det_candidates *to,
                              const struct det_candidates *from)
{
    if (from->capacity <= MOST_AT_ONCE)
        return compute->ops->to_host(compute, to->count, from->count,
                                     det_candidates_size(from->capacity));
    DET_TRY(compute->ops->to_host(compute, to->count, from->count, HEAD));
    return bring_some(compute, to, from, 0, MOST_AT_ONCE);
}

det_status det_candidates_view_begin(struct det_compute *compute,
                                     struct det_candidates *out,
                                     const struct det_candidates *candidates)
{
    *out = *candidates;
    out->on_host = false; /* not to be given */
    if (!compute->host)
        return DET_OK;
    DET_TRY(take(compute, compute->host, out, candidates->capacity));
    return det_idle(compute) ? DET_OK : bring_first(compute, out, candidates);
}

det_status det_candidates_view_end(struct det_compute *compute,
                                   const struct det_candidates *view,
                                   const struct det_candidates *candidates)
{
    if (!view->on_host || det_planning(compute) || *view->count <= MOST_AT_ONCE)
        return DET_OK;
    DET_TRY(bring_some(compute, view, candidates, MOST_AT_ONCE, *view->count));
    return det_wait(compute);
}

det_status det_candidates_view_take(struct det_compute *compute,
                                    struct det_candidates *out,
                                    const struct det_candidates *candidates)
{
    DET_TRY(det_candidates_view_begin(compute, out, candidates));
    DET_TRY(det_wait(compute));
    return det_candidates_view_end(compute, out, candidates);
}

void det_candidates_view_give(struct det_compute *compute,
                              struct det_candidates *view)
{
    if (view->on_host)
        det_arena_give(compute->host, view->count);
    *view = (struct det_candidates){0};
}
