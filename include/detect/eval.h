/* SPDX-License-Identifier: MIT */
/*
 * libdetect: judging what a detector or a classifier found against a data set,
 * with the numbers of the official tools.
 *
 *     det_dataset_load -> det_results_load (or det_results_create and
 *     det_results_add) -> det_evaluate -> det_evaluation_measure
 *
 * The rules of detect/detect.h hold: statuses, messages, ownership.  Results
 * and evaluations refer to their data set, which must outlive them.
 */
#ifndef DETECT_EVAL_H
#define DETECT_EVAL_H

#include <detect/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ----------------------------------------------------------------- results */

/* What a detector found in the images of a data set, or which classes a
 * classifier says they are of. */
typedef struct det_results det_results;

/* Read a COCO results file; an entry without "bbox" and "segmentation" is a
 * class of the whole image.  Or a text in the form of ImageNet's challenges
 * (recognised by a digit at its beginning): a line for each image, by file
 * name, in it LABEL ... or LABEL XMIN YMIN XMAX YMAX ..., best first, where
 * label N is the Nth category by id.  An image that the data set lacks is
 * DET_ERROR_DATASET; objects of a category it lacks are read and judged as
 * nothing.  Message kept by `context`. */
DET_API det_status det_results_load(det_context *context,
                                    const det_dataset *dataset,
                                    const char *path, det_results **out);
/* No results yet. */
DET_API det_status det_results_create(det_context *context,
                                      const det_dataset *dataset,
                                      det_results **out);
/* Append one object: `detection->label` is the id of a category.  A box of four
 * NaNs is none: without a mask, too, it is a class of the whole image. */
DET_API det_status det_results_add(det_context *context, det_results *results,
                                   int64_t image_id,
                                   const det_detection *detection);
/* Append another file's objects behind those that are there. */
DET_API det_status det_results_append(det_context *context,
                                      det_results *results, const char *path);
/* Write a COCO results file, complete or not at all. */
DET_API det_status det_results_save(det_context *context,
                                    const det_results *results,
                                    const char *path);
DET_API void det_results_destroy(det_results **results);

DET_API size_t det_results_count(const det_results *results);
/* How many of them are of categories that the data set lacks. */
DET_API size_t det_results_unknown_count(const det_results *results);

/* A file that grows image by image, from which an interrupted run goes on. */
typedef struct det_journal det_journal;

/* Open or create; `header` is one line that says which run it is.  What is
 * there is appended to `results`, and done[i] becomes 1 for each image i of the
 * data set that is in it.  A file with another header is DET_ERROR_DATASET.
 * Message kept by `context`; `results` must outlive the journal. */
DET_API det_status det_journal_open(det_context *context,
                                    det_results *results, const char *path,
                                    const char *header, uint8_t *done,
                                    det_journal **out);
/* What was added to the results since the last call belongs to this image,
 * which is now done. */
DET_API det_status det_journal_write(det_context *context,
                                     det_journal *journal, int64_t image_id);
/* Close the file, and remove it when `finished`. */
DET_API void det_journal_close(det_journal **journal, int finished);

/* -------------------------------------------------------------- evaluation */

typedef enum det_task {
    DET_TASK_BBOX = 0,      /* boxes, by category */
    DET_TASK_SEGM = 1,      /* masks, by category */
    DET_TASK_PROPOSALS = 2, /* boxes whatever their category */
    DET_TASK_TOP_K = 3,     /* classes of images: whether a true one, where there
                               are several any, is among the first k; a category
                               that the data set lacks is a wrong guess */
    DET_TASK_LOCALIZATION = 4 /* ImageNet's challenge: a true one with a box
                                 that overlaps one of its true boxes by at
                                 least the threshold, 0.5 */
} det_task;

typedef enum det_rules {
    DET_RULES_COCO = 0,
    DET_RULES_LVIS = 1, /* federated: a category counts only in images where it
                          was looked for; 300 detections of an image over all
                          categories; no crowds */
    DET_RULES_VOC2007 = 2, /* PASCAL VOC until 2009: the mean over 11 recalls;
                              at each threshold (0.5; masks, as in MNC, 0.5 and
                              0.7) one measure; no sizes and limits */
    DET_RULES_VOC2012 = 3, /* since 2010: the area below the curve */
    DET_RULES_IMAGENET = 4 /* its detection challenge: area; objects that were
                              found are gone; small ones need less */
} det_rules;

typedef struct det_area_limits {
    const char *name; /* up to 15 characters */
    double low, high; /* pixels, both included */
} det_area_limits;

