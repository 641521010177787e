/* SPDX-License-Identifier: MIT */
#include "apps/session_arguments.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "apps/number_argument.h"
#include "apps/precision_argument.h"

enum option_key {
    KEY_SCORE_THRESHOLD = 0x200, /* past those of any program */
    KEY_NMS_THRESHOLD,
    KEY_NMS_ACROSS,
    KEY_SOFT_NMS,
    KEY_SOFT_SIGMA,
    KEY_MAX_DETECTIONS,
    KEY_MIN_SIZE,
    KEY_MAX_SIZE,
    KEY_PROPOSALS,
    KEY_REFINE,
    KEY_VOTE,
    KEY_SCALES,
    KEY_NO_FLIP,
    KEY_IN_ORDER,
    KEY_PRECISION,
    KEY_SCALE_MERGE,
};

static const struct argp_option option_table[] = {
    {"score-threshold", KEY_SCORE_THRESHOLD, "X", 0,
     "lowest score reported, 0 to 1", 0},
    {"nms-threshold", KEY_NMS_THRESHOLD, "X", 0,
     "overlap above which the weaker of two boxes is dropped, 0 to 1", 0},
    {"nms-across-classes", KEY_NMS_ACROSS, 0, 0,
     "also of two boxes of different classes", 0},
    {"soft-nms", KEY_SOFT_NMS, "KIND", 0,
     "linear or gaussian: lower the weaker box's score instead", 0},
    {"soft-sigma", KEY_SOFT_SIGMA, "X", 0, "of gaussian; default 0.5", 0},
    {"max-detections", KEY_MAX_DETECTIONS, "N", 0, "for each image", 0},
    {"min-size", KEY_MIN_SIZE, "N", 0, "shorter side after resizing, pixels",
     0},
    {"max-size", KEY_MAX_SIZE, "N", 0, "longer side after resizing, pixels", 0},
    {"proposals", KEY_PROPOSALS, "N", 0, "regions looked at", 0},
    {"refine", KEY_REFINE, "N", 0,
     "look again, N times, at the boxes that regions have become; overlap then "
     "defaults to 0.3",
     0},
    {"vote", KEY_VOTE, "X", 0,
     "a box becomes the mean of those of its class that overlap it by X; "
     "default: 0.5 with --refine, else none",
     0},
    {"scales", KEY_SCALES, "LIST", 0,
     "shorter sides; models with one feature map (C4, VGG-16): 2 to 5, "
     "200,400,600,800,1000, of which each region is pooled from two; others "
     "(FPN): 1 to 16, at which the photo is looked at, and mirrored",
     0},
    {"no-flip", KEY_NO_FLIP, 0, 0,
     "with --scales, of models with several maps: not mirrored", 0},
    {"precision", KEY_PRECISION, "NAME", 0,
     "on a GPU: fp32 (default); tf32: faster, scores differ in the third "
     "digit; "
     "bf16 or fp16: half the memory as well, in the second",
     0},
    {"in-order", KEY_IN_ORDER, 0, 0,
     "sum convolutions and RoIAlign as torch does: slower, the same last "
     "bits",
     0},
    {"scale-merge", KEY_SCALE_MERGE, "WHERE", 0,
     "conv5 (default) or pooled: after which the greater of two scales is "
     "taken",
     0},
    {0, 0, 0, 0, 0, 0},
};

static const struct integer_option {
    const char *name;
    int key;
    uint32_t low, high;
    size_t offset; /* of an int32_t in det_session_options */
} integer_options[] = {
    {"--max-detections", KEY_MAX_DETECTIONS, 1, 10000,
     offsetof(det_session_options, max_detections)},
    {"--min-size", KEY_MIN_SIZE, 1, 16384,
     offsetof(det_session_options, min_size)},
    {"--max-size", KEY_MAX_SIZE, 1, 16384,
     offsetof(det_session_options, max_size)},
    {"--proposals", KEY_PROPOSALS, 1, DET_MOST_PROPOSALS,
     offsetof(det_session_options, proposals)},
    {"--refine", KEY_REFINE, 0, 16, offsetof(det_session_options, refinements)},
};

static const struct real_option {
    const char *name;
    int key;
    double low, high;
    size_t offset; /* of a double in det_session_options */
} real_options[] = {
    {"--score-threshold", KEY_SCORE_THRESHOLD, 0, 1,
     offsetof(det_session_options, score_threshold)},
    {"--nms-threshold", KEY_NMS_THRESHOLD, 0, 1,
     offsetof(det_session_options, nms_threshold)},
    {"--soft-sigma", KEY_SOFT_SIGMA, 0.001, 1000,
     offsetof(det_session_options, soft_nms_sigma)},
    {"--vote", KEY_VOTE, 0, 1, offsetof(det_session_options, vote_threshold)},
};

