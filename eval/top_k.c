/* SPDX-License-Identifier: MIT */
#include "eval/top_k.h"

static void judge(struct det_class_hits *hits, const struct det_guesses *g,
                  size_t image, size_t k)
{
    const size_t begin = g->begins[image], end = g->begins[image + 1];
    const size_t *truths = g->truths.start + image;
    det_class_hits_begin(hits, image);
    for (size_t i = begin; i < end && i - begin < k; i++) {
        const uint32_t category = g->results->objects[g->places[i]].category;
        if (category != DET_NO_INDEX)
            det_class_hits_hit(hits, category);
    }
    for (size_t i = truths[0]; i < truths[1]; i++) {
        const uint32_t category =
            g->dataset->annotations[g->truths.order[i]].category;
        if (category != DET_NO_INDEX)
            det_class_hits_show(hits, category);
    }
    det_class_hits_end(hits);
}

det_status det_top_k_count(struct det_class_hits *out,
                           const struct det_guesses *guesses, size_t k,
                           struct det_message *message)
{
    const struct det_dataset *dataset = guesses->dataset;
    DET_TRY(det_class_hits_make(out, dataset->num_categories, message));
    for (size_t i = 0; i < dataset->num_images; i++)
        if (det_guesses_judge(guesses, i))
            judge(out, guesses, i, k);
    return DET_OK;
}
