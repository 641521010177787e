/* SPDX-License-Identifier: MIT */
#include "apps/detect_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/number_argument.h"
#include "apps/program_version.h"
#include "apps/session_arguments.h"

enum option_key {
    KEY_FORMAT = 0x100, /* past every short option */
    KEY_DEVICE,
    KEY_MAX_PIXELS,
    KEY_TIME,
    KEY_FILELIST,
    KEY_NO_PROGRESS,
    KEY_NO_LABELS,
    KEY_NO_SCORES,
    KEY_NO_BOXES,
    KEY_NO_MASKS,
    KEY_LINE_WIDTH,
    KEY_BATCH,
    KEY_HELP,
    KEY_USAGE,
    KEY_VERSION,
};

static const struct argp_option option_table[] = {
    {0, 0, 0, 0, "Input:", 1},
    {"model", 'm', "FILE", 0,
     "model to use; default: the environment variable DETECT_MODEL, or the "
     "model that comes with detect, of drawn shapes; given again: several "
     "models that decide together",
     1},
    {"recursive", 'r', 0, 0, "look into folders below a DIR as well", 1},
    {"filelist", KEY_FILELIST, "FILE", 0,
     "read names of images from FILE (- for stdin), one on each line", 1},
    {"null", '0', 0, 0, "names in the file list end with a 0 byte", 1},
    {"max-pixels", KEY_MAX_PIXELS, "N", 0,
     "refuse larger images before decoding; default 89478485", 1},
    {0, 0, 0, 0, "Output:", 2},
    {"format", KEY_FORMAT, "NAME", 0,
     "text (default), json, jsonl, csv or coco", 2},
    {"output", 'o', "FILE|DIR", 0,
     "draw what was found: FILE.jpg or FILE.png for one image, a folder for "
     "many; images given as input are never overwritten",
     2},
    {"no-masks", KEY_NO_MASKS, 0, 0, "draw no masks", 2},
    {"no-boxes", KEY_NO_BOXES, 0, 0, "draw no boxes", 2},
    {"no-labels", KEY_NO_LABELS, 0, 0, "draw no class names", 2},
    {"no-scores", KEY_NO_SCORES, 0, 0, "draw no scores", 2},
    {"line-width", KEY_LINE_WIDTH, "PIXELS", 0,
     "of the boxes drawn; default: by the size of the image", 2},
    {0, 0, 0, 0, "Computing:", 4},
    {"threads", 't', "N", 0, "0 (default): one for each processor", 4},
    {"device", KEY_DEVICE, "NAME", 0, "cpu (default), cuda", 4},
    {"batch", KEY_BATCH, "N", 0,
     "images that are looked at at once, 1 (default) to 64: a GPU does more of "
     "them in a second; smaller ones are padded to the largest",
     4},
    {"time", KEY_TIME, 0, 0, "a table of times and memory on stderr", 4},
    {0, 0, 0, 0, "Messages (all on stderr):", 5},
    {"quiet", 'q', 0, 0, "errors only", 5},
    {"verbose", 'v', 0, 0, "say what is done; twice: details", 5},
    {"no-progress", KEY_NO_PROGRESS, 0, 0, "no progress bar", 5},
    {0, 'h', 0, 0, "short help", 5},
    {"help", KEY_HELP, 0, 0, "this help", 5},
    {"usage", KEY_USAGE, 0, OPTION_HIDDEN, 0, 5},
    {"version", KEY_VERSION, 0, 0, "version and how it was built", 5},
    {0, 0, 0, 0, 0, 0},
};

static const char examples[] =
    "Usage: detect [OPTIONS] FILE|DIR|-...\n"
    "Find objects in photos: boxes, classes, scores and masks.\n"
    "\n"
    "Examples:\n"
    "  detect -o seen.jpg scene.jpg                      the model in the box\n"
    "  detect -m model.safetensors photo.jpg             what is in it?\n"
    "  detect -m model.safetensors -o seen.jpg photo.jpg the same, drawn\n"
    "  detect -r --format=coco photos/ > results.json    a whole folder\n"
    "  curl -s URL | detect --format=json - | jq .       from a pipe\n"
    "The last two take the model from the environment variable "
    "DETECT_MODEL.\n";

static const char short_help[] =
    "\n"
    "Often used:\n"
    "  -m FILE               model          -o FILE|DIR  draw the result\n"
    "  --format=NAME         text, json, jsonl, csv, coco\n"
    "  --score-threshold=X   lowest score   -r           folders below too\n"
    "  -t N                  threads        --time       where time goes\n"
    "All options: detect --help, man detect\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 all done; 1 some inputs failed, the others were done;\n"
    "2 usage; 3 model refused; 4 device missing; 5 out of memory;\n"
    "6 cannot write; 8 NaN or infinity; 130 SIGINT; 143 SIGTERM.\n";

static error_t usage_error(const char *text)
{
    fprintf(stderr, "detect: %s (see detect -h)\n", text);
    return EINVAL;
}

static error_t take_threads(struct detect_options *options, const char *name,
                            const char *value)
{
    uint64_t count;
    const error_t error = number_argument_integer(&count, name, value, 0, 1024);
    if (!error)
        options->session.options.threads = (int32_t)count;
    return error;
}

static error_t parse_format(const struct output_format **out, const char *value)
{
    *out = output_format_find(value);
    if (*out)
        return 0;
    char text[160];
    snprintf(text, sizeof text,
             "--format %.60s: must be text, json, jsonl, csv or coco", value);
    return usage_error(text);
}

