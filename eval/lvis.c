/* SPDX-License-Identifier: MIT */
#include "eval/lvis.h"

#include <stdlib.h>

#include "base/memory.h"
#include "datasets/coco_fields.h"
#include "eval/score_sort.h"

/* Pairs of an image and a category. */
struct pairs {
    const struct det_dataset *dataset;
    struct det_id_index index;
};

static int64_t key_of(const struct pairs *pairs, uint32_t image,
                      uint32_t category)
{
    return (int64_t)image * (int64_t)pairs->dataset->num_categories + category;
}

static det_status add_pair(struct pairs *pairs, uint32_t image,
                           uint32_t category, struct det_message *message)
{
    uint32_t earlier;
    return det_id_index_add(&pairs->index, &earlier,
                            key_of(pairs, image, category), 0, message);
}

static bool has_pair(const struct pairs *pairs, uint32_t image,
                     uint32_t category)
{
    return det_id_index_find(&pairs->index, key_of(pairs, image, category)) !=
           DET_NO_INDEX;
}

/* A list of category ids, as an image has it in the file. */
static det_status add_list(struct pairs *pairs, uint32_t image,
                           struct det_json_span list,
                           struct det_message *message)
{
    struct det_json_reader reader = {.text = list.text,
                                     .size = list.size,
                                     .refusal = DET_ERROR_DATASET,
                                     .message = message};
    bool more;
    if (list.size == 0)
        return DET_OK;
    DET_TRY(det_json_expect(&reader, '['));
    more = !det_json_accept(&reader, ']');
    while (more) {
        int64_t id;
        DET_TRY(det_coco_id(&reader, &id));
        const uint32_t category =
            det_id_index_find(&pairs->dataset->category_index, id);
        if (category != DET_NO_INDEX)
            DET_TRY(add_pair(pairs, image, category, message));
        DET_TRY(det_json_next(&reader, ']', &more));
    }
    return DET_OK;
}

static det_status find_judged(struct pairs *judged, struct pairs *loose,
                              struct det_message *message)
{
    const struct det_dataset *dataset = judged->dataset;
    for (size_t i = 0; i < dataset->num_annotations; i++) {
        const struct det_annotation *a = &dataset->annotations[i];
        if (a->image != DET_NO_INDEX && a->category != DET_NO_INDEX &&
            a->area > 0)
            DET_TRY(add_pair(judged, a->image, a->category, message));
    }
    for (uint32_t i = 0; i < dataset->num_images; i++) {
        DET_TRY(add_list(judged, i, dataset->images[i].negative, message));
        DET_TRY(add_list(loose, i, dataset->images[i].not_exhaustive, message));
    }
    return DET_OK;
}

/* -------------------------------------------------------------------- limits
 */

/* Results in order of their images, begins[i] being where image i starts. */
static det_status sort_by_image(uint32_t **out, size_t **begins,
                                const struct det_dataset *dataset,
                                const struct det_results *results,
                                struct det_message *message)
{
    const size_t images = dataset->num_images;
    DET_TRY(det_allocate(out, results->count, sizeof **out, message));
    DET_TRY(det_allocate(begins, images + 2, sizeof **begins, message));
    size_t *next = *begins + 1; /* counts, then starts, then ends */
    for (size_t i = 0; i < results->count; i++)
        next[results->objects[i].image + 1]++;
    for (size_t i = 0; i < images; i++)
        next[i + 1] += next[i];
    for (size_t i = 0; i < results->count; i++)
        (*out)[next[results->objects[i].image]++] = (uint32_t)i;
    return DET_OK;
}

/* Keep the best of each image. */
static det_status keep_best(uint8_t *kept, const struct det_dataset *dataset,
                            const struct det_results *results, size_t limit,
                            struct det_message *message)
{
    uint32_t *sorted = NULL;
    size_t *begins = NULL;
    struct det_score_sorter sorter = {0};
    det_status status;
    DET_TRY_OR_FAIL(sort_by_image(&sorted, &begins, dataset, results, message));
    for (size_t i = 0; i < dataset->num_images; i++) {
        const uint32_t *places = sorted + begins[i];
        const size_t count = begins[i + 1] - begins[i];
        DET_TRY_OR_FAIL(det_score_sorter_reserve(&sorter, count, message));
        for (size_t k = 0; k < count; k++)
            det_score_sorter_put(&sorter, k, results->objects[places[k]].score);
        const uint32_t *order = det_score_sort(&sorter, count);
        for (size_t k = 0; k < count && k < limit; k++)
            kept[places[order[k]]] = 1;
    }
    status = DET_OK;
fail:
    det_score_sorter_destroy(&sorter);
    free(sorted);
    free(begins);
    return status;
}

det_status det_lvis_filter(uint8_t *kept, uint8_t *loose,
                           const struct det_dataset *dataset,
                           const struct det_results *results, size_t limit,
                           struct det_message *message)
{
    struct pairs judged = {.dataset = dataset}, open = {.dataset = dataset};
    for (size_t i = 0; i < results->count; i++)
        kept[i] = loose[i] = 0;
    det_status status = find_judged(&judged, &open, message);
    if (status == DET_OK)
        status = keep_best(kept, dataset, results, limit, message);
    for (size_t i = 0; status == DET_OK && i < results->count; i++) {
        const struct det_found_object *o = &results->objects[i];
        if (o->category == DET_NO_INDEX)
            continue;
        kept[i] = kept[i] && has_pair(&judged, o->image, o->category);
        loose[i] = has_pair(&open, o->image, o->category);
    }
    det_id_index_destroy(&judged.index);
    det_id_index_destroy(&open.index);
    return status;
}
