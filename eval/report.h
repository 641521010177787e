/* SPDX-License-Identifier: MIT */
/*
 * A page about results: FOLDER/index.html, one file that needs no network and
 * no server.
 */
#ifndef EVAL_REPORT_H
#define EVAL_REPORT_H

#include "eval/coco_scores.h"

enum { DET_REPORT_RUNS = 2 };

/* One results file. */
struct det_report_run {
    const char *name; /* what the page calls it */
    const struct det_results *results;
    const struct det_coco_scores *scores; /* NULL: worked out here */
};

struct det_report {
    const struct det_dataset *dataset;
    struct det_report_run runs[DET_REPORT_RUNS]; /* the second: to compare */
    size_t num_runs;                             /* 1 or 2 */
    struct det_coco_protocol protocol;           /* of given scores, too */
    const char *images; /* folder of the photos; NULL: none in the page */
    const char *title;  /* NULL: "Detection report" */
    double least_score; /* of the confusion matrix; negative: 0.3 */
    int threads;        /* >= 1 */
};

/* Write the page; the folder is made when it is missing.  A photo that is
 * missing or broken is left out.  DET_ERROR_WRITE, DET_ERROR_DATASET as from
 * det_coco_evaluate. */
det_status det_report_write(const struct det_report *report, const char *folder,
                            struct det_message *message);

#endif
