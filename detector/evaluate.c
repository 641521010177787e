/* SPDX-License-Identifier: MIT */
/* The public calls on evaluations: options and messages around eval/. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "detector/context.h"
#include "detector/evaluation.h"
#include "eval/report.h"
#include "eval/voc_scores.h"

/* ------------------------------------------------------------------- options
 */

void det_evaluate_options_init(det_evaluate_options *options)
{
    *options = (det_evaluate_options){.struct_size = sizeof *options};
}

static det_status take_ious(struct det_coco_protocol *p,
                            const det_evaluate_options *o,
                            struct det_message *message)
{
    if (!o->ious)
        return DET_OK;
    if (o->iou_count < 1 || o->iou_count > DET_EVAL_MOST_IOUS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%zu IoU thresholds; 1 to %d are possible",
                        o->iou_count, DET_EVAL_MOST_IOUS);
    for (size_t i = 0; i < o->iou_count; i++) {
        if (!(o->ious[i] >= 0 && o->ious[i] <= 1))
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "an IoU threshold of %g; 0 to 1 is possible",
                            o->ious[i]);
        p->ious[i] = o->ious[i];
    }
    p->num_ious = o->iou_count;
    return DET_OK;
}

static det_status take_limits(struct det_coco_protocol *p,
                              const det_evaluate_options *o,
                              struct det_message *message)
{
    if (!o->max_detections)
        return DET_OK;
    if (o->max_detections_count < 1 ||
        o->max_detections_count > DET_EVAL_MOST_LIMITS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%zu limits of detections; 1 to %d are possible",
                        o->max_detections_count, DET_EVAL_MOST_LIMITS);
    for (size_t i = 0; i < o->max_detections_count; i++) {
        const int32_t before = i ? o->max_detections[i - 1] : 0;
        if (o->max_detections[i] <= before)
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "limits of detections must rise from 1 on");
        p->max_detections[i] = o->max_detections[i];
    }
    p->num_limits = o->max_detections_count;
    return DET_OK;
}

static det_status take_areas(struct det_coco_protocol *p,
                             const det_evaluate_options *o,
                             struct det_message *message)
{
    if (!o->areas)
        return DET_OK;
    if (o->area_count < 1 || o->area_count > DET_EVAL_MOST_AREAS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%zu size ranges; 1 to %d are possible", o->area_count,
                        DET_EVAL_MOST_AREAS);
    for (size_t i = 0; i < o->area_count; i++) {
        const det_area_limits *area = &o->areas[i];
        struct det_area_range *range = &p->areas[i];
        if (!area->name || strlen(area->name) >= sizeof range->name ||
            !(area->low <= area->high))
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "size range %zu needs a name of up to %zu "
                            "characters and low <= high",
                            i + 1, sizeof range->name - 1);
        memcpy(range->name, area->name, strlen(area->name) + 1);
        range->low = area->low;
        range->high = area->high;
    }
    p->num_areas = o->area_count;
    return DET_OK;
}

static bool is_of_images(det_task task)
{
    return task == DET_TASK_TOP_K || task == DET_TASK_LOCALIZATION;
}

static det_status make_protocol(struct det_coco_protocol *out,
                                const det_evaluate_options *o,
                                struct det_message *message)
{
    det_coco_protocol_init(out, o->task == DET_TASK_SEGM ? DET_EVAL_MASKS
                                                         : DET_EVAL_BOXES);
    if (o->rules == DET_RULES_LVIS)
        det_lvis_protocol_init(out, out->task);
    if (o->task == DET_TASK_PROPOSALS) {
        static const int32_t limits[] = {100, 300, 1000};
        memcpy(out->max_detections, limits, sizeof limits);
        out->without_categories = true;
    }
    if (is_of_images(o->task)) {
        static const int32_t limits[] = {1, 5};
        memcpy(out->max_detections, limits, sizeof limits);
        out->num_limits = sizeof limits / sizeof *limits;
        out->ious[0] = 0.5;
        out->num_ious = 1;
    }
    out->images = o->images;
    DET_TRY(take_ious(out, o, message));
    DET_TRY(take_limits(out, o, message));
    return take_areas(out, o, message);
}

