/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_runs.h"

#include <stdlib.h>

#include "base/memory.h"
#include "compute/mask_paste.h"

/* Words of a round: on the host they stay in the cache of the core that counts
 * them; a GPU has as many as make it worth a wait. */
enum { WORDS_ON_HOST = 1 << 16, WORDS_ON_DEVICE = 1 << 22 };

struct work {
    struct det_compute *compute; /* of the session */
    struct det_compute pastes;   /* what pastes: the same, or the host */
    struct det_rle *out;
    struct det_mask_paster *paster;
    const struct det_placed_masks *masks;
    size_t room;    /* words of a round */
    int32_t place;  /* where the next round begins: of the masks, */
    int32_t column; /* and how many of its columns are done */
};

/* ------------------------------------------------------------------ strips */

/* All columns of a mask. */
static struct det_paste_strip strip_of(const struct det_placed_masks *masks,
                                       int32_t place)
{
    const struct det_mask_place *p = &masks->places[place];
    const int32_t side = masks->masks.h;
    struct det_paste_strip strip = {
        .mask = p->row,
        .columns = det_paste_axis_of(masks->rule, p->box.x1, p->box.x2, side,
                                     masks->width),
        .rows = det_paste_axis_of(masks->rule, p->box.y1, p->box.y2, side,
                                  masks->height)};
    strip.first = strip.columns.begin;
    if (strip.columns.end > strip.columns.begin &&
        strip.rows.end > strip.rows.begin)
        strip.count = strip.columns.end - strip.columns.begin;
    return strip;
}

/* Of all columns those that come next, as far as there is room. */
static void cut_strip(struct det_paste_strip *strip, int32_t done, size_t room)
{
    const size_t words = (size_t)det_paste_column_words(strip);
    strip->first += done;
    strip->count -= done;
    if ((size_t)strip->count * words > room)
        strip->count = (int32_t)(room / words);
}

static bool ends_mask(const struct det_paste_strip *strip)
{
    return strip->count == 0 ||
           strip->first + strip->count == strip->columns.end;
}

/* One round's strips, at most one of each mask; how many words they have. */
static size_t next_strips(struct work *w, int32_t *count)
{
    size_t used = 0;
    for (*count = 0; w->place < w->masks->count; ++*count) {
        struct det_paste_strip strip = strip_of(w->masks, w->place);
        const bool empty = strip.count == 0;
        cut_strip(&strip, w->column, w->room - used);
        if (strip.count == 0 && !empty)
            return used; /* not one column fits */
        strip.at = (int64_t)used;
        w->paster->strips[*count] = strip;
        used += (size_t)strip.count * (size_t)det_paste_column_words(&strip);
        w->column += strip.count;
        if (!ends_mask(&strip))
            continue;
        w->place++;
        w->column = 0;
    }
    return used;
}

/* -------------------------------------------------------------------- runs */

static int32_t equal_bits(uint32_t bits, int32_t count)
{
    const uint32_t others = bits & 1 ? ~bits : bits;
    const int32_t equal = others ? __builtin_ctz(others) : DET_PASTE_WORD;
    return equal < count ? equal : count;
}

/* One column of the photo: zeros, the bits, zeros. */
static det_status read_column(struct det_rle_builder *builder,
                              const uint32_t *words,
                              const struct det_paste_axis *rows, int32_t height,
                              struct det_message *message)
{
    DET_TRY(
        det_rle_builder_append(builder, false, (uint64_t)rows->begin, message));
    for (int32_t y = rows->begin; y < rows->end; y += DET_PASTE_WORD, words++) {
        const int32_t left = rows->end - y;
        int32_t count = left < DET_PASTE_WORD ? left : DET_PASTE_WORD;
        for (uint64_t bits = *words; count > 0;) {
            const int32_t run = equal_bits((uint32_t)bits, count);
            DET_TRY(det_rle_builder_append(builder, bits & 1, (uint64_t)run,
                                           message));
            bits >>= run;
            count -= run;
        }
    }
    return det_rle_builder_append(builder, false,
                                  (uint64_t)(height - rows->end), message);
}

static det_status read_strip(struct work *w,
                             const struct det_paste_strip *strip,
                             struct det_rle *out)
{
    struct det_rle_builder *builder = &w->paster->builder;
    struct det_message *message = w->compute->message;
    const int32_t words = det_paste_column_words(strip);
    const int32_t height = w->masks->height;
    if (strip->first == strip->columns.begin) {
        DET_TRY(
            det_rle_builder_init(builder, w->masks->width, height, message));
        DET_TRY(det_rle_builder_append(
            builder, false, (uint64_t)strip->first * (uint64_t)height,
            message));
    }
    for (int32_t c = 0; c < strip->count; c++)
        DET_TRY(read_column(
            builder, w->paster->on_host.data + strip->at + (int64_t)c * words,
            &strip->rows, height, message));
    return ends_mask(strip) ? det_rle_builder_finish(out, builder, message)
                            : DET_OK;
}