/* Options that take a value. */
static error_t parse_value(struct detect_options *options, int key,
                           const char *value)
{
    switch (key) {
    case 'm':
        if (!*value)
            return usage_error("the model's name is empty; use -m FILE");
        return model_list_add(&options->models, value)
                   ? 0
                   : usage_error("more than 8 models");
    case 'o':
        if (!*value)
            return usage_error("--output: the name is empty");
        options->output = value;
        return 0;
    case KEY_FILELIST:
        options->input.filelist = value;
        return 0;
    case KEY_DEVICE:
        options->models.device = value;
        return 0;
    case KEY_FORMAT:
        return parse_format(&options->format, value);
    case KEY_MAX_PIXELS:
        return number_argument_integer(&options->image.max_pixels,
                                       "--max-pixels", value, 1, 1000000000000);
    case KEY_BATCH:
        return number_argument_integer(&options->batch, "--batch", value, 1,
                                       DET_MOST_IMAGES);
    case KEY_LINE_WIDTH:
        return number_argument_real(&options->style.line_width, "--line-width",
                                    value, 0.5, 200);
    case 't':
        return take_threads(options, "--threads", value);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Options without a value. */
static bool parse_switch(struct detect_options *options, int key)
{
    bool *off = NULL;
    switch (key) {
    case 'r':
        return options->input.recursive = true;
    case '0':
        return options->input.null_separated = true;
    case KEY_TIME:
        return options->show_time = true;
    case KEY_NO_PROGRESS:
        return options->no_progress = true;
    case 'q':
        options->verbosity = -1;
        return true;
    case 'v':
        options->verbosity =
            options->verbosity < 0 ? 1 : options->verbosity + 1;
        return true;
    case 'h':
        options->action = ACTION_SHORT_HELP;
        return true;
    case KEY_HELP:
        options->action = ACTION_HELP;
        return true;
    case KEY_USAGE:
        options->action = ACTION_USAGE;
        return true;
    case KEY_VERSION:
        options->action = ACTION_VERSION;
        return true;
    case KEY_NO_LABELS:
        off = &options->style.labels;
        break;
    case KEY_NO_SCORES:
        off = &options->style.scores;
        break;
    case KEY_NO_BOXES:
        off = &options->style.boxes;
        break;
    case KEY_NO_MASKS:
        off = &options->style.masks;
        break;
    default:
        return false;
    }
    *off = false;
    return true;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct detect_options *options = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &options->session;
        return 0;
    }
    if (key == ARGP_KEY_ARGS) {
        options->input.arguments = state->argv + state->next;
        options->input.argument_count = (size_t)(state->argc - state->next);
        return 0;
    }
    if (parse_switch(options, key))
        return 0;
    return value && key != ARGP_KEY_ARG ? parse_value(options, key, value)
                                        : ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {
    {&session_argp, 0, "Detection (default: as the model says):", 3},
    {0, 0, 0, 0},
};

static const struct argp parser = {
    .children = children,
    .options = option_table,
    .parser = parse_option,
    .args_doc = "FILE|DIR|-...",
};

static error_t take_environment(struct detect_options *options)
{
    options->models.device = getenv("DETECT_DEVICE");
    const char *threads = getenv("DETECT_THREADS");
    return threads && *threads
               ? take_threads(options, "DETECT_THREADS", threads)
               : 0;
}

/* -m says otherwise, once or several times. */
static error_t take_model_of_environment(struct detect_options *options)
{
    const char *model = getenv("DETECT_MODEL");
    if (!model || options->models.count > 0)
        return 0;
    if (!*model)
        return usage_error("the model's name is empty; use -m FILE or set "
                           "DETECT_MODEL");
    model_list_add(&options->models, model);
    return 0;
}

/* What can only be seen when all options are known. */
static error_t check_together(const struct detect_options *options)
{
    if (options->input.argument_count == 0 && !options->input.filelist)
        return usage_error("no image given; name a FILE, a DIR, or - for "
                           "standard input");
    return session_arguments_check(&options->session.options);
}

enum exit_code detect_options_parse(struct detect_options *out, int argc,
                                    char **argv)
{
    *out = (struct detect_options){
        .format = output_format_find("text"),
        .batch = 1,
        .style = {.masks = true, .boxes = true, .labels = true, .scores = true},
    };
    det_session_options_init(&out->session.options);
    det_image_options_init(&out->image);
    if (take_environment(out) != 0 ||
        argp_parse(&parser, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                   out) != 0)
        return EXIT_USAGE;
    if (out->action == ACTION_DETECT &&
        (take_model_of_environment(out) != 0 || check_together(out) != 0))
        return EXIT_USAGE;
    return EXIT_DONE;
}

void detect_options_print(enum detect_action action)
{
    char name[] = "detect"; /* argp_help's prototype lacks the const */
    switch (action) {
    case ACTION_DETECT:
        break;
    case ACTION_SHORT_HELP:
        fputs(examples, stdout);
        fputs(short_help, stdout);
        break;
    case ACTION_HELP:
        fputs(examples, stdout);
        fputc('\n', stdout);
        argp_help(&parser, stdout, ARGP_HELP_LONG, name);
        fputs(exit_codes, stdout);
        break;
    case ACTION_USAGE:
        argp_help(&parser, stdout, ARGP_HELP_USAGE, name);
        break;
    case ACTION_VERSION:
        program_version_print(stdout, name);
        break;
    }
}
