/* SPDX-License-Identifier: MIT */
#include "datasets/segmentation.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FEWEST_NUMBERS = 6, BOX_NUMBERS = 4, LARGEST_SIDE = 1 << 20 };

void det_segmentation_scratch_destroy(struct det_segmentation_scratch *scratch)
{
    free(scratch->numbers);
    free(scratch->text);
    det_polygon_scratch_destroy(&scratch->polygon);
    *scratch = (struct det_segmentation_scratch){0};
}

/* ------------------------------------------------------------------ reading */

static det_status read_side(struct det_json_reader *reader, int32_t *out)
{
    int64_t side;
    det_json_peek(reader);
    const size_t at = reader->at;
    DET_TRY(det_json_integer(reader, &side));
    if (side > LARGEST_SIDE)
        return det_json_fail(reader, at, "a mask's side is too large");
    *out = (int32_t)side;
    return DET_OK;
}

static det_status read_size(struct det_segmentation *out,
                            struct det_json_reader *reader)
{
    DET_TRY(det_json_expect(reader, '['));
    DET_TRY(read_side(reader, &out->height));
    DET_TRY(det_json_expect(reader, ','));
    DET_TRY(read_side(reader, &out->width));
    return det_json_expect(reader, ']');
}

static det_status read_counts(struct det_segmentation *out,
                              struct det_json_reader *reader)
{
    if (det_json_peek(reader) == '"') {
        out->kind = DET_SEGMENTATION_TEXT;
        return det_json_raw_string(reader, &out->span);
    }
    if (det_json_peek(reader) != '[')
        return det_json_fail(reader, reader->at,
                             "\"counts\" is neither text nor a list");
    out->kind = DET_SEGMENTATION_RUNS;
    return det_json_skip(reader, &out->span);
}

static det_status read_member(struct det_segmentation *out,
                              struct det_json_reader *reader, bool *has_size)
{
    struct det_json_span key;
    DET_TRY(det_json_raw_string(reader, &key));
    DET_TRY(det_json_expect(reader, ':'));
    if (det_json_span_is(key, "size")) {
        *has_size = true;
        return read_size(out, reader);
    }
    if (det_json_span_is(key, "counts"))
        return read_counts(out, reader);
    return det_json_skip(reader, NULL);
}

static det_status read_object(struct det_segmentation *out,
                              struct det_json_reader *reader)
{
    const size_t start = reader->at;
    bool has_size = false, more = true;
    DET_TRY(det_json_expect(reader, '{'));
    if (det_json_accept(reader, '}'))
        more = false;
    while (more) {
        DET_TRY(read_member(out, reader, &has_size));
        DET_TRY(det_json_next(reader, '}', &more));
    }
    if (!has_size || out->kind == DET_SEGMENTATION_NONE)
        return det_json_fail(reader, start,
                             "a mask needs \"size\" and \"counts\"");
    return DET_OK;
}

det_status det_segmentation_read(struct det_segmentation *out,
                                 struct det_json_reader *reader)
{
    *out = (struct det_segmentation){0};
    const char first = det_json_peek(reader);
    if (first == '{')
        return read_object(out, reader);
    if (first != '[') /* null, as some exporters write */
        return det_json_skip(reader, NULL);
    out->kind = DET_SEGMENTATION_POLYGONS;
    return det_json_skip(reader, &out->span);
}

/* ------------------------------------------------------------------ numbers */

/* A list of numbers into scratch->numbers. */
static det_status take_numbers(struct det_segmentation_scratch *scratch,
                               size_t *count, struct det_json_reader *reader)
{
    bool more;
    *count = 0;
    DET_TRY(det_json_expect(reader, '['));
    more = !det_json_accept(reader, ']');
    while (more) {
        if (*count == scratch->capacity) {
            const size_t capacity = scratch->capacity ? 2 * *count : 256;
            DET_TRY(det_reallocate(&scratch->numbers, capacity,
                                   sizeof *scratch->numbers, reader->message));
            scratch->capacity = capacity;
        }
        DET_TRY(det_json_number(reader, &scratch->numbers[(*count)++]));
        DET_TRY(det_json_next(reader, ']', &more));
    }
    return DET_OK;
}

