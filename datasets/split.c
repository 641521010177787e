/* SPDX-License-Identifier: MIT */
#include "datasets/split.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

/* Sums of decimal fractions miss 1 by rounding. */
static const double rounding = 1e-9;

struct ticket {
    uint64_t draw;
    int64_t id; /* of the image */
    size_t index;
};

/* splitmix64 (Steele, Lea, Flood 2014): every bit of the input changes half of
 * the output's. */
static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static int by_draw(const void *a, const void *b)
{
    const struct ticket *x = a, *y = b;
    if (x->draw != y->draw)
        return x->draw < y->draw ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static det_status check_fractions(const double *fractions, size_t count,
                                  struct det_message *message)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(fractions[i] > 0))
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "fraction %zu is %g; fractions are above 0", i + 1,
                            fractions[i]);
        sum += fractions[i];
    }
    if (count == 0 || !(sum <= 1 + rounding))
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%zu fractions that sum to %g; at least 1 that sum to "
                        "at most 1",
                        count, sum);
    return DET_OK;
}

/* A part ends where the running sum of fractions, of all images, is rounded
 * to: no part is off by more than one image. */
det_status det_split_images(uint32_t *parts, const struct det_dataset *dataset,
                            const double *fractions, size_t count,
                            uint64_t seed, struct det_message *message)
{
    const size_t images = dataset->num_images;
    struct ticket *tickets;
    DET_TRY(check_fractions(fractions, count, message));
    DET_TRY(det_allocate(&tickets, images, sizeof *tickets, message));
    for (size_t i = 0; i < images; i++) {
        const int64_t id = dataset->images[i].id;
        tickets[i] = (struct ticket){mix(mix(seed) ^ (uint64_t)id), id, i};
    }
    qsort(tickets, images, sizeof *tickets, by_draw);
    double sum = 0;
    size_t at = 0;
    for (size_t part = 0; part <= count; part++) {
        sum = part < count ? sum + fractions[part] : 1;
        const size_t end =
            part == count
                ? images
                : (size_t)fmin((double)images, round(sum * (double)images));
        for (; at < end; at++)
            parts[tickets[at].index] = (uint32_t)part;
    }
    free(tickets);
    return DET_OK;
}
