/* SPDX-License-Identifier: MIT */
#include "train/judge_localizer.h"

#include "detect/localize.h"
#include "train/export.h"
#include "train/judge_boxes.h"

struct judging {
    det_trainer *t;
    det_localizer *localizer;
};

static det_status find(void *user, const struct det_box_question *question,
                       det_detection *boxes)
{
    const struct judging *j = user;
    const det_status status =
        det_localizer_run(j->localizer, question->pixels, question->labels,
                          question->count, boxes);
    return status == DET_OK ? DET_OK
                            : det_fail(&j->t->message, status, "%s",
                                       det_localizer_message(j->localizer));
}

static det_status judge(struct judging *j, const det_model *model)
{
    det_localizer_options options;
    det_localizer_options_init(&options);
    options.threads = (int32_t)j->t->config.threads;
    options.views = DET_VIEWS_CENTER;
    options.stop = j->t->stop;
    options.user = j->t->user;
    DET_TRY(det_trainer_pass_on(
        j->t,
        det_localizer_create(&model, 1, NULL, 0, &options, &j->localizer)));
    return det_judge_boxes(j->t, find, j);
}

det_status det_judge_localizer(det_trainer *trainer)
{
    struct judging j = {.t = trainer};
    det_model *model;
    DET_TRY(det_export_model(&model, trainer->context,
                             trainer->engine.compute.ops, trainer->precision,
                             &trainer->parameters, &trainer->metadata,
                             &trainer->message));
    const det_status status = judge(&j, model);
    det_localizer_destroy(&j.localizer);
    det_model_destroy(&model);
    return status;
}
