/* SPDX-License-Identifier: MIT */
/*
 * What was said of each image, best first: equal scores in the results' order.
 * A result of a category that the data set lacks is a wrong guess and keeps its
 * place among the others, as in ImageNet's tools.
 */
#ifndef EVAL_GUESSES_H
#define EVAL_GUESSES_H

#include "datasets/coco_results.h"

struct det_guesses {
    const struct det_dataset *dataset; /* not owned, like the next two */
    const struct det_results *results;
    const uint8_t *images; /* [images]: non-0 are judged; NULL: all */
    size_t *begins;        /* [images + 1] */
    uint32_t *places; /* results of image i: begins[i] .. begins[i + 1] - 1 */
    struct det_image_groups truths;
};

/* On failure nothing is left. */
det_status det_guesses_make(struct det_guesses *out,
                            const struct det_dataset *dataset,
                            const struct det_results *results,
                            const uint8_t *images, struct det_message *message);
void det_guesses_destroy(struct det_guesses *guesses);

static inline bool det_guesses_judge(const struct det_guesses *guesses,
                                     size_t image)
{
    return !guesses->images || guesses->images[image];
}

#endif