static struct det_json_reader
reader_of(const struct det_segmentation *segmentation,
          struct det_message *message)
{
    return (struct det_json_reader){.text = segmentation->span.text,
                                    .size = segmentation->span.size,
                                    .refusal = DET_ERROR_FORMAT,
                                    .message = message};
}

det_status
det_segmentation_each_polygon(struct det_segmentation_scratch *scratch,
                              const struct det_segmentation *segmentation,
                              det_polygon_fn fn, void *user,
                              struct det_message *message)
{
    struct det_json_reader reader = reader_of(segmentation, message);
    bool more;
    size_t count;
    DET_TRY(det_json_expect(&reader, '['));
    more = !det_json_accept(&reader, ']');
    while (more) {
        det_json_peek(&reader);
        const size_t at = reader.at;
        DET_TRY(take_numbers(scratch, &count, &reader));
        if (count % 2 || (count < FEWEST_NUMBERS && count != BOX_NUMBERS))
            return det_json_fail(&reader, at,
                                 "a polygon needs 3 or more (x, y) pairs");
        DET_TRY(fn(user, scratch->numbers, count / 2));
        DET_TRY(det_json_next(&reader, ']', &more));
    }
    return DET_OK;
}

/* -------------------------------------------------------------------- masks */

struct drawing {
    struct det_rle *mask; /* of what was drawn so far */
    struct det_segmentation_scratch *scratch;
    int32_t width, height;
    size_t parts;
    bool boxes; /* as the first part says */
    struct det_message *message;
};

static det_status draw_part(struct drawing *d, struct det_rle *out,
                            const double *xy, size_t points)
{
    const double x = xy[0], y = xy[1], w = xy[2], h = xy[3];
    const double corners[8] = {x, y, x, y + h, x + w, y + h, x + w, y};
    if (d->parts == 0)
        d->boxes = points == BOX_NUMBERS / 2;
    if (d->boxes != (points == BOX_NUMBERS / 2))
        return det_fail(d->message, DET_ERROR_FORMAT,
                        "polygons and boxes of 4 numbers in one list");
    return det_polygon_rle(out, &d->scratch->polygon, d->boxes ? corners : xy,
                           d->boxes ? 4 : points, d->width, d->height,
                           d->message);
}

static det_status draw(void *user, const double *xy, size_t points)
{
    struct drawing *d = user;
    struct det_rle part, both[2];
    DET_TRY(draw_part(d, &part, xy, points));
    if (d->parts++ == 0) {
        *d->mask = part;
        return DET_OK;
    }
    both[0] = *d->mask;
    both[1] = part;
    const det_mask views[2] = {det_rle_view(&both[0]), det_rle_view(&both[1])};
    const det_status status =
        det_rle_merge(d->mask, views, 2, DET_RLE_UNION, d->message);
    det_rle_destroy(&both[0]);
    det_rle_destroy(&both[1]);
    return status;
}

static det_status draw_polygons(struct det_rle *out,
                                struct det_segmentation_scratch *scratch,
                                const struct det_segmentation *segmentation,
                                int32_t width, int32_t height,
                                struct det_message *message)
{
    struct drawing drawing = {.mask = out,
                              .scratch = scratch,
                              .width = width,
                              .height = height,
                              .message = message};
    DET_TRY(det_segmentation_each_polygon(scratch, segmentation, draw, &drawing,
                                          message));
    return drawing.parts ? DET_OK
                         : det_fail(message, DET_ERROR_FORMAT,
                                    "an empty list of polygons");
}

