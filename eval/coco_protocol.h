/* SPDX-License-Identifier: MIT */
/* The rules of a COCO evaluation (pycocotools cocoeval.py, class Params). */
#ifndef EVAL_COCO_PROTOCOL_H
#define EVAL_COCO_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum det_eval_task { DET_EVAL_BOXES, DET_EVAL_MASKS };

enum {
    DET_EVAL_MOST_IOUS = 64,
    DET_EVAL_MOST_AREAS = 8,
    DET_EVAL_MOST_LIMITS = 8,
    DET_EVAL_RECALLS = 101,
};

struct det_area_range {
    char name[16];
    double low, high; /* pixels, both included */
};

struct det_coco_protocol {
    enum det_eval_task task;
    double ious[DET_EVAL_MOST_IOUS]; /* T thresholds, any order */
    size_t num_ious;
    double recalls[DET_EVAL_RECALLS]; /* R, ascending */
    struct det_area_range areas[DET_EVAL_MOST_AREAS]; /* A, the first is all */
    size_t num_areas;
    int32_t max_detections[DET_EVAL_MOST_LIMITS]; /* M, ascending, >= 1 */
    size_t num_limits;
    bool without_categories; /* all categories are one */
    bool federated;          /* LVIS (eval/lvis.h) */
    const uint8_t *images;   /* [images]: non-0 are judged; NULL: all */
};

/* COCO's own: 0.50 to 0.95, 101 recalls, all/small/medium/large, 1/10/100.
 * The thresholds are numpy's linspace to the last bit: 0.9 is
 * 0.8999999999999999, ten recalls are one ulp above their decimals. */
void det_coco_protocol_init(struct det_coco_protocol *out,
                            enum det_eval_task task);

/* LVIS's: the same thresholds and sizes, 300 detections of an image over all
 * categories, and what eval/lvis.h says. */
void det_lvis_protocol_init(struct det_coco_protocol *out,
                            enum det_eval_task task);

/* numpy.linspace(from, to, count) */
void det_linspace(double *out, double from, double to, size_t count);

#endif
