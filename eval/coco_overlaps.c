/* SPDX-License-Identifier: MIT */
#include "eval/coco_overlaps.h"

#include <math.h>
#include <stdio.h>

/* ---------------------------------------------------------------------- IoU */

/* In the order of bbIou's operations. */
static double box_iou(const struct det_shape *d, const struct det_shape *g)
{
    const double *a = d->box, *b = g->box;
    const double w = fmin(a[2] + a[0], b[2] + b[0]) - fmax(a[0], b[0]);
    if (w <= 0)
        return 0;
    const double h = fmin(a[3] + a[1], b[3] + b[1]) - fmax(a[1], b[1]);
    if (h <= 0)
        return 0;
    const double both = w * h, found = a[2] * a[3];
    return both / (g->is_crowd ? found : found + b[2] * b[3] - both);
}

double det_shape_iou(const struct det_shape *found,
                     const struct det_shape *truth, bool masks)
{
    const double boxes = box_iou(found, truth);
    if (!masks || !(boxes > 0))
        return boxes;
    const det_mask a = det_rle_view(&found->mask);
    const det_mask b = det_rle_view(&truth->mask);
    if (a.width != b.width || a.height != b.height)
        return -1;
    const uint64_t both = det_rle_intersection(&a, &b);
    if (both == 0)
        return 0;
    return (double)both / (truth->is_crowd
                               ? found->area
                               : found->area + truth->area - (double)both);
}

/* -------------------------------------------------------------------- shapes
 */

static void box_of_mask(struct det_shape *shape)
{
    const det_mask mask = det_rle_view(&shape->mask);
    const struct det_rle_box box = det_rle_bounding_box(&mask);
    shape->box[0] = box.x;
    shape->box[1] = box.y;
    shape->box[2] = box.w;
    shape->box[3] = box.h;
    shape->area = (double)det_mask_area(&mask);
}

static det_status draw(struct det_shape *out, struct det_shape_maker *maker,
                       const struct det_segmentation *segmentation,
                       const struct det_data_image *image)
{
    if (segmentation->kind == DET_SEGMENTATION_POLYGONS &&
        (image->width == 0 || image->height == 0))
        return det_fail(maker->message, DET_ERROR_DATASET,
                        "the image has no width and height, which polygons "
                        "need");
    const det_status status =
        det_segmentation_mask(&out->mask, &maker->scratch, segmentation,
                              image->width, image->height, maker->message);
    if (status == DET_OK)
        box_of_mask(out);
    return status == DET_OK || status == DET_ERROR_MEMORY ? status
                                                          : DET_ERROR_DATASET;
}

/* "annotation 12, image 139: ..." */
static det_status say_which(const struct det_shape_maker *maker,
                            det_status status, const char *what, int64_t id,
                            int64_t image_id)
{
    char where[96];
    if (status != DET_OK) {
        snprintf(where, sizeof where, "%s %lld, image %lld", what,
                 (long long)id, (long long)image_id);
        det_message_prefix(maker->message, where);
    }
    return status;
}

/* A result without a mask stands for its rectangle, as in cocoapi's loadRes. */
static det_status draw_box(struct det_shape *out, struct det_shape_maker *maker,
                           const double box[4],
                           const struct det_data_image *image)
{
    const double left = box[0], right = box[0] + box[2];
    const double top = box[1], bottom = box[1] + box[3];
    const double corners[8] = {left,  top,    left,  bottom,
                               right, bottom, right, top};
    DET_TRY(det_polygon_rle(&out->mask, &maker->scratch.polygon, corners, 4,
                            image->width, image->height, maker->message));
    box_of_mask(out);
    return DET_OK;
}

det_status det_shape_of_truth(struct det_shape *out,
                              struct det_shape_maker *maker,
                              const struct det_dataset *dataset,
                              const struct det_annotation *annotation)
{
    const struct det_annotation *a = annotation;
    *out = (struct det_shape){.is_crowd = a->is_crowd};
    if (maker->task == DET_EVAL_MASKS)
        return say_which(
            maker,
            draw(out, maker, &a->segmentation, &dataset->images[a->image]),
            "annotation", a->id, a->image_id);
    if (isnan(a->box[0]))
        return det_fail(maker->message, DET_ERROR_DATASET,
                        "annotation %lld has no box", (long long)a->id);
    for (int i = 0; i < 4; i++)
        out->box[i] = a->box[i];
    out->area = a->box[2] * a->box[3];
    return DET_OK;
}

static det_status shape_of_found(struct det_shape *out,
                                 struct det_shape_maker *maker,
                                 const struct det_data_image *image,
                                 const struct det_found_object *object)
{
    const bool has_mask = object->segmentation.kind != DET_SEGMENTATION_NONE;
    if (!has_mask && isnan(object->box[0]))
        return det_fail(maker->message, DET_ERROR_DATASET,
                        "neither a box nor a mask: it is a class of the whole "
                        "image");
    if (maker->task == DET_EVAL_MASKS && !has_mask)
        return draw_box(out, maker, object->box, image);
    if (maker->task == DET_EVAL_MASKS || !maker->results_have_boxes)
        return draw(out, maker, &object->segmentation, image);
    for (int i = 0; i < 4; i++)
        out->box[i] = object->box[i];
    out->area = object->box[2] * object->box[3];
    return DET_OK;
}

det_status det_shape_of_found(struct det_shape *out,
                              struct det_shape_maker *maker,
                              const struct det_dataset *dataset,
                              const struct det_found_object *object)
{
    const struct det_data_image *image = &dataset->images[object->image];
    *out = (struct det_shape){0};
    const det_status status = shape_of_found(out, maker, image, object);
    const int64_t category = object->category == DET_NO_INDEX
                                 ? -1
                                 : dataset->categories[object->category].id;
    return say_which(maker, status, "a result of category", category,
                     image->id);
}
