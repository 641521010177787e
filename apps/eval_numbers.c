/* SPDX-License-Identifier: MIT */
#include "apps/eval_numbers.h"

#include <inttypes.h>
#include <string.h>

#include "apps/text.h"

const char *const eval_task_names[DET_TASK_LOCALIZATION + 1] = {
    [DET_TASK_BBOX] = "bbox",           [DET_TASK_SEGM] = "segm",
    [DET_TASK_PROPOSALS] = "proposals", [DET_TASK_TOP_K] = "classification",
    [DET_TASK_LOCALIZATION] = "loc",
};

enum { MOST_NAME = 24 };

static void print_mean(FILE *out, const det_measure *m)
{
    char ious[32], limit[16] = "all";
    const bool recall = m->kind == DET_MEASURE_RECALL;
    if (m->max_detections)
        snprintf(limit, sizeof limit, "%d", (int)m->max_detections);
    if (m->iou_low == m->iou_high)
        snprintf(ious, sizeof ious, "%.2f", m->iou_low);
    else
        snprintf(ious, sizeof ious, "%.2f:%.2f", m->iou_low, m->iou_high);
    fprintf(out, " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3s ] = %.3f\n",
            recall ? "Average Recall" : "Average Precision",
            recall ? "(AR)" : "(AP)", ious, m->area, limit, m->value);
}

/* Papers give errors with two digits of percent. */
static void print_share(FILE *out, const det_measure *m)
{
    char guesses[32] = "class known";
    const bool boxes = m->iou_high > 0;
    if (m->max_detections)
        snprintf(guesses, sizeof guesses, "top-%d", (int)m->max_detections);
    fprintf(out, " %-18s @[ %-11s",
            boxes                             ? "Localization error"
            : m->kind == DET_MEASURE_ACCURACY ? "Accuracy"
                                              : "Error",
            guesses);
    if (boxes)
        fprintf(out, " | IoU=%.2f", m->iou_low);
    fprintf(out, " | images=%6zu ] = %.4f\n", m->images, m->value);
}

void eval_print_summary(FILE *out, const det_evaluation *evaluation)
{
    det_measure m;
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &m); i++)
        if (m.kind == DET_MEASURE_ACCURACY || m.kind == DET_MEASURE_ERROR)
            print_share(out, &m);
        else
            print_mean(out, &m);
}

void eval_print_copypaste(FILE *out, const char *task,
                          const det_evaluation *evaluation)
{
    det_measure m;
    fprintf(out, "copypaste: Task: %s\ncopypaste: ", task);
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &m); i++)
        fprintf(out, "%s%s", i ? "," : "", m.name);
    fputs("\ncopypaste: ", out);
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &m); i++) {
        fputs(i ? "," : "", out);
        if (m.value < 0)
            fputs("nan", out);
        else
            fprintf(out, "%.4f", 100 * m.value);
    }
    fputc('\n', out);
}

/* ------------------------------------------------------------------- classes
 */

/* Columns of the table: all lines of the summary. */
static int column_width(const det_measure *m)
{
    const size_t length = strlen(m->name);
    return length > 6 ? (int)length : 6;
}

static void print_class(FILE *out, const det_evaluation *evaluation, size_t k)
{
    det_measure m;
    const char *name = det_evaluation_category_name(evaluation, k);
    int width = 0; /* in characters, not bytes */
    text_write_field(out, name);
    for (const char *c = name; *c; c++)
        width += (*c & 0xc0) != 0x80;
    for (; width < MOST_NAME; width++)
        fputc(' ', out);
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &m); i++) {
        const double value = det_evaluation_category_value(evaluation, k, i);
        if (value < 0)
            fprintf(out, " %*s", column_width(&m), "-");
        else
            fprintf(out, " %*.2f", column_width(&m), 100 * value);
    }
    fputc('\n', out);
}

void eval_print_classes(FILE *out, const det_evaluation *evaluation)
{
    det_measure m;
    fprintf(out, "%-*s", MOST_NAME, "class");
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &m); i++)
        fprintf(out, " %*s", column_width(&m), m.name);
    fputc('\n', out);
    const size_t count = det_evaluation_category_count(evaluation);
    for (size_t k = 0; k < count; k++)
        print_class(out, evaluation, k);
}

/* ---------------------------------------------------------------------- JSON
 */

/* null where there is nothing to find; 17 digits otherwise. */
static void write_value(FILE *out, const char *name, double value)
{
    text_write_json(out, name);
    if (value < 0)
        fputs(":null", out);
    else
        fprintf(out, ":%.17g", value);
}

static void write_class(FILE *out, const det_evaluation *evaluation, size_t k)
{
    det_measure m;
    fprintf(out, "{\"id\":%" PRId64 ",\"name\":",
            det_evaluation_category_id(evaluation, k));
    text_write_json(out, det_evaluation_category_name(evaluation, k));
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &m); i++) {
        fputc(',', out);
        write_value(out, m.name,
                    det_evaluation_category_value(evaluation, k, i));
    }
    fputc('}', out);
}

void eval_write_json(FILE *out, const det_evaluation *evaluation)
{
    det_measure m;
    fputc('{', out);
    for (size_t i = 0; det_evaluation_measure(evaluation, i, &m); i++) {
        write_value(out, m.name, m.value);
        fputs(",\n  ", out);
    }
    fputs("\"classes\":[", out);
    const size_t count = det_evaluation_category_count(evaluation);
    for (size_t k = 0; k < count; k++) {
        fputs(k ? ",\n    " : "\n    ", out);
        write_class(out, evaluation, k);
    }
    fputs("]}", out);
}
