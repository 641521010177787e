/* SPDX-License-Identifier: MIT */
#include "apps/box_finder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apps/interrupt.h"
#include "apps/label_names.h"
#include "apps/number_argument.h"
#include "apps/views_argument.h"

enum option_key { KEY_BOXES = 0x300, KEY_RESCORE, KEY_VIEWS, KEY_SCALES };

static const struct argp_option option_table[] = {
    {"boxes", KEY_BOXES, "FILE", 0,
     "localizer: finds a box of each class that is named; given again: several "
     "that propose together",
     0},
    {"rescore", KEY_RESCORE, "FILE", 0,
     "rescorer: looks at each of these boxes alone, for a better choice; given "
     "again: the mean of several",
     0},
    {"box-views", KEY_VIEWS, "NAME", 0,
     "where boxes are looked for: full (default), or in the middle, center", 0},
    {"box-scales", KEY_SCALES, "LIST", 0,
     "shorter sides at which boxes are looked for; default: "
     "224,256,384,480,640, of center the model's",
     0},
    {0, 0, 0, 0, 0, 0},
};

/* ---------------------------------------------------------------- arguments */

static error_t fail(const char *text)
{
    fprintf(stderr, "%s: %s (see %s -h)\n", program_invocation_short_name, text,
            program_invocation_short_name);
    return EINVAL;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct box_finder_arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        arguments->views = DET_VIEWS_FULL;
        return 0;
    case KEY_BOXES:
        return model_list_add(&arguments->localizers, value)
                   ? 0
                   : fail("--boxes: more than 8 models");
    case KEY_RESCORE:
        return model_list_add(&arguments->rescorers, value)
                   ? 0
                   : fail("--rescore: more than 8 models");
    case KEY_VIEWS:
        return views_argument_parse(&arguments->views, value) &&
                       arguments->views != DET_VIEWS_TEN
                   ? 0
                   : fail("--box-views: center or full");
    case KEY_SCALES:
        return scales_argument_read(&arguments->scales, "--box-scales", value,
                                    8, 4096);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp box_finder_argp = {.options = option_table,
                                     .parser = parse_option};

error_t box_finder_check(const struct box_finder_arguments *arguments)
{
    if (arguments->localizers.count)
        return 0;
    if (arguments->rescorers.count)
        return fail("--rescore goes with --boxes");
    if (arguments->scales.count)
        return fail("--box-scales goes with --boxes");
    if (arguments->views != DET_VIEWS_FULL)
        return fail("--box-views goes with --boxes");
    return 0;
}

/* ------------------------------------------------------------------- models */

static int stop_requested(void *user)
{
    (void)user;
    return interrupt_signal();
}

enum exit_code box_finder_open(struct box_finder *out,
                               const struct box_finder_arguments *arguments,
                               int32_t threads, int32_t proposals,
                               det_context *context, struct console *console)
{
    det_localizer_options options;
    det_localizer_options_init(&options);
    options.threads = threads;
    options.proposals = proposals;
    options.views = arguments->views;
    options.stop = stop_requested;
    if (arguments->scales.count) {
        options.scales = arguments->scales.sides;
        options.scale_count = arguments->scales.count;
    }
    out->localizers = arguments->localizers;
    out->rescorers = arguments->rescorers;
    enum exit_code code = model_list_load(&out->localizers, context, console);
    if (code == EXIT_DONE)
        code = model_list_load(&out->rescorers, context, console);
    if (code != EXIT_DONE)
        return code;
    const det_status status = det_localizer_create(
        (const det_model *const *)out->localizers.models, out->localizers.count,
        (const det_model *const *)out->rescorers.models, out->rescorers.count,
        &options, &out->localizer);
    if (status == DET_OK)
        return EXIT_DONE;
    console_error(console, "%s", det_context_message(context));
    return status == DET_ERROR_ARGUMENT ? EXIT_USAGE
                                        : exit_code_for_model(status);
}

void box_finder_close(struct box_finder *finder)
{
    det_localizer_destroy(&finder->localizer);
    model_list_destroy(&finder->rescorers);
    model_list_destroy(&finder->localizers);
}

enum exit_code box_finder_match(const struct box_finder *finder,
                                const det_model *classifier,
                                struct console *console)
{
    const det_model *localizer = finder->localizers.models[0];
    const int32_t count = det_model_label_count(localizer);
    if (det_model_label_count(classifier) != count) {
        console_error(console,
                      "the localizer has %d classes, the classifier %d",
                      (int)count, (int)det_model_label_count(classifier));
        return EXIT_USAGE;
    }
    for (int32_t i = 0; i < count; i++) {
        const char *name = det_model_label_name(classifier, i);
        if (label_may_be(localizer, i, name))
            continue;
        console_error(console,
                      "class %d is %.40s to the classifier and %.40s to the "
                      "localizer",
                      (int)i, name, det_model_label_name(localizer, i));
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}
