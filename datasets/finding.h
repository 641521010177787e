/* SPDX-License-Identifier: MIT */
/* What datasets/check.h can find, and the gathering of it. */
#ifndef DATASETS_FINDING_H
#define DATASETS_FINDING_H

#include "datasets/check.h"

enum det_finding_kind {
    /* errors */
    DET_FIND_NO_IMAGES,
    DET_FIND_NO_CATEGORIES,
    DET_FIND_NO_OBJECTS,
    DET_FIND_IMAGE_ID_TWICE,
    DET_FIND_CATEGORY_ID_TWICE,
    DET_FIND_ANNOTATION_ID_TWICE,
    DET_FIND_ANNOTATION_ID_ZERO,
    DET_FIND_IMAGE_UNKNOWN,
    DET_FIND_CATEGORY_UNKNOWN,
    DET_FIND_IMAGE_MISSING,
    DET_FIND_IMAGE_BROKEN,
    DET_FIND_IMAGE_SIZE,
    DET_FIND_IMAGE_TURNED,
    DET_FIND_BOX_MISSING,
    DET_FIND_BOX_NOT_FINITE,
    DET_FIND_BOX_EMPTY,
    DET_FIND_BOX_OUTSIDE,
    DET_FIND_POLYGON_NONE,
    DET_FIND_POLYGON_SHORT,
    DET_FIND_POLYGON_FAR,
    DET_FIND_RUNS_SUM,
    DET_FIND_MASK_SIZE,
    DET_FIND_MASK_NO_SIZE,
    DET_FIND_AREA_MISSING,
    DET_FIND_AREA_BELOW_ZERO,
    /* warnings */
    DET_FIND_CATEGORY_ONLY_CROWD,
    DET_FIND_CATEGORY_ID_ZERO,
    DET_FIND_CATEGORY_NO_NAME,
    DET_FIND_CATEGORY_NAME_TWICE,
    DET_FIND_IMAGE_NO_NAME,
    DET_FIND_IMAGE_NAME_TWICE,
    DET_FIND_IMAGE_NO_SIZE,
    DET_FIND_BOX_STICKS_OUT,
    DET_FIND_POLYGON_BOX,
    DET_FIND_MASK_MISSING,
    DET_FIND_MASK_EMPTY,
    DET_FIND_AREA_ZERO,
    DET_FIND_AREA_TOO_LARGE,
    DET_FIND_OBJECT_TWICE,
    /* infos */
    DET_FIND_CATEGORY_UNUSED,
    DET_FIND_NO_BOXES,
    DET_FIND_NO_MASKS,
    DET_FIND_NO_SMALL,
    DET_FIND_NO_MEDIUM,
    DET_FIND_NO_LARGE,
    DET_FIND_IMAGE_UNUSED,
    DET_FIND_KINDS
};

/* Findings while they are counted.  Zeroed but for `message` and `texts` is
 * empty. */
struct det_findings {
    det_finding of[DET_FIND_KINDS]; /* count, ids, id_count and detail */
    struct det_text_pool *texts;
    struct det_message *message;
};

/* Count one.  `id` is of the subject that the kind's row names. */
void det_findings_add(struct det_findings *findings, enum det_finding_kind kind,
                      int64_t id);

/* The same; the first one's text is made from `format` and kept. */
det_status det_findings_add_detail(struct det_findings *findings,
                                   enum det_finding_kind kind, int64_t id,
                                   const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The kind's severity, code and sentences. */
void det_finding_describe(det_finding *finding, enum det_finding_kind kind);

#endif
