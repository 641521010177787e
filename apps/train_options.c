/* SPDX-License-Identifier: MIT */
#include "apps/train_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>

#include "apps/precision_argument.h"
#include "apps/program_version.h"

enum option_key {
    KEY_ARCH = 0x100, /* past every short option */
    KEY_DATA,
    KEY_IMAGES,
    KEY_LIST,
    KEY_FORMAT,
    KEY_VAL,
    KEY_VAL_IMAGES,
    KEY_VAL_LIST,
    KEY_PROPOSALS,
    KEY_VAL_PROPOSALS,
    KEY_DEVICE,
    KEY_PRECISION,
    KEY_INIT,
    KEY_RESUME,
    KEY_SET,
    KEY_LIST_SETTINGS,
    KEY_NO_PROGRESS,
    KEY_USAGE,
    KEY_VERSION,
};

static const struct argp_option option_table[] = {
    {0, 0, 0, 0, "What to learn from:", 1},
    {"data", KEY_DATA, "PATH", 0,
     "annotations: COCO's JSON, a folder of VOC or YOLO, an image folder, "
     "CIFAR's binary files",
     1},
    {"images", KEY_IMAGES, "DIR", 0,
     "their images; default: where the annotations are", 1},
    {"list", KEY_LIST, "NAME", 0, "of several in the data: train", 1},
    {"format", KEY_FORMAT, "NAME", 0, "of the data; default: recognised", 1},
    {"val", KEY_VAL, "PATH", 0, "annotations to be judged by", 1},
    {"val-images", KEY_VAL_IMAGES, "DIR", 0, "their images", 1},
    {"val-list", KEY_VAL_LIST, "NAME", 0, "of several: val or test", 1},
    {"proposals", KEY_PROPOSALS, "FILE", 0,
     "of rescorers: boxes of the data's images, as detect-eval --all-boxes "
     "writes them",
     1},
    {"val-proposals", KEY_VAL_PROPOSALS, "FILE", 0,
     "likewise of the images to be judged by", 1},
    {0, 0, 0, 0, "What learns:", 2},
    {"arch", KEY_ARCH, "NAME", 0,
     "architecture; detect-convert --list-archs names them", 2},
    {"init", KEY_INIT, "FILE", 0,
     "weights to begin with (.pth, .pkl, .safetensors); what does not fit is "
     "left out and named",
     2},
    {"set", KEY_SET, "NAME=VALUE", 0,
     "change a setting; --list-settings names them", 2},
    {"list-settings", KEY_LIST_SETTINGS, 0, 0, "print the settings", 2},
    {0, 0, 0, 0, "The run:", 3},
    {"output", 'o', "RUN", 0,
     "new folder for checkpoints, metrics.jsonl, curves.svg and the model", 3},
    {"resume", KEY_RESUME, "RUN", 0,
     "go on where the run in this folder stopped, with its settings; name the "
     "device and precision again",
     3},
    {"device", KEY_DEVICE, "NAME", 0, "cpu (default), cuda", 3},
    {"precision", KEY_PRECISION, "NAME", 0,
     "on a GPU: fp32 (default); tf32: faster; bf16 or fp16: half the memory of "
     "maps as well; weights are learned as floats in any",
     3},
    {0, 0, 0, 0, "Messages (all on stderr):", 4},
    {"quiet", 'q', 0, 0, "errors only", 4},
    {"verbose", 'v', 0, 0, "say what is done; twice: details", 4},
    {"no-progress", KEY_NO_PROGRESS, 0, 0, "no progress line", 4},
    {"help", 'h', 0, 0, "this help", -1},
    {"usage", KEY_USAGE, 0, OPTION_HIDDEN, 0, -1},
    {"version", KEY_VERSION, 0, 0, "version and how it was built", -1},
    {0, 0, 0, 0, 0, 0},
};

static const char introduction[] =
    "Usage: detect-train --arch NAME --data PATH -o RUN [OPTIONS]\n"
    "       detect-train --resume RUN\n"
    "Train a network.\n"
    "\n"
    "Examples:\n"
    "  detect-train --arch resnet20 --data cifar10/ --list train \\\n"
    "      --val cifar10/ --val-list test -o run --set epochs=10\n"
    "  detect-train --resume run\n"
    "\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 done; 1 an input cannot be read; 2 usage; 3 weights "
    "refused;\n"
    "4 device missing; 5 out of memory; 6 cannot write; 7 data refused; 8 NaN "
    "or\n"
    "infinity in loss or gradient; 130, 143 interrupted, after a checkpoint.\n";