/* ------------------------------------------------------------------- rounds */

static det_status paste_round(struct work *w)
{
    struct det_mask_paster *paster = w->paster;
    const bool shared = w->pastes.ops->shares_memory;
    int32_t place = w->place, count;
    const size_t words = next_strips(w, &count);
    const struct det_mask_paste op = {.masks = w->masks->masks,
                                      .strips = paster->strips,
                                      .num_strips = count,
                                      .words = shared ? paster->on_host.data
                                                      : paster->words.data,
                                      .num_words = (int64_t)words};
    DET_TRY(det_mask_paste(&w->pastes, &op));
    if (!shared && words > 0) {
        DET_TRY(w->compute->ops->to_host(w->compute, paster->on_host.data,
                                         op.words, words * sizeof *op.words));
        DET_TRY(det_wait(w->compute));
    }
    for (int32_t i = 0; i < count; i++) {
        DET_TRY(read_strip(w, &paster->strips[i], &w->out[place]));
        place += ends_mask(&paster->strips[i]);
    }
    return DET_OK;
}

/* ------------------------------------------------------------------- memory */

/* All words of all masks, or as many as a round has: at least a column. */
static size_t round_words(const struct work *w)
{
    size_t most = w->paster->most_words, all = 0, longest = 1;
    if (most == 0)
        most = w->pastes.ops->shares_memory ? WORDS_ON_HOST : WORDS_ON_DEVICE;
    for (int32_t i = 0; i < w->masks->count && all < most; i++) {
        const struct det_paste_strip strip = strip_of(w->masks, i);
        all += (size_t)strip.count * (size_t)det_paste_column_words(&strip);
    }
    for (int32_t i = 0; i < w->masks->count; i++) {
        const struct det_paste_strip strip = strip_of(w->masks, i);
        const size_t words = (size_t)det_paste_column_words(&strip);
        longest = words > longest ? words : longest;
    }
    most = all < most ? all : most;
    return most > longest ? most : longest;
}

/* To a power of two, so that photo after photo it seldom grows. */
static det_status grow(struct det_paste_words *words, size_t needed,
                       det_status (*allocate)(void **out, size_t bytes,
                                              struct det_message *message),
                       void (*release)(void *memory),
                       struct det_message *message)
{
    size_t capacity = 1;
    void *memory;
    if (needed <= words->capacity)
        return DET_OK;
    while (capacity < needed)
        capacity *= 2;
    release(words->data);
    *words = (struct det_paste_words){0};
    DET_TRY(allocate(&memory, capacity * sizeof *words->data, message));
    words->data = memory;
    words->capacity = capacity;
    return DET_OK;
}

static det_status take_memory(struct work *w)
{
    struct det_mask_paster *paster = w->paster;
    struct det_message *message = w->compute->message;
    const struct det_ops *ops = w->compute->ops;
    const size_t strips = (size_t)w->masks->count;
    paster->ops = ops;
    if (strips > paster->capacity) {
        DET_TRY(det_reallocate(&paster->strips, strips, sizeof *paster->strips,
                               message));
        paster->capacity = strips;
    }
    DET_TRY(grow(&paster->on_host, w->room, ops->allocate_host,
                 ops->release_host, message));
    return w->pastes.ops->shares_memory
               ? DET_OK
               : grow(&paster->words, w->room, ops->allocate, ops->release,
                      message);
}

det_status det_mask_runs(struct det_compute *compute, struct det_rle *out,
                         struct det_mask_paster *paster,
                         const struct det_placed_masks *masks)
{
    struct work w = {.compute = compute,
                     .pastes = *compute,
                     .out = out,
                     .paster = paster,
                     .masks = masks};
    if (masks->count == 0)
        return DET_OK;
    if (masks->masks.on_host)
        w.pastes.ops = det_ops_for("cpu");
    w.room = round_words(&w);
    DET_TRY(take_memory(&w));
    while (w.place < masks->count)
        DET_TRY(paste_round(&w));
    return DET_OK;
}

void det_mask_paster_destroy(struct det_mask_paster *paster)
{
    if (paster->ops) {
        paster->ops->release(paster->words.data);
        paster->ops->release_host(paster->on_host.data);
    }
    free(paster->strips);
    det_rle_builder_destroy(&paster->builder);
    *paster = (struct det_mask_paster){0};
}