/* NULL and 0 mean COCO's own. */
typedef struct det_evaluate_options {
    size_t struct_size; /* set by det_evaluate_options_init */
    det_task task;
    int32_t threads;    /* 0: one for each processor */
    const double *ious; /* thresholds 0..1; 0.50, 0.55, ... 0.95 */
    size_t iou_count;   /* at most 64; of localization 1, above 0 */
    const int32_t *max_detections; /* per image, rising; 1, 10, 100, and for
                                      proposals 100, 300, 1000; LVIS 300; for
                                      classes of images and localization the k,
                                      1, 5 */
    size_t max_detections_count;   /* at most 8 */
    const det_area_limits *areas;  /* the first for all sizes */
    size_t area_count;             /* at most 8 */
    const uint8_t *images; /* one byte for each image of the data set: non-0
                              are judged; NULL: all */
    det_rules rules;
} det_evaluate_options;

DET_API void det_evaluate_options_init(det_evaluate_options *options);

/* Precision and recall in all their cells (COCOeval's evaluate, accumulate
 * and summarize). */
typedef struct det_evaluation det_evaluation;

/* `options` may be NULL.  Message kept by `context`. */
DET_API det_status det_evaluate(det_context *context,
                                const det_dataset *dataset,
                                const det_results *results,
                                const det_evaluate_options *options,
                                det_evaluation **out);
DET_API void det_evaluation_destroy(det_evaluation **evaluation);

typedef enum det_measure_kind {
    DET_MEASURE_PRECISION = 0, /* average precision */
    DET_MEASURE_RECALL = 1,    /* average recall */
    DET_MEASURE_ACCURACY = 2,  /* the share of images that are right */
    DET_MEASURE_ERROR = 3      /* the share of images that are wrong */
} det_measure_kind;

/* One line of the summary. */
typedef struct det_measure {
    const char *name; /* AP, AP50, AP75, APs, APm, APl, AR1, ..., ARl, and
                         LVIS's APr, APc, APf; top1, top5, top1_error,
                         top5_error, and localization's top1_loc_error,
                         top5_loc_error, known_class_loc_error: of the best
                         guess of a true class; owned by the evaluation */
    int is_recall;    /* average recall, not precision */
    double iou_low, iou_high; /* thresholds it is the mean over; 0: boxes are
                                 not compared */
    const char *area;
    int32_t max_detections; /* or k; 0: no limit */
    double value; /* 0..1; -1: nothing of this kind is there to find */
    det_measure_kind kind;
    size_t images; /* of which it is a share: those that are judged and have a
                      true class (or box, in localization); 0 by other kinds */
} det_measure;

/* The summary's lines in the official order; 0 past the last. */
DET_API int det_evaluation_measure(const det_evaluation *evaluation,
                                   size_t index, det_measure *out);

/* Categories by id; one that stands for all of them (id -1, "") in proposals.
 * `value` is what det_evaluation_measure(index) is for this category alone; of
 * shares of images: of the images that show it, those where it was hit. */
DET_API size_t det_evaluation_category_count(const det_evaluation *evaluation);
DET_API int64_t det_evaluation_category_id(const det_evaluation *evaluation,
                                           size_t category);
DET_API const char *
det_evaluation_category_name(const det_evaluation *evaluation,
                             size_t category);
DET_API double det_evaluation_category_value(const det_evaluation *evaluation,
                                             size_t category, size_t index);

/* COCOeval's arrays, C order, -1 for nothing to find; owned by the evaluation.
 * None (NULL, 0) by VOC's and ImageNet's rules and of shares of images.
 * precision and scores are [T, R, K, A, M], recall is [T, K, A, M]. */
typedef struct det_evaluation_cells {
    size_t ious, recalls, categories, areas, limits; /* T, R, K, A, M */
    const double *precision, *scores, *recall;
} det_evaluation_cells;

DET_API det_evaluation_cells
det_evaluation_get_cells(const det_evaluation *evaluation);

/* ------------------------------------------------------------------ report */

/* NULL and negative numbers mean what is noted. */
typedef struct det_report_options {
    size_t struct_size; /* set by det_report_options_init */
    const char *title;  /* "Detection report" */
    const char *name;   /* what the page calls the results: "results" */
    const char *images; /* folder of the photos; none in the page */
    const det_results *other; /* a second run, shown beside the first; none */
    const char *other_name;   /* "other" */
    double score_threshold;   /* of the confusion matrix; 0.3 */
} det_report_options;

DET_API void det_report_options_init(det_report_options *options);

/* Write FOLDER/index.html, one page that needs no network and no server:
 * curves, a table of classes, confusion, the errors as in TIDE (Bolya et al.
 * 2020), histograms, calibration, and the worst errors as pictures.  The folder
 * is made when it is missing.  Both options may be NULL; a task of boxes or
 * masks, COCO's rules.  Message kept by `context`. */
DET_API det_status det_report_save(det_context *context,
                                   const det_dataset *dataset,
                                   const det_results *results,
                                   const det_evaluate_options *options,
                                   const det_report_options *report,
                                   const char *folder);

#ifdef __cplusplus
}
#endif
#endif
