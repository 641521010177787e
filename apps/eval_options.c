/* SPDX-License-Identifier: MIT */
#include "apps/eval_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/eval_lists.h"
#include "apps/number.h"
#include "apps/number_argument.h"
#include "apps/program_version.h"
#include "apps/session_arguments.h"
#include "apps/views_argument.h"

enum option_key {
    KEY_TASK = 0x100, /* past every short option */
    KEY_DEVICE,
    KEY_BATCH,
    KEY_JSON,
    KEY_PER_CLASS,
    KEY_REPORT,
    KEY_COMPARE,
    KEY_LIST,
    KEY_IOU,
    KEY_MAX_DETS,
    KEY_RULES,
    KEY_AREA,
    KEY_FORMAT,
    KEY_IMAGES,
    KEY_RESULTS,
    KEY_SHARD,
    KEY_LIMIT,
    KEY_BAD,
    KEY_VIEWS,
    KEY_ALL_BOXES,
    KEY_NO_PROGRESS,
    KEY_USAGE,
    KEY_VERSION,
};

static const struct argp_option option_table[] = {
    {0, 0, 0, 0, "What to judge:", 1},
    {"annotations", 'a', "PATH", 0,
     "the truth: COCO JSON, a folder in VOC's, YOLO's, LabelMe's or ImageNet's "
     "form, a folder of images for each class, or CIFAR's files",
     1},
    {"data", 'a', 0, OPTION_ALIAS | OPTION_HIDDEN, 0, 1},
    {"predictions", 'p', "FILE", 0,
     "COCO results, or ImageNet's text of a line for each image; give it again "
     "for more files, which are judged as one",
     1},
    {"format", KEY_FORMAT, "NAME", 0,
     "format of the annotations; default: recognised", 1},
    {"list", KEY_LIST, "NAME", 0, "of VOC's lists: train, val, ...", 1},
    {0, 0, 0, 0, "Or run a detector or a classifier:", 2},
    {"model", 'm', "FILE", 0,
     "model file, made by detect-convert; given again: several that decide "
     "together",
     2},
    {"images", KEY_IMAGES, "DIR", 0,
     "where the annotations' images are; default: with them, where the format "
     "says so",
     2},
    {"results", KEY_RESULTS, "FILE", 0,
     "keep what was found: COCO results; FILE.part while running, from where "
     "an interrupted run goes on; with -p: all of them in one file",
     2},
    {"shard", KEY_SHARD, "I/N", 0,
     "only part I of N, for several machines; judge their results together "
     "with -p each",
     2},
    {"limit", KEY_LIMIT, "COUNT", 0, "only the first COUNT images", 2},
    {"bad", KEY_BAD, "WHAT", 0,
     "an image that cannot be read: stop (the default), or count it as one "
     "in which nothing was found",
     2},
    {"views", KEY_VIEWS, "NAME", 0,
     "of a classifier: center (default), ten (corners, middle, mirrored) or "
     "full (everything, mirrored, at several scales)",
     2},
    {"all-boxes", KEY_ALL_BOXES, 0, 0,
     "with --boxes alone: --results gets all proposals of an image's classes, "
     "up to --proposals, by default 200, of each; a rescorer learns from them",
     2},
    {"threads", 't', "COUNT", 0, "default: one for each processor", 2},
    {"device", KEY_DEVICE, "NAME", 0, "of the models: cpu (default), cuda", 2},
    {"batch", KEY_BATCH, "N", 0,
     "images that detectors look at at once, 1 (default) to 64: a GPU does "
     "more of them in a second; smaller ones are padded to the largest",
     2},
    {"no-progress", KEY_NO_PROGRESS, 0, 0, "no progress bar", 2},
    {0, 0, 0, 0, "How:", 4},
    {"task", KEY_TASK, "LIST", 0,
     "bbox, segm, proposals (recall of boxes whatever their class), top1, "
     "top5, ... (classes of images), loc (ImageNet's localization); default: "
     "bbox, and segm when the model has masks; top1,top5 when the annotations "
     "have no boxes; loc with --boxes",
     4},
    {"per-class", KEY_PER_CLASS, 0, 0, "a table of all classes", 4},
    {"report", KEY_REPORT, "DIR", 0,
     "write DIR/index.html: curves, classes, confusion, kinds of errors, and "
     "the worst ones as pictures where --images is given",
     4},
    {"compare", KEY_COMPARE, "FILE", 0,
     "other results that the report shows beside these", 4},
    {"json", KEY_JSON, "FILE", 0, "write all numbers; - is stdout", 4},
    {"iou", KEY_IOU, "LIST", 0,
     "thresholds: 0.5,0.75 or 0.5:0.95:0.05, the default", 4},
    {"rules", KEY_RULES, "NAME", 0,
     "coco (the default); lvis: categories count only where they were looked "
     "for; voc2007: AP over 11 recalls; voc2012: area below the curve; "
     "imagenet: as voc2012, small objects need less",
     4},
    {"max-dets", KEY_MAX_DETS, "LIST", 0,
     "detections judged per image; default: 1,10,100; of loc: 1,5", 4},
    {"area", KEY_AREA, "LIST", 0,
     "size ranges in pixels: all=0:1e10,small=0:1024,...", 4},
    {0, 0, 0, 0, "Other:", 5},
    {"quiet", 'q', 0, 0, "errors only", 5},
    {"verbose", 'v', 0, 0, "say what is done; twice: details", 5},
    {"help", 'h', 0, 0, "this help", 5},
    {"usage", KEY_USAGE, 0, OPTION_HIDDEN, 0, 5},
    {"version", KEY_VERSION, 0, 0, "version and how it was built", 5},
    {0, 0, 0, 0, 0, 0},
};

