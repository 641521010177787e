/* SPDX-License-Identifier: MIT */
#include "apps/eval_lists.h"

#include <stdio.h>
#include <string.h>

#include "apps/number.h"

enum { WORD_SIZE = 64 };

/* The next word up to `separator` into `word`; *text moves behind it, and to
 * NULL behind the last.  False for an empty or too long one. */
static bool next_word(char word[WORD_SIZE], const char **text, char separator)
{
    const char *end = strchr(*text, separator);
    const size_t length = end ? (size_t)(end - *text) : strlen(*text);
    if (length == 0 || length >= WORD_SIZE)
        return false;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text = end ? end + 1 : NULL;
    return true;
}

static bool add_iou(struct eval_options *options, double iou)
{
    if (options->evaluate.iou_count == EVAL_MOST_IOUS)
        return false;
    options->ious[options->evaluate.iou_count++] = iou;
    return true;
}

/* from:to:step; the steps are those of numpy.linspace, as in COCO's own. */
static bool parse_iou_range(struct eval_options *options, const char *text)
{
    char words[3][WORD_SIZE];
    double from, to, step;
    for (int i = 0; i < 3; i++)
        if (!text || !next_word(words[i], &text, ':'))
            return false;
    if (text || !number_parse_real(&from, words[0], 0, 1) ||
        !number_parse_real(&to, words[1], from, 1) ||
        !number_parse_real(&step, words[2], 1e-3, 1))
        return false;
    const int steps = (int)((to - from) / step + 0.5);
    const double exact = steps ? (to - from) / steps : 0;
    for (int i = 0; i <= steps; i++)
        if (!add_iou(options, i == steps ? to : i * exact + from))
            return false;
    return true;
}

bool eval_parse_ious(struct eval_options *options, const char *text)
{
    char word[WORD_SIZE];
    double iou;
    options->evaluate.iou_count = 0;
    options->evaluate.ious = options->ious;
    if (strchr(text, ':'))
        return parse_iou_range(options, text);
    while (text)
        if (!next_word(word, &text, ',') ||
            !number_parse_real(&iou, word, 0, 1) || !add_iou(options, iou))
            return false;
    return true;
}

bool eval_parse_limits(struct eval_options *options, const char *text)
{
    char word[WORD_SIZE];
    uint64_t limit, before = 0;
    size_t count = 0;
    for (; text; before = limit) {
        if (count == EVAL_MOST_LIMITS || !next_word(word, &text, ',') ||
            !number_parse_integer(&limit, word, before + 1, 1000000))
            return false;
        options->limits[count++] = (int32_t)limit;
    }
    options->evaluate.max_detections = options->limits;
    options->evaluate.max_detections_count = count;
    return true;
}

static bool parse_area(struct eval_options *options, size_t place,
                       const char *text)
{
    char name[WORD_SIZE], low[WORD_SIZE], high[WORD_SIZE];
    det_area_limits *area = &options->areas[place];
    const char *at = text;
    if (!next_word(name, &at, '=') || !at || strlen(name) > 15 ||
        !next_word(low, &at, ':') || !at || !next_word(high, &at, ':') || at ||
        !number_parse_real(&area->low, low, 0, 1e15) ||
        !number_parse_real(&area->high, high, area->low, 1e15))
        return false;
    snprintf(options->area_names[place], sizeof options->area_names[place],
             "%s", name);
    area->name = options->area_names[place];
    return true;
}

bool eval_parse_areas(struct eval_options *options, const char *text)
{
    char word[WORD_SIZE];
    size_t count = 0;
    while (text)
        if (count == EVAL_MOST_AREAS || !next_word(word, &text, ',') ||
            !parse_area(options, count++, word))
            return false;
    options->evaluate.areas = options->areas;
    options->evaluate.area_count = count;
    return true;
}

/* "top5": its number goes to its place among the others. */
static bool parse_top(struct eval_options *options, const char *word)
{
    uint64_t k;
    size_t place = 0;
    int32_t *top = options->top;
    if (strncmp(word, "top", 3) != 0 ||
        !number_parse_integer(&k, word + 3, 1, 1000000))
        return false;
    while (place < options->top_count && top[place] < (int32_t)k)
        place++;
    if (place < options->top_count && top[place] == (int32_t)k)
        return true;
    if (options->top_count == EVAL_MOST_LIMITS)
        return false;
    memmove(top + place + 1, top + place,
            (options->top_count++ - place) * sizeof *top);
    top[place] = (int32_t)k;
    return true;
}

static bool parse_task(struct eval_options *options, const char *word)
{
    static const char *const names[EVAL_TASKS] = {
        [DET_TASK_BBOX] = "bbox",           [DET_TASK_SEGM] = "segm",
        [DET_TASK_PROPOSALS] = "proposals", [DET_TASK_TOP_K] = "",
        [DET_TASK_LOCALIZATION] = "loc",
    };
    int task = 0;
    while (task < EVAL_TASKS && strcmp(word, names[task]) != 0)
        task++;
    if (task == EVAL_TASKS) {
        task = DET_TASK_TOP_K;
        if (!parse_top(options, word))
            return false;
    }
    options->tasks[task] = true;
    return true;
}

bool eval_parse_tasks(struct eval_options *options, const char *text)
{
    char word[WORD_SIZE];
    options->top_count = 0;
    for (int i = 0; i < EVAL_TASKS; i++)
        options->tasks[i] = false;
    while (text)
        if (!next_word(word, &text, ',') || !parse_task(options, word))
            return false;
    return true;
}

bool eval_parse_shard(struct eval_options *options, const char *text)
{
    char part[WORD_SIZE], all[WORD_SIZE];
    return next_word(part, &text, '/') && text && next_word(all, &text, '/') &&
           !text && number_parse_integer(&options->shards, all, 1, 1000000) &&
           number_parse_integer(&options->shard, part, 1, options->shards);
}
