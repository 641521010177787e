/* SPDX-License-Identifier: MIT */
#include "train/judge_detector.h"

#include <stdlib.h>

#include "detect/eval.h"
#include "detector/session.h"
#include "train/export.h"

/* Metrics of boxes and masks, for the first summary lines. */
static const char *const names[2][3] = {
    {"bbox/AP", "bbox/AP50", "bbox/AP75"},
    {"segm/AP", "segm/AP50", "segm/AP75"},
};

struct judging {
    det_trainer *t;
    det_model *model;
    det_session *session;
    det_results *results;
};

/* The category of a label, by its name, since the two data sets may have other
 * orders; -1: none. */
static int64_t category_id(const struct judging *j, int32_t label)
{
    const det_trainer *t = j->t;
    const size_t place =
        (size_t)label - (t->metadata.preset.background_first ? 1 : 0);
    if (place >= t->data->num_categories)
        return -1;
    const uint32_t there = det_dataset_category_named(
        t->validation, t->data->categories[place].name);
    return there == DET_NO_INDEX ? -1 : t->validation->categories[there].id;
}

static det_status keep(const struct judging *j, size_t image,
                       const det_result *found)
{
    const int64_t id = j->t->validation->images[image].id;
    for (size_t i = 0; i < det_result_count(found); i++) {
        det_detection d = *det_result_detection(found, i);
        const int64_t category = category_id(j, d.label);
        if (category < 0)
            continue;
        d.label = (int32_t)category;
        DET_TRY(det_trainer_pass_on(
            j->t, det_results_add(j->t->context, j->results, id, &d)));
    }
    return DET_OK;
}

static det_status look_at(const struct judging *j, size_t image)
{
    det_image *decoded;
    det_result *found = NULL;
    DET_TRY(det_trainer_pass_on(
        j->t, det_dataset_load_image(j->t->context, j->t->validation, image,
                                     j->t->validation_images, NULL, &decoded)));
    const det_pixels pixels = det_image_pixels(decoded);
    det_status status = det_session_run(j->session, &pixels, &found);
    det_image_destroy(&decoded);
    if (status != DET_OK)
        return det_fail(&j->t->message, status, "%s",
                        det_session_message(j->session));
    status = keep(j, image, found);
    det_result_destroy(&found);
    return status;
}

static det_status score(const struct judging *j, det_task task)
{
    det_evaluate_options options;
    det_evaluation *evaluation = NULL;
    det_measure measure;
    det_evaluate_options_init(&options);
    options.task = task;
    DET_TRY(det_trainer_pass_on(j->t, det_evaluate(j->t->context,
                                                   j->t->validation, j->results,
                                                   &options, &evaluation)));
    for (size_t i = 0; i < 3; i++)
        if (det_evaluation_measure(evaluation, i, &measure))
            det_metrics_set(&j->t->metrics, names[task][i], measure.value);
    det_evaluation_destroy(&evaluation);
    return DET_OK;
}

static det_status judge(struct judging *j)
{
    det_trainer *t = j->t;
    det_session_options options;
    det_session_options_init(&options);
    options.threads = (int32_t)t->config.threads;
    options.precision = t->precision;
    DET_TRY(det_trainer_pass_on(
        j->t, det_session_create(j->model, &options, &j->session)));
    det_session_set_stop(j->session, t->stop, t->user);
    DET_TRY(det_trainer_pass_on(
        j->t, det_results_create(t->context, t->validation, &j->results)));
    for (size_t i = 0; i < t->validation->num_images; i++)
        DET_TRY(look_at(j, i));
    DET_TRY(score(j, DET_TASK_BBOX));
    return t->metadata.architecture->masks ? score(j, DET_TASK_SEGM) : DET_OK;
}

det_status det_judge_detector(det_trainer *trainer)
{
    struct judging j = {.t = trainer};
    DET_TRY(det_export_model(&j.model, trainer->context,
                             trainer->engine.compute.ops, trainer->precision,
                             &trainer->parameters, &trainer->metadata,
                             &trainer->message));
    const det_status status = judge(&j);
    det_results_destroy(&j.results);
    det_session_destroy(&j.session);
    det_model_destroy(&j.model);
    return status;
}