static const char introduction[] =
    "Usage: detect-eval -a ANNOTATIONS.json -p RESULTS.json [OPTIONS]\n"
    "       detect-eval -a ANNOTATIONS.json -m MODEL --images DIR [OPTIONS]\n"
    "Judge detections, and classes of images, with the numbers of the official "
    "tools.\n"
    "\n"
    "Examples:\n"
    "  detect-eval -a instances_val2017.json -p results.json\n"
    "  detect-eval -a instances_val2017.json -p results.json --task=bbox,segm "
    "--per-class\n"
    "  detect-eval -a instances_val2017.json -m mask.safetensors "
    "--images val2017 --results=found.json\n"
    "  detect-eval -a val.json -p shard1.json -p shard2.json "
    "--json=numbers.json\n"
    "  detect-eval -a imagenet/val -p classes.json --task=top1,top5\n"
    "\n";

static const char exit_codes[] =
    "\n"
    "Exit codes: 0 done; 1 some images failed, the others were done; 2 usage;\n"
    "3 model refused; 4 device missing; 5 out of memory; 6 cannot write;\n"
    "7 annotations or results refused; 8 a model found what is no number;\n"
    "130 SIGINT; 143 SIGTERM.\n";

static error_t usage_error(const char *text)
{
    fprintf(stderr, "detect-eval: %s (see detect-eval -h)\n", text);
    return EINVAL;
}

static error_t checked(bool right, const char *text)
{
    return right ? 0 : usage_error(text);
}

static error_t add_predictions(struct eval_options *o, const char *path)
{
    const char **more =
        realloc(o->predictions, (o->prediction_count + 1) * sizeof *more);
    if (!more)
        return usage_error("out of memory");
    o->predictions = more;
    more[o->prediction_count++] = path;
    return 0;
}

static error_t take_threads(struct eval_options *o, const char *value)
{
    uint64_t count;
    if (!number_parse_integer(&count, value, 1, 1024))
        return usage_error("--threads needs a number from 1 to 1024");
    o->evaluate.threads = o->session.options.threads = (int32_t)count;
    return 0;
}

