/* SPDX-License-Identifier: MIT */
#include "apps/convert_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apps/number.h"
#include "apps/program_version.h"

enum option_key {
    KEY_ARCH = 0x100, /* past every short option */
    KEY_PRESET,
    KEY_CLASSES,
    KEY_MEAN,
    KEY_MEAN_FILE,
    KEY_STD,
    KEY_HALF,
    KEY_LIST,
    KEY_LIST_ARCHS,
    KEY_USAGE,
    KEY_VERSION,
};

static const struct argp_option option_table[] = {
    {"output", 'o', "FILE", 0, "the model file to write (.safetensors)", 0},
    {"arch", KEY_ARCH, "NAME", 0,
     "architecture; default: recognised from the tensors", 0},
    {"preset", KEY_PRESET, "NAME", 0,
     "torchvision, detectron2, caffe or detectron; default: the "
     "architecture's own",
     0},
    {"classes", KEY_CLASSES, "FILE", 0,
     "class names, one on each line, label 0 first; default: by the number of "
     "labels",
     0},
    {"mean", KEY_MEAN, "A,B,C", 0,
     "of the network's channels, subtracted from pixels / 255 (Detectron2 and "
     "Caffe: from pixels); default: the architecture's own",
     0},
    {"mean-file", KEY_MEAN_FILE, "FILE", 0,
     "likewise, from Caffe's mean image (.binaryproto)", 0},
    {"std", KEY_STD, "A,B,C", 0, "likewise, what is then divided by", 0},
    {"half", KEY_HALF, 0, 0,
     "write the weights in half precision: half the size, and detections that "
     "differ in the third digit",
     0},
    {"list", KEY_LIST, 0, 0, "print name, type and shape of every tensor", 0},
    {"list-archs", KEY_LIST_ARCHS, 0, 0, "print the architectures", 0},
    {"quiet", 'q', 0, 0, "errors only", 0},
    {"verbose", 'v', 0, 0, "say what is done; twice: details", 0},
    {"help", 'h', 0, 0, "this help", -1},
    {"usage", KEY_USAGE, 0, OPTION_HIDDEN, 0, -1},
    {"version", KEY_VERSION, 0, 0, "version and how it was built", -1},
    {0, 0, 0, 0, 0, 0},
};

static const char introduction[] =
    "Usage: detect-convert IN -o OUT.safetensors [OPTIONS]\n"
    "Make a model for detect from torchvision .pth, Detectron(2) .pkl, Caffe\n"
    ".caffemodel or .caffemodel.h5, or .safetensors weights.  Nothing in the\n"
    "input is ever executed.\n"
    "\n"
    "Examples:\n"
    "  detect-convert maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth -o "
    "mask.safetensors\n"
    "  detect-convert model_final.pkl -o d2.safetensors "
    "--preset=detectron2\n"
    "  detect-convert VGG16_faster_rcnn_final.caffemodel -o vgg.safetensors\n"
    "  detect-convert mine.pth -o mine.safetensors --classes=names.txt\n"
    "  detect-convert --list model.pth\n"
    "\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 done; 1 input cannot be read; 2 usage; 3 weights refused;\n"
    "5 out of memory; 6 cannot write.\n";

static error_t usage_error(const char *text)
{
    fprintf(stderr, "detect-convert: %s (see detect-convert -h)\n", text);
    return EINVAL;
}

static error_t usage_error_about(const char *option)
{
    fprintf(stderr,
            "detect-convert: %s: three numbers with commas are wanted, such as "
            "0.485,0.456,0.406 (see detect-convert -h)\n",
            option);
    return EINVAL;
}

static error_t take_arguments(struct convert_options *options,
                              struct argp_state *state)
{
    if (state->argc - state->next != 1)
        return usage_error("one input file at a time");
    options->input = state->argv[state->next];
    state->next = state->argc;
    return 0;
}

/* Three numbers with commas between them. */
static error_t take_channels(float out[3], const char *text, double low,
                             const char *option)
{
    char word[64];
    for (int i = 0; i < 3; i++) {
        const size_t length = strcspn(text, ",");
        double value;
        if (length >= sizeof word || (i < 2) != (text[length] == ','))
            return usage_error_about(option);
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        if (!number_parse_real(&value, word, low, 1e6))
            return usage_error_about(option);
        out[i] = (float)value;
        text += length + 1;
    }
    return 0;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct convert_options *options = state->input;
    switch (key) {
    case 'o':
        options->output = value;
        return 0;
    case KEY_ARCH:
        options->convert.architecture = value;
        return 0;
    case KEY_PRESET:
        options->convert.preset = value;
        return 0;
    case KEY_CLASSES:
        options->convert.classes_path = value;
        return 0;
    case KEY_MEAN:
        options->convert.mean = options->mean;
        return take_channels(options->mean, value, 0, "--mean");
    case KEY_MEAN_FILE:
        options->convert.mean_path = value;
        return 0;
    case KEY_STD:
        options->convert.std = options->std;
        return take_channels(options->std, value, 1e-6, "--std");
    case KEY_HALF:
        options->convert.half = 1;
        return 0;
    case KEY_LIST:
        options->action = CONVERT_LIST;
        return 0;
    case KEY_LIST_ARCHS:
        options->action = CONVERT_LIST_ARCHITECTURES;
        return 0;
    case 'q':
        options->verbosity = -1;
        return 0;
    case 'v':
        options->verbosity++;
        return 0;
    case 'h':
        options->action = CONVERT_HELP;
        return 0;
    case KEY_USAGE:
        options->action = CONVERT_USAGE;
        return 0;
    case KEY_VERSION:
        options->action = CONVERT_VERSION;
        return 0;
    case ARGP_KEY_ARGS:
        return take_arguments(options, state);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "IN",
};

static error_t check_together(const struct convert_options *options)
{
    if (options->action != CONVERT_WEIGHTS && options->action != CONVERT_LIST)
        return 0;
    if (!options->input)
        return usage_error("no input given; name a .pth, .pkl, .caffemodel, "
                           ".caffemodel.h5 or .safetensors file");
    if (options->action == CONVERT_WEIGHTS &&
        (!options->output || !*options->output))
        return usage_error("no output given; add -o OUT.safetensors");
    return 0;
}

enum exit_code convert_options_parse(struct convert_options *out, int argc,
                                     char **argv)
{
    *out = (struct convert_options){0};
    det_convert_options_init(&out->convert);
    if (argp_parse(&parser, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                   out) != 0 ||
        check_together(out) != 0)
        return EXIT_USAGE;
    return EXIT_DONE;
}

void convert_options_print(enum convert_action action)
{
    char name[] = "detect-convert"; /* argp_help's prototype lacks the const */
    const char *architecture;
    switch (action) {
    case CONVERT_WEIGHTS:
    case CONVERT_LIST:
        break;
    case CONVERT_LIST_ARCHITECTURES:
        for (size_t i = 0; (architecture = det_architecture_name(i)); i++)
            puts(architecture);
        break;
    case CONVERT_HELP:
        fputs(introduction, stdout);
        argp_help(&parser, stdout, ARGP_HELP_LONG, name);
        fputs(exit_codes, stdout);
        break;
    case CONVERT_USAGE:
        argp_help(&parser, stdout, ARGP_HELP_USAGE, name);
        break;
    case CONVERT_VERSION:
        program_version_print(stdout, name);
        break;
    }
}
