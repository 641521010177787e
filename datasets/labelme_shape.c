/* SPDX-License-Identifier: MIT */
#include "datasets/labelme_shape.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "datasets/coco_fields.h"

enum { FARTHEST = 1 << 20 }; /* pixels */

void det_labelme_shape_destroy(struct det_labelme_shape *shape)
{
    free(shape->label);
    free(shape->xy);
    *shape = (struct det_labelme_shape){0};
}

static det_status read_points(struct det_labelme_shape *s,
                              struct det_json_reader *reader)
{
    size_t capacity = 0;
    bool more;
    s->points = 0;
    DET_TRY(det_json_expect(reader, '['));
    more = !det_json_accept(reader, ']');
    while (more) {
        if (s->points == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            DET_TRY(det_reallocate(&s->xy, capacity, 2 * sizeof *s->xy,
                                   reader->message));
        }
        double *point = s->xy + 2 * s->points++;
        DET_TRY(det_json_expect(reader, '['));
        DET_TRY(det_json_number(reader, &point[0]));
        DET_TRY(det_json_expect(reader, ','));
        DET_TRY(det_json_number(reader, &point[1]));
        DET_TRY(det_json_expect(reader, ']'));
        DET_TRY(det_json_next(reader, ']', &more));
    }
    return DET_OK;
}

static det_status read_kind(struct det_labelme_shape *s,
                            struct det_json_reader *reader)
{
    struct det_json_span kind;
    DET_TRY(det_json_raw_string(reader, &kind));
    s->kind = det_json_span_is(kind, "polygon")     ? DET_SHAPE_POLYGON
              : det_json_span_is(kind, "rectangle") ? DET_SHAPE_RECTANGLE
              : det_json_span_is(kind, "circle")    ? DET_SHAPE_CIRCLE
              : det_json_span_is(kind, "mask")      ? DET_SHAPE_MASK
                                                    : DET_SHAPE_OTHER;
    return DET_OK;
}

static det_status read_flags(struct det_labelme_shape *s,
                             struct det_json_reader *reader)
{
    bool more;
    if (det_json_peek(reader) != '{')
        return det_json_skip(reader, NULL);
    DET_TRY(det_json_expect(reader, '{'));
    more = !det_json_accept(reader, '}');
    while (more) {
        struct det_json_span key;
        DET_TRY(det_coco_key(reader, &key));
        if (det_json_span_is(key, "iscrowd"))
            DET_TRY(det_json_flag(reader, &s->is_crowd));
        else if (det_json_span_is(key, "difficult"))
            DET_TRY(det_json_flag(reader, &s->is_difficult));
        else
            DET_TRY(det_json_skip(reader, NULL));
        DET_TRY(det_json_next(reader, '}', &more));
    }
    return DET_OK;
}

static det_status read_group(struct det_labelme_shape *s,
                             struct det_json_reader *reader)
{
    if (det_json_peek(reader) == 'n') /* null */
        return det_json_skip(reader, NULL);
    const size_t at = reader->at;
    DET_TRY(det_json_integer(reader, &s->group));
    return s->group <= INT32_MAX
               ? DET_OK
               : det_json_fail(reader, at, "a group_id that is too large");
}

static det_status read_member(struct det_labelme_shape *s,
                              struct det_json_reader *reader)
{
    struct det_json_span key;
    bool found;
    DET_TRY(det_coco_key(reader, &key));
    if (det_json_span_is(key, "label") && !s->label)
        return det_json_string(reader, &s->label);
    if (det_json_span_is(key, "points"))
        return read_points(s, reader);
    if (det_json_span_is(key, "shape_type"))
        return read_kind(s, reader);
    if (det_json_span_is(key, "group_id"))
        return read_group(s, reader);
    if (det_json_span_is(key, "flags"))
        return read_flags(s, reader);
    if (det_json_span_is(key, "bbox"))
        return det_coco_box(reader, s->box, &found);
    if (det_json_span_is(key, "mask") && det_json_peek(reader) == '"')
        return det_json_raw_string(reader, &s->mask);
    if (det_json_span_is(key, "area"))
        return det_json_number(reader, &s->area);
    return det_json_skip(reader, NULL);
}

static det_status read_shape(struct det_labelme_shape *s,
                             struct det_json_reader *reader)
{
    bool more;
    const size_t start = reader->at;
    DET_TRY(det_json_expect(reader, '{'));
    more = !det_json_accept(reader, '}');
    while (more) {
        DET_TRY(read_member(s, reader));
        DET_TRY(det_json_next(reader, '}', &more));
    }
    if (!s->label)
        return det_json_fail(reader, start, "a shape without a \"label\"");
    if (s->kind != DET_SHAPE_OTHER &&
        s->points < (s->kind == DET_SHAPE_POLYGON ? 3 : 2))
        return det_json_fail(reader, start,
                             "a polygon needs 3 points, a rectangle, a circle "
                             "and a mask 2");
    if (s->kind == DET_SHAPE_MASK &&
        !(fabs(s->xy[0]) <= FARTHEST && fabs(s->xy[1]) <= FARTHEST))
        return det_json_fail(reader, start, "a mask far outside any image");
    return DET_OK;
}

det_status det_labelme_shape_read(struct det_labelme_shape *out,
                                  struct det_json_reader *reader)
{
    *out = (struct det_labelme_shape){
        .group = -1, .box = {NAN, NAN, NAN, NAN}, .area = NAN};
    const det_status status = read_shape(out, reader);
    if (status != DET_OK)
        det_labelme_shape_destroy(out);
    return status;
}