static error_t take_rules(struct eval_options *o, const char *value)
{
    static const char *const names[] = {[DET_RULES_COCO] = "coco",
                                        [DET_RULES_LVIS] = "lvis",
                                        [DET_RULES_VOC2007] = "voc2007",
                                        [DET_RULES_VOC2012] = "voc2012",
                                        [DET_RULES_IMAGENET] = "imagenet"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            o->evaluate.rules = (det_rules)i;
            return 0;
        }
    return usage_error(
        "--rules needs coco, lvis, voc2007, voc2012 or imagenet");
}

static error_t parse_how(struct eval_options *o, int key, const char *value)
{
    switch (key) {
    case KEY_TASK:
        return checked(eval_parse_tasks(o, value),
                       "--task needs a list of bbox, segm, proposals, top1, "
                       "top5, loc");
    case KEY_IOU:
        return checked(eval_parse_ious(o, value),
                       "--iou needs thresholds from 0 to 1: 0.5,0.75 or "
                       "0.5:0.95:0.05");
    case KEY_MAX_DETS:
        return checked(eval_parse_limits(o, value),
                       "--max-dets needs rising numbers: 1,10,100");
    case KEY_AREA:
        return checked(eval_parse_areas(o, value),
                       "--area needs ranges: all=0:1e10,small=0:1024");
    case KEY_RULES:
        return take_rules(o, value);
    case KEY_SHARD:
        return checked(eval_parse_shard(o, value),
                       "--shard needs I/N with 1 <= I <= N");
    case KEY_LIMIT:
        return checked(
            number_parse_integer(&o->most_images, value, 1, UINT32_MAX),
            "--limit needs a number from 1 on");
    case KEY_BAD:
        o->count_bad = strcmp(value, "count") == 0;
        return checked(o->count_bad || strcmp(value, "stop") == 0,
                       "--bad needs stop or count");
    case KEY_VIEWS:
        o->has_views = true;
        return checked(views_argument_parse(&o->views, value),
                       "--views needs center, ten or full");
    case 't':
        return take_threads(o, value);
    case KEY_BATCH:
        return number_argument_integer(&o->batch, "--batch", value, 1,
                                       DET_MOST_IMAGES);
    case KEY_DEVICE:
        o->models.device = value;
        o->boxes.localizers.device = o->boxes.rescorers.device = value;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct eval_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->session;
        state->child_inputs[1] = &o->boxes;
        return 0;
    case 'a':
        o->annotations = value;
        return 0;
    case 'p':
        return add_predictions(o, value);
    case KEY_FORMAT:
        o->format = value;
        return 0;
    case 'm':
        return checked(model_list_add(&o->models, value), "more than 8 models");
    case KEY_IMAGES:
        o->images = value;
        return 0;
    case KEY_RESULTS:
        o->results = value;
        return 0;
    case KEY_JSON:
        o->json = value;
        return 0;
    case KEY_REPORT:
        o->report = value;
        return 0;
    case KEY_COMPARE:
        o->compare = value;
        return 0;
    case KEY_LIST:
        o->list = value;
        return 0;
    case KEY_PER_CLASS:
        o->per_class = true;
        return 0;
    case KEY_ALL_BOXES:
        o->all_boxes = true;
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
        o->action = EVAL_HELP;
        return 0;
    case KEY_USAGE:
        o->action = EVAL_USAGE;
        return 0;
    case KEY_VERSION:
        o->action = EVAL_VERSION;
        return 0;
    case ARGP_KEY_ARG:
        return usage_error("files are named by options: -a ANNOTATIONS, "
                           "-p RESULTS");
    default:
        return parse_how(o, key, value);
    }
}

