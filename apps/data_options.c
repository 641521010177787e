/* SPDX-License-Identifier: MIT */
#include "apps/data_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apps/number.h"
#include "apps/program_version.h"

enum option_key {
    KEY_IMAGES = 0x100, /* past every short option */
    KEY_FROM,
    KEY_LIST,
    KEY_JSON,
    KEY_TO,
    KEY_FRACTIONS,
    KEY_SEED,
    KEY_NAMES,
    KEY_LIMIT,
    KEY_COUNT,
    KEY_SIZE,
    KEY_OBJECTS,
    KEY_FORCE,
    KEY_NO_PROGRESS,
    KEY_USAGE,
    KEY_VERSION,
};

static const struct argp_option option_table[] = {
    {0, 0, 0, 0, "What is read:", 1},
    {"from", KEY_FROM, "FORMAT", 0,
     "coco, voc, yolo, labelme, folder, cifar10, cifar100, imagenet-det or "
     "imagenet-loc; default: recognised",
     1},
    {"list", KEY_LIST, "NAME", 0,
     "of formats with several: train, val, ...; default: all", 1},
    {"images", KEY_IMAGES, "DIR", 0,
     "where the annotations' images are; draw: not needed where they are part "
     "of the data set",
     1},
    {"limit", KEY_LIMIT, "COUNT", 0, "draw only the first COUNT images", 1},
    {0, 0, 0, 0, "What is written:", 2},
    {"output", 'o', "PATH", 0, "a folder; for convert --to=coco a file", 2},
    {"to", KEY_TO, "FORMAT", 0, "coco, voc, yolo, yolo-seg or labelme", 2},
    {"fractions", KEY_FRACTIONS, "LIST", 0, "parts of the images: 0.8,0.2", 2},
    {"names", KEY_NAMES, "LIST", 0,
     "names of the parts; default: train,val or train,val,test", 2},
    {"seed", KEY_SEED, "NUMBER", 0,
     "the same number gives the same split, the same scenes; default: 0", 2},
    {"count", KEY_COUNT, "COUNT", 0, "scenes to generate", 2},
    {"size", KEY_SIZE, "WxH", 0, "of the scenes, pixels; default: 320x320", 2},
    {"objects", KEY_OBJECTS, "N-M", 0, "in each scene; default: 3-9", 2},
    {"force", KEY_FORCE, 0, 0, "replace files that are there", 2},
    {"json", KEY_JSON, 0, 0, "check, stats: print JSON", 2},
    {0, 0, 0, 0, "Other:", 3},
    {"no-progress", KEY_NO_PROGRESS, 0, 0, "no progress bar", 3},
    {"quiet", 'q', 0, 0, "errors only", 3},
    {"verbose", 'v', 0, 0, "say what is done; twice: details", 3},
    {"help", 'h', 0, 0, "this help", 3},
    {"usage", KEY_USAGE, 0, OPTION_HIDDEN, 0, 3},
    {"version", KEY_VERSION, 0, 0, "version and how it was built", 3},
    {0, 0, 0, 0, 0, 0},
};

static const char introduction[] =
    "Usage: detect-data check ANNOTATIONS [--images DIR] [--json]\n"
    "       detect-data stats ANNOTATIONS [--json]\n"
    "       detect-data draw ANNOTATIONS [--images DIR] -o DIR\n"
    "       detect-data convert ANNOTATIONS --to FORMAT -o PATH\n"
    "       detect-data split ANNOTATIONS --fractions LIST -o DIR\n"
    "       detect-data scenes --count COUNT -o DIR\n"
    "Look into data sets: why an AP will be 0 or -1, what is in them, other\n"
    "formats, other parts, or generated scenes.  Annotations are a COCO JSON\n"
    "file, a CIFAR batch, or a folder of a format that is recognised.\n"
    "\n"
    "Examples:\n"
    "  detect-data check instances_val2017.json --images val2017\n"
    "  detect-data draw instances_val2017.json --images val2017 -o drawn\n"
    "  detect-data stats imagenet --list=train\n"
    "  detect-data convert instances_val2017.json --to yolo -o yolo\n"
    "  detect-data split all.json --fractions 0.8,0.2 --seed 1 -o parts\n"
    "  detect-data scenes --count 1000 --size 320x240 -o scenes\n"
    "\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 done; 1 some images failed, the others were done; 2 usage;\n"
    "5 out of memory; 6 cannot write; 7 annotations refused, or check found\n"
    "errors; 130 SIGINT; 143 SIGTERM.\n";

static error_t usage_error(const char *text)
{
    fprintf(stderr, "detect-data: %s (see detect-data -h)\n", text);
    return EINVAL;
}

static error_t checked(bool right, const char *text)
{
    return right ? 0 : usage_error(text);
}

/* --------------------------------------------------------------- arguments */

static const struct {
    const char *name;
    enum data_command command;
} commands[] = {
    {"check", DATA_CHECK},     {"stats", DATA_STATS}, {"draw", DATA_DRAW},
    {"convert", DATA_CONVERT}, {"split", DATA_SPLIT}, {"scenes", DATA_SCENES},
};

static error_t take_argument(struct data_options *o, const char *text)
{
    if (o->command == DATA_HELP || o->command == DATA_USAGE ||
        o->command == DATA_VERSION)
        return 0;
    if (o->command == DATA_NONE) {
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
            if (strcmp(commands[i].name, text) == 0)
                o->command = commands[i].command;
        return checked(o->command != DATA_NONE,
                       "the first argument is check, stats, draw, convert, "
                       "split or scenes");
    }
    if (o->command == DATA_SCENES)
        return usage_error("scenes reads no ANNOTATIONS");
    if (o->annotations)
        return usage_error("one ANNOTATIONS at a time");
    o->annotations = text;
    return 0;
}

