/* SPDX-License-Identifier: MIT */
#include "eval/coco_groups.h"

#include <stdlib.h>

#include "base/memory.h"
#include "eval/lvis.h"

/* ------------------------------------------------------------ order of ids */

struct id_place {
    int64_t id;
    uint32_t place;
};

static int compare_ids(const void *a, const void *b)
{
    const int64_t x = ((const struct id_place *)a)->id;
    const int64_t y = ((const struct id_place *)b)->id;
    return x < y ? -1 : x > y;
}

/* ranks[place] for ids that are all different. */
static void rank_ids(uint32_t *ranks, struct id_place *ids, size_t count)
{
    qsort(ids, count, sizeof *ids, compare_ids);
    for (size_t i = 0; i < count; i++)
        ranks[ids[i].place] = (uint32_t)i;
}

static det_status rank_all(uint32_t **images, uint32_t **categories,
                           const struct det_dataset *dataset,
                           struct det_message *message)
{
    struct id_place *ids;
    const size_t most = dataset->num_images > dataset->num_categories
                            ? dataset->num_images
                            : dataset->num_categories;
    DET_TRY(
        det_allocate(images, dataset->num_images, sizeof **images, message));
    DET_TRY(det_allocate(categories, dataset->num_categories,
                         sizeof **categories, message));
    DET_TRY(det_allocate(&ids, most, sizeof *ids, message));
    for (size_t i = 0; i < dataset->num_images; i++)
        ids[i] = (struct id_place){dataset->images[i].id, (uint32_t)i};
    rank_ids(*images, ids, dataset->num_images);
    for (size_t i = 0; i < dataset->num_categories; i++)
        ids[i] = (struct id_place){dataset->categories[i].id, (uint32_t)i};
    rank_ids(*categories, ids, dataset->num_categories);
    free(ids);
    return DET_OK;
}

/* ------------------------------------------------------------ sorting objects
 */

/* Image and category of a file's objects as keys; DET_NO_INDEX: left out. */
struct keys {
    uint32_t *images, *categories; /* [count], ranks */
    size_t count;
};

/* Stable counting sort of places [count] by keys[place] < num_keys; begins
 * [num_keys + 1] as in det_coco_group. */
static void sort_by(uint32_t *out, const uint32_t *places, size_t count,
                    const uint32_t *keys, size_t num_keys, size_t *begins)
{
    for (size_t k = 0; k <= num_keys; k++)
        begins[k] = 0;
    for (size_t i = 0; i < count; i++)
        begins[keys[places[i]] + 1]++;
    for (size_t k = 0; k < num_keys; k++)
        begins[k + 1] += begins[k];
    for (size_t i = 0; i < count; i++)
        out[begins[keys[places[i]]]++] = places[i];
    for (size_t k = num_keys; k > 0; k--)
        begins[k] = begins[k - 1];
    begins[0] = 0;
}

/* When all categories are one, cocoeval joins the lists of the categories, so
 * that an image's objects are in the order of category ids. */
static det_status sort_objects(struct det_coco_group *out,
                               const struct keys *keys, size_t num_images,
                               size_t num_categories, bool without_categories,
                               struct det_message *message)
{
    uint32_t *other = NULL;
    size_t *begins = NULL, count = 0;
    det_status status;
    const size_t most_keys =
        num_images > num_categories ? num_images : num_categories;
    DET_TRY_OR_FAIL(
        det_allocate(&out->places, keys->count, sizeof *out->places, message));
    DET_TRY_OR_FAIL(det_allocate(&out->begins, most_keys + 2,
                                 sizeof *out->begins, message));
    DET_TRY_OR_FAIL(det_allocate(&other, keys->count, sizeof *other, message));
    DET_TRY_OR_FAIL(
        det_allocate(&begins, most_keys + 1, sizeof *begins, message));
    for (size_t i = 0; i < keys->count; i++)
        if (keys->images[i] != DET_NO_INDEX &&
            keys->categories[i] != DET_NO_INDEX)
            out->places[count++] = (uint32_t)i;
    if (without_categories) {
        sort_by(other, out->places, count, keys->categories, num_categories,
                begins);
        sort_by(out->places, other, count, keys->images, num_images, begins);
        out->begins[0] = 0;
        out->begins[1] = count;
    } else {
        sort_by(other, out->places, count, keys->images, num_images, begins);
        sort_by(out->places, other, count, keys->categories, num_categories,
                out->begins);
    }
fail:
    free(other);
    free(begins);
    return status;
}

static uint32_t rank_of(const uint32_t *ranks, uint32_t place)
{
    return place == DET_NO_INDEX ? DET_NO_INDEX : ranks[place];
}

static det_status make_keys(struct keys *keys, size_t count,
                            struct det_message *message)
{
    keys->count = count;
    DET_TRY(det_allocate(&keys->images, count, sizeof *keys->images, message));
    return det_allocate(&keys->categories, count, sizeof *keys->categories,
                        message);
}

