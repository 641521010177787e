/* SPDX-License-Identifier: MIT */
#include "datasets/imagenet_results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/memory.h"

enum { FIELDS = 5 }; /* numbers of a guess with a box */

static const double farthest = 1e6; /* pixels, as elsewhere */

struct reader {
    const struct det_dataset *dataset;
    struct det_results *out;
    const char *at, *end;
    size_t line; /* from 1 on */
    bool has_boxes;
    uint32_t *images, *categories; /* places in order */
    struct det_message *message;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

bool det_imagenet_results_are(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size && (is_blank(text[at]) || text[at] == '\n'))
        at++;
    return at < size && text[at] >= '0' && text[at] <= '9';
}

/* ------------------------------------------------------------------- numbers
 */

static det_status fail(const struct reader *r, const char *what)
{
    return det_fail(r->message, DET_ERROR_DATASET, "line %zu: %s", r->line,
                    what);
}

/* The line's next number; *more is false at its end, which is not taken. */
static det_status next_number(struct reader *r, double *out, bool *more)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
    *more = r->at < r->end && *r->at != '\n';
    if (!*more)
        return DET_OK;
    const size_t length =
        det_decimal_read(out, r->at, (size_t)(r->end - r->at));
    const char *behind = r->at + length;
    if (length == 0 || !(fabs(*out) <= farthest) ||
        (behind < r->end && !is_blank(*behind) && *behind != '\n'))
        return fail(r, "expected numbers up to a million");
    r->at = behind;
    return DET_OK;
}

static void next_line(struct reader *r)
{
    if (r->at < r->end)
        r->at++; /* the '\n' */
    r->line++;
}

static void rewind_to(struct reader *r, const char *text)
{
    r->at = text;
    r->line = 1;
}

/* ------------------------------------------------------------- what it holds
 */

/* What tells labels from labels with boxes. */
struct shape {
    size_t lines;
    bool long_lines; /* one with more numbers than one guess with a box has */
    bool multiples;  /* all have a multiple of what such a guess has */
    bool in_order;   /* all that would be corners are */
};

static det_status measure_line(struct reader *r, struct shape *shape)
{
    double values[FIELDS];
    size_t count = 0;
    bool more;
    for (;; count++) {
        DET_TRY(next_number(r, &values[count % FIELDS], &more));
        if (!more)
            break;
        if (count % FIELDS == FIELDS - 1)
            shape->in_order = shape->in_order && values[1] <= values[3] &&
                              values[2] <= values[4];
    }
    shape->long_lines = shape->long_lines || count > FIELDS;
    shape->multiples = shape->multiples && count % FIELDS == 0;
    next_line(r);
    return DET_OK;
}

static det_status measure(struct reader *r)
{
    struct shape shape = {.multiples = true, .in_order = true};
    for (; r->at < r->end; shape.lines++)
        DET_TRY(measure_line(r, &shape));
    if (shape.lines != r->dataset->num_images)
        return det_fail(r->message, DET_ERROR_DATASET,
                        "%zu lines; there are %zu images, and each has one",
                        shape.lines, r->dataset->num_images);
    r->has_boxes = shape.multiples &&
                   (shape.long_lines ||
                    (shape.in_order && !det_dataset_lacks_boxes(r->dataset)));
    return DET_OK;
}

/* -------------------------------------------------------------------- orders
 */

static const char *base_name(const struct det_dataset *dataset, uint32_t image)
{
    const char *name = dataset->images[image].file_name;
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static int compare_images(const void *a, const void *b, void *dataset)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const int order = strcmp(base_name(dataset, x), base_name(dataset, y));
    return order ? order : x < y ? -1 : x > y;
}

static int compare_categories(const void *a, const void *b, void *dataset)
{
    const struct det_data_category *all =
        ((const struct det_dataset *)dataset)->categories;
    const int64_t x = all[*(const uint32_t *)a].id;
    const int64_t y = all[*(const uint32_t *)b].id;
    return x < y ? -1 : x > y;
}

static det_status sort_places(uint32_t **out, size_t count,
                              int (*compare)(const void *, const void *,
                                             void *),
                              const struct reader *r)
{
    DET_TRY(det_allocate(out, count, sizeof **out, r->message));
    for (size_t i = 0; i < count; i++)
        (*out)[i] = (uint32_t)i;
    if (count)
        qsort_r(*out, count, sizeof **out, compare,
                (void *)(uintptr_t)r->dataset);
    return DET_OK;
}

/* ------------------------------------------------------------------- guesses
 */

static det_status take_label(const struct reader *r, double label,
                             uint32_t *category)
{
    if (label != floor(label) || label < 0)
        return fail(r, "a label is no whole number from 0 on");
    *category = label > 0 && label <= (double)r->dataset->num_categories
                    ? r->categories[(size_t)label - 1]
                    : DET_NO_INDEX;
    return DET_OK;
}

static void take_box(double box[4], const double corners[4])
{
    box[0] = corners[0] - 1;
    box[1] = corners[1] - 1;
    box[2] = corners[2] - corners[0] + 1;
    box[3] = corners[3] - corners[1] + 1;
}

static det_status read_line(struct reader *r)
{
    const size_t fields = r->has_boxes ? FIELDS : 1;
    double values[FIELDS] = {0, NAN, NAN, NAN, NAN};
    bool more = true;
    for (size_t guess = 1;; guess++) {
        struct det_found_object o = {.image = r->images[r->line - 1],
                                     .score = 1 / (double)guess};
        for (size_t i = 0; more && i < fields; i++)
            DET_TRY(next_number(r, &values[i], &more));
        if (!more)
            break;
        DET_TRY(take_label(r, values[0], &o.category));
        take_box(o.box, values + 1);
        if (values[0] > 0)
            DET_TRY(det_results_put(r->out, &o, r->message));
    }
    next_line(r);
    return DET_OK;
}

static det_status read_text(struct reader *r, const char *text)
{
    rewind_to(r, text);
    DET_TRY(measure(r));
    DET_TRY(sort_places(&r->images, r->dataset->num_images, compare_images, r));
    DET_TRY(sort_places(&r->categories, r->dataset->num_categories,
                        compare_categories, r));
    rewind_to(r, text);
    while (r->at < r->end)
        DET_TRY(read_line(r));
    return DET_OK;
}

det_status det_imagenet_results_parse(struct det_results *results,
                                      const char *text, size_t size,
                                      const struct det_dataset *dataset,
                                      struct det_message *message)
{
    struct reader reader = {.dataset = dataset,
                            .out = results,
                            .end = text + size,
                            .message = message};
    const det_status status = read_text(&reader, text);
    free(reader.images);
    free(reader.categories);
    return status;
}
