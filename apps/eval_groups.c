/* SPDX-License-Identifier: MIT */
#include "apps/eval_groups.h"

#include <stdlib.h>

static bool is_wanted(const struct eval_options *o, size_t index)
{
    return (o->most_images == 0 || index < o->most_images) &&
           (o->shards == 0 || index % o->shards == o->shard - 1);
}

size_t eval_groups_size(const struct eval_groups *groups, size_t first)
{
    const size_t rest = groups->count - first;
    return rest < groups->size ? rest : groups->size;
}

static size_t count_left(const size_t *images, size_t count,
                         const uint8_t *judged)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        left += !judged[images[i]];
    return left;
}

static void drop_done(struct eval_groups *groups, const uint8_t *judged)
{
    size_t kept = 0;
    for (size_t first = 0; first < groups->count; first += groups->size) {
        const size_t *images = groups->images + first;
        const size_t size = eval_groups_size(groups, first);
        const size_t left = count_left(images, size, judged);
        groups->left += left;
        groups->before += size - left;
        for (size_t i = 0; left > 0 && i < size; i++)
            groups->images[kept++] = images[i];
    }
    groups->count = kept;
}

bool eval_groups_open(struct eval_groups *out,
                      const struct eval_options *options, size_t images,
                      const uint8_t *judged)
{
    *out = (struct eval_groups){.size = (size_t)options->batch};
    out->images = calloc(images ? images : 1, sizeof *out->images);
    if (!out->images)
        return false;
    for (size_t i = 0; i < images; i++)
        if (is_wanted(options, i))
            out->images[out->count++] = i;
    drop_done(out, judged);
    return true;
}

void eval_groups_close(struct eval_groups *groups)
{
    free(groups->images);
    *groups = (struct eval_groups){0};
}
