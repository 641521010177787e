/* SPDX-License-Identifier: MIT */
/* Lists in options of `detect-eval`: "0.5:0.95:0.05", "1,10,100",
 * "all=0:1e10,small=0:1024". */
#ifndef APPS_EVAL_LISTS_H
#define APPS_EVAL_LISTS_H

#include "apps/eval_options.h"

/* Each sets its part of options->evaluate; false when the text is no such
 * list. */
bool eval_parse_ious(struct eval_options *options, const char *text);
bool eval_parse_limits(struct eval_options *options, const char *text);
bool eval_parse_areas(struct eval_options *options, const char *text);
/* "bbox,segm,proposals,top1,top5,loc" */
bool eval_parse_tasks(struct eval_options *options, const char *text);
/* "2/5" */
bool eval_parse_shard(struct eval_options *options, const char *text);

#endif