static det_status copy_runs(struct det_rle *out,
                            struct det_segmentation_scratch *scratch,
                            const struct det_segmentation *segmentation,
                            struct det_message *message)
{
    struct det_json_reader reader = reader_of(segmentation, message);
    size_t count;
    DET_TRY(take_numbers(scratch, &count, &reader));
    struct det_rle runs = {.width = segmentation->width,
                           .height = segmentation->height,
                           .count = count};
    DET_TRY(det_allocate(&runs.counts, count, sizeof *runs.counts, message));
    det_status status = DET_OK;
    for (size_t i = 0; status == DET_OK && i < count; i++) {
        const double run = scratch->numbers[i];
        if (run < 0 || run > UINT32_MAX || run != (double)(uint32_t)run)
            status = det_fail(message, DET_ERROR_FORMAT,
                              "run %zu of a mask is %g pixels long", i, run);
        else
            runs.counts[i] = (uint32_t)run;
    }
    const det_mask view = det_rle_view(&runs);
    if (status == DET_OK)
        status = det_rle_copy(out, &view, message);
    det_rle_destroy(&runs);
    return status;
}

/* The text has one character that JSON may escape: the backslash, as "\\". */
static det_status parse_text(struct det_rle *out,
                             struct det_segmentation_scratch *scratch,
                             const struct det_segmentation *segmentation,
                             struct det_message *message)
{
    const struct det_json_span span = segmentation->span;
    const char *text = span.text;
    size_t length = span.size;
    if (length && memchr(text, '\\', length)) {
        if (scratch->text_capacity < length) {
            DET_TRY(det_reallocate(&scratch->text, 2 * length, 1, message));
            scratch->text_capacity = 2 * length;
        }
        length = 0;
        for (size_t i = 0; i < span.size; i++) {
            i += text[i] == '\\' && i + 1 < span.size;
            scratch->text[length++] = text[i];
        }
        text = scratch->text;
    }
    return det_rle_parse(out, text, length, segmentation->width,
                         segmentation->height, message);
}

det_status det_segmentation_mask(struct det_rle *out,
                                 struct det_segmentation_scratch *scratch,
                                 const struct det_segmentation *segmentation,
                                 int32_t width, int32_t height,
                                 struct det_message *message)
{
    det_status status = DET_ERROR_FORMAT;
    *out = (struct det_rle){0};
    switch (segmentation->kind) {
    case DET_SEGMENTATION_POLYGONS:
        status =
            draw_polygons(out, scratch, segmentation, width, height, message);
        break;
    case DET_SEGMENTATION_RUNS:
        status = copy_runs(out, scratch, segmentation, message);
        break;
    case DET_SEGMENTATION_TEXT:
        status = parse_text(out, scratch, segmentation, message);
        break;
    default:
        det_fail(message, status, "there is no segmentation");
    }
    if (status != DET_OK)
        det_rle_destroy(out);
    return status;
}

/* ------------------------------------------------------------------- keeping
 */

/* COCO's text has one character that JSON escapes. */
static size_t escape(char *out, const char *text)
{
    size_t size = 0;
    for (; *text; text++) {
        if (*text == '\\')
            out[size++] = '\\';
        out[size++] = *text;
    }
    return size;
}

det_status det_segmentation_keep(struct det_segmentation *out,
                                 struct det_text_pool *texts,
                                 const det_mask *mask,
                                 struct det_message *message)
{
    char *text;
    const size_t plain = det_mask_text(mask, NULL, 0);
    DET_TRY(det_allocate(&text, plain + 1, 3, message));
    char *escaped = text + plain + 1;
    det_mask_text(mask, text, plain + 1);
    *out = (struct det_segmentation){.kind = DET_SEGMENTATION_TEXT,
                                     .width = mask->width,
                                     .height = mask->height,
                                     .span.size = escape(escaped, text)};
    const det_status status = det_text_pool_add(texts, &out->span.text, escaped,
                                                out->span.size, message);
    free(text);
    return status;
}
