/* SPDX-License-Identifier: MIT */
#include "compute/mask_paste.h"

static bool is_of_mask(const struct det_paste_strip *strip,
                       const struct det_tensor *masks)
{
    return strip->mask >= 0 && strip->mask < masks->n &&
           strip->rows.padded == masks->h + 2 &&
           strip->columns.padded == masks->w + 2;
}

static bool is_within_box(const struct det_paste_strip *strip)
{
    return strip->count == 0 ||
           (strip->count > 0 && strip->first >= strip->columns.begin &&
            strip->count <= strip->columns.end - strip->first);
}

static det_status check_strips(struct det_compute *compute,
                               const struct det_mask_paste *op)
{
    int64_t end = 0;
    for (int32_t i = 0; i < op->num_strips; i++) {
        const struct det_paste_strip *s = &op->strips[i];
        if (!is_of_mask(s, &op->masks) || !is_within_box(s) || s->at != end)
            return det_fail(compute->message, DET_ERROR_ARGUMENT,
                            "strip %d is of mask %d of %d, with columns %d to "
                            "%d of %d to %d, and begins at word %lld, not %lld",
                            i, s->mask, op->masks.n, s->first,
                            s->first + s->count, s->columns.begin,
                            s->columns.end, (long long)s->at, (long long)end);
        end += (int64_t)s->count * det_paste_column_words(s);
    }
    if (end != op->num_words)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "strips of %lld words for %lld", (long long)end,
                        (long long)op->num_words);
    return DET_OK;
}

det_status det_mask_paste(struct det_compute *compute,
                          const struct det_mask_paste *op)
{
    const struct det_tensor *masks = &op->masks;
    if (masks->h < 1 || masks->h > DET_PASTE_MOST_SIDE ||
        masks->w != masks->h || masks->c != 1 ||
        masks->element != DET_ELEMENT_FP32)
        return det_fail(compute->message, DET_ERROR_ARGUMENT,
                        "masks of %d x %d x %d %s; squares of 1 to %d places "
                        "a side are possible, of floats",
                        masks->h, masks->w, masks->c,
                        det_element_name(masks->element), DET_PASTE_MOST_SIDE);
    DET_TRY(check_strips(compute, op));
    return op->num_words > 0 ? compute->ops->mask_paste(compute, op) : DET_OK;
}