static error_t usage_error(const char *text)
{
    fprintf(stderr, "detect-train: %s (see detect-train -h)\n", text);
    return EINVAL;
}

static error_t add_setting(struct train_options *options, const char *text)
{
    if (options->setting_count == TRAIN_MOST_SETTINGS)
        return usage_error("too many --set");
    options->settings[options->setting_count++] = text;
    return 0;
}

/* Options that are one text each. */
static const char **text_option(struct train_options *options, int key)
{
    switch (key) {
    case KEY_ARCH:
        return &options->architecture;
    case KEY_DATA:
        return &options->data;
    case KEY_IMAGES:
        return &options->images;
    case KEY_LIST:
        return &options->list;
    case KEY_FORMAT:
        return &options->format;
    case KEY_VAL:
        return &options->validation;
    case KEY_VAL_IMAGES:
        return &options->validation_images;
    case KEY_VAL_LIST:
        return &options->validation_list;
    case KEY_PROPOSALS:
        return &options->proposals;
    case KEY_VAL_PROPOSALS:
        return &options->validation_proposals;
    case KEY_DEVICE:
        return &options->device;
    case KEY_INIT:
        return &options->init;
    case 'o':
        return &options->run;
    default:
        return NULL;
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct train_options *options = state->input;
    const char **text = text_option(options, key);
    if (text) {
        *text = value;
        return 0;
    }
    switch (key) {
    case KEY_PRECISION:
        return precision_argument_parse(&options->precision, value)
                   ? 0
                   : usage_error("--precision: fp32, tf32, bf16 or fp16");
    case KEY_RESUME:
        options->run = value;
        options->resume = true;
        return 0;
    case KEY_SET:
        return add_setting(options, value);
    case KEY_LIST_SETTINGS:
        options->action = TRAIN_LIST_SETTINGS;
        return 0;
    case KEY_NO_PROGRESS:
        options->no_progress = true;
        return 0;
    case 'q':
        options->verbosity = -1;
        return 0;
    case 'v':
        options->verbosity++;
        return 0;
    case 'h':
        options->action = TRAIN_HELP;
        return 0;
    case KEY_USAGE:
        options->action = TRAIN_USAGE;
        return 0;
    case KEY_VERSION:
        options->action = TRAIN_VERSION;
        return 0;
    case ARGP_KEY_ARG:
        return usage_error("an argument that is no option");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse_option,
};

static error_t check_together(const struct train_options *o)
{
    if (o->action != TRAIN_RUN)
        return 0;
    if (!o->run || !*o->run)
        return usage_error("no folder for the run; add -o RUN");
    if (o->resume &&
        (o->architecture || o->data || o->validation || o->init ||
         o->proposals || o->validation_proposals || o->setting_count))
        return usage_error("--resume takes everything from the run");
    if (o->resume)
        return 0;
    if (!o->architecture)
        return usage_error("no architecture given; add --arch NAME");
    if (!o->data)
        return usage_error("no data given; add --data PATH");
    if (o->validation_proposals && !o->validation)
        return usage_error("--val-proposals are of the data of --val");
    return 0;
}

enum exit_code train_options_parse(struct train_options *out, int argc,
                                   char **argv)
{
    *out = (struct train_options){0};
    if (argp_parse(&parser, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                   out) != 0 ||
        check_together(out) != 0)
        return EXIT_USAGE;
    return EXIT_DONE;
}

static void print_settings(void)
{
    const char *name, *meaning;
    for (size_t i = 0; det_train_setting(i, &name, &meaning); i++)
        printf("%-16s %s\n", name, meaning);
}

void train_options_print(enum train_action action)
{
    char name[] = "detect-train"; /* argp_help's prototype lacks the const */
    switch (action) {
    case TRAIN_RUN:
        break;
    case TRAIN_LIST_SETTINGS:
        print_settings();
        break;
    case TRAIN_HELP:
        fputs(introduction, stdout);
        argp_help(&parser, stdout, ARGP_HELP_LONG, name);
        fputs(exit_codes, stdout);
        break;
    case TRAIN_USAGE:
        argp_help(&parser, stdout, ARGP_HELP_USAGE, name);
        break;
    case TRAIN_VERSION:
        program_version_print(stdout, name);
        break;
    }
}
