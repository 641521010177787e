/* SPDX-License-Identifier: MIT */
/*
 * Why an AP will be 0 or -1, before anything is run.  What COCO's own tools
 * make of each case is from pycocotools' cocoeval.py, coco.py and maskApi.c.
 */
#ifndef DATASETS_CHECK_H
#define DATASETS_CHECK_H

#include "datasets/dataset.h"
#include "detect/data.h"

struct det_check_report {
    det_finding *findings; /* [count] */
    size_t count;
    struct det_text_pool texts; /* the findings' details */
};

/* Fill a zeroed report, worst findings first.  `folder` may be NULL: images
 * are not looked at. */
det_status det_check_dataset(struct det_check_report *report,
                             const struct det_dataset *dataset,
                             const char *folder, struct det_message *message);

void det_check_report_clear(struct det_check_report *report);

#endif
