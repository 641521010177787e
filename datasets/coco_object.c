/* SPDX-License-Identifier: MIT */
#include "datasets/coco_object.h"

#include <inttypes.h>
#include <math.h>

#include "datasets/coco_fields.h"
#include "datasets/text_writer.h"

void det_object_reader_init(struct det_object_reader *out, const char *text,
                            size_t size, const struct det_dataset *dataset,
                            struct det_results *results,
                            struct det_message *message)
{
    *out = (struct det_object_reader){.dataset = dataset,
                                      .out = results,
                                      .last_image = DET_NO_INDEX,
                                      .json = {.text = text,
                                               .size = size,
                                               .refusal = DET_ERROR_DATASET,
                                               .message = message}};
}

/* What an object has. */
struct seen {
    bool image, category, score, box;
};

det_status det_object_read_image(struct det_object_reader *p, uint32_t *out)
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

static det_status read_member(struct det_object_reader *p,
                              struct det_found_object *o, struct seen *seen)
{
    struct det_json_span key;
    DET_TRY(det_coco_key(&p->json, &key));
    if (det_json_span_is(key, "image_id")) {
        seen->image = true;
        return det_object_read_image(p, &o->image);
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

static det_status read_object(struct det_object_reader *p)
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
    if (!seen.box)
        o.box[0] = o.box[1] = o.box[2] = o.box[3] = NAN;
    return det_results_put(p->out, &o, p->json.message);
}

det_status det_object_read_list(struct det_object_reader *p)
{
    bool more;
    DET_TRY(det_json_expect(&p->json, '['));
    more = !det_json_accept(&p->json, ']');
    while (more) {
        DET_TRY(read_object(p));
        DET_TRY(det_json_next(&p->json, ']', &more));
    }
    return DET_OK;
}

/* ------------------------------------------------------------------ writing */

void det_object_write(FILE *out, const struct det_dataset *dataset,
                      const struct det_found_object *o)
{
    det_put(out, "{\"image_id\":%" PRId64 ",\"category_id\":%" PRId64,
            dataset->images[o->image].id, dataset->categories[o->category].id);
    det_coco_put_box(out, o->box);
    fputs(",\"score\":", out);
    det_put_number(out, o->score);
    det_coco_put_segmentation(out, &o->segmentation);
    fputc('}', out);
}
