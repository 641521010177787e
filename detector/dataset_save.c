/* SPDX-License-Identifier: MIT */
/* The public calls that write data sets and hand out their objects. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/save.h"
#include "detect/data.h"
#include "detector/context.h"
#include "detector/result.h"

void det_dataset_save_options_init(det_dataset_save_options *options)
{
    *options = (det_dataset_save_options){.struct_size = sizeof *options};
}

static det_status read_options(det_dataset_save_options *out,
                               const det_dataset_save_options *options,
                               struct det_message *message)
{
    det_dataset_save_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "save options of %zu bytes; this library knows %zu: "
                        "call det_dataset_save_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    return DET_OK;
}

det_status det_dataset_save(det_context *context, const det_dataset *dataset,
                            const char *path,
                            const det_dataset_save_options *options,
                            det_dataset_losses *losses)
{
    if (!context || !dataset || !path)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    det_dataset_save_options o;
    det_dataset_losses ignored;
    DET_TRY(read_options(&o, options, message));
    return det_save_dataset(dataset, path, &o, losses ? losses : &ignored,
                            message);
}

/* ------------------------------------------------------------------ objects */

static double area_of(const struct det_annotation *a)
{
    return isfinite(a->area) ? a->area : a->box[2] * a->box[3];
}

/* Smallest first, so that what is drawn from the last to the first ends with
 * them on top. */
static int by_area(const void *x, const void *y)
{
    const struct det_annotation *a = *(struct det_annotation *const *)x;
    const struct det_annotation *b = *(struct det_annotation *const *)y;
    const double p = area_of(a), q = area_of(b);
    return p < q ? -1 : p > q ? 1 : a < b ? -1 : a > b;
}

static bool is_whole(const struct det_annotation *a)
{
    return a->category != DET_NO_INDEX && isfinite(a->box[0]) &&
           isfinite(a->box[1]) && isfinite(a->box[2]) && isfinite(a->box[3]);
}

/* A mask that cannot be drawn, or is of another size, is left out. */
static det_status add_mask(det_result *result, size_t index,
                           const struct det_annotation *a,
                           const struct det_data_image *image,
                           struct det_segmentation_scratch *scratch,
                           struct det_message *message)
{
    struct det_message reason = {.text = ""};
    struct det_rle *mask = &result->runs[index];
    if (a->segmentation.kind == DET_SEGMENTATION_NONE)
        return DET_OK;
    const det_status status = det_segmentation_mask(
        mask, scratch, &a->segmentation, image->width, image->height, &reason);
    if (status == DET_ERROR_MEMORY)
        return det_fail(message, status, "%s", reason.text);
    if (status != DET_OK || mask->width != image->width ||
        mask->height != image->height)
        return DET_OK;
    result->masks[index] = det_rle_view(mask);
    result->detections[index].mask = &result->masks[index];
    return DET_OK;
}

static det_status fill(det_result *result, const det_dataset *dataset,
                       const struct det_annotation **chosen, size_t count,
                       size_t image, struct det_message *message)
{
    struct det_segmentation_scratch scratch = {0};
    det_status status = DET_OK;
    for (size_t i = 0; i < count && status == DET_OK; i++) {
        const struct det_annotation *a = chosen[i];
        const size_t index = result->count++;
        result->detections[index] =
            (det_detection){.label = (int32_t)a->category,
                            .score = a->is_crowd ? 0.0f : 1.0f,
                            .x = (float)a->box[0],
                            .y = (float)a->box[1],
                            .w = (float)a->box[2],
                            .h = (float)a->box[3]};
        status = add_mask(result, index, a, &dataset->images[image], &scratch,
                          message);
    }
    det_segmentation_scratch_destroy(&scratch);
    return status;
}

static det_status choose(const struct det_annotation **chosen, size_t *count,
                         const det_dataset *dataset, size_t image)
{
    const struct det_image_groups *groups = &dataset->groups;
    *count = 0;
    for (size_t k = groups->start[image]; k < groups->start[image + 1]; k++) {
        const struct det_annotation *a =
            &dataset->annotations[groups->order[k]];
        if (is_whole(a))
            chosen[(*count)++] = a;
    }
    qsort(chosen, *count, sizeof *chosen, by_area);
    return DET_OK;
}

static det_status create(det_result **out, const det_dataset *dataset,
                         size_t image, const struct det_annotation **chosen,
                         size_t count, struct det_message *message)
{
    det_status status;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    det_result *result = *out;
    DET_TRY_OR_FAIL(det_allocate(&result->detections, count,
                                 sizeof *result->detections, message));
    DET_TRY_OR_FAIL(
        det_allocate(&result->runs, count, sizeof *result->runs, message));
    DET_TRY_OR_FAIL(
        det_allocate(&result->masks, count, sizeof *result->masks, message));
    DET_TRY_OR_FAIL(fill(result, dataset, chosen, count, image, message));
    return DET_OK;
fail:
    det_result_destroy(out);
    return status;
}

det_status det_dataset_objects(det_context *context, const det_dataset *dataset,
                               size_t index, det_result **out)
{
    if (!context || !dataset || !out || index >= dataset->num_images)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    const struct det_annotation **chosen;
    size_t count =
        dataset->groups.start[index + 1] - dataset->groups.start[index];
    *out = NULL;
    DET_TRY(det_allocate(&chosen, count, sizeof *chosen, message));
    det_status status = choose(chosen, &count, dataset, index);
    if (status == DET_OK)
        status = create(out, dataset, index, chosen, count, message);
    free(chosen);
    return status;
}
