/* SPDX-License-Identifier: MIT */
/* Boxes of classes that are told: proposals of a class from each view, their
 * NMS, and, with a rescorer, a second look at each. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/engine.h"
#include "detect/localize.h"
#include "detector/class_proposals.h"
#include "detector/committee.h"
#include "detector/context.h"
#include "detector/pixels.h"
#include "detector/rescore.h"

enum {
    PROPOSALS = 200, /* He et al. 2015, appendix C */
    MOST_PROPOSALS = 2000,
    PRE_NMS = 1000
};

static const double nms_threshold = 0.7; /* of the RPN */

struct det_localizer {
    struct det_committee models, rescorers; /* of these perhaps none */
    struct det_view_scales scales[DET_COMMITTEE_MOST]; /* of each model */
    det_views views;
    struct det_proposal_config proposals;
    struct det_message message;
    struct det_engine engine;
};

/* What is asked of one photo, and what is found. */
struct search {
    const det_pixels *pixels;
    const int32_t *classes;         /* [count] */
    struct det_scored_boxes *found; /* [count] */
    size_t count;
};

/* ------------------------------------------------------------------ searching
 */

static det_status search_with(struct det_localizer *l, const struct search *s,
                              size_t index)
{
    const struct det_view_scales *scales = &l->scales[index];
    struct det_class_proposals look = {.model = l->models.models[index],
                                       .config = &l->proposals,
                                       .pixels = s->pixels,
                                       .views = l->views,
                                       .classes = s->classes,
                                       .count = s->count,
                                       .found = s->found};
    for (size_t i = 0; i < scales->count; i++) {
        look.scale = scales->sides[i];
        DET_TRY(det_engine_run(&l->engine, det_class_proposals_find, &look));
    }
    return DET_OK;
}

static det_status check_classes(struct det_localizer *l, const struct search *s)
{
    const int32_t labels = l->models.models[0]->num_labels;
    for (size_t i = 0; i < s->count; i++)
        if (s->classes[i] < 0 || s->classes[i] >= labels)
            return det_fail(&l->message, DET_ERROR_ARGUMENT,
                            "class %d; 0 to %d are possible", s->classes[i],
                            labels - 1);
    return DET_OK;
}

static size_t count_looks(const struct det_localizer *l)
{
    size_t count = 0;
    for (size_t i = 0; i < l->models.count; i++)
        count += l->scales[i].count;
    return count;
}

/* Every model at each of its scales, and one NMS over all that they found. */
static det_status search(struct det_localizer *l, struct search *s)
{
    const size_t most = (size_t)l->proposals.post_nms;
    l->message.text[0] = 0;
    DET_TRY(det_pixels_check(s->pixels, &l->message));
    DET_TRY(check_classes(l, s));
    if (s->count == 0)
        return DET_OK; /* nothing is asked */
    DET_TRY(det_scored_boxes_make(&s->found, s->count, count_looks(l) * most,
                                  &l->message));
    for (size_t i = 0; i < l->models.count; i++)
        DET_TRY(search_with(l, s, i));
    for (size_t i = 0; i < s->count; i++)
        DET_TRY(det_scored_boxes_suppress(&s->found[i], nms_threshold, most,
                                          &l->message));
    return DET_OK;
}

/* -------------------------------------------------------------------- results
 */

static det_status rescore(struct det_localizer *l, const struct search *s)
{
    for (size_t i = 0; l->rescorers.count && i < s->count; i++)
        DET_TRY(det_rescore(&l->engine, &l->rescorers,
                            &(struct det_rescoring){.pixels = s->pixels,
                                                    .label = s->classes[i],
                                                    .found = &s->found[i]}));
    return DET_OK;
}

/* The whole photo where nothing was found: a network of NaNs or infinities, or
 * all boxes outside. */
static det_detection best_of(const struct det_scored_boxes *found,
                             int32_t label, const det_pixels *pixels)
{
    if (found->count == 0)
        return (det_detection){.label = label,
                               .w = (float)pixels->width,
                               .h = (float)pixels->height};
    return det_scored_boxes_detection(found, det_scored_boxes_best(found),
                                      label);
}

det_status det_localizer_run(det_localizer *localizer, const det_pixels *pixels,
                             const int32_t *classes, size_t count,
                             det_detection *boxes)
{
    if (!localizer || (count && (!classes || !boxes)))
        return DET_ERROR_ARGUMENT;
    struct search s = {.pixels = pixels, .classes = classes, .count = count};
    det_status status = search(localizer, &s);
    if (status == DET_OK)
        status = rescore(localizer, &s);
    for (size_t i = 0; status == DET_OK && i < count; i++)
        boxes[i] = best_of(&s.found[i], classes[i], pixels);
    det_scored_boxes_free(s.found, count);
    return status;
}

