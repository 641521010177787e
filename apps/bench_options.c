/* SPDX-License-Identifier: MIT */
#include "apps/bench_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/number.h"
#include "apps/number_argument.h"
#include "apps/program_version.h"
#include "detect/classify.h"

enum option_key {
    KEY_SIZE = 0x100, /* past every short option */
    KEY_REPEAT,
    KEY_WARMUP,
    KEY_BATCH,
    KEY_LAYERS,
    KEY_JSON,
    KEY_DEVICE,
    KEY_MAX_PIXELS,
    KEY_NO_PROGRESS,
    KEY_USAGE,
    KEY_VERSION,
};

enum {
    DEFAULT_REPEAT = 10,
    DEFAULT_WARMUP = 2,
    MOST_RUNS = 1000000,
    MOST_SIDE = 16384,
    MOST_THREADS = 256
};

static const struct argp_option option_table[] = {
    {0, 0, 0, 0, "What is run:", 1},
    {"model", 'm', "FILE", 0,
     "detector or classifier; default: the environment variable DETECT_MODEL, "
     "or the model that comes with detect, of drawn shapes",
     1},
    {"size", KEY_SIZE, "HxW", 0,
     "no PHOTO: a drawing of that many pixels, which the network gets as it is",
     1},
    {"batch", KEY_BATCH, "N", 0,
     "N images, all the same, in each run; default 1", 1},
    {"repeat", KEY_REPEAT, "N", 0, "runs that count; default 10", 1},
    {"warmup", KEY_WARMUP, "N", 0, "runs before them; default 2", 1},
    {"max-pixels", KEY_MAX_PIXELS, "N", 0,
     "refuse a larger photo before decoding; default 89478485", 1},
    {0, 0, 0, 0, "What is printed:", 2},
    {"layers", KEY_LAYERS, 0, 0, "each layer as well", 2},
    {"json", KEY_JSON, 0, 0, "one object instead of tables", 2},
    {0, 0, 0, 0, "Computing:", 4},
    {"threads", 't', "N", 0, "0 (default): one for each processor", 4},
    {"device", KEY_DEVICE, "NAME", 0, "cpu (default), cuda", 4},
    {0, 0, 0, 0, "Messages (all on stderr):", 5},
    {"quiet", 'q', 0, 0, "errors only", 5},
    {"verbose", 'v', 0, 0, "say what is done", 5},
    {"no-progress", KEY_NO_PROGRESS, 0, 0, "no progress bar", 5},
    {"help", 'h', 0, 0, "this help", 5},
    {"usage", KEY_USAGE, 0, OPTION_HIDDEN, 0, 5},
    {"version", KEY_VERSION, 0, 0, "version and how it was built", 5},
    {0, 0, 0, 0, 0, 0},
};

static const char introduction[] =
    "Usage: detect-bench [OPTIONS] PHOTO\n"
    "       detect-bench [OPTIONS] --size=HxW\n"
    "Measure how fast a network runs: times of its stages and layers, and "
    "what\n"
    "share that is of the multiplications that this CPU can do.\n"
    "\n"
    "Examples:\n"
    "  detect-bench photo.jpg                           the model in the box\n"
    "  detect-bench -m mask.safetensors --layers photo.jpg\n"
    "  detect-bench -m resnet101.safetensors --size=224x224 --batch=8\n"
    "  detect-bench -m mask.safetensors -t 1 --json photo.jpg > one.json\n"
    "\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 done; 1 the photo cannot be read; 2 usage; 3 model "
    "refused;\n"
    "4 device missing; 5 out of memory; 6 cannot write; 130 SIGINT, 143\n"
    "SIGTERM: what was measured before is printed.\n";

static error_t usage_error(const char *text)
{
    fprintf(stderr, "detect-bench: %s (see detect-bench -h)\n", text);
    return EINVAL;
}

static error_t take_threads(struct bench_options *options, const char *name,
                            const char *value)
{
    uint64_t count;
    const error_t error =
        number_argument_integer(&count, name, value, 0, MOST_THREADS);
    if (!error)
        options->session.options.threads = (int32_t)count;
    return error;
}

static error_t take_model(struct bench_options *options, const char *value)
{
    if (!*value)
        return usage_error("the model's name is empty; use -m FILE");
    if (options->models.count > 0)
        return usage_error("-m: one model at a time");
    model_list_add(&options->models, value);
    return 0;
}