static const struct argp_child children[] = {
    {&session_argp, 0, "The detector (default: as the model says):", 3},
    {&box_finder_argp, 0,
     "ImageNet localization (with -m CLASSIFIER; without, classes are told):",
     3},
    {0, 0, 0, 0},
};

static const struct argp parser = {
    .children = children,
    .options = option_table,
    .parser = parse_option,
};

/* Of boxes or masks, which a report needs; nothing asked for may be. */
static bool may_have_report(const struct eval_options *o)
{
    bool any = false;
    for (int i = 0; i < EVAL_TASKS; i++)
        any = any || o->tasks[i];
    return !any || o->tasks[DET_TASK_BBOX] || o->tasks[DET_TASK_SEGM];
}

static error_t check_together(const struct eval_options *o)
{
    if (o->action != EVAL_JUDGE)
        return 0;
    if (!o->annotations)
        return usage_error("no annotations given; add -a FILE");
    if (!eval_runs_models(o) && o->prediction_count == 0)
        return usage_error("nothing to judge; add -p RESULTS, or -m MODEL and "
                           "--images DIR");
    if (eval_runs_models(o) && o->prediction_count)
        return usage_error("either -p RESULTS or -m MODEL");
    if (o->all_boxes &&
        (!o->boxes.localizers.count || o->boxes.rescorers.count ||
         o->models.count || !o->results))
        return usage_error("--all-boxes goes with --boxes and --results alone");
    if (o->compare && !o->report)
        return usage_error("--compare goes with --report DIR");
    if (o->report && o->evaluate.rules != DET_RULES_COCO)
        return usage_error("--report is of COCO's rules");
    if (o->boxes.localizers.count && o->session.given &&
        strcmp(o->session.given, "proposals") != 0)
        return usage_error("with --boxes there is no detector; of its options "
                           "only --proposals means something");
    if (o->boxes.localizers.count && o->models.count == 0 &&
        o->tasks[DET_TASK_TOP_K])
        return usage_error("--task=top1 needs a classifier; add -m MODEL");
    if (o->report && (!may_have_report(o) || o->boxes.localizers.count))
        return usage_error("--report is of --task bbox or segm");
    if (o->tasks[DET_TASK_LOCALIZATION] && o->evaluate.ious &&
        (o->evaluate.iou_count != 1 || !(o->ious[0] > 0)))
        return usage_error("--task loc has one --iou threshold, above 0");
    if (!eval_runs_models(o) && (o->shards || o->most_images))
        return usage_error("--shard and --limit go with -m MODEL");
    if (o->models.count == 0 && o->has_views)
        return usage_error("--views goes with -m MODEL");
    const error_t error = session_arguments_check(&o->session.options);
    return error ? error : box_finder_check(&o->boxes);
}

enum exit_code eval_options_parse(struct eval_options *out, int argc,
                                  char **argv)
{
    *out = (struct eval_options){.batch = 1};
    det_evaluate_options_init(&out->evaluate);
    det_session_options_init(&out->session.options);
    if (argp_parse(&parser, argc, argv, ARGP_NO_HELP | ARGP_NO_EXIT, NULL,
                   out) != 0 ||
        check_together(out) != 0) {
        eval_options_free(out);
        return EXIT_USAGE;
    }
    return EXIT_DONE;
}

void eval_options_free(struct eval_options *options)
{
    free(options->predictions);
    options->predictions = NULL;
}

void eval_options_print(enum eval_action action)
{
    char name[] = "detect-eval"; /* argp_help's prototype lacks the const */
    switch (action) {
    case EVAL_JUDGE:
        break;
    case EVAL_HELP:
        fputs(introduction, stdout);
        argp_help(&parser, stdout, ARGP_HELP_LONG, name);
        fputs(exit_codes, stdout);
        break;
    case EVAL_USAGE:
        argp_help(&parser, stdout, ARGP_HELP_USAGE, name);
        break;
    case EVAL_VERSION:
        program_version_print(stdout, name);
        break;
    }
}