static det_status read_options(det_evaluate_options *out,
                               const det_evaluate_options *options,
                               struct det_message *message)
{
    det_evaluate_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "evaluate options of %zu bytes; this library knows "
                        "%zu: call det_evaluate_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    if (out->task < DET_TASK_BBOX || out->task > DET_TASK_LOCALIZATION)
        return det_fail(message, DET_ERROR_ARGUMENT, "no such task: %d",
                        (int)out->task);
    if (out->rules < DET_RULES_COCO || out->rules > DET_RULES_IMAGENET ||
        (out->rules != DET_RULES_COCO && out->task > DET_TASK_SEGM))
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "no such rules for this task: %d", (int)out->rules);
    if (out->rules == DET_RULES_LVIS && out->max_detections &&
        out->max_detections_count != 1)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "LVIS has one limit of detections, not %zu",
                        out->max_detections_count);
    if (out->task == DET_TASK_LOCALIZATION && out->ious &&
        (out->iou_count != 1 || !(out->ious[0] > 0)))
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "localization has one IoU threshold above 0");
    return DET_OK;
}

static int thread_count(int32_t asked)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const long count = asked > 0 ? asked : processors;
    return (int)(count < 1 ? 1 : count > 256 ? 256 : count);
}

/* ------------------------------------------------------------------ the calls
 */

/* What boxes and masks are looked for in: classes of whole images would be
 * found nowhere, and the AP low without a reason. */
static det_status need_shapes(const det_results *results,
                              struct det_message *message)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct det_found_object *o = &results->objects[i];
        if (isnan(o->box[0]) && o->segmentation.kind == DET_SEGMENTATION_NONE)
            return det_fail(
                message, DET_ERROR_DATASET,
                "result %zu, of image %lld, has neither a box nor a mask: it "
                "is a class of the whole image, to be judged by top1, top5",
                i + 1, (long long)results->dataset->images[o->image].id);
    }
    return DET_OK;
}

static bool is_voc(det_rules rules)
{
    return rules >= DET_RULES_VOC2007; /* and what is like them */
}

/* One measure: a threshold. */
static det_status judge_voc(det_evaluation *out, size_t index,
                            const struct det_voc_protocol *protocol,
                            const det_results *results,
                            struct det_message *message)
{
    struct det_voc_scores voc;
    DET_TRY(det_voc_evaluate(&voc, out->dataset, results, protocol, message));
    const size_t count = voc.num_categories;
    det_status status = DET_OK;
    if (!out->by_category)
        status = det_allocate(&out->by_category, out->num_numbers * (count + 1),
                              sizeof *out->by_category, message);
    if (status == DET_OK) {
        memcpy(out->by_category + index * count, voc.ap,
               count * sizeof *voc.ap);
        out->values[index] = det_voc_mean(&voc);
        free(out->scores.categories);
        out->scores.categories = voc.categories;
        out->scores.num_categories = count;
        voc.categories = NULL;
    }
    det_voc_scores_destroy(&voc);
    return status;
}

