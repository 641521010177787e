/* SPDX-License-Identifier: MIT */
/* One JSON object for each image: on lines of their own (jsonl), or as the
 * elements of one array (json). */
#include "apps/output_format.h"
#include "apps/text.h"

static void write_object(struct output *output, const det_detection *d)
{
    char room[16];
    fprintf(output->stream, "{\"category_id\":%d,\"label\":", (int)d->label);
    text_write_json(output->stream, output_label(output, d, room));
    fprintf(output->stream, ",\"score\":%.9g,\"bbox\":", (double)d->score);
    output_write_box(output, d);
    if (d->mask) {
        fputs(",\"segmentation\":", output->stream);
        output_write_segmentation(output, d->mask);
    }
    fputc('}', output->stream);
}

static void write_image(struct output *output,
                        const struct image_record *record)
{
    fputs("{\"file\":", output->stream);
    text_write_json(output->stream, record->file);
    fprintf(output->stream,
            ",\"width\":%d,\"height\":%d,\"ms\":%.3f,\"objects\":[",
            (int)record->width, (int)record->height, record->milliseconds);
    for (size_t i = 0; i < det_result_count(record->result); i++) {
        if (i > 0)
            fputc(',', output->stream);
        write_object(output, det_result_detection(record->result, i));
    }
    fputs("]}", output->stream);
}

static void line(struct output *output, const struct image_record *record)
{
    write_image(output, record);
    fputc('\n', output->stream);
}

static void begin_array(struct output *output)
{
    fputs("[\n", output->stream);
}

static void element(struct output *output, const struct image_record *record)
{
    if (output->images > 0)
        fputs(",\n", output->stream);
    write_image(output, record);
}

static void end_array(struct output *output)
{
    fputs(output->images > 0 ? "\n]\n" : "]\n", output->stream);
}

const struct output_format output_jsonl = {.name = "jsonl", .image = line};

const struct output_format output_json = {
    .name = "json", .begin = begin_array, .image = element, .end = end_array};
