/* SPDX-License-Identifier: MIT */
#include "maskseg/mask_runs.h"

#include <stdlib.h>

#include "base/memory.h"
#include "compute/mask_paste.h"

/* Words of a round: on the host they stay in the cache of the core that counts
 * them; a GPU has as many as make it worth a wait. */
enum { WORDS_ON_HOST = 1 << 16, WORDS_ON_DEVICE = 1 << 22 };

/* The column that is next, of all. */
struct cursor {
    int32_t photo, place;
    int32_t column; /* from the first one of the mask on */
};

struct work {
    struct det_compute *compute;
    struct det_mask_paster *paster;
    const struct det_placed_masks *photos;
    int32_t count;    /* of the photos */
    size_t room;      /* words of a round */
    struct cursor at; /* where the next round begins */
};

/* ------------------------------------------------------------------ strips */

/* All columns of a mask. */
static struct det_paste_strip strip_of(const struct det_placed_masks *photo,
                                       int32_t place)
{
    const struct det_mask_place *p = &photo->places[place];
    const int32_t side = photo->masks.h;
    struct det_paste_strip strip = {
        .mask = p->row,
        .columns = det_paste_axis_of(photo->rule, p->box.x1, p->box.x2, side,
                                     photo->width),
        .rows = det_paste_axis_of(photo->rule, p->box.y1, p->box.y2, side,
                                  photo->height)};
    strip.first = strip.columns.begin;
    if (strip.columns.end > strip.columns.begin &&
        strip.rows.end > strip.rows.begin)
        strip.count = strip.columns.end - strip.columns.begin;
    return strip;
}

static size_t words_of(const struct det_paste_strip *strip)
{
    return (size_t)strip->count * (size_t)det_paste_column_words(strip);
}

/* Of all columns those from the cursor on, as far as there is room. */
static void cut_strip(struct det_paste_strip *strip, int32_t done, size_t room)
{
    strip->first += done;
    strip->count -= done;
    if (words_of(strip) > room)
        strip->count = (int32_t)(room / (size_t)det_paste_column_words(strip));
}

static bool begins_mask(const struct det_paste_strip *strip)
{
    return strip->first == strip->columns.begin;
}

static bool ends_mask(const struct det_paste_strip *strip)
{
    return strip->count == 0 ||
           strip->first + strip->count == strip->columns.end;
}

static void pass_by(struct cursor *at, const struct det_paste_strip *strip)
{
    at->column += strip->count;
    if (!ends_mask(strip))
        return;
    at->place++;
    at->column = 0;
}

/* One photo's strips of a round, at most one of each mask, from the cursor on;
 * how many there are. */
