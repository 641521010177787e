/* SPDX-License-Identifier: MIT */
/* Comma-separated values.  The first seven columns are those of the
 * supervision package's CSV files, to which programs are used. */
#include "apps/output_format.h"
#include "apps/text.h"

static void begin(struct output *output)
{
    fputs("x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,"
          "class_name,file\n",
          output->stream);
}

static void image(struct output *output, const struct image_record *record)
{
    for (size_t i = 0; i < det_result_count(record->result); i++) {
        const det_detection *d = det_result_detection(record->result, i);
        const char *name = det_model_label_name(output->model, d->label);
        fprintf(output->stream, "%.9g,%.9g,%.9g,%.9g,%d,%.9g,,", (double)d->x,
                (double)d->y, (double)(d->x + d->w), (double)(d->y + d->h),
                (int)d->label, (double)d->score);
        text_write_csv(output->stream, name ? name : "");
        fputc(',', output->stream);
        text_write_csv(output->stream, record->file);
        fputc('\n', output->stream);
    }
}

const struct output_format output_csv = {
    .name = "csv", .begin = begin, .image = image};