static det_status evaluate_voc(det_evaluation *out, const det_results *results,
                               const det_evaluate_options *o,
                               struct det_coco_protocol *p,
                               struct det_message *message)
{
    const bool masks = o->task == DET_TASK_SEGM;
    struct det_voc_protocol voc = {
        .task = p->task,
        .matching =
            o->rules == DET_RULES_IMAGENET ? DET_VOC_IMAGENET : DET_VOC_NEAREST,
        .average =
            o->rules == DET_RULES_VOC2007 ? DET_VOC_11_POINTS : DET_VOC_AREA,
        .images = o->images};
    if (!o->ious) {
        p->ious[0] = 0.5;
        p->ious[1] = 0.7;
        p->num_ious = masks ? 2 : 1;
    }
    p->max_detections[0] = 0;
    out->num_numbers = p->num_ious;
    for (size_t i = 0; i < p->num_ious; i++) {
        voc.iou = p->ious[i];
        out->numbers[i] = (struct det_coco_number){.iou = voc.iou};
        snprintf(out->numbers[i].name, sizeof out->numbers[i].name, "AP%d",
                 (int)(100 * voc.iou + 0.5));
        DET_TRY(judge_voc(out, i, &voc, results, message));
    }
    out->scores.protocol = *p;
    return DET_OK;
}

static det_status evaluate(det_evaluation *out, const det_dataset *dataset,
                           const det_results *results,
                           const det_evaluate_options *options,
                           struct det_message *message)
{
    det_evaluate_options o;
    struct det_coco_protocol protocol;
    DET_TRY(read_options(&o, options, message));
    DET_TRY(make_protocol(&protocol, &o, message));
    out->dataset = dataset;
    if (is_of_images(o.task))
        return det_evaluate_images(out, results, o.task, &protocol, message);
    DET_TRY(need_shapes(results, message));
    if (is_voc(o.rules))
        return evaluate_voc(out, results, &o, &protocol, message);
    out->num_numbers = det_coco_numbers(out->numbers, &protocol);
    DET_TRY(det_coco_evaluate(&out->scores, dataset, results, &protocol,
                              thread_count(o.threads), message));
    out->scores.protocol.images = NULL; /* the caller's, for the call alone */
    for (size_t i = 0; i < out->num_numbers; i++)
        out->values[i] = det_coco_mean(&out->scores, &out->numbers[i]);
    return DET_OK;
}

det_status det_evaluate(det_context *context, const det_dataset *dataset,
                        const det_results *results,
                        const det_evaluate_options *options,
                        det_evaluation **out)
{
    if (!context || !dataset || !results || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    *out = NULL;
    if (results->dataset != dataset)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "these results belong to another data set");
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    const det_status status =
        evaluate(*out, dataset, results, options, message);
    if (status != DET_OK)
        det_evaluation_destroy(out);
    return status;
}

void det_evaluation_destroy(det_evaluation **evaluation)
{
    if (!evaluation || !*evaluation)
        return;
    det_coco_scores_destroy(&(*evaluation)->scores);
    free((*evaluation)->by_category);
    free((*evaluation)->shares);
    free(*evaluation);
    *evaluation = NULL;
}

/* -------------------------------------------------------------------- report
 */

void det_report_options_init(det_report_options *options)
{
    *options = (det_report_options){.struct_size = sizeof *options,
                                    .score_threshold = -1};
}

static det_status read_report_options(det_report_options *out,
                                      const det_report_options *options,
                                      struct det_message *message)
{
    det_report_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "report options of %zu bytes; this library knows %zu: "
                        "call det_report_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    return DET_OK;
}

static det_status save_report(const det_dataset *dataset,
                              const det_results *results,
                              const det_evaluate_options *o,
                              const det_report_options *r, const char *folder,
                              struct det_message *message)
{
    struct det_report report = {
        .dataset = dataset,
        .runs = {{.name = r->name ? r->name : "results", .results = results},
                 {.name = r->other_name ? r->other_name : "other",
                  .results = r->other}},
        .num_runs = r->other ? 2 : 1,
        .images = r->images,
        .title = r->title,
        .least_score = r->score_threshold,
        .threads = thread_count(o->threads)};
    if (o->task > DET_TASK_SEGM || o->rules != DET_RULES_COCO)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "reports are of boxes or masks, by COCO's rules");
    DET_TRY(need_shapes(results, message));
    if (r->other)
        DET_TRY(need_shapes(r->other, message));
    if (r->other && r->other->dataset != dataset)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "the other results belong to another data set");
    DET_TRY(make_protocol(&report.protocol, o, message));
    return det_report_write(&report, folder, message);
}

