/* SPDX-License-Identifier: MIT */
#include "detector/settings.h"

#include <string.h>

enum {
    FPN_MULTIPLE = 32, /* the stride of C5: every level divides evenly */
    MAX_SIDE = 32768,
    LEAST_SCALE = 16,
    MAX_DETECTIONS = 20000,
    MAX_REFINEMENTS = 16,
    NO_VOTING = 2 /* no IoU reaches it */
};

/* He et al. 2015, appendix B; the vote's is Gidaris and Komodakis 2015's. */
static const double refined_nms_threshold = 0.3, refined_vote_threshold = 0.5;
static const double usual_soft_sigma = 0.5; /* Bodla et al. 2017, section 6 */

static struct det_delta_coder coder_of(const struct det_preset *preset,
                                       struct det_delta_weights weights)
{
    return (struct det_delta_coder){.weights = weights,
                                    .size_limit = preset->delta_size_limit,
                                    .counting = preset->box_counting,
                                    .decodes_last_pixel =
                                        preset->decodes_last_pixel};
}

static void init_proposals(struct det_settings *settings, bool pyramid)
{
    const struct det_preset *p = &settings->preset;
    settings->proposals = (struct det_proposal_config){
        .pre_nms = pyramid ? p->pre_nms_fpn : p->pre_nms_single,
        .post_nms = pyramid ? p->post_nms_fpn : p->post_nms_single,
        .nms_threshold = p->rpn_nms_threshold,
        .min_size = p->rpn_min_size,
        .min_size_exclusive = p->rpn_min_size_exclusive,
        .rank_by_logit = p->rpn_ranks_by_logit,
        .filters_first = p->rpn_filters_first,
        .coder = coder_of(p, (struct det_delta_weights){1, 1, 1, 1})};
}

static void init_detections(struct det_settings *settings,
                            const struct det_network *network)
{
    const struct det_preset *p = &settings->preset;
    const int32_t scores = network->num_scores;
    settings->detections = (struct det_detection_config){
        .score_threshold = p->score_threshold,
        .nms_threshold = p->nms_threshold,
        .max_detections = p->max_detections,
        .limit_keeps_ties = p->max_detections_keeps_ties,
        .nms_batching = p->nms_batching,
        .min_size = p->min_box_size,
        .vote_threshold = NO_VOTING,
        .reading = {
            .coder = coder_of(p, p->box_delta_weights),
            .classes = {.num_scores = scores,
                        .background = p->background_first ? 0 : scores - 1,
                        .num_delta_classes = network->num_delta_classes}}};
}

/* MNC lib/mnc_config.py: BINARIZE_THRESH, TEST.MASK_MERGE_NMS_THRESH and
 * MASK_MERGE_IOU_THRESH. */
static void init_voting(struct det_settings *settings)
{
    settings->voting = (struct det_mask_voting_config){
        .rule = DET_CANVAS_BINARY,
        .mask_threshold = 0.4f,
        .nms_threshold = 0.3,
        .vote_overlap = 0.5,
        .limit = settings->preset.max_detections,
        .background = settings->detections.reading.classes.background};
}

void det_settings_init(struct det_settings *settings,
                       const struct det_preset *preset,
                       const struct det_network *network)
{
    const bool pyramid = network->backbone.kind == DET_BACKBONE_FPN;
    *settings = (struct det_settings){.preset = *preset};
    settings->pad_multiple =
        pyramid || preset->pads_single_map ? FPN_MULTIPLE : 1;
    settings->rois = (struct det_roi_config){.kind = preset->roi_kind,
                                             .aligned = preset->roi_aligned,
                                             .sampling = preset->roi_sampling,
                                             .level_rule = preset->level_rule};
    init_proposals(settings, pyramid);
    init_detections(settings, network);
    init_voting(settings);
}

/* Replace *target when `value` is positive. */
static det_status apply_count(int32_t *target, int32_t value, int32_t most,
                              const char *name, struct det_message *message)
{
    if (value > most)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%s is %d; at most %d is possible", name, value, most);
    if (value > 0)
        *target = value;
    return DET_OK;
}

/* Replace *target when `value` is not negative. */
static det_status apply_share(double *target, double value, const char *name,
                              struct det_message *message)
{
    if (!(value <= 1.0)) /* also NaN */
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%s is %g; it must be between 0 and 1", name, value);
    if (value >= 0.0)
        *target = value;
    return DET_OK;
}

static det_status apply_suppression(struct det_detection_config *d,
                                    const det_session_options *options,
                                    struct det_message *message)
{
    if ((unsigned)options->suppression > DET_SUPPRESSION_GAUSSIAN)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "suppression is %d; there are 0 to %d",
                        (int)options->suppression, DET_SUPPRESSION_GAUSSIAN);
    if (!(options->soft_nms_sigma >= 0.0 && options->soft_nms_sigma <= 1e6))
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "soft_nms_sigma is %g; it must be above 0",
                        options->soft_nms_sigma);
    d->suppression = options->suppression;
    d->soft_sigma = options->soft_nms_sigma > 0.0 ? options->soft_nms_sigma
                                                  : usual_soft_sigma;
    d->across_classes = options->nms_across_classes != 0;
    return DET_OK;
}

