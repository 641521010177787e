/* SPDX-License-Identifier: MIT */
#include "eval/report_data.h"

enum { DIGITS = 6, CURVE_STEPS = 10000 };

static void put_counts(struct det_page_writer *w, const char *key,
                       const size_t *counts, size_t count)
{
    det_page_key(w, key);
    det_page_open(w, '[');
    for (size_t i = 0; i < count; i++)
        det_page_integer(w, counts[i]);
    det_page_close(w, ']');
}

static void put_named(struct det_page_writer *w, const char *key, double value)
{
    det_page_key(w, key);
    det_page_number(w, value, DIGITS);
}

static void put_named_count(struct det_page_writer *w, const char *key,
                            uint64_t value)
{
    det_page_key(w, key);
    det_page_integer(w, value);
}

/* ---------------------------------------------------------- the whole data */

static void put_classes(struct det_page_writer *w,
                        const struct det_report_classes *classes)
{
    det_page_key(w, "classes");
    det_page_open(w, '[');
    for (size_t k = 0; k < classes->count; k++) {
        det_page_open(w, '{');
        det_page_key(w, "name");
        det_page_string(w, classes->names[k]);
        put_named_count(w, "objects", classes->objects[k]);
        det_page_close(w, '}');
    }
    det_page_close(w, ']');
}

static void put_limits(struct det_page_writer *w,
                       const struct det_coco_protocol *protocol)
{
    det_page_key(w, "ious");
    det_page_open(w, '[');
    for (size_t t = 0; t < protocol->num_ious; t++)
        det_page_number(w, protocol->ious[t], DIGITS);
    det_page_close(w, ']');
    put_named_count(
        w, "limit",
        (uint64_t)protocol->max_detections[protocol->num_limits - 1]);
    det_page_key(w, "sizeEdges");
    det_page_open(w, '[');
    for (size_t i = 0; i < DET_HISTOGRAM_SIZES; i++)
        det_page_number(w, det_size_edge(i), 0);
    det_page_close(w, ']');
}

static size_t count_images(const struct det_report *report)
{
    const uint8_t *judged = report->protocol.images;
    size_t count = 0;
    for (size_t i = 0; i < report->dataset->num_images; i++)
        count += !judged || judged[i];
    return count;
}

void det_report_put_dataset(struct det_page_writer *w,
                            const struct det_report *report,
                            const struct det_report_classes *classes)
{
    det_page_key(w, "title");
    det_page_string(w, report->title ? report->title : "Detection report");
    det_page_key(w, "task");
    det_page_string(w, report->protocol.task == DET_EVAL_MASKS ? "masks"
                                                               : "boxes");
    put_named_count(w, "images", count_images(report));
    det_page_key(w, "photos");
    det_page_flag(w, report->images != NULL);
    put_limits(w, &report->protocol);
    put_classes(w, classes);
}

/* ------------------------------------------------------------------- curves */

static double precision_at(const struct det_coco_scores *s, size_t t, size_t r,
                           size_t k)
{
    return s->precision[det_precision_at(s, t, r, k, 0,
                                         s->protocol.num_limits - 1)];
}

/* Over all classes that have objects; -1 when there is none. */
static double mean_precision(const struct det_coco_scores *s, size_t t,
                             size_t r)
{
    double sum = 0;
    size_t count = 0;
    for (size_t k = 0; k < s->num_categories; k++) {
        const double precision = precision_at(s, t, r, k);
        if (precision < 0)
            continue;
        sum += precision;
        count++;
    }
    return count ? sum / (double)count : -1;
}

enum { ALL_CLASSES = -1 };

/* Precision at the 101 recalls as [value, how many times, ...] in 1/10,000:
 * curves have few steps. */
static void put_curve(struct det_page_writer *w,
                      const struct det_coco_scores *s, size_t t, int64_t k)
{
    uint64_t value = 0, run = 0;
    det_page_open(w, '[');
    for (size_t r = 0; r < DET_EVAL_RECALLS; r++) {
        const double precision = k == ALL_CLASSES
                                     ? mean_precision(s, t, r)
                                     : precision_at(s, t, r, (size_t)k);
        const uint64_t next = (uint64_t)(precision * CURVE_STEPS + 0.5);
        if (precision < 0)
            break; /* nothing to find: an empty list */
        if (run && next != value) {
            det_page_integer(w, value);
            det_page_integer(w, run);
            run = 0;
        }
        value = next;
        run++;
    }
    if (run) {
        det_page_integer(w, value);
        det_page_integer(w, run);
    }
    det_page_close(w, ']');
}

static void put_curves(struct det_page_writer *w,
                       const struct det_coco_scores *s, int64_t k)
{
    det_page_key(w, "curves");
    det_page_open(w, '[');
    for (size_t t = 0; t < s->protocol.num_ious; t++)
        put_curve(w, s, t, k);
    det_page_close(w, ']');
}

/* ------------------------------------------------------------------- numbers
 */

static void put_numbers(struct det_page_writer *w,
                        const struct det_coco_scores *scores)
{
    struct det_coco_number numbers[DET_COCO_MOST_NUMBERS];
    const size_t count = det_coco_numbers(numbers, &scores->protocol);
    det_page_key(w, "numbers");
    det_page_open(w, '[');
    for (size_t i = 0; i < count; i++) {
        det_page_open(w, '{');
        det_page_key(w, "name");
        det_page_string(w, numbers[i].name);
        put_named(w, "value", det_coco_mean(scores, &numbers[i]));
        det_page_close(w, '}');
    }
    det_page_close(w, ']');
}

