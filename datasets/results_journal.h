/* SPDX-License-Identifier: MIT */
/*
 * What was found so far, image by image, in a file that an interrupted run
 * goes on from.  The first line says which run it belongs to; each other line
 * is one image that was done:
 *
 *     {"image_id":139,"objects":[{...},...]}
 *
 * with objects as in a COCO results file.  A last line without its end was
 * being written when the run stopped, and is dropped.
 */
#ifndef DATASETS_RESULTS_JOURNAL_H
#define DATASETS_RESULTS_JOURNAL_H

#include "datasets/coco_results.h"

struct det_journal {
    struct det_results *results; /* not owned */
    size_t written;              /* objects of it that are in the file */
    char *path;
    FILE *stream;
    struct det_message *message;
};

/* Open or create; `header` is one line without its end.  What is there is
 * appended to `results`, and done[image] becomes 1.  A file with another
 * header is DET_ERROR_DATASET.  On failure nothing is open. */
det_status det_results_journal_open(struct det_journal *out, const char *path,
                            const char *header,
                            const struct det_dataset *dataset,
                            struct det_results *results, uint8_t *done,
                            struct det_message *message);

/* The objects put into the results since the last call are those of `image`,
 * a place in the data set: write its line through to the kernel. */
det_status det_results_journal_write(struct det_journal *journal, uint32_t image);

/* Close the file, and remove it when the run is over. */
void det_results_journal_close(struct det_journal *journal, bool finished);

#endif
