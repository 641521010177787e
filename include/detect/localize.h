/* SPDX-License-Identifier: MIT */
/*
 * libdetect: where in an image the classes are that it is known, or guessed, to
 * show (ImageNet localization; He et al. 2015, appendix C).
 *
 *     det_classifier_run -> classes -> det_localizer_run -> a box of each
 *
 * The rules of detect/detect.h hold: statuses, messages, ownership.
 */
#ifndef DETECT_LOCALIZE_H
#define DETECT_LOCALIZE_H

#include <detect/classify.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct det_localizer det_localizer;

typedef struct det_localizer_options {
    size_t struct_size;    /* set by det_localizer_options_init */
    const char *device;    /* the models' own (default when NULL); the precision
                              is theirs as well */
    int32_t threads;       /* 0: one for each processor */
    det_views views;       /* DET_VIEWS_CENTER: the middle square;
                              DET_VIEWS_FULL: everything at each scale, the default;
                              the boxes of all go through one NMS */
    const int32_t *scales; /* shorter sides; NULL: the model's, for
                              DET_VIEWS_FULL 224, 256, 384, 480, 640 */
    size_t scale_count;    /* at most 16 */
    int32_t proposals;     /* boxes of a class that are scored again; 0: 200 */
    int (*stop)(void *user); /* may be NULL; asked often while it works:
                                non-zero is DET_ERROR_CANCELLED */
    void *user;              /* given to `stop` */
} det_localizer_options;

DET_API void det_localizer_options_init(det_localizer_options *options);

/* `localizers` [1..8] propose; `rescorers` [0..8] look at each proposal alone,
 * warped to a square, for a new score and a new box (R-CNN).  Of several the
 * union of the proposals counts, and the mean of the new scores and boxes.  All
 * must have the same classes and outlive `*out`.  Message kept by the first
 * localizer's context. */
DET_API det_status det_localizer_create(const det_model *const *localizers,
                                        size_t localizer_count,
                                        const det_model *const *rescorers,
                                        size_t rescorer_count,
                                        const det_localizer_options *options,
                                        det_localizer **out);
DET_API void det_localizer_destroy(det_localizer **localizer);

/* Text of its last failed call. */
DET_API const char *det_localizer_message(const det_localizer *localizer);

/* boxes [count]: the best of each of classes [count], which are labels of the
 * model; its score says how sure it is that the box is of the class, not that
 * the image shows it.  Message kept by `localizer`. */
DET_API det_status det_localizer_run(det_localizer *localizer,
                                     const det_pixels *pixels,
                                     const int32_t *classes, size_t count,
                                     det_detection *boxes);

/* proposals [capacity]: those of one class, best first, before they are scored
 * again; *count of them. */
DET_API det_status det_localizer_propose(det_localizer *localizer,
                                         const det_pixels *pixels,
                                         int32_t label,
                                         det_detection *proposals,
                                         size_t capacity, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
