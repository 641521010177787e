/* SPDX-License-Identifier: MIT */
#include "datasets/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FIRST_CAPACITY = 64 };

/* Room for one more element of `size` bytes at *items. */
static det_status make_room(void *items, size_t count, size_t *capacity,
                            size_t size, struct det_message *message)
{
    if (count < *capacity)
        return DET_OK;
    if (count >= DET_NO_INDEX / 2)
        return det_fail(message, DET_ERROR_LIMIT, "more than %zu entries",
                        count);
    const size_t larger = *capacity ? 2 * *capacity : FIRST_CAPACITY;
    DET_TRY(det_reallocate(items, larger, size, message));
    *capacity = larger;
    return DET_OK;
}

static det_status copy_text(struct det_dataset *dataset, const char **text,
                            struct det_message *message)
{
    return det_text_pool_add(&dataset->texts, text, *text, strlen(*text),
                             message);
}

/* *is_new is false when the id is there already, which is noted. */
static det_status index_id(struct det_id_index *index, bool *is_new, int64_t id,
                           size_t place, struct det_repeated_ids *repeated,
                           struct det_message *message)
{
    uint32_t earlier;
    DET_TRY(det_id_index_add(index, &earlier, id, (uint32_t)place, message));
    *is_new = earlier == DET_NO_INDEX;
    if (!*is_new && repeated->count++ < DET_REPEATED_KEPT)
        repeated->first[repeated->count - 1] = id;
    return DET_OK;
}

det_status det_dataset_add_image(struct det_dataset *dataset,
                                 const struct det_data_image *image,
                                 struct det_message *message)
{
    const size_t place = dataset->num_images;
    struct det_data_image copy = *image;
    bool is_new;
    DET_TRY(make_room(&dataset->images, place, &dataset->image_capacity,
                      sizeof copy, message));
    DET_TRY(copy_text(dataset, &copy.file_name, message));
    DET_TRY(index_id(&dataset->image_index, &is_new, copy.id, place,
                     &dataset->repeated_images, message));
    if (is_new)
        dataset->images[dataset->num_images++] = copy;
    return DET_OK;
}

det_status det_dataset_add_category(struct det_dataset *dataset,
                                    const struct det_data_category *category,
                                    struct det_message *message)
{
    const size_t place = dataset->num_categories;
    struct det_data_category copy = *category;
    bool is_new;
    DET_TRY(make_room(&dataset->categories, place, &dataset->category_capacity,
                      sizeof copy, message));
    DET_TRY(copy_text(dataset, &copy.name, message));
    DET_TRY(copy_text(dataset, &copy.supercategory, message));
    DET_TRY(index_id(&dataset->category_index, &is_new, copy.id, place,
                     &dataset->repeated_categories, message));
    if (is_new)
        dataset->categories[dataset->num_categories++] = copy;
    return DET_OK;
}

static det_status refuse(const struct det_repeated_ids *repeated,
                         const char *kind, struct det_message *message)
{
    if (repeated->count == 0)
        return DET_OK;
    return det_fail(message, DET_ERROR_DATASET,
                    "two %s have the id %lld, and %zu more are repeated; "
                    "detect-data check lists them",
                    kind, (long long)repeated->first[0], repeated->count - 1);
}

det_status det_dataset_refuse_repeated(const struct det_dataset *dataset,
                                       struct det_message *message)
{
    DET_TRY(refuse(&dataset->repeated_images, "images", message));
    return refuse(&dataset->repeated_categories, "categories", message);
}

det_status det_dataset_add_annotation(struct det_dataset *dataset,
                                      const struct det_annotation *annotation,
                                      struct det_message *message)
{
    DET_TRY(make_room(&dataset->annotations, dataset->num_annotations,
                      &dataset->annotation_capacity, sizeof *annotation,
                      message));
    dataset->annotations[dataset->num_annotations++] = *annotation;
    return DET_OK;
}

det_status det_dataset_keep_block(struct det_dataset *dataset, void *block,
                                  struct det_message *message)
{
    const det_status status =
        det_reallocate(&dataset->blocks, dataset->num_blocks + 1,
                       sizeof *dataset->blocks, message);
    if (status != DET_OK)
        free(block);
    else
        dataset->blocks[dataset->num_blocks++] = block;
    return status;
}

void det_dataset_finish(struct det_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_annotations; i++) {
        struct det_annotation *a = &dataset->annotations[i];
        a->image = det_id_index_find(&dataset->image_index, a->image_id);
        a->category =
            det_id_index_find(&dataset->category_index, a->category_id);
    }
}

uint32_t det_dataset_category_named(const struct det_dataset *dataset,
                                    const char *name)
{
    for (size_t i = 0; i < dataset->num_categories; i++)
        if (strcmp(dataset->categories[i].name, name) == 0)
            return (uint32_t)i;
    return DET_NO_INDEX;
}

bool det_dataset_lacks_boxes(const struct det_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_annotations; i++) {
        const struct det_annotation *a = &dataset->annotations[i];
        if (a->segmentation.kind != DET_SEGMENTATION_NONE || !isnan(a->area))
            return false;
        for (int k = 0; k < 4; k++)
            if (!isnan(a->box[k]))
                return false;
    }
    return dataset->num_annotations > 0;
}

void det_dataset_clear(struct det_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_blocks; i++)
        free(dataset->blocks[i]);
    free(dataset->blocks);
    free(dataset->images);
    free(dataset->categories);
    free(dataset->annotations);
    det_id_index_destroy(&dataset->image_index);
    det_id_index_destroy(&dataset->category_index);
    det_image_groups_destroy(&dataset->groups);
    det_text_pool_destroy(&dataset->texts);
    det_mapping_close(&dataset->mapping);
    *dataset = (struct det_dataset){0};
}
