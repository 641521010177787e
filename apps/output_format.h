/* SPDX-License-Identifier: MIT */
/* Results on stdout, in one of several formats. */
#ifndef APPS_OUTPUT_FORMAT_H
#define APPS_OUTPUT_FORMAT_H

#include <stdint.h>
#include <stdio.h>

#include "apps/console.h"
#include "apps/exit_code.h"
#include "detect/detect.h"

struct image_record {
    const char *file;
    int64_t image_id;
    int32_t width;
    int32_t height;
    double milliseconds; /* decoding and detecting */
    const det_result *result;
};

struct output {
    FILE *stream;
    const struct output_format *format;
    const det_model *model;
    uint64_t images;  /* written so far */
    uint64_t objects; /* written so far */
    char *mask_text;  /* room for the longest mask of the image at hand */
    size_t mask_text_size;
};

/* One row for each format; a NULL function does nothing.  The functions only
 * print: whether it worked is seen once, from the stream. */
struct output_format {
    const char *name;
    void (*begin)(struct output *output);
    void (*image)(struct output *output, const struct image_record *record);
    void (*end)(struct output *output);
};

/* NULL when there is none of that name. */
const struct output_format *output_format_find(const char *name);

/* Each returns EXIT_DONE, or EXIT_OUTPUT or EXIT_MEMORY after a message.
 * Every image is flushed, so that a reader at the other end of a pipe sees it
 * at once.  The caller closes the list with output_end also when it stops
 * early, and calls output_free in any case. */
enum exit_code output_begin(struct output *output, struct console *console);
enum exit_code output_image(struct output *output,
                            const struct image_record *record,
                            struct console *console);
enum exit_code output_end(struct output *output, struct console *console);
void output_free(struct output *output);

/* For the formats: the text of a detection's mask (valid until the next
 * call), and its class name or, where it has none, the number, which is put
 * in `room`. */
const char *output_mask_text(struct output *output, const det_mask *mask);
const char *output_label(const struct output *output,
                         const det_detection *detection, char room[static 16]);

/* JSON: "[h,w]" and the text of a mask as COCO's segmentation object; a box
 * as [x,y,w,h] with all its digits. */
void output_write_segmentation(struct output *output, const det_mask *mask);
void output_write_box(struct output *output, const det_detection *detection);

extern const struct output_format output_text;
extern const struct output_format output_json;
extern const struct output_format output_jsonl;
extern const struct output_format output_csv;
extern const struct output_format output_coco;

#endif
