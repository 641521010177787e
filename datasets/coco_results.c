/* SPDX-License-Identifier: MIT */
#include "datasets/coco_results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "datasets/coco_fields.h"

struct parser {
    struct det_results *out;
    const struct det_dataset *dataset;
    int64_t last_id; /* objects of one image follow each other */
    uint32_t last_image;
    struct det_json_reader json;
};

/* What an object has. */
struct seen {
    bool image, category, score, box;
};

static det_status read_image(struct parser *p, uint32_t *out)
{
    int64_t id;
    char text[96];
    det_json_peek(&p->json);
    const size_t at = p->json.at;
    DET_TRY(det_coco_id(&p->json, &id));
    if (p->last_image == DET_NO_INDEX || id != p->last_id) {
        p->last_id = id;
        p->last_image = det_id_index_find(&p->dataset->image_index, id);
    }
    *out = p->last_image;
    if (*out != DET_NO_INDEX)
        return DET_OK;
    snprintf(text, sizeof text,
             "image %lld is not in the annotations: results of another set",
             (long long)id);
    return det_json_fail(&p->json, at, text);
}

static det_status read_member(struct parser *p, struct det_found_object *o,
                              struct seen *seen)
{
    struct det_json_span key;
    DET_TRY(det_coco_key(&p->json, &key));
    if (det_json_span_is(key, "image_id")) {
        seen->image = true;
        return read_image(p, &o->image);
    }
    if (det_json_span_is(key, "category_id")) {
        int64_t id;
        seen->category = true;
        DET_TRY(det_coco_id(&p->json, &id));
        o->category = det_id_index_find(&p->dataset->category_index, id);
        return DET_OK;
    }
    if (det_json_span_is(key, "bbox"))
        return det_coco_box(&p->json, o->box, &seen->box);
    if (det_json_span_is(key, "score")) {
        seen->score = true;
        return det_json_number(&p->json, &o->score);
    }
    if (det_json_span_is(key, "segmentation"))
        return det_segmentation_read(&o->segmentation, &p->json);
    return det_json_skip(&p->json, NULL);
}

static det_status append(struct parser *p, const struct det_found_object *o)
{
    struct det_results *out = p->out;
    if (out->count == out->capacity) {
        const size_t capacity = out->capacity ? 2 * out->capacity : 1024;
        if (capacity > DET_NO_INDEX)
            return det_fail(p->json.message, DET_ERROR_LIMIT,
                            "more than %zu objects", out->count);
        DET_TRY(det_reallocate(&out->objects, capacity, sizeof *o,
                               p->json.message));
        out->capacity = capacity;
    }
    out->objects[out->count++] = *o;
    out->without_category += o->category == DET_NO_INDEX;
    return DET_OK;
}

static det_status read_object(struct parser *p)
{
    struct det_found_object o = {0};
    struct seen seen = {0};
    bool more;
    det_json_peek(&p->json);
    const size_t start = p->json.at;
    DET_TRY(det_json_expect(&p->json, '{'));
    more = !det_json_accept(&p->json, '}');
    while (more) {
        DET_TRY(read_member(p, &o, &seen));
        DET_TRY(det_json_next(&p->json, '}', &more));
    }
    if (!seen.image || !seen.category || !seen.score)
        return det_json_fail(&p->json, start,
                             "an object needs \"image_id\", \"category_id\" "
                             "and \"score\"");
    if (!seen.box && o.segmentation.kind == DET_SEGMENTATION_NONE)
        return det_json_fail(&p->json, start,
                             "an object without \"bbox\" and "
                             "\"segmentation\"");
    if (!seen.box)
        o.box[0] = o.box[1] = o.box[2] = o.box[3] = NAN;
    return append(p, &o);
}

static det_status read_file(struct parser *p)
{
    bool more;
    if (det_json_peek(&p->json) == '{')
        return det_json_fail(&p->json, p->json.at,
                             "an object, as annotations are; results are a "
                             "list");
    DET_TRY(det_json_expect(&p->json, '['));
    more = !det_json_accept(&p->json, ']');
    while (more) {
        DET_TRY(read_object(p));
        DET_TRY(det_json_next(&p->json, ']', &more));
    }
    return det_json_end(&p->json);
}

det_status det_coco_results_parse(struct det_results *out, const char *text,
                                  size_t size,
                                  const struct det_dataset *dataset,
                                  struct det_message *message)
{
    struct parser parser = {.out = out,
                            .dataset = dataset,
                            .last_image = DET_NO_INDEX,
                            .json = {.text = text,
                                     .size = size,
                                     .refusal = DET_ERROR_DATASET,
                                     .message = message}};
    *out = (struct det_results){0};
    const det_status status = read_file(&parser);
    if (status != DET_OK)
        det_results_clear(out);
    return status;
}

det_status det_coco_results_open(struct det_results *out, const char *path,
                                 const struct det_dataset *dataset,
                                 struct det_message *message)
{
    struct det_mapping mapping;
    *out = (struct det_results){0};
    DET_TRY(det_mapping_open(&mapping, path, message));
    const det_status status = det_coco_results_parse(
        out, (const char *)mapping.data, mapping.size, dataset, message);
    if (status != DET_OK) {
        det_mapping_close(&mapping);
        det_message_prefix(message, path);
        return status;
    }
    out->mapping = mapping;
    return DET_OK;
}

void det_results_clear(struct det_results *results)
{
    free(results->objects);
    det_mapping_close(&results->mapping);
    *results = (struct det_results){0};
}
