/* SPDX-License-Identifier: MIT */
#include "apps/classify_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/number.h"
#include "apps/precision_argument.h"
#include "apps/program_version.h"
#include "apps/views_argument.h"

enum option_key {
    KEY_TOP = 0x100, /* past every short option */
    KEY_VIEWS,
    KEY_SCALES,
    KEY_DEVICE,
    KEY_PRECISION,
    KEY_JSON,
    KEY_USAGE,
    KEY_VERSION,
};

enum { DEFAULT_TOP = 5, MOST_TOP = 65536, MOST_THREADS = 256 };

static const struct argp_option option_table[] = {
    {"model", 'm', "FILE", 0,
     "classifier to use; default: the environment variable DETECT_CLASSIFIER; "
     "given again: the mean of several",
     0},
    {"top", KEY_TOP, "N", 0, "names printed for each image; default 5", 0},
    {"views", KEY_VIEWS, "NAME", 0,
     "center (default), ten (corners, middle, mirrored) or full (everything, "
     "mirrored, at several scales)",
     0},
    {"scales", KEY_SCALES, "N,N,...", 0,
     "shorter sides in pixels; default: the model's, for full "
     "224,256,384,480,640",
     0},
    {"json", KEY_JSON, 0, 0, "one object on each line", 0},
    {"recursive", 'r', 0, 0, "look into folders below a DIR as well", 0},
    {"threads", 't', "N", 0, "0 (default): one for each processor", 0},
    {"device", KEY_DEVICE, "NAME", 0, "cpu (default), cuda", 0},
    {"precision", KEY_PRECISION, "NAME", 0,
     "on a GPU: fp32 (default), tf32, bf16 or fp16", 0},
    {"quiet", 'q', 0, 0, "errors only", 0},
    {"verbose", 'v', 0, 0, "say what is done", 0},
    {"help", 'h', 0, 0, "this help", -1},
    {"usage", KEY_USAGE, 0, OPTION_HIDDEN, 0, -1},
    {"version", KEY_VERSION, 0, 0, "version and how it was built", -1},
    {0, 0, 0, 0, 0, 0},
};

static const char introduction[] =
    "Usage: detect-classify -m MODEL IMAGE|DIR|- ... [OPTIONS]\n"
    "Say what a whole image shows: the most probable names, best first.\n"
    "\n"
    "Examples:\n"
    "  detect-classify -m resnet50.safetensors photo.jpg\n"
    "  detect-classify -m resnet50.safetensors --views=ten --top=1 photos/\n"
    "  detect-classify -m resnet50.safetensors --views=full photo.jpg\n"
    "  detect-classify -m resnet50.safetensors --boxes=localizer.safetensors "
    "photo.jpg\n"
    "\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 done; 1 some images failed; 2 usage; 3 model refused;\n"
    "4 device missing; 5 out of memory; 6 cannot write; 130, 143 "
    "interrupted.\n";

static error_t usage_error(const char *text)
{
    fprintf(stderr, "detect-classify: %s (see detect-classify -h)\n", text);
    return EINVAL;
}

static error_t take_integer(int32_t *out, const char *text, uint64_t low,
                            uint64_t high, const char *error)
{
    uint64_t value;
    if (!number_parse_integer(&value, text, low, high))
        return usage_error(error);
    *out = (int32_t)value;
    return 0;
}

static error_t take_scales(struct classify_options *options, const char *value)
{
    const error_t error =
        scales_argument_read(&options->scales, "--scales", value, 1, 1 << 20);
    options->classifier.scales = options->scales.sides;
    options->classifier.scale_count = options->scales.count;
    return error;
}

static error_t take_precision(struct classify_options *options,
                              const char *value)
{
    det_precision precision;
    if (!precision_argument_parse(&precision, value))
        return usage_error("--precision: fp32, tf32, bf16 or fp16");
    options->models.precision = precision;
    options->boxes.localizers.precision = precision;
    options->boxes.rescorers.precision = precision;
    return 0;
}

static error_t take_inputs(struct classify_options *options,
                           struct argp_state *state)
{
    options->inputs.arguments = state->argv + state->next;
    options->inputs.argument_count = (size_t)(state->argc - state->next);
    state->next = state->argc;
    return 0;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct classify_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->boxes;
        return 0;
    case 'm':
        return model_list_add(&options->models, value)
                   ? 0
                   : usage_error("-m: more than 8 models");
    case KEY_TOP:
        if (!number_parse_integer(&options->top, value, 1, MOST_TOP))
            return usage_error("--top: a whole number from 1 on");
        return 0;
    case KEY_VIEWS:
        return views_argument_parse(&options->classifier.views, value)
                   ? 0
                   : usage_error("--views: center, ten or full");
    case KEY_SCALES:
        return take_scales(options, value);
    case KEY_JSON:
        options->json = true;
        return 0;
    case 'r':
        options->inputs.recursive = true;
        return 0;
    case 't':
        return take_integer(&options->classifier.threads, value, 0,
                            MOST_THREADS,
                            "--threads: a whole number from 0 to 256");
    case KEY_DEVICE:
        options->models.device = value;
        options->boxes.localizers.device = value;
        options->boxes.rescorers.device = value;
        return 0;
    case KEY_PRECISION:
        return take_precision(options, value);
    case 'q':
        options->verbosity = -1;
        return 0;
    case 'v':
        options->verbosity++;
        return 0;
    case 'h':
        options->action = CLASSIFY_HELP;
        return 0;
    case KEY_USAGE:
        options->action = CLASSIFY_USAGE;
        return 0;
    case KEY_VERSION:
        options->action = CLASSIFY_VERSION;
        return 0;
    case ARGP_KEY_ARGS:
        return take_inputs(options, state);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {
    {&box_finder_argp, 0, "Where it is (ImageNet localization):", 1},
    {0, 0, 0, 0},
};

static const struct argp parser = {
    .children = children,
    .options = option_table,
    .parser = parse_option,
    .args_doc = "IMAGE|DIR|- ...",
};

static error_t check_together(struct classify_options *options)
{
    if (options->action != CLASSIFY_IMAGES)
        return 0;
    if (options->inputs.argument_count == 0)
        return usage_error("no image given");
    const char *preset = getenv("DETECT_CLASSIFIER");
    if (options->models.count == 0 && preset && *preset)
        model_list_add(&options->models, preset);
    if (options->models.count == 0 || !*options->models.paths[0])
        return usage_error("no model given; add -m MODEL, or set "
                           "DETECT_CLASSIFIER");
    return box_finder_check(&options->boxes);
}

enum exit_code classify_options_parse(struct classify_options *out, int argc,
                                      char **argv)
{
    static char name[] = "detect-classify"; /* argp's messages begin with it */
    *out = (struct classify_options){.top = DEFAULT_TOP};
    det_classifier_options_init(&out->classifier);
    if (argc > 0)
        argv[0] = name;
    if (argp_parse(&parser, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                   out) != 0 ||
        check_together(out) != 0)
        return EXIT_USAGE;
    return EXIT_DONE;
}

void classify_options_print(enum classify_action action)
{
    static char name[] = "detect-classify";
    switch (action) {
    case CLASSIFY_IMAGES:
        return;
    case CLASSIFY_HELP:
        fputs(introduction, stdout);
        argp_help(&parser, stdout, ARGP_HELP_LONG, name);
        fputs(exit_codes, stdout);
        return;
    case CLASSIFY_USAGE:
        argp_help(&parser, stdout, ARGP_HELP_USAGE, name);
        return;
    case CLASSIFY_VERSION:
        program_version_print(stdout, name);
        return;
    }
}
