/* SPDX-License-Identifier: MIT */
/* The results array that COCO's evaluation tools load. */
#include <inttypes.h>

#include "apps/output_format.h"

static void begin(struct output *output)
{
    fputs("[\n", output->stream);
}

static void image(struct output *output, const struct image_record *record)
{
    for (size_t i = 0; i < det_result_count(record->result); i++) {
        const det_detection *d = det_result_detection(record->result, i);
        if (output->objects++ > 0)
            fputs(",\n", output->stream);
        fprintf(output->stream,
                "{\"image_id\":%" PRId64 ",\"category_id\":%d,\"bbox\":",
                record->image_id, (int)d->label);
        output_write_box(output, d);
        fprintf(output->stream, ",\"score\":%.9g", (double)d->score);
        if (d->mask) {
            fputs(",\"segmentation\":", output->stream);
            output_write_segmentation(output, d->mask);
        }
        fputc('}', output->stream);
    }
}

static void end(struct output *output)
{
    fputs(output->objects > 0 ? "\n]\n" : "]\n", output->stream);
}

const struct output_format output_coco = {
    .name = "coco", .begin = begin, .image = image, .end = end};