static bool parse_fractions(struct data_options *o, const char *list)
{
    double sum = 0;
    o->parts = 0;
    for (const char *at = list;; at++) {
        char number[32];
        const size_t length = strcspn(at, ",");
        if (length >= sizeof number || o->parts == DATA_MOST_PARTS)
            return false;
        memcpy(number, at, length);
        number[length] = 0;
        double *fraction = &o->fractions[o->parts++];
        if (!number_parse_real(fraction, number, 0, 1) || *fraction <= 0)
            return false;
        sum += *fraction;
        at += length;
        if (*at == 0)
            return sum <= 1 + 1e-9; /* decimal fractions are rounded */
    }
}

/* Two whole numbers with a mark between them. */
static bool parse_pair(int32_t *first, int32_t *second, const char *text,
                       char mark)
{
    char number[16];
    uint64_t a, b;
    const char *at = strchr(text, mark);
    if (!at || (size_t)(at - text) >= sizeof number)
        return false;
    memcpy(number, text, (size_t)(at - text));
    number[at - text] = 0;
    if (!number_parse_integer(&a, number, 0, INT32_MAX) ||
        !number_parse_integer(&b, at + 1, 0, INT32_MAX))
        return false;
    *first = (int32_t)a;
    *second = (int32_t)b;
    return true;
}

static error_t parse_value(struct data_options *o, int key, const char *value)
{
    switch (key) {
    case KEY_FRACTIONS:
        return checked(parse_fractions(o, value),
                       "--fractions needs up to 16 numbers above 0 that sum to "
                       "at most 1: 0.8,0.2");
    case KEY_SEED:
        return checked(number_parse_integer(&o->seed, value, 0, UINT64_MAX),
                       "--seed needs a whole number");
    case KEY_LIMIT:
        return checked(
            number_parse_integer(&o->most_images, value, 1, UINT32_MAX),
            "--limit needs a number from 1 on");
    case KEY_COUNT:
        return checked(number_parse_integer(&o->count, value, 1, 10000000),
                       "--count needs a number from 1 on");
    case KEY_SIZE:
        return checked(parse_pair(&o->width, &o->height, value, 'x'),
                       "--size needs two numbers: 320x240");
    case KEY_OBJECTS:
        return checked(parse_pair(&o->min_objects, &o->max_objects, value, '-'),
                       "--objects needs two numbers: 3-9");
    case KEY_FROM:
        o->format = value;
        return 0;
    case KEY_LIST:
        o->list = value;
        return checked(value[0] && !strchr(value, '/') && value[0] != '.',
                       "--list needs a name without slashes");
    case KEY_IMAGES:
        o->images = value;
        return 0;
    case KEY_TO:
        o->to = value;
        return 0;
    case KEY_NAMES:
        o->names = value;
        return 0;
    case 'o':
        o->output = value;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct data_options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        return take_argument(o, value);
    case KEY_JSON:
        o->json = true;
        return 0;
    case KEY_FORCE:
        o->force = true;
        return 0;
    case KEY_NO_PROGRESS:
        o->no_progress = true;
        return 0;
    case 'q':
        o->verbosity = -1;
        return 0;
    case 'v':
        o->verbosity++;
        return 0;
    case 'h':
        o->command = DATA_HELP;
        return 0;
    case KEY_USAGE:
        o->command = DATA_USAGE;
        return 0;
    case KEY_VERSION:
        o->command = DATA_VERSION;
        return 0;
    default:
        return parse_value(o, key, value);
    }
}

static const struct argp parser = {
    .options = option_table,
    .parser = parse_option,
    .args_doc = "COMMAND ANNOTATIONS",
};

/* ---------------------------------------------------------------- together */

static error_t check_together(const struct data_options *o)
{
    const enum data_command c = o->command;
    if (c == DATA_HELP || c == DATA_USAGE || c == DATA_VERSION)
        return 0;
    if (c == DATA_NONE)
        return usage_error("what is to be done? check, stats, draw, convert, "
                           "split or scenes");
    if (!o->annotations && c != DATA_SCENES)
        return usage_error("no annotations given");
    if (o->json && c != DATA_CHECK && c != DATA_STATS)
        return usage_error("--json goes with check and stats");
    if (c == DATA_CHECK || c == DATA_STATS)
        return checked(!o->output && !o->to && !o->parts,
                       "check and stats write nothing but stdout");
    if (!o->output || !*o->output)
        return usage_error("no output given; add -o PATH");
    if (c == DATA_CONVERT && !o->to)
        return usage_error("which format? add --to coco, voc, yolo, yolo-seg "
                           "or labelme");
    if (c == DATA_SPLIT && !o->parts)
        return usage_error("which parts? add --fractions 0.8,0.2");
    if (c == DATA_SCENES && !o->count)
        return usage_error("how many scenes? add --count COUNT");
    return 0;
}

enum exit_code data_options_parse(struct data_options *out, int argc,
                                  char **argv)
{
    *out = (struct data_options){
        .width = 320, .height = 320, .min_objects = 3, .max_objects = 9};
    if (argp_parse(&parser, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                   out) != 0 ||
        check_together(out) != 0)
        return EXIT_USAGE;
    return EXIT_DONE;
}

void data_options_print(enum data_command command)
{
    char name[] = "detect-data"; /* argp_help's prototype lacks the const */
    if (command == DATA_HELP) {
        fputs(introduction, stdout);
        argp_help(&parser, stdout, ARGP_HELP_LONG, name);
        fputs(exit_codes, stdout);
    } else if (command == DATA_USAGE) {
        argp_help(&parser, stdout, ARGP_HELP_USAGE, name);
    } else if (command == DATA_VERSION) {
        program_version_print(stdout, name);
    }
}
