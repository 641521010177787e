/* SPDX-License-Identifier: MIT */
/* One line for each object, fields parted by tabs. */
#include "apps/output_format.h"
#include "apps/text.h"

static void image(struct output *output, const struct image_record *record)
{
    char room[16];
    for (size_t i = 0; i < det_result_count(record->result); i++) {
        const det_detection *d = det_result_detection(record->result, i);
        text_write_field(output->stream, record->file);
        fputc('\t', output->stream);
        text_write_field(output->stream, output_label(output, d, room));
        fprintf(output->stream, "\t%.4f\t%.2f\t%.2f\t%.2f\t%.2f\n",
                (double)d->score, (double)d->x, (double)d->y, (double)d->w,
                (double)d->h);
    }
}

const struct output_format output_text = {.name = "text", .image = image};
