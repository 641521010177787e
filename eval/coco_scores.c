/* SPDX-License-Identifier: MIT */
#include "eval/coco_scores.h"

#include <stdlib.h>

#include "base/checked.h"
#include "base/memory.h"
#include "eval/coco_accumulate.h"

/* ------------------------------------------------------------------- arrays */

static det_status fill(double **out, size_t count, struct det_message *message)
{
    DET_TRY(det_allocate(out, count, sizeof **out, message));
    for (size_t i = 0; i < count; i++)
        (*out)[i] = -1;
    return DET_OK;
}

static det_status make_arrays(struct det_coco_scores *out,
                              struct det_message *message)
{
    const struct det_coco_protocol *p = &out->protocol;
    const size_t cells =
        p->num_ious * out->num_categories * p->num_areas * p->num_limits;
    DET_TRY(fill(&out->recall, cells, message));
    DET_TRY(fill(&out->precision, cells * DET_EVAL_RECALLS, message));
    return fill(&out->scores, cells * DET_EVAL_RECALLS, message);
}

void det_coco_scores_destroy(struct det_coco_scores *scores)
{
    free(scores->categories);
    free(scores->frequencies);
    free(scores->precision);
    free(scores->scores);
    free(scores->recall);
    *scores = (struct det_coco_scores){0};
}

/* ------------------------------------------------------------- one category */

/* What a thread works with. */
struct worker {
    struct det_coco_category category;
    struct det_coco_matching matching;
    struct det_coco_curves curves;
    struct det_message message;
};

static void destroy_worker(struct worker *w)
{
    det_coco_category_destroy(&w->category);
    det_coco_matching_destroy(&w->matching);
    det_coco_curves_destroy(&w->curves);
}

struct job {
    struct det_coco_scores *out;
    const struct det_dataset *dataset;
    const struct det_results *results;
    const struct det_coco_groups *groups;
};

static void score_loaded(const struct job *job, struct worker *w, size_t k)
{
    const struct det_coco_protocol *p = &job->out->protocol;
    for (size_t a = 0; a < p->num_areas; a++) {
        const size_t truths =
            det_coco_ignore(&w->matching, &w->category, &p->areas[a]);
        if (truths == 0)
            continue; /* the cells stay -1 */
        det_coco_curves_set_area(&w->curves, &w->category, p, &p->areas[a]);
        for (size_t t = 0; t < p->num_ious; t++) {
            det_coco_match(&w->matching, &w->category, &p->areas[a],
                           p->ious[t]);
            det_coco_accumulate(job->out, &w->curves, &w->category,
                                &w->matching, truths, t, k, a);
        }
    }
}

static det_status score_category(const struct job *job, struct worker *w,
                                 size_t k)
{
    const struct det_results *results = job->results;
    w->category.maker.task = job->out->protocol.task;
    w->category.maker.message = &w->message;
    w->category.maker.results_have_boxes =
        results->count > 0 &&
        results->objects[0].box[0] == results->objects[0].box[0];
    DET_TRY(det_coco_category_load(&w->category, job->dataset, results,
                                   job->groups, k, &job->out->protocol));
    DET_TRY(det_coco_matching_prepare(&w->matching, &w->category, &w->message));
    DET_TRY(det_coco_curves_prepare(&w->curves, &w->category,
                                    &job->out->protocol, &w->message));
    score_loaded(job, w, k);
    return DET_OK;
}

/* ----------------------------------------------------------- all categories */

/* The first category that failed, whichever thread had it. */
struct failure {
    size_t category;
    det_status status;
    struct det_message message;
};

static void note_failure(struct failure *failure, size_t k, det_status status,
                         const struct det_message *message)
{
    if (failure->status != DET_OK && failure->category < k)
        return;
    failure->category = k;
    failure->status = status;
    failure->message = *message;
}

static det_status score_all(const struct job *job, int threads,
                            struct failure *failure)
{
    det_status status = DET_OK;
#pragma omp parallel num_threads(threads)
    {
        struct worker *worker;
        const det_status made = det_allocate(&worker, 1, sizeof *worker, NULL);
#pragma omp for schedule(dynamic, 1)
        for (size_t k = 0; k < job->groups->num_categories; k++) {
            const det_status scored =
                made == DET_OK ? score_category(job, worker, k) : made;
            if (scored != DET_OK && made == DET_OK)
#pragma omp critical
                note_failure(failure, k, scored, &worker->message);
        }
        if (made != DET_OK)
#pragma omp critical
            status = made;
        if (made == DET_OK)
            destroy_worker(worker);
        free(worker);
    }
    return status;
}

static det_status note_frequencies(struct det_coco_scores *out,
                                   const struct det_dataset *dataset,
                                   struct det_message *message)
{
    if (!out->protocol.federated || !out->categories)
        return DET_OK;
    DET_TRY(det_allocate(&out->frequencies, out->num_categories, 1, message));
    for (size_t k = 0; k < out->num_categories; k++)
        out->frequencies[k] =
            dataset->categories[out->categories[k]].frequency;
    return DET_OK;
}

static det_status evaluate(struct det_coco_scores *out, struct job *job,
                           int threads, struct det_message *message)
{
    struct failure *failure;
    DET_TRY(note_frequencies(out, job->dataset, message));
    DET_TRY(make_arrays(out, message));
    DET_TRY(det_allocate(&failure, 1, sizeof *failure, message));
    det_status status = score_all(job, threads, failure);
    if (status != DET_OK)
        det_fail_memory(message, sizeof(struct worker));
    else if (failure->status != DET_OK)
        status =
            det_fail(message, failure->status, "%s", failure->message.text);
    free(failure);
    return status;
}

det_status det_coco_evaluate(struct det_coco_scores *out,
                             const struct det_dataset *dataset,
                             const struct det_results *results,
                             const struct det_coco_protocol *protocol,
                             int threads, struct det_message *message)
{
    struct det_coco_groups groups;
    *out = (struct det_coco_scores){.protocol = *protocol};
    DET_TRY(det_coco_groups_make(&groups, dataset, results, protocol, message));
    out->num_categories = groups.num_categories;
    if (!protocol->without_categories) {
        out->categories = groups.categories;
        groups.categories = NULL;
    }
    struct job job = {out, dataset, results, &groups};
    const det_status status = evaluate(out, &job, threads, message);
    det_coco_groups_destroy(&groups);
    if (status != DET_OK)
        det_coco_scores_destroy(out);
    return status;
}
