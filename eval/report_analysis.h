/* SPDX-License-Identifier: MIT */
/* Everything the page says about one run. */
#ifndef EVAL_REPORT_ANALYSIS_H
#define EVAL_REPORT_ANALYSIS_H

#include "eval/calibration.h"
#include "eval/confusion.h"
#include "eval/report.h"
#include "eval/tide.h"

enum { DET_REPORT_CONFUSED = 20 }; /* classes with a row of their own */

/* Objects by score and by size, at IoU 0.5. */
struct det_report_counts {
    size_t right_scores[DET_HISTOGRAM_SCORES];
    size_t wrong_scores[DET_HISTOGRAM_SCORES];
    size_t right_sizes[DET_HISTOGRAM_SIZES]; /* of what is found */
    size_t wrong_sizes[DET_HISTOGRAM_SIZES];
    size_t found_sizes[DET_HISTOGRAM_SIZES]; /* of what is there */
    size_t missed_sizes[DET_HISTOGRAM_SIZES];
};

struct det_report_analysis {
    const struct det_report_run *run;
    const struct det_coco_scores *scores;
    struct det_coco_scores own_scores; /* when none were given */
    struct det_tide tide;
    struct det_confusion confusion;
    struct det_calibration calibration;
    struct det_report_counts counts;
    size_t *class_results; /* [classes]: objects found of each */
};

/* The page's classes are those of the scores, by id. */
struct det_report_classes {
    const char **names; /* [count] */
    size_t *objects;    /* [count]: without crowds */
    uint32_t *page;     /* [det_scene_classes]: from classes of a scene */
    size_t count;
};

det_status det_report_classes_make(struct det_report_classes *out,
                                   const struct det_report *report,
                                   const struct det_coco_scores *scores,
                                   struct det_message *message);
void det_report_classes_destroy(struct det_report_classes *classes);

/* On failure nothing is left. */
det_status det_report_analyse(struct det_report_analysis *out,
                              const struct det_report *report,
                              const struct det_report_run *run,
                              struct det_message *message);
void det_report_analysis_destroy(struct det_report_analysis *analysis);

static inline struct det_scene_rules
det_report_rules(const struct det_report *report)
{
    const struct det_coco_protocol *p = &report->protocol;
    return (struct det_scene_rules){.task = p->task,
                                    .without_categories = p->without_categories,
                                    .images = p->images,
                                    .threads = report->threads};
}

#endif