/* "480x640" */
static error_t take_size(struct bench_size *size, const char *value)
{
    char height[16];
    uint64_t h, w;
    const size_t digits = strcspn(value, "x");
    if (value[digits] && digits < sizeof height) {
        memcpy(height, value, digits);
        height[digits] = 0;
        if (number_parse_integer(&h, height, 1, MOST_SIDE) &&
            number_parse_integer(&w, value + digits + 1, 1, MOST_SIDE)) {
            *size = (struct bench_size){(int32_t)h, (int32_t)w};
            return 0;
        }
    }
    fprintf(stderr,
            "detect-bench: --size %.60s: must be a height and a width from 1 "
            "to %d, as 480x640 (see detect-bench -h)\n",
            value, MOST_SIDE);
    return EINVAL;
}

/* Options that take a value. */
static error_t parse_value(struct bench_options *options, int key,
                           const char *value)
{
    switch (key) {
    case 'm':
        return take_model(options, value);
    case KEY_SIZE:
        return take_size(&options->size, value);
    case KEY_BATCH:
        return number_argument_integer(&options->batch, "--batch", value, 1,
                                       DET_MOST_BATCH);
    case KEY_REPEAT:
        return number_argument_integer(&options->repeat, "--repeat", value, 1,
                                       MOST_RUNS);
    case KEY_WARMUP:
        return number_argument_integer(&options->warmup, "--warmup", value, 0,
                                       MOST_RUNS);
    case KEY_MAX_PIXELS:
        return number_argument_integer(&options->image.max_pixels,
                                       "--max-pixels", value, 1, 1000000000000);
    case KEY_DEVICE:
        options->models.device = value;
        return 0;
    case 't':
        return take_threads(options, "--threads", value);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* Options without a value. */
static bool parse_switch(struct bench_options *options, int key)
{
    switch (key) {
    case KEY_LAYERS:
        return options->layers = true;
    case KEY_JSON:
        return options->json = true;
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
        options->action = BENCH_HELP;
        return true;
    case KEY_USAGE:
        options->action = BENCH_USAGE;
        return true;
    case KEY_VERSION:
        options->action = BENCH_VERSION;
        return true;
    default:
        return false;
    }
}

static error_t take_photo(struct bench_options *options, const char *value)
{
    if (options->photo)
        return usage_error("more than one photo");
    options->photo = value;
    return 0;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct bench_options *options = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &options->session;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        return take_photo(options, value);
    if (parse_switch(options, key))
        return 0;
    return value ? parse_value(options, key, value) : ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {
    {&session_argp, 0, "Detection (default: as the model says):", 3},
    {0, 0, 0, 0},
};

static const struct argp parser = {
    .children = children,
    .options = option_table,
    .parser = parse_option,
    .args_doc = "PHOTO|--size=HxW",
};

static error_t take_environment(struct bench_options *options)
{
    options->models.device = getenv("DETECT_DEVICE");
    const char *threads = getenv("DETECT_THREADS");
    return threads && *threads
               ? take_threads(options, "DETECT_THREADS", threads)
               : 0;
}

static error_t take_model_of_environment(struct bench_options *options)
{
    const char *model = getenv("DETECT_MODEL");
    return model && options->models.count == 0 ? take_model(options, model) : 0;
}

/* What can only be seen when all options are known. */
static error_t check_together(const struct bench_options *options)
{
    if (!options->photo && !options->size.height)
        return usage_error("no photo given; name a file, or --size=HxW for a "
                           "drawing");
    if (options->photo && options->size.height)
        return usage_error("--size is of a drawing, in place of a photo");
    if (options->photo && strcmp(options->photo, "-") == 0)
        return usage_error("each run reads the photo again, which standard "
                           "input does not allow; name a file");
    return session_arguments_check(&options->session.options);
}

enum exit_code bench_options_parse(struct bench_options *out, int argc,
                                   char **argv)
{
    *out = (struct bench_options){
        .repeat = DEFAULT_REPEAT, .warmup = DEFAULT_WARMUP, .batch = 1};
    det_session_options_init(&out->session.options);
    det_image_options_init(&out->image);
    if (take_environment(out) != 0 ||
        argp_parse(&parser, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                   out) != 0)
        return EXIT_USAGE;
    if (out->action == BENCH_RUN &&
        (take_model_of_environment(out) != 0 || check_together(out) != 0))
        return EXIT_USAGE;
    return EXIT_DONE;
}

void bench_options_print(enum bench_action action)
{
    char name[] = "detect-bench"; /* argp_help's prototype lacks the const */
    switch (action) {
    case BENCH_RUN:
        return;
    case BENCH_HELP:
        fputs(introduction, stdout);
        argp_help(&parser, stdout, ARGP_HELP_LONG, name);
        fputs(exit_codes, stdout);
        return;
    case BENCH_USAGE:
        argp_help(&parser, stdout, ARGP_HELP_USAGE, name);
        return;
    case BENCH_VERSION:
        program_version_print(stdout, name);
        return;
    }
}