det_status det_report_save(det_context *context, const det_dataset *dataset,
                           const det_results *results,
                           const det_evaluate_options *options,
                           const det_report_options *report, const char *folder)
{
    det_evaluate_options o;
    det_report_options r;
    if (!context || !dataset || !results || !folder)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    if (results->dataset != dataset)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "these results belong to another data set");
    DET_TRY(read_options(&o, options, message));
    DET_TRY(read_report_options(&r, report, message));
    return save_report(dataset, results, &o, &r, folder, message);
}

/* ------------------------------------------------------------------- numbers
 */

static void iou_range(det_measure *out, const struct det_coco_protocol *p,
                      double iou)
{
    out->iou_low = out->iou_high = iou >= 0 ? iou : p->ious[0];
    for (size_t i = 0; iou < 0 && i < p->num_ious; i++) {
        out->iou_low = fmin(out->iou_low, p->ious[i]);
        out->iou_high = fmax(out->iou_high, p->ious[i]);
    }
}

int det_evaluation_measure(const det_evaluation *evaluation, size_t index,
                           det_measure *out)
{
    if (!evaluation || !out || index >= evaluation->num_numbers)
        return 0;
    const struct det_coco_protocol *p = &evaluation->scores.protocol;
    const struct det_coco_number *number = &evaluation->numbers[index];
    *out = (det_measure){.name = number->name,
                         .is_recall = number->is_recall,
                         .area = p->areas[number->area].name,
                         .max_detections = p->max_detections[number->limit],
                         .value = evaluation->values[index],
                         .kind = number->is_recall ? DET_MEASURE_RECALL
                                                   : DET_MEASURE_PRECISION};
    if (evaluation->shares) {
        out->kind = evaluation->shares[index].kind;
        out->images = evaluation->shares[index].images;
        out->max_detections = evaluation->shares[index].k;
    }
    iou_range(out, p, number->iou);
    return 1;
}

size_t det_evaluation_category_count(const det_evaluation *evaluation)
{
    return evaluation ? evaluation->scores.num_categories : 0;
}

static const struct det_data_category *
category_at(const det_evaluation *evaluation, size_t category)
{
    if (!evaluation || !evaluation->scores.categories ||
        category >= evaluation->scores.num_categories)
        return NULL;
    return &evaluation->dataset
                ->categories[evaluation->scores.categories[category]];
}

int64_t det_evaluation_category_id(const det_evaluation *evaluation,
                                   size_t category)
{
    const struct det_data_category *c = category_at(evaluation, category);
    return c ? c->id : -1;
}

const char *det_evaluation_category_name(const det_evaluation *evaluation,
                                         size_t category)
{
    const struct det_data_category *c = category_at(evaluation, category);
    return c ? c->name : "";
}

double det_evaluation_category_value(const det_evaluation *evaluation,
                                     size_t category, size_t index)
{
    if (!evaluation || index >= evaluation->num_numbers ||
        category >= evaluation->scores.num_categories)
        return -1;
    if (evaluation->by_category)
        return evaluation
            ->by_category[index * evaluation->scores.num_categories + category];
    return det_coco_category_mean(&evaluation->scores,
                                  &evaluation->numbers[index], category);
}

det_evaluation_cells det_evaluation_get_cells(const det_evaluation *evaluation)
{
    if (!evaluation || !evaluation->scores.precision)
        return (det_evaluation_cells){0};
    const struct det_coco_scores *s = &evaluation->scores;
    return (det_evaluation_cells){.ious = s->protocol.num_ious,
                                  .recalls = DET_EVAL_RECALLS,
                                  .categories = s->num_categories,
                                  .areas = s->protocol.num_areas,
                                  .limits = s->protocol.num_limits,
                                  .precision = s->precision,
                                  .scores = s->scores,
                                  .recall = s->recall};
}
