/* SPDX-License-Identifier: MIT */
#include "geometry/rle.h"

/* The next pixels of a mask: `left` of the run numbered `next - 1`. */
struct cursor {
    const det_mask *mask;
    size_t next;
    uint32_t left;
};

static bool value_at(struct cursor *c)
{
    while (c->left == 0 && c->next < c->mask->count)
        c->left = c->mask->counts[c->next++];
    return c->next % 2 == 0;
}

static det_status merge_two(struct det_rle *out, const det_mask *a,
                            const det_mask *b, enum det_rle_operation operation,
                            struct det_message *message)
{
    struct det_rle_builder builder = {0};
    struct cursor ca = {.mask = a}, cb = {.mask = b};
    det_status status =
        det_rle_builder_init(&builder, a->width, a->height, message);
    while (status == DET_OK && builder.left) {
        const bool va = value_at(&ca), vb = value_at(&cb);
        const uint32_t length = ca.left < cb.left ? ca.left : cb.left;
        status = det_rle_builder_append(
            &builder, operation == DET_RLE_UNION ? va || vb : va && vb, length,
            message);
        ca.left -= length;
        cb.left -= length;
    }
    if (status == DET_OK)
        status = det_rle_builder_finish(out, &builder, message);
    det_rle_builder_destroy(&builder);
    return status;
}

det_status det_rle_merge(struct det_rle *out, const det_mask *masks,
                         size_t count, enum det_rle_operation operation,
                         struct det_message *message)
{
    *out = (struct det_rle){0};
    DET_TRY(det_rle_copy(out, &masks[0], message));
    for (size_t i = 1; i < count; i++) {
        struct det_rle merged = {0};
        const det_mask so_far = det_rle_view(out);
        det_status status = DET_ERROR_ARGUMENT;
        if (masks[i].width != out->width || masks[i].height != out->height)
            det_fail(message, status, "masks of different sizes");
        else
            status = merge_two(&merged, &so_far, &masks[i], operation, message);
        det_rle_destroy(out);
        if (status != DET_OK)
            return status;
        *out = merged;
    }
    return DET_OK;
}
