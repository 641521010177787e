/* SPDX-License-Identifier: MIT */
#include "eval/report_analysis.h"

#include <stdlib.h>

#include "base/memory.h"

/* ------------------------------------------------------------------ classes */

static det_status allocate_classes(struct det_report_classes *out,
                                   size_t scene_classes,
                                   struct det_message *message)
{
    DET_TRY(det_allocate(&out->names, out->count, sizeof *out->names, message));
    DET_TRY(
        det_allocate(&out->objects, out->count, sizeof *out->objects, message));
    return det_allocate(&out->page, scene_classes, sizeof *out->page, message);
}

static void count_objects(struct det_report_classes *out,
                          const struct det_report *report)
{
    const struct det_coco_protocol *p = &report->protocol;
    for (size_t i = 0; i < report->dataset->num_annotations; i++) {
        const struct det_annotation *a = &report->dataset->annotations[i];
        if (a->image == DET_NO_INDEX || a->category == DET_NO_INDEX ||
            a->is_crowd || (p->images && !p->images[a->image]))
            continue;
        out->objects[p->without_categories ? 0 : out->page[a->category]]++;
    }
}

det_status det_report_classes_make(struct det_report_classes *out,
                                   const struct det_report *report,
                                   const struct det_coco_scores *scores,
                                   struct det_message *message)
{
    const struct det_scene_rules rules = det_report_rules(report);
    *out = (struct det_report_classes){.count = scores->num_categories};
    const det_status status = allocate_classes(
        out, det_scene_classes(report->dataset, &rules), message);
    if (status != DET_OK) {
        det_report_classes_destroy(out);
        return status;
    }
    for (size_t k = 0; k < out->count; k++) {
        const uint32_t place = scores->categories ? scores->categories[k] : 0;
        out->names[k] = scores->categories
                            ? report->dataset->categories[place].name
                            : "everything";
        out->page[place] = (uint32_t)k;
    }
    count_objects(out, report);
    return DET_OK;
}

void det_report_classes_destroy(struct det_report_classes *classes)
{
    free(classes->names);
    free(classes->objects);
    free(classes->page);
    *classes = (struct det_report_classes){0};
}

/* ------------------------------------------------------------------- one run
 */

static void add_scene(void *user, const struct det_scene *scene)
{
    struct det_report_analysis *a = user;
    det_tide_add(&a->tide, scene);
    det_confusion_add(&a->confusion, scene);
}

static void count_found(struct det_report_analysis *a,
                        const struct det_tide_found *found)
{
    const bool right = found->kind == DET_TIDE_RIGHT;
    if (found->kind == DET_TIDE_UNJUDGED)
        return;
    a->class_results[found->class]++;
    if (found->ignored)
        return;
    det_calibration_add(&a->calibration, found->score, right);
    (right ? a->counts.right_scores
           : a->counts.wrong_scores)[det_score_bin(found->score)]++;
    (right ? a->counts.right_sizes
           : a->counts.wrong_sizes)[det_size_bin(found->area)]++;
}

static void count_truth(struct det_report_analysis *a,
                        const struct det_tide_truth *truth)
{
    if (truth->counts)
        (truth->found != DET_NO_INDEX
             ? a->counts.found_sizes
             : a->counts.missed_sizes)[det_size_bin(truth->area)]++;
}

/* The scores, unless they are given. */
static det_status score(struct det_report_analysis *out,
                        const struct det_report *report,
                        struct det_message *message)
{
    out->scores = out->run->scores;
    if (out->scores)
        return DET_OK;
    DET_TRY(det_coco_evaluate(&out->own_scores, report->dataset,
                              out->run->results, &report->protocol,
                              report->threads, message));
    out->scores = &out->own_scores;
    return DET_OK;
}

static det_status analyse(struct det_report_analysis *out,
                          const struct det_report *report,
                          struct det_message *message)
{
    const struct det_scene_rules rules = det_report_rules(report);
    const struct det_dataset *dataset = report->dataset;
    const struct det_results *results = out->run->results;
    const double least =
        report->least_score < 0 ? DET_CONFUSION_SCORE : report->least_score;
    DET_TRY(score(out, report, message));
    DET_TRY(det_tide_init(&out->tide, dataset, results, &rules, message));
    DET_TRY(det_confusion_init(&out->confusion, dataset, &rules,
                               DET_REPORT_CONFUSED, least, message));
    DET_TRY(det_allocate(&out->class_results, out->tide.num_classes,
                         sizeof *out->class_results, message));
    DET_TRY(det_scene_each(dataset, results, &rules, add_scene, out, message));
    DET_TRY(det_tide_finish(&out->tide, message));
    for (size_t i = 0; i < out->tide.num_found; i++)
        count_found(out, &out->tide.found[i]);
    for (size_t i = 0; i < out->tide.num_truths; i++)
        count_truth(out, &out->tide.truths[i]);
    return DET_OK;
}

det_status det_report_analyse(struct det_report_analysis *out,
                              const struct det_report *report,
                              const struct det_report_run *run,
                              struct det_message *message)
{
    *out = (struct det_report_analysis){.run = run};
    const det_status status = analyse(out, report, message);
    if (status != DET_OK)
        det_report_analysis_destroy(out);
    return status;
}

void det_report_analysis_destroy(struct det_report_analysis *analysis)
{
    det_coco_scores_destroy(&analysis->own_scores);
    det_tide_destroy(&analysis->tide);
    det_confusion_destroy(&analysis->confusion);
    free(analysis->class_results);
    *analysis = (struct det_report_analysis){0};
}
