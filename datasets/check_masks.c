/* SPDX-License-Identifier: MIT */
#include "datasets/check_masks.h"

#include <math.h>

/* What the polygons of one object have. */
struct outline {
    size_t parts;
    bool has_box;  /* a part of 4 numbers */
    bool has_area; /* some part has an inside */
    bool is_far;
};

static det_status measure_part(void *user, const double *xy, size_t points)
{
    struct outline *outline = user;
    double twice_area = 0;
    outline->parts++;
    for (size_t i = 0; i < points; i++) {
        const size_t next = i + 1 < points ? i + 1 : 0;
        twice_area += xy[2 * i] * xy[2 * next + 1];
        twice_area -= xy[2 * next] * xy[2 * i + 1];
        if (fabs(xy[2 * i]) > DET_POLYGON_FARTHEST ||
            fabs(xy[2 * i + 1]) > DET_POLYGON_FARTHEST)
            outline->is_far = true;
    }
    if (points == 2) {
        outline->has_box = true;
        twice_area = xy[2] * xy[3];
    }
    outline->has_area = outline->has_area || twice_area != 0;
    return DET_OK;
}

static det_status check_polygons(struct det_findings *findings,
                                 struct det_segmentation_scratch *scratch,
                                 const struct det_annotation *a,
                                 const struct det_data_image *image)
{
    struct outline outline = {0};
    struct det_message reason = {.text = ""};
    const det_status status = det_segmentation_each_polygon(
        scratch, &a->segmentation, measure_part, &outline, &reason);
    if (status == DET_ERROR_MEMORY)
        return det_fail(findings->message, status, "%s", reason.text);
    if (status != DET_OK)
        return det_findings_add_detail(findings, DET_FIND_POLYGON_SHORT, a->id,
                                       "%.200s", reason.text);
    if (outline.parts == 0)
        det_findings_add(findings, DET_FIND_POLYGON_NONE, a->id);
    else if (outline.is_far)
        det_findings_add(findings, DET_FIND_POLYGON_FAR, a->id);
    else if (!outline.has_area)
        det_findings_add(findings, DET_FIND_MASK_EMPTY, a->id);
    if (outline.has_box)
        det_findings_add(findings, DET_FIND_POLYGON_BOX, a->id);
    if (image && (image->width <= 0 || image->height <= 0))
        det_findings_add(findings, DET_FIND_MASK_NO_SIZE, a->id);
    return DET_OK;
}

static det_status check_runs(struct det_findings *findings,
                             struct det_segmentation_scratch *scratch,
                             const struct det_annotation *a,
                             const struct det_data_image *image)
{
    struct det_message reason = {.text = ""};
    const struct det_segmentation *s = &a->segmentation;
    struct det_rle mask;
    const det_status status =
        det_segmentation_mask(&mask, scratch, s, 0, 0, &reason);
    if (status == DET_ERROR_MEMORY)
        return det_fail(findings->message, status, "%s", reason.text);
    if (status != DET_OK)
        return det_findings_add_detail(findings, DET_FIND_RUNS_SUM, a->id,
                                       "%.200s", reason.text);
    const det_mask view = det_rle_view(&mask);
    if (det_mask_area(&view) == 0)
        det_findings_add(findings, DET_FIND_MASK_EMPTY, a->id);
    det_rle_destroy(&mask);
    if (image && image->width > 0 && image->height > 0 &&
        (image->width != s->width || image->height != s->height))
        return det_findings_add_detail(
            findings, DET_FIND_MASK_SIZE, a->id,
            "size [%d, %d], the image is %d high and %d wide", s->height,
            s->width, image->height, image->width);
    return DET_OK;
}

static det_status check_mask(struct det_findings *findings,
                             struct det_segmentation_scratch *scratch,
                             const struct det_annotation *a,
                             const struct det_dataset *dataset)
{
    const struct det_data_image *image =
        a->image == DET_NO_INDEX ? NULL : &dataset->images[a->image];
    switch (a->segmentation.kind) {
    case DET_SEGMENTATION_NONE:
        det_findings_add(findings, DET_FIND_MASK_MISSING, a->id);
        return DET_OK;
    case DET_SEGMENTATION_POLYGONS:
        return check_polygons(findings, scratch, a, image);
    default:
        return check_runs(findings, scratch, a, image);
    }
}

det_status det_check_masks(struct det_findings *findings,
                           const struct det_dataset *dataset)
{
    struct det_segmentation_scratch scratch = {0};
    det_status status = DET_OK;
    for (size_t i = 0; i < dataset->num_annotations && status == DET_OK; i++)
        status =
            check_mask(findings, &scratch, &dataset->annotations[i], dataset);
    det_segmentation_scratch_destroy(&scratch);
    det_finding *missing = &findings->of[DET_FIND_MASK_MISSING];
    if (missing->count && missing->count == dataset->num_annotations) {
        *missing = (det_finding){.count = 0}; /* a set of boxes */
        findings->of[DET_FIND_NO_MASKS].count = 1;
    }
    return status;
}
