/* SPDX-License-Identifier: MIT */
#include "geometry/balanced_sample.h"

#include <stdlib.h>
#include <string.h>

#include "geometry/box_match.h"

static size_t gather(int32_t *out, const int32_t *matches, size_t count,
                     bool objects)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (objects ? matches[i] >= 0 : matches[i] == DET_MATCH_BACKGROUND)
            out[found++] = (int32_t)i;
    return found;
}

static int rising(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* `wanted` of items [count] by chance, to the front and in order. */
static void choose(int32_t *items, size_t count, size_t wanted,
                   struct det_random *random)
{
    if (wanted == count)
        return;
    for (size_t i = 0; i < wanted; i++) {
        const size_t j = i + (size_t)det_random_below(random, count - i);
        const int32_t swapped = items[i];
        items[i] = items[j];
        items[j] = swapped;
    }
    qsort(items, wanted, sizeof *items, rising);
}

static size_t take(int32_t *chosen, const int32_t *matches, size_t count,
                   bool objects, size_t most, int32_t *scratch,
                   struct det_random *random)
{
    const size_t found = gather(scratch, matches, count, objects);
    const size_t wanted = found < most ? found : most;
    choose(scratch, found, wanted, random);
    memcpy(chosen, scratch, wanted * sizeof *chosen);
    return wanted;
}

int32_t det_balanced_sample(int32_t *chosen, int32_t *positives,
                            const struct det_balanced_sample *config,
                            const int32_t *matches, size_t count,
                            int32_t *scratch, struct det_random *random)
{
    const size_t limit = (size_t)config->limit;
    const size_t most = (size_t)(config->positive * (double)config->limit);
    const size_t objects =
        take(chosen, matches, count, true, most, scratch, random);
    const size_t others = take(chosen + objects, matches, count, false,
                               limit - objects, scratch, random);
    *positives = (int32_t)objects;
    return (int32_t)(objects + others);
}
