/* SPDX-License-Identifier: MIT */
/* The command line of `detect-eval`. */
#ifndef APPS_EVAL_OPTIONS_H
#define APPS_EVAL_OPTIONS_H

#include <stdbool.h>

#include "apps/box_finder.h"
#include "apps/exit_code.h"
#include "apps/model_list.h"
#include "apps/session_arguments.h"
#include "detect/classify.h"
#include "detect/eval.h"

enum eval_action {
    EVAL_JUDGE,
    EVAL_HELP,
    EVAL_USAGE,
    EVAL_VERSION,
};

enum { EVAL_MOST_IOUS = 64, EVAL_MOST_LIMITS = 8, EVAL_MOST_AREAS = 8 };
enum { EVAL_TASKS = DET_TASK_LOCALIZATION + 1 };

/* Texts are those of argv; nothing but `predictions` is to be freed. */
struct eval_options {
    enum eval_action action;
    const char *annotations, *format;
    const char **predictions; /* [prediction_count] */
    size_t prediction_count;
    bool tasks[EVAL_TASKS];        /* by det_task */
    int32_t top[EVAL_MOST_LIMITS]; /* the k of "top1,top5", rising */
    size_t top_count;
    const char *json; /* file to write, or NULL */
    bool per_class;
    const char *report, *compare; /* folder to write, results to show too */
    const char *list;             /* of VOC's lists, or NULL */
    double ious[EVAL_MOST_IOUS];
    int32_t limits[EVAL_MOST_LIMITS];
    det_area_limits areas[EVAL_MOST_AREAS];
    char area_names[EVAL_MOST_AREAS][16];
    det_evaluate_options evaluate; /* points to the arrays above */
    /* running the detector */
    struct model_list models; /* paths only */
    const char *images;
    const char *results;    /* file to write, or NULL */
    uint64_t shard, shards; /* 1-based; 0 of 0: all images */
    uint64_t most_images;   /* 0: all */
    uint64_t batch;         /* images at once */
    struct session_arguments session;
    struct box_finder_arguments boxes;
    bool all_boxes;  /* keep every proposal, not the best alone */
    det_views views; /* of a classifier; the first unless `has_views` */
    bool has_views;
    bool count_bad; /* images that cannot be read have no objects */
    bool no_progress;
    int verbosity; /* as in struct console */
};

/* EXIT_DONE, or EXIT_USAGE after one line on stderr that says what is wrong. */
enum exit_code eval_options_parse(struct eval_options *out, int argc,
                                  char **argv);
void eval_options_free(struct eval_options *options);

/* Whether results are found, not read. */
static inline bool eval_runs_models(const struct eval_options *options)
{
    return options->models.count || options->boxes.localizers.count;
}

/* Print what the actions other than the first ask for. */
void eval_options_print(enum eval_action action);

#endif