det_status det_localizer_propose(det_localizer *localizer,
                                 const det_pixels *pixels, int32_t label,
                                 det_detection *proposals, size_t capacity,
                                 size_t *count)
{
    if (!localizer || !count || (capacity && !proposals))
        return DET_ERROR_ARGUMENT;
    struct search s = {.pixels = pixels, .classes = &label, .count = 1};
    const det_status status = search(localizer, &s);
    *count = 0;
    for (size_t i = 0;
         status == DET_OK && i < s.found->count && *count < capacity; i++)
        proposals[(*count)++] = det_scored_boxes_detection(s.found, i, label);
    det_scored_boxes_free(s.found, 1);
    return status;
}

/* ------------------------------------------------------------------ creation
 */

void det_localizer_options_init(det_localizer_options *options)
{
    *options = (det_localizer_options){.struct_size = sizeof *options,
                                       .views = DET_VIEWS_FULL};
}

static det_status read_options(det_localizer_options *out,
                               const det_localizer_options *options,
                               struct det_message *message)
{
    det_localizer_options_init(out);
    if (!options)
        return DET_OK;
    if (options->struct_size == 0 || options->struct_size > sizeof *out)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "localizer options of %zu bytes; this library knows "
                        "%zu: call det_localizer_options_init first",
                        options->struct_size, sizeof *out);
    memcpy(out, options, options->struct_size);
    if (out->views != DET_VIEWS_CENTER && out->views != DET_VIEWS_FULL)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "views is %d; boxes are found in the middle or in all "
                        "of an image",
                        (int)out->views);
    if (out->proposals < 0 || out->proposals > MOST_PROPOSALS)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "proposals is %d; 1 to %d are possible", out->proposals,
                        MOST_PROPOSALS);
    return DET_OK;
}

static det_status gather(struct det_localizer *l,
                         const det_model *const *rescorers, size_t count,
                         struct det_message *message)
{
    if (count == 0)
        return DET_OK;
    DET_TRY(det_committee_gather(&l->rescorers, rescorers, count,
                                 DET_MODEL_RESCORER,
                                 "does not judge single boxes", message));
    if (!det_committee_agrees(l->models.models[0], rescorers[0]))
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "localizers and rescorers differ in their classes");
    return DET_OK;
}

static det_status init_localizer(struct det_localizer *l,
                                 const det_localizer_options *options,
                                 struct det_message *message)
{
    const struct det_context *context = l->models.models[0]->context;
    l->views = options->views;
    l->proposals = (struct det_proposal_config){
        .pre_nms = PRE_NMS,
        .post_nms = options->proposals ? options->proposals : PROPOSALS,
        .nms_threshold = nms_threshold,
        .min_size = 1.0f,
        .coder = {.weights = {1.0f, 1.0f, 1.0f, 1.0f},
                  .size_limit = DET_DELTA_SIZE_LIMIT}};
    for (size_t i = 0; i < l->models.count; i++)
        DET_TRY(det_view_scales_choose(
            &l->scales[i], &l->models.models[i]->preset, l->views,
            options->scales, options->scale_count, message));
    const struct det_engine_options engine = {
        .device = options->device,
        .threads = options->threads,
        .of_device = {.precision = l->models.models[0]->precision}};
    DET_TRY(det_models_engine(&l->engine, l->models.models, l->models.count,
                              &engine, message));
    DET_TRY(det_models_check_device(l->rescorers.models, l->rescorers.count,
                                    &l->engine, message));
    l->engine.compute.message = &l->message;
    l->engine.compute.stop = options->stop;
    l->engine.compute.stop_user = options->user;
    l->message.log = context->log;
    l->message.log_user = context->log_user;
    return DET_OK;
}

det_status
det_localizer_create(const det_model *const *localizers, size_t localizer_count,
                     const det_model *const *rescorers, size_t rescorer_count,
                     const det_localizer_options *options, det_localizer **out)
{
    if (!localizers || localizer_count == 0 || !localizers[0] || !out ||
        (rescorer_count && !rescorers))
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(localizers[0]->context);
    det_localizer_options effective;
    det_status status;
    *out = NULL;
    DET_TRY(read_options(&effective, options, message));
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    DET_TRY_OR_FAIL(det_committee_gather(
        &(*out)->models, localizers, localizer_count, DET_MODEL_LOCALIZER,
        "proposes no boxes of classes that are told", message));
    DET_TRY_OR_FAIL(gather(*out, rescorers, rescorer_count, message));
    DET_TRY_OR_FAIL(init_localizer(*out, &effective, message));
    return DET_OK;
fail:
    det_localizer_destroy(out);
    return status;
}

void det_localizer_destroy(det_localizer **localizer)
{
    if (!localizer || !*localizer)
        return;
    det_engine_destroy(&(*localizer)->engine);
    free(*localizer);
    *localizer = NULL;
}

const char *det_localizer_message(const det_localizer *localizer)
{
    return localizer ? localizer->message.text : "";
}