enum {
    INTEGER_OPTIONS = sizeof integer_options / sizeof integer_options[0],
    REAL_OPTIONS = sizeof real_options / sizeof real_options[0]
};

static error_t fail(const char *text)
{
    fprintf(stderr, "%s: %s (see %s -h)\n", program_invocation_short_name, text,
            program_invocation_short_name);
    return EINVAL;
}

static error_t take_integer(det_session_options *options,
                            const struct integer_option *option,
                            const char *value)
{
    uint64_t number;
    const error_t error = number_argument_integer(&number, option->name, value,
                                                  option->low, option->high);
    if (error)
        return error;
    const int32_t narrow = (int32_t)number;
    memcpy((char *)options + option->offset, &narrow, sizeof narrow);
    return 0;
}

static error_t take_real(det_session_options *options,
                         const struct real_option *option, const char *value)
{
    double number;
    const error_t error = number_argument_real(&number, option->name, value,
                                               option->low, option->high);
    if (error)
        return error;
    memcpy((char *)options + option->offset, &number, sizeof number);
    return 0;
}

static error_t take_soft_nms(det_session_options *options, const char *value)
{
    if (strcmp(value, "linear") == 0)
        options->suppression = DET_SUPPRESSION_LINEAR;
    else if (strcmp(value, "gaussian") == 0)
        options->suppression = DET_SUPPRESSION_GAUSSIAN;
    else
        return fail("--soft-nms: must be linear or gaussian");
    return 0;
}

/* Rising numbers, as the library wants them. */
static error_t take_scales(struct session_arguments *arguments,
                           const char *value)
{
    const error_t error =
        scales_argument_read(&arguments->scales, "--scales", value, 16, 16384);
    arguments->options.scales = arguments->scales.sides;
    arguments->options.scale_count = arguments->scales.count;
    return error;
}

static error_t take_precision(det_session_options *options, const char *value)
{
    return precision_argument_parse(&options->precision, value)
               ? 0
               : fail("--precision: must be fp32, tf32, bf16 or fp16");
}

static error_t take_scale_merge(det_session_options *options, const char *value)
{
    if (strcmp(value, "pooled") == 0)
        options->scale_merge = DET_SCALE_MERGE_POOLED;
    else if (strcmp(value, "conv5") == 0)
        options->scale_merge = DET_SCALE_MERGE_CONV5;
    else
        return fail("--scale-merge: must be conv5 or pooled");
    return 0;
}

/* Its name, or NULL: it is another program's. */
static const char *option_name(int key)
{
    for (const struct argp_option *o = option_table; o->name; o++)
        if (o->key == key)
            return o->name;
    return NULL;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct session_arguments *arguments = state->input;
    det_session_options *options = &arguments->options;
    const char *name = option_name(key);
    if (name && key != KEY_PRECISION) /* which is of all models */
        arguments->given = name;
    for (size_t i = 0; i < INTEGER_OPTIONS; i++)
        if (integer_options[i].key == key)
            return take_integer(options, &integer_options[i], value);
    for (size_t i = 0; i < REAL_OPTIONS; i++)
        if (real_options[i].key == key)
            return take_real(options, &real_options[i], value);
    switch (key) {
    case KEY_SOFT_NMS:
        return take_soft_nms(options, value);
    case KEY_SCALES:
        return take_scales(arguments, value);
    case KEY_SCALE_MERGE:
        return take_scale_merge(options, value);
    case KEY_NMS_ACROSS:
        options->nms_across_classes = 1;
        return 0;
    case KEY_IN_ORDER:
        options->in_order = 1;
        return 0;
    case KEY_PRECISION:
        return take_precision(options, value);
    case KEY_NO_FLIP:
        options->not_mirrored = 1;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp session_argp = {
    .options = option_table,
    .parser = parse_option,
};

error_t session_arguments_check(const det_session_options *options)
{
    if (options->min_size > 0 && options->max_size > 0 &&
        options->min_size > options->max_size)
        return fail("--min-size is larger than --max-size");
    if (options->soft_nms_sigma > 0 &&
        options->suppression != DET_SUPPRESSION_GAUSSIAN)
        return fail("--soft-sigma goes with --soft-nms=gaussian");
    if (options->scale_merge != DET_SCALE_MERGE_CONV5 &&
        options->scale_count == 0)
        return fail("--scale-merge goes with --scales");
    if (options->not_mirrored && options->scale_count == 0)
        return fail("--no-flip goes with --scales");
    return 0;
}