static void drop_keys(struct keys *keys)
{
    free(keys->images);
    free(keys->categories);
}

/* What the grouping is made from. */
struct source {
    const struct det_dataset *dataset;
    const struct det_results *results;
    const struct det_coco_protocol *protocol;
    const uint32_t *image_ranks, *category_ranks;
    const uint8_t *kept; /* [results]; NULL: all */
};

static uint32_t image_key(const struct source *s, uint32_t image)
{
    const uint8_t *wanted = s->protocol->images;
    if (image != DET_NO_INDEX && wanted && !wanted[image])
        return DET_NO_INDEX;
    return rank_of(s->image_ranks, image);
}

static det_status group(struct det_coco_group *out, const struct source *s,
                        const struct keys *keys, struct det_message *message)
{
    return sort_objects(out, keys, s->dataset->num_images,
                        s->dataset->num_categories,
                        s->protocol->without_categories, message);
}

static det_status group_truths(struct det_coco_group *out,
                               const struct source *s,
                               struct det_message *message)
{
    struct keys keys = {0};
    det_status status = make_keys(&keys, s->dataset->num_annotations, message);
    for (size_t i = 0; status == DET_OK && i < keys.count; i++) {
        const struct det_annotation *a = &s->dataset->annotations[i];
        const bool exists = !s->protocol->federated || a->area > 0;
        keys.images[i] = exists ? image_key(s, a->image) : DET_NO_INDEX;
        keys.categories[i] = rank_of(s->category_ranks, a->category);
    }
    if (status == DET_OK)
        status = group(out, s, &keys, message);
    drop_keys(&keys);
    return status;
}

static det_status group_found(struct det_coco_group *out,
                              const struct source *s,
                              struct det_message *message)
{
    struct keys keys = {0};
    det_status status = make_keys(&keys, s->results->count, message);
    for (size_t i = 0; status == DET_OK && i < keys.count; i++) {
        const struct det_found_object *o = &s->results->objects[i];
        const bool kept = !s->kept || s->kept[i];
        keys.images[i] = kept ? image_key(s, o->image) : DET_NO_INDEX;
        keys.categories[i] = rank_of(s->category_ranks, o->category);
    }
    if (status == DET_OK)
        status = group(out, s, &keys, message);
    drop_keys(&keys);
    return status;
}

/* LVIS judges less than what was found. */
static det_status group_federated(struct det_coco_groups *out, struct source *s,
                                  struct det_message *message)
{
    uint8_t *kept;
    const size_t count = s->results->count;
    DET_TRY(det_allocate(&out->loose, count, 1, message));
    DET_TRY(det_allocate(&kept, count, 1, message));
    det_status status =
        det_lvis_filter(kept, out->loose, s->dataset, s->results,
                        (size_t)s->protocol->max_detections[0], message);
    s->kept = kept;
    if (status == DET_OK)
        status = group_found(&out->found, s, message);
    s->kept = NULL;
    free(kept);
    return status;
}

static det_status make(struct det_coco_groups *out, struct source *source,
                       uint32_t **category_ranks, struct det_message *message)
{
    const struct det_dataset *dataset = source->dataset;
    DET_TRY(rank_all(&out->image_ranks, category_ranks, dataset, message));
    DET_TRY(det_allocate(&out->categories, dataset->num_categories,
                         sizeof *out->categories, message));
    for (size_t i = 0; i < dataset->num_categories; i++)
        out->categories[(*category_ranks)[i]] = (uint32_t)i;
    out->num_categories =
        source->protocol->without_categories ? 1 : dataset->num_categories;
    source->image_ranks = out->image_ranks;
    source->category_ranks = *category_ranks;
    DET_TRY(group_truths(&out->truths, source, message));
    if (source->protocol->federated)
        return group_federated(out, source, message);
    return group_found(&out->found, source, message);
}

det_status det_coco_groups_make(struct det_coco_groups *out,
                                const struct det_dataset *dataset,
                                const struct det_results *results,
                                const struct det_coco_protocol *protocol,
                                struct det_message *message)
{
    uint32_t *category_ranks = NULL;
    struct source source = {
        .dataset = dataset, .results = results, .protocol = protocol};
    *out = (struct det_coco_groups){0};
    const det_status status = make(out, &source, &category_ranks, message);
    free(category_ranks);
    if (status != DET_OK)
        det_coco_groups_destroy(out);
    return status;
}

void det_coco_groups_destroy(struct det_coco_groups *groups)
{
    free(groups->image_ranks);
    free(groups->categories);
    free(groups->truths.places);
    free(groups->truths.begins);
    free(groups->found.places);
    free(groups->found.begins);
    free(groups->loose);
    *groups = (struct det_coco_groups){0};
}
