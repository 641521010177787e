/* SPDX-License-Identifier: MIT */
#include "datasets/coco_json.h"

#include <math.h>
#include <stdlib.h>

#include "datasets/coco_fields.h"

enum { LARGEST_SIDE = 1 << 20 };

struct parser {
    struct det_dataset *out;
    struct det_json_reader json;
};

/* A text whose escapes are undone, in the data set's pool. */
static det_status read_text(struct parser *p, const char **out)
{
    char *text;
    DET_TRY(det_json_string(&p->json, &text));
    const det_status status = det_text_pool_add(&p->out->texts, out, text,
                                                strlen(text), p->json.message);
    free(text);
    return status;
}

static det_status read_side(struct parser *p, int32_t *out)
{
    int64_t side;
    det_json_peek(&p->json);
    const size_t at = p->json.at;
    DET_TRY(det_coco_id(&p->json, &side));
    if (side < 0 || side > LARGEST_SIDE)
        return det_json_fail(&p->json, at, "an image's side out of range");
    *out = (int32_t)side;
    return DET_OK;
}

/* ------------------------------------------------------------ one of a kind */

static det_status read_image(struct parser *p)
{
    struct det_data_image image = {.file_name = ""};
    const size_t start = p->json.at;
    bool has_id = false, more;
    DET_TRY(det_json_expect(&p->json, '{'));
    more = !det_json_accept(&p->json, '}');
    while (more) {
        struct det_json_span key;
        DET_TRY(det_coco_key(&p->json, &key));
        if (det_json_span_is(key, "id")) {
            DET_TRY(det_coco_id(&p->json, &image.id));
            has_id = true;
        } else if (det_json_span_is(key, "width")) {
            DET_TRY(read_side(p, &image.width));
        } else if (det_json_span_is(key, "height")) {
            DET_TRY(read_side(p, &image.height));
        } else if (det_json_span_is(key, "file_name")) {
            DET_TRY(read_text(p, &image.file_name));
        } else if (det_json_span_is(key, "neg_category_ids")) {
            DET_TRY(det_json_skip(&p->json, &image.negative));
        } else if (det_json_span_is(key, "not_exhaustive_category_ids")) {
            DET_TRY(det_json_skip(&p->json, &image.not_exhaustive));
        } else {
            DET_TRY(det_json_skip(&p->json, NULL));
        }
        DET_TRY(det_json_next(&p->json, '}', &more));
    }
    if (!has_id)
        return det_json_fail(&p->json, start, "an image without an \"id\"");
    return det_dataset_add_image(p->out, &image, p->json.message);
}

static det_status read_category(struct parser *p)
{
    struct det_data_category category = {.name = "", .supercategory = ""};
    const size_t start = p->json.at;
    bool has_id = false, more;
    DET_TRY(det_json_expect(&p->json, '{'));
    more = !det_json_accept(&p->json, '}');
    while (more) {
        struct det_json_span key;
        DET_TRY(det_coco_key(&p->json, &key));
        const bool is_text = det_json_peek(&p->json) == '"';
        if (det_json_span_is(key, "id")) {
            DET_TRY(det_coco_id(&p->json, &category.id));
            has_id = true;
        } else if (is_text && det_json_span_is(key, "name")) {
            DET_TRY(read_text(p, &category.name));
        } else if (is_text && det_json_span_is(key, "supercategory")) {
            DET_TRY(read_text(p, &category.supercategory));
        } else if (is_text && det_json_span_is(key, "frequency")) {
            struct det_json_span text;
            DET_TRY(det_json_raw_string(&p->json, &text));
            category.frequency = text.size ? text.text[0] : 0;
        } else {
            DET_TRY(det_json_skip(&p->json, NULL));
        }
        DET_TRY(det_json_next(&p->json, '}', &more));
    }
    if (!has_id)
        return det_json_fail(&p->json, start, "a category without an \"id\"");
    return det_dataset_add_category(p->out, &category, p->json.message);
}

/* Which of the keys that an annotation must have are there. */
struct seen {
    bool id, image_id, category_id, box;
};