/* Rounds change the rules of what comes after them, unless these are given. */
static det_status apply_refinements(struct det_settings *settings,
                                    const det_session_options *options,
                                    struct det_message *message)
{
    struct det_detection_config *d = &settings->detections;
    DET_TRY(apply_count(&settings->refinements, options->refinements,
                        MAX_REFINEMENTS, "refinements", message));
    if (settings->refinements > 0) {
        d->nms_threshold = refined_nms_threshold;
        d->vote_threshold = refined_vote_threshold;
    }
    return apply_share(&d->vote_threshold, options->vote_threshold,
                       "vote_threshold", message);
}

/* A cascade has rounds and votes of its own. */
static det_status apply_voting(struct det_settings *settings,
                               const struct det_network *network,
                               const det_session_options *options,
                               struct det_message *message)
{
    struct det_mask_voting_config *voting = &settings->voting;
    if (options->refinements > 0 || options->scale_count > 0 ||
        options->suppression != DET_SUPPRESSION_HARD ||
        options->nms_across_classes)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "%s is a cascade: refinements, scales, soft "
                        "suppression and NMS across classes are not for it",
                        network->architecture->name);
    voting->limit = settings->detections.max_detections;
    DET_TRY(apply_share(&voting->vote_overlap, options->vote_threshold,
                        "vote_threshold", message));
    return apply_share(&voting->nms_threshold, options->nms_threshold,
                       "nms_threshold", message);
}

static det_status check_scales(const det_session_options *options, size_t least,
                               size_t most, struct det_message *message)
{
    const size_t count = options->scale_count;
    if (!options->scales || count < least || count > most)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "there are %zu scales; it must be %zu to %zu", count,
                        least, most);
    for (size_t i = 0; i < count; i++) {
        const int32_t scale = options->scales[i];
        if (scale < LEAST_SCALE || scale > MAX_SIDE ||
            (i > 0 && scale <= options->scales[i - 1]))
            return det_fail(message, DET_ERROR_ARGUMENT,
                            "scale %d: scales are shorter sides from %d to %d "
                            "pixels, each larger than the last",
                            scale, LEAST_SCALE, MAX_SIDE);
    }
    return DET_OK;
}

/* Networks with one map pool their RoIs from several scales; others look at the
 * whole photo again. */
static det_status apply_scales(struct det_settings *settings,
                               const struct det_network *network,
                               const det_session_options *options,
                               struct det_message *message)
{
    const enum det_backbone_kind kind = network->backbone.kind;
    const bool one_map = kind != DET_BACKBONE_FPN && kind != DET_BACKBONE_DC5;
    const size_t count = options->scale_count;
    struct det_augmentation *views = &settings->augmentation;
    if (count == 0)
        return DET_OK;
    if (one_map ? options->not_mirrored != 0
                : options->scale_merge == DET_SCALE_MERGE_POOLED)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        one_map ? "not_mirrored: %s pools its regions from "
                                  "several scales, none of them mirrored"
                                : "scale_merge: %s has no single map of which "
                                  "regions could take the greater",
                        network->architecture->name);
    DET_TRY(check_scales(options, one_map ? 2 : 1,
                         one_map ? DET_MAX_LEVELS : DET_MOST_SCALES, message));
    memcpy(one_map ? settings->scales : views->scales, options->scales,
           count * sizeof *options->scales);
    if (one_map) {
        settings->num_scales = (int)count;
        settings->merges_pooled =
            options->scale_merge == DET_SCALE_MERGE_POOLED ||
            kind != DET_BACKBONE_C4;
    } else {
        views->count = (int)count;
        views->mirrored = !options->not_mirrored;
    }
    return DET_OK;
}

det_status det_settings_apply(struct det_settings *settings,
                              const struct det_network *network,
                              const det_session_options *options,
                              struct det_message *message)
{
    struct det_preset *p = &settings->preset;
    struct det_detection_config *d = &settings->detections;
    DET_TRY(apply_count(&p->min_size, options->min_size, MAX_SIDE, "min_size",
                        message));
    DET_TRY(apply_count(&p->max_size, options->max_size, MAX_SIDE, "max_size",
                        message));
    DET_TRY(apply_count(&settings->proposals.post_nms, options->proposals,
                        DET_MOST_PROPOSALS, "proposals", message));
    if (settings->proposals.pre_nms < settings->proposals.post_nms)
        settings->proposals.pre_nms = settings->proposals.post_nms;
    DET_TRY(apply_count(&d->max_detections, options->max_detections,
                        MAX_DETECTIONS, "max_detections", message));
    double score_threshold = (double)d->score_threshold;
    DET_TRY(apply_share(&score_threshold, options->score_threshold,
                        "score_threshold", message));
    d->score_threshold = (float)score_threshold;
    DET_TRY(apply_suppression(d, options, message));
    if (network->architecture->cascade)
        return apply_voting(settings, network, options, message);
    DET_TRY(apply_refinements(settings, options, message));
    DET_TRY(apply_scales(settings, network, options, message));
    return apply_share(&d->nms_threshold, options->nms_threshold,
                       "nms_threshold", message);
}
