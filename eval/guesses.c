/* SPDX-License-Identifier: MIT */
#include "eval/guesses.h"

#include <stdlib.h>

#include "base/memory.h"
#include "eval/score_sort.h"

/* Counting sort by image; the results' order stays.  Returns the most that an
 * image has. */
static size_t sort_by_image(struct det_guesses *g)
{
    const struct det_results *r = g->results;
    const size_t images = g->dataset->num_images;
    size_t most = 0, sum = 0;
    for (size_t i = 0; i < r->count; i++)
        g->begins[r->objects[i].image]++;
    for (size_t i = 0; i <= images; i++) {
        most = g->begins[i] > most ? g->begins[i] : most;
        sum += g->begins[i];
        g->begins[i] = sum; /* the end, until the places are given */
    }
    for (size_t i = r->count; i-- > 0;)
        g->places[--g->begins[r->objects[i].image]] = (uint32_t)i;
    return most;
}

static void rank(uint32_t *places, size_t count, uint32_t *spare,
                 struct det_score_sorter *sorter,
                 const struct det_results *results)
{
    for (size_t i = 0; i < count; i++) {
        det_score_sorter_put(sorter, i, results->objects[places[i]].score);
        spare[i] = places[i];
    }
    const uint32_t *order = det_score_sort(sorter, count);
    for (size_t i = 0; i < count; i++)
        places[i] = spare[order[i]];
}

static det_status rank_all(struct det_guesses *g, size_t most,
                           struct det_message *message)
{
    struct det_score_sorter sorter = {0};
    uint32_t *spare;
    DET_TRY(det_allocate(&spare, most, sizeof *spare, message));
    const det_status status = det_score_sorter_reserve(&sorter, most, message);
    for (size_t i = 0; status == DET_OK && i < g->dataset->num_images; i++)
        rank(g->places + g->begins[i], g->begins[i + 1] - g->begins[i], spare,
             &sorter, g->results);
    det_score_sorter_destroy(&sorter);
    free(spare);
    return status;
}

static det_status make(struct det_guesses *g, struct det_message *message)
{
    DET_TRY(det_allocate(&g->begins, g->dataset->num_images + 1,
                         sizeof *g->begins, message));
    DET_TRY(det_allocate(&g->places, g->results->count, sizeof *g->places,
                         message));
    DET_TRY(rank_all(g, sort_by_image(g), message));
    return det_image_groups_init(&g->truths, g->dataset, message);
}

det_status det_guesses_make(struct det_guesses *out,
                            const struct det_dataset *dataset,
                            const struct det_results *results,
                            const uint8_t *images, struct det_message *message)
{
    *out = (struct det_guesses){
        .dataset = dataset, .results = results, .images = images};
    const det_status status = make(out, message);
    if (status != DET_OK)
        det_guesses_destroy(out);
    return status;
}

void det_guesses_destroy(struct det_guesses *guesses)
{
    free(guesses->begins);
    free(guesses->places);
    det_image_groups_destroy(&guesses->truths);
    *guesses = (struct det_guesses){0};
}