static void put_class(struct det_page_writer *w,
                      const struct det_report_analysis *a, size_t k)
{
    const struct det_coco_scores *s = a->scores;
    const size_t last = s->protocol.num_limits - 1;
    const uint32_t class = s->categories ? s->categories[k] : 0;
    static const struct {
        const char *key;
        bool is_recall;
        double iou;
    } columns[] = {{"ap", false, -1},
                   {"ap50", false, 0.5},
                   {"ap75", false, 0.75},
                   {"ar", true, -1}};
    det_page_open(w, '{');
    put_named_count(w, "results", a->class_results[class]);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const struct det_coco_number number = {.is_recall =
                                                   columns[i].is_recall,
                                               .iou = columns[i].iou,
                                               .limit = last};
        put_named(w, columns[i].key, det_coco_category_mean(s, &number, k));
    }
    put_curves(w, s, (int64_t)k);
    det_page_close(w, '}');
}

static void put_class_list(struct det_page_writer *w,
                           const struct det_report_analysis *a)
{
    det_page_key(w, "classes");
    det_page_open(w, '[');
    for (size_t k = 0; k < a->scores->num_categories; k++)
        put_class(w, a, k);
    det_page_close(w, ']');
}

/* ------------------------------------------------------------------ analyses
 */

static void put_tide(struct det_page_writer *w, const struct det_tide *tide)
{
    det_page_key(w, "tide");
    det_page_open(w, '{');
    put_named(w, "ap", tide->ap);
    put_named(w, "falsePositive", tide->false_positive);
    put_named(w, "falseNegative", tide->false_negative);
    put_named_count(w, "right", tide->counts[DET_TIDE_RIGHT]);
    det_page_key(w, "errors");
    det_page_open(w, '[');
    for (int kind = DET_TIDE_CLASS; kind < DET_TIDE_KINDS; kind++) {
        det_page_open(w, '{');
        det_page_key(w, "kind");
        det_page_string(w, det_tide_name((enum det_tide_kind)kind));
        put_named(w, "gain", tide->gains[kind]);
        put_named_count(w, "count", tide->counts[kind]);
        det_page_close(w, '}');
    }
    det_page_close(w, ']');
    det_page_close(w, '}');
}

static void put_confusion(struct det_page_writer *w,
                          const struct det_confusion *c,
                          const struct det_report_classes *classes)
{
    det_page_key(w, "confusion");
    det_page_open(w, '{');
    put_named(w, "score", c->least_score);
    det_page_key(w, "others");
    det_page_flag(w, c->has_others);
    put_named_count(w, "othersWrong", c->others_wrong);
    det_page_key(w, "classes");
    det_page_open(w, '[');
    for (size_t i = 0; i < c->num_kept; i++)
        det_page_integer(w, classes->page[c->classes[i]]);
    det_page_close(w, ']');
    det_page_key(w, "cells");
    det_page_open(w, '[');
    for (size_t i = 0; i < c->size * c->size; i++)
        det_page_integer(w, c->cells[i]);
    det_page_close(w, ']');
    det_page_close(w, '}');
}

static void put_calibration(struct det_page_writer *w,
                            const struct det_calibration *c)
{
    det_page_key(w, "calibration");
    det_page_open(w, '{');
    put_named(w, "error", det_calibration_error(c));
    det_page_key(w, "bins");
    det_page_open(w, '[');
    for (size_t i = 0; i < DET_CALIBRATION_BINS; i++) {
        det_page_open(w, '[');
        det_page_integer(w, c->counts[i]);
        det_page_number(w, det_calibration_precision(c, i), DIGITS);
        det_page_number(w, det_calibration_score(c, i), DIGITS);
        det_page_close(w, ']');
    }
    det_page_close(w, ']');
    det_page_close(w, '}');
}

static void put_histograms(struct det_page_writer *w,
                           const struct det_report_counts *c)
{
    det_page_key(w, "histograms");
    det_page_open(w, '{');
    put_counts(w, "rightScores", c->right_scores, DET_HISTOGRAM_SCORES);
    put_counts(w, "wrongScores", c->wrong_scores, DET_HISTOGRAM_SCORES);
    put_counts(w, "rightSizes", c->right_sizes, DET_HISTOGRAM_SIZES);
    put_counts(w, "wrongSizes", c->wrong_sizes, DET_HISTOGRAM_SIZES);
    put_counts(w, "foundSizes", c->found_sizes, DET_HISTOGRAM_SIZES);
    put_counts(w, "missedSizes", c->missed_sizes, DET_HISTOGRAM_SIZES);
    det_page_close(w, '}');
}

void det_report_put_run(struct det_page_writer *w,
                        const struct det_report_analysis *analysis,
                        const struct det_report_classes *classes)
{
    det_page_key(w, "name");
    det_page_string(w, analysis->run->name);
    put_named_count(w, "results", analysis->run->results->count);
    put_named_count(w, "unknown", analysis->run->results->without_category);
    put_numbers(w, analysis->scores);
    put_curves(w, analysis->scores, ALL_CLASSES);
    put_class_list(w, analysis);
    put_tide(w, &analysis->tide);
    put_confusion(w, &analysis->confusion, classes);
    put_calibration(w, &analysis->calibration);
    put_histograms(w, &analysis->counts);
}