static int32_t fill_strips(struct det_paste_strip *strips, struct cursor *at,
                           const struct det_placed_masks *photo, size_t room)
{
    size_t used = 0;
    int32_t count = 0;
    while (at->place < photo->count) {
        struct det_paste_strip strip = strip_of(photo, at->place);
        const bool empty = strip.count == 0;
        cut_strip(&strip, at->column, room - used);
        if (strip.count == 0 && !empty)
            break; /* not one column fits */
        strip.at = (int64_t)used;
        used += words_of(&strip);
        strips[count++] = strip;
        pass_by(at, &strip);
    }
    return count;
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

static det_status
read_strip(struct det_rle *out, struct det_rle_builder *builder,
           const struct det_paste_strip *strip, const uint32_t *words,
           const struct det_placed_masks *photo, struct det_message *message)
{
    const int32_t height = photo->height;
    if (begins_mask(strip)) {
        DET_TRY(det_rle_builder_init(builder, photo->width, height, message));
        DET_TRY(det_rle_builder_append(
            builder, false, (uint64_t)strip->first * (uint64_t)height,
            message));
    }
    for (int32_t c = 0; c < strip->count; c++) {
        DET_TRY(read_column(builder, words, &strip->rows, height, message));
        words += det_paste_column_words(strip);
    }
    return ends_mask(strip) ? det_rle_builder_finish(out, builder, message)
                            : DET_OK;
}

/* ------------------------------------------------------------------- rounds */

/* What pastes a photo's masks: the device that has them. */
static struct det_compute paster_of(const struct work *w,
                                    const struct det_placed_masks *photo)
{
    struct det_compute compute = *w->compute;
    if (photo->masks.on_host)
        compute.ops = det_ops_for("cpu");
    return compute;
}

/* The words of a photo's strips, behind the `used` ones of the round; the
 * host's copy is there after a wait. */
static det_status paste_strips(struct work *w,
                               const struct det_placed_masks *photo,
                               const struct det_paste_strip *strips,
                               int32_t count, size_t used, bool *waits)
{
    struct det_compute compute = paster_of(w, photo);
    const bool shared = compute.ops->shares_memory;
    const struct det_paste_strip *last = &strips[count - 1];
    uint32_t *on_host = w->paster->on_host.data + used;
    struct det_mask_paste op = {
        .masks = photo->masks, .strips = strips, .num_strips = count};
    op.words = shared ? on_host : w->paster->words.data + used;
    op.num_words = last->at + (int64_t)words_of(last);
    DET_TRY(det_mask_paste(&compute, &op));
    if (shared || op.num_words == 0)
        return DET_OK;
    *waits = true;
    return compute.ops->to_host(&compute, on_host, op.words,
                                (size_t)op.num_words * sizeof *op.words);
}

/* Strips of as many photos as there is room for; how many. */
static det_status paste_round(struct work *w, int32_t *count, bool *waits)
{
    size_t used = 0;
    *count = 0;
    *waits = false;
    while (w->at.photo < w->count) {
        const struct det_placed_masks *photo = &w->photos[w->at.photo];
        struct det_paste_strip *strips = w->paster->strips + *count;
        const int32_t own = fill_strips(strips, &w->at, photo, w->room - used);
        if (own > 0)
            DET_TRY(paste_strips(w, photo, strips, own, used, waits));
        for (int32_t i = 0; i < own; i++)
            used += words_of(&strips[i]);
        *count += own;
        if (w->at.place < photo->count)
            return DET_OK; /* the round is full */
        w->at = (struct cursor){.photo = w->at.photo + 1};
    }
    return DET_OK;
}

/* The runs of a round that began at `at`. */
static det_status read_round(struct work *w, struct cursor at, int32_t count)
{
    const uint32_t *words = w->paster->on_host.data;
    for (int32_t i = 0; i < count; i++) {
        const struct det_paste_strip *strip = &w->paster->strips[i];
        while (at.place == w->photos[at.photo].count)
            at = (struct cursor){.photo = at.photo + 1};
        const struct det_placed_masks *photo = &w->photos[at.photo];
        DET_TRY(read_strip(&photo->out[at.place], &w->paster->builder, strip,
                           words, photo, w->compute->message));
        words += words_of(strip);
        pass_by(&at, strip);
    }
    return DET_OK;
}

static det_status run_round(struct work *w)
{
    const struct cursor begin = w->at;
    int32_t count;
    bool waits;
    DET_TRY(paste_round(w, &count, &waits));
    if (waits)
        DET_TRY(det_wait(w->compute));
    return read_round(w, begin, count);
}

/* ------------------------------------------------------------------- memory */

/* What is needed for all masks: strips, and words of them and of the longest
 * column; and whether some are pasted elsewhere than on the host. */
struct needs {
    size_t strips, words, column;
    bool device;
};

static struct needs needs_of(const struct work *w)
{
    struct needs needs = {.column = 1};
    for (int32_t p = 0; p < w->count; p++) {
        const struct det_placed_masks *photo = &w->photos[p];
        for (int32_t i = 0; i < photo->count; i++) {
            const struct det_paste_strip strip = strip_of(photo, i);
            const size_t column = (size_t)det_paste_column_words(&strip);
            needs.words += words_of(&strip);
            needs.column = column > needs.column ? column : needs.column;
        }
        needs.strips += (size_t)photo->count;
        needs.device |= photo->count > 0 && !photo->masks.on_host;
    }
    needs.device &= !w->compute->ops->shares_memory;
    return needs;
}

/* All words, or as many as a round has: at least a column. */
static size_t round_words(const struct det_mask_paster *paster,
                          const struct needs *needs)
{
    const size_t most = paster->most_words ? paster->most_words
                        : needs->device    ? WORDS_ON_DEVICE
                                           : WORDS_ON_HOST;
    const size_t words = needs->words < most ? needs->words : most;
    return words > needs->column ? words : needs->column;
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

static det_status take_memory(struct work *w, const struct needs *needs)
{
    struct det_mask_paster *paster = w->paster;
    struct det_message *message = w->compute->message;
    const struct det_ops *ops = w->compute->ops;
    paster->ops = ops;
    w->room = round_words(paster, needs);
    if (needs->strips > paster->capacity) {
        DET_TRY(det_reallocate(&paster->strips, needs->strips,
                               sizeof *paster->strips, message));
        paster->capacity = needs->strips;
    }
    if (needs->device)
        DET_TRY(grow(&paster->words, w->room, ops->allocate, ops->release,
                     message));
    return grow(&paster->on_host, w->room, ops->allocate_host,
                ops->release_host, message);
}

det_status det_mask_runs(struct det_compute *compute,
                         struct det_mask_paster *paster,
                         const struct det_placed_masks *photos, int32_t count)
{
    struct work w = {
        .compute = compute, .paster = paster, .photos = photos, .count = count};
    const struct needs needs = needs_of(&w);
    if (needs.strips == 0)
        return DET_OK;
    DET_TRY(take_memory(&w, &needs));
    while (w.at.photo < w.count)
        DET_TRY(run_round(&w));
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