static det_status read_annotation_member(struct parser *p,
                                         struct det_annotation *a,
                                         struct seen *seen)
{
    struct det_json_span key;
    DET_TRY(det_coco_key(&p->json, &key));
    if (det_json_span_is(key, "segmentation"))
        return det_segmentation_read(&a->segmentation, &p->json);
    if (det_json_span_is(key, "bbox"))
        return det_coco_box(&p->json, a->box, &seen->box);
    if (det_json_span_is(key, "area"))
        return det_json_number(&p->json, &a->area);
    if (det_json_span_is(key, "iscrowd"))
        return det_json_flag(&p->json, &a->is_crowd);
    if (det_json_span_is(key, "difficult") && /* detect-data's own */
        strchr("01tf", det_json_peek(&p->json)))
        return det_json_flag(&p->json, &a->is_difficult);
    if (det_json_span_is(key, "ignore"))
        return det_json_flag(&p->json, &a->is_ignored);
    if (det_json_span_is(key, "id")) {
        seen->id = true;
        return det_coco_id(&p->json, &a->id);
    }
    if (det_json_span_is(key, "image_id")) {
        seen->image_id = true;
        return det_coco_id(&p->json, &a->image_id);
    }
    if (det_json_span_is(key, "category_id")) {
        seen->category_id = true;
        return det_coco_id(&p->json, &a->category_id);
    }
    return det_json_skip(&p->json, NULL);
}

static det_status read_annotation(struct parser *p)
{
    struct det_annotation a = {.area = NAN};
    struct seen seen = {0};
    const size_t start = p->json.at;
    bool more;
    DET_TRY(det_json_expect(&p->json, '{'));
    more = !det_json_accept(&p->json, '}');
    while (more) {
        DET_TRY(read_annotation_member(p, &a, &seen));
        DET_TRY(det_json_next(&p->json, '}', &more));
    }
    if (!seen.id || !seen.image_id || !seen.category_id)
        return det_json_fail(&p->json, start,
                             "an annotation needs \"id\", \"image_id\" and "
                             "\"category_id\"");
    if (!seen.box)
        a.box[0] = a.box[1] = a.box[2] = a.box[3] = NAN;
    return det_dataset_add_annotation(p->out, &a, p->json.message);
}

/* --------------------------------------------------------------- the file */

static const struct {
    const char *key;
    det_status (*read)(struct parser *p);
} lists[] = {
    {"images", read_image},
    {"categories", read_category},
    {"annotations", read_annotation},
};

enum { LISTS = sizeof lists / sizeof *lists };

static det_status read_list(struct parser *p,
                            det_status (*read)(struct parser *p))
{
    bool more;
    DET_TRY(det_json_expect(&p->json, '['));
    more = !det_json_accept(&p->json, ']');
    while (more) {
        det_json_peek(&p->json);
        DET_TRY(read(p));
        DET_TRY(det_json_next(&p->json, ']', &more));
    }
    return DET_OK;
}

static det_status read_member(struct parser *p, bool found[LISTS])
{
    struct det_json_span key;
    det_json_peek(&p->json);
    const size_t at = p->json.at;
    DET_TRY(det_coco_key(&p->json, &key));
    for (int i = 0; i < LISTS; i++) {
        if (!det_json_span_is(key, lists[i].key))
            continue;
        if (found[i])
            return det_json_fail(&p->json, at, "the key occurs twice");
        found[i] = true;
        return read_list(p, lists[i].read);
    }
    return det_json_skip(&p->json, NULL);
}

static det_status read_file(struct parser *p)
{
    bool found[LISTS] = {false}, more;
    if (det_json_peek(&p->json) == '[')
        return det_json_fail(&p->json, p->json.at,
                             "a list, as results files are; annotations are "
                             "an object with \"images\", \"annotations\" and "
                             "\"categories\"");
    DET_TRY(det_json_expect(&p->json, '{'));
    more = !det_json_accept(&p->json, '}');
    while (more) {
        DET_TRY(read_member(p, found));
        DET_TRY(det_json_next(&p->json, '}', &more));
    }
    DET_TRY(det_json_end(&p->json));
    for (int i = 0; i < LISTS; i++)
        if (!found[i])
            return det_fail(p->json.message, DET_ERROR_DATASET,
                            "there is no \"%s\" list", lists[i].key);
    det_dataset_finish(p->out);
    return DET_OK;
}

det_status det_coco_json_parse(struct det_dataset *out, const char *text,
                               size_t size, struct det_message *message)
{
    struct parser parser = {.out = out,
                            .json = {.text = text,
                                     .size = size,
                                     .refusal = DET_ERROR_DATASET,
                                     .message = message}};
    *out = (struct det_dataset){0};
    const det_status status = read_file(&parser);
    if (status != DET_OK)
        det_dataset_clear(out);
    return status;
}

det_status det_coco_json_open(struct det_dataset *out, const char *path,
                              struct det_message *message)
{
    struct det_mapping mapping;
    *out = (struct det_dataset){0};
    DET_TRY(det_mapping_open(&mapping, path, message));
    const det_status status = det_coco_json_parse(
        out, (const char *)mapping.data, mapping.size, message);
    if (status != DET_OK) {
        det_mapping_close(&mapping);
        det_message_prefix(message, path);
        return status;
    }
    out->mapping = mapping;
    return DET_OK;
}
