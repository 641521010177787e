/* SPDX-License-Identifier: MIT */
/*
 * libdetect: naming what a whole image shows, by the residual nets themselves.
 *
 *     det_model_load -> det_classifier_create -> det_classifier_run
 *
 * The rules of detect/detect.h hold: statuses, messages, ownership.
 */
#ifndef DETECT_CLASSIFY_H
#define DETECT_CLASSIFY_H

#include <detect/detect.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct det_classifier det_classifier;

/* How an image is looked at (He et al. 2015, section 3.4). */
typedef enum det_views {
    DET_VIEWS_CENTER = 0, /* the middle square */
    DET_VIEWS_TEN = 1,    /* its four corners, its middle, and their mirror
                             images */
    DET_VIEWS_FULL = 2    /* all of it and its mirror image, fully
                             convolutional, at each of the scales */
} det_views;

typedef struct det_classifier_options {
    size_t struct_size; /* set by det_classifier_options_init */
    const char *device; /* the models' own (default when NULL); the precision
                           is theirs as well */
    int32_t threads;    /* 0: one for each processor */
    det_views views;
    const int32_t *scales; /* shorter sides in pixels; NULL: the model's, for
                              DET_VIEWS_FULL 224, 256, 384, 480, 640 */
    size_t scale_count;    /* at most 16 */
} det_classifier_options;

DET_API void det_classifier_options_init(det_classifier_options *options);

/* `options` may be NULL.  `model` is a classifier (DET_ERROR_MODEL otherwise)
 * and must outlive `*out`.  Message kept by the model's context. */
DET_API det_status det_classifier_create(const det_model *model,
                                         const det_classifier_options *options,
                                         det_classifier **out);
/* 1 to 8 classifiers of the same classes: the mean of what all of them say.
 * The rest is as with one; message kept by the first model's context. */
DET_API det_status det_classifier_create_ensemble(
    const det_model *const *models, size_t count,
    const det_classifier_options *options, det_classifier **out);
DET_API void det_classifier_destroy(det_classifier **classifier);

/* Text of its last failed call. */
DET_API const char *det_classifier_message(const det_classifier *classifier);

/* probabilities [det_model_label_count]: the mean over all views of all
 * models; they sum to 1.  Message kept by `classifier`. */
DET_API det_status det_classifier_run(det_classifier *classifier,
                                      const det_pixels *pixels,
                                      float *probabilities);

enum { DET_MOST_BATCH = 1024 };

/* The same of `count` images, 1 to DET_MOST_BATCH, in one pass of the network,
 * to probabilities [count, det_model_label_count].  Images of DET_VIEWS_FULL,
 * which differ in size, go through it one by one. */
DET_API det_status det_classifier_run_batch(det_classifier *classifier,
                                            const det_pixels *images,
                                            size_t count, float *probabilities);

/* What its last run took: DET_STAGE_RESIZE with cutting out the views, and
 * DET_STAGE_BACKBONE with all that follows; 0 of the others. */
DET_API det_stage_cost
det_classifier_stage_cost(const det_classifier *classifier, det_stage stage);

#ifdef __cplusplus
}
#endif
#endif
