/* SPDX-License-Identifier: MIT */
/* COCO's "instances" files, written. */
#include <inttypes.h>
#include <math.h>

#include "datasets/coco_fields.h"
#include "datasets/save.h"
#include "datasets/text_writer.h"

static void put_image(FILE *out, const struct det_data_image *image)
{
    det_put(out, "{\"id\":%" PRId64, image->id);
    if (image->file_name[0]) {
        fputs(",\"file_name\":", out);
        det_put_json(out, image->file_name);
    }
    if (image->width || image->height)
        det_put(out, ",\"width\":%d,\"height\":%d", image->width,
                image->height);
    fputc('}', out);
}

static void put_category(FILE *out, const struct det_data_category *category)
{
    det_put(out, "{\"id\":%" PRId64 ",\"name\":", category->id);
    det_put_json(out, category->name);
    if (category->supercategory[0]) {
        fputs(",\"supercategory\":", out);
        det_put_json(out, category->supercategory);
    }
    fputc('}', out);
}

static void put_annotation(FILE *out, const struct det_annotation *a)
{
    det_put(out,
            "{\"id\":%" PRId64 ",\"image_id\":%" PRId64
            ",\"category_id\":%" PRId64,
            a->id, a->image_id, a->category_id);
    det_coco_put_box(out, a->box);
    if (isfinite(a->area)) {
        fputs(",\"area\":", out);
        det_put_number(out, a->area);
    }
    det_put(out, ",\"iscrowd\":%d", a->is_crowd);
    if (a->is_difficult)
        fputs(",\"difficult\":1", out);
    det_coco_put_segmentation(out, &a->segmentation);
    fputc('}', out);
}

static void put_all(struct det_saving *s, FILE *out)
{
    const struct det_dataset *d = s->dataset;
    const char *before = "";
    fputs("{\"images\":[", out);
    for (size_t i = 0; i < d->num_images; i++) {
        if (!det_saving_has(s, i))
            continue;
        det_put(out, "%s\n", before);
        put_image(out, &d->images[i]);
        before = ",";
    }
    fputs("],\n\"categories\":[", out);
    for (size_t i = 0; i < d->num_categories; i++) {
        fputs(i ? ",\n" : "\n", out);
        put_category(out, &d->categories[i]);
    }
    fputs("],\n\"annotations\":[", out);
    before = "";
    for (size_t i = 0; i < d->num_annotations; i++) {
        const struct det_annotation *a = &d->annotations[i];
        if (a->image == DET_NO_INDEX ? s->chosen != NULL
                                     : !det_saving_has(s, a->image))
            continue;
        det_put(out, "%s\n", before);
        put_annotation(out, a);
        before = ",";
    }
    fputs("]}\n", out);
}

det_status det_coco_write(struct det_saving *saving, const char *path)
{
    struct det_text_writer writer;
    DET_TRY(det_text_writer_open(&writer, path, saving->overwrite,
                                 saving->message));
    if (!saving->chosen)
        saving->losses.annotations = 0;
    put_all(saving, writer.out);
    return det_text_writer_close(&writer, DET_OK);
}
