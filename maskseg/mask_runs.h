/* SPDX-License-Identifier: MIT */
/*
 * Small masks and their boxes -> run lengths over the whole photo.  The device
 * pastes bits (compute/mask_paste.h), of which only those inside the boxes come
 * over, and the host counts them: there is no mask of the photo's size.  Where
 * the bits are, and how many, follows from the boxes alone, so that nothing is
 * waited for but the bits.
 *
 * They are made in rounds that fit a buffer, with one wait for each, of one
 * photo or of several.  One round of the GPU's is enough for 100 masks that all
 * cover a photo of 1280 x 960.
 */
#ifndef MASKSEG_MASK_RUNS_H
#define MASKSEG_MASK_RUNS_H

#include "compute/ops.h"
#include "geometry/box.h"
#include "geometry/rle.h"

struct det_mask_place {
    int32_t row;        /* of the masks */
    struct det_box box; /* pixels of the photo */
};

/* Of one photo. */
struct det_placed_masks {
    struct det_tensor masks; /* [R, side, side, 1], 0..1; of the device, or
                                on_host, where they are pasted, too */
    const struct det_mask_place *places; /* [count] */
    int32_t count;
    enum det_paste_rule rule;
    int32_t width, height; /* of the photo, pixels */
    struct det_rle *out;   /* [count], zeroed: run lengths that own their
                              memory (det_rle_destroy) */
};

/* Memory of a device's kind, or of the host's that goes with it. */
struct det_paste_words {
    uint32_t *data; /* [capacity] */
    size_t capacity;
};

/* What is kept from photo to photo.  Zeroed is a valid one; it belongs to the
 * device that it was first used with. */
struct det_mask_paster {
    const struct det_ops *ops;    /* of the words; NULL: there are none */
    struct det_paste_words words; /* of the device; none where it shares the
                                     host's memory */
    struct det_paste_words on_host;
    struct det_paste_strip *strips; /* [capacity] */
    size_t capacity;
    struct det_rle_builder builder;
    size_t most_words; /* of a round; 0: as suits the device */
};

/* photos[..].out is filled, for [count] of them; some may be after a failure,
 * too.  Masks are read until it returns. */
det_status det_mask_runs(struct det_compute *compute,
                         struct det_mask_paster *paster,
                         const struct det_placed_masks *photos, int32_t count);

/* After the device has done what it was asked for. */
void det_mask_paster_destroy(struct det_mask_paster *paster);

#endif
