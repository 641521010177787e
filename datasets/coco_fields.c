/* SPDX-License-Identifier: MIT */
#include "datasets/coco_fields.h"

#include <math.h>

#include "datasets/text_writer.h"

det_status det_coco_key(struct det_json_reader *reader,
                        struct det_json_span *key)
{
    DET_TRY(det_json_raw_string(reader, key));
    return det_json_expect(reader, ':');
}

/* 2^53: all whole numbers up to here are doubles. */
static const double largest_whole = 9007199254740992.0;

det_status det_coco_id(struct det_json_reader *reader, int64_t *out)
{
    const char first = det_json_peek(reader);
    const size_t at = reader->at;
    size_t end = at + (first == '-');
    int64_t value = 0;
    bool fits = true;
    for (; end < reader->size && reader->text[end] >= '0' &&
           reader->text[end] <= '9';
         end++)
        fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_add_overflow(value, reader->text[end] - '0', &value);
    const char behind = end < reader->size ? reader->text[end] : 0;
    const size_t digits = end - at - (first == '-');
    const bool leading_zero = digits > 1 && reader->text[end - digits] == '0';
    if (fits && digits && !leading_zero && behind != '.' && behind != 'e' &&
        behind != 'E') {
        *out = first == '-' ? -value : value;
        reader->at = end;
        return DET_OK;
    }
    double number;
    if (first == '"')
        return det_json_fail(reader, at, "an id is text; ids are numbers");
    DET_TRY(det_json_number(reader, &number));
    if (number != floor(number) || fabs(number) > largest_whole)
        return det_json_fail(reader, at, "an id is not a whole number");
    *out = (int64_t)number;
    return DET_OK;
}

det_status det_coco_box(struct det_json_reader *reader, double box[4],
                        bool *found)
{
    *found = false;
    if (det_json_peek(reader) != '[')
        return det_json_skip(reader, NULL);
    const size_t at = reader->at;
    DET_TRY(det_json_expect(reader, '['));
    if (det_json_accept(reader, ']'))
        return DET_OK;
    for (int i = 0; i < 4; i++) {
        if (i && !det_json_accept(reader, ','))
            return det_json_fail(reader, at, "a box needs 4 numbers");
        DET_TRY(det_json_number(reader, &box[i]));
    }
    if (!det_json_accept(reader, ']'))
        return det_json_fail(reader, at, "a box needs 4 numbers");
    *found = true;
    return DET_OK;
}

/* ------------------------------------------------------------------ writing */

void det_coco_put_box(FILE *out, const double box[4])
{
    if (!isfinite(box[0]) || !isfinite(box[1]) || !isfinite(box[2]) ||
        !isfinite(box[3]))
        return;
    for (int i = 0; i < 4; i++) {
        fputs(i ? "," : ",\"bbox\":[", out);
        det_put_number(out, box[i]);
    }
    fputc(']', out);
}

void det_coco_put_segmentation(FILE *out,
                               const struct det_segmentation *segmentation)
{
    const struct det_segmentation *s = segmentation;
    const char *quote = s->kind == DET_SEGMENTATION_TEXT ? "\"" : "";
    if (s->kind == DET_SEGMENTATION_NONE)
        return;
    fputs(",\"segmentation\":", out);
    if (s->kind != DET_SEGMENTATION_POLYGONS)
        det_put(out, "{\"size\":[%d,%d],\"counts\":%s", s->height, s->width,
                quote);
    fwrite(s->span.text, 1, s->span.size, out);
    if (s->kind != DET_SEGMENTATION_POLYGONS)
        det_put(out, "%s}", quote);
}
