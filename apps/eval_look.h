/* SPDX-License-Identifier: MIT */
/* What models say of one image of a data set: detectors, or a classifier, or
 * what finds boxes of classes. */
#ifndef APPS_EVAL_LOOK_H
#define APPS_EVAL_LOOK_H

#include "apps/eval_classes.h"
#include "apps/eval_options.h"

struct eval_look {
    const struct eval_options *options;
    det_context *context;
    const det_dataset *dataset;
    struct console *console;
    struct model_list models;
    det_session *session;       /* of detectors, or ... */
    det_classifier *classifier; /* ... of one of these, or ... */
    struct box_finder finder;   /* ... of these, with a classifier or without */
    struct eval_labels labels;
    float *probabilities;                 /* [labels], of the classifier */
    det_result *results[DET_MOST_IMAGES]; /* of the session's last images */
    bool batch_failed;           /* so images are looked at one by one */
    struct eval_classes classes; /* whose boxes are found */
    det_detection *found; /* [capacity], of the last image: label is the id of a
                             category */
    size_t count, capacity;
};

/* Load the models and match their labels; says what is wrong. */
enum exit_code eval_look_open(struct eval_look *out,
                              const struct eval_options *options,
                              det_context *context, const det_dataset *dataset,
                              struct console *console);
void eval_look_close(struct eval_look *look);

/* An image of the data set. */
struct eval_image {
    size_t index;
    det_dataset_image entry;
    det_pixels pixels;
};

/* Of detectors: look at `count` images at once, for eval_look_at, which of each
 * must follow.  Once that has failed, which is warned of, they are looked at
 * one by one. */
void eval_look_together(struct eval_look *look, const struct eval_image *images,
                        size_t count);

/* Fill `found` with what is seen in an image, the place-th of those looked at
 * together; labels that are no category are left out.  EXIT_INPUT without a
 * word when it was stopped. */
enum exit_code eval_look_at(struct eval_look *look,
                            const struct eval_image *image, size_t place);

/* What there may be to judge. */
bool eval_look_has_masks(const struct eval_look *look);
/* What is to be shown as progress: of a classifier the top1. */
det_task eval_look_task(const struct eval_look *look);

#endif
