/* SPDX-License-Identifier: MIT */
/*
 * Which class is taken for which.  Found objects of at least a score are
 * matched, best first, each with the true object of whatever class that is
 * still free and that it overlaps most (IoU >= 0.5; one of its own class on a
 * tie).  What is left stands in the row and column of the background; objects
 * found inside a crowd of their class do not.
 */
#ifndef EVAL_CONFUSION_H
#define EVAL_CONFUSION_H

#include "eval/scene.h"

#define DET_CONFUSION_IOU 0.5
#define DET_CONFUSION_SCORE 0.3

struct det_confusion {
    double least_score;
    uint32_t *rows;    /* [num_classes]: the row of a class */
    uint32_t *classes; /* [num_kept]: the class of a row */
    size_t num_classes, num_kept;
    bool has_others;       /* row num_kept is all the other classes */
    size_t size;           /* rows: kept, others, background (the last) */
    uint64_t *cells;       /* [size, size]: true class, found class */
    uint64_t others_wrong; /* of the others' own cell: different classes */
};

/* The `most_kept` classes with the most objects get rows of their own, the
 * largest first, but those without any. */
det_status det_confusion_init(struct det_confusion *out,
                              const struct det_dataset *dataset,
                              const struct det_scene_rules *rules,
                              size_t most_kept, double least_score,
                              struct det_message *message);

/* Count an image; several threads may, each another. */
void det_confusion_add(struct det_confusion *confusion,
                       const struct det_scene *scene);

void det_confusion_destroy(struct det_confusion *confusion);

#endif
