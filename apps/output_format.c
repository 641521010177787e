/* SPDX-License-Identifier: MIT */
#include "apps/output_format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/text.h"

static const struct output_format *const formats[] = {
    &output_text, &output_json, &output_jsonl, &output_csv, &output_coco,
};

const struct output_format *output_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

static enum exit_code flush(struct output *output, struct console *console)
{
    if (fflush(output->stream) == 0 && !ferror(output->stream))
        return EXIT_DONE;
    console_error(console, "cannot write to standard output: %s",
                  strerror(errno));
    return EXIT_OUTPUT;
}

/* Done before anything of an image is printed, so that running out of memory
 * leaves no half object behind. */
static bool reserve_mask_text(struct output *output, const det_result *result)
{
    size_t needed = 1;
    for (size_t i = 0; i < det_result_count(result); i++) {
        const det_mask *mask = det_result_detection(result, i)->mask;
        size_t length = mask ? det_mask_text(mask, NULL, 0) : 0;
        if (length >= needed)
            needed = length + 1;
    }
    if (needed <= output->mask_text_size)
        return true;
    char *larger = realloc(output->mask_text, needed);
    if (!larger)
        return false;
    output->mask_text = larger;
    output->mask_text_size = needed;
    return true;
}

enum exit_code output_begin(struct output *output, struct console *console)
{
    if (output->format->begin)
        output->format->begin(output);
    return flush(output, console);
}

enum exit_code output_image(struct output *output,
                            const struct image_record *record,
                            struct console *console)
{
    if (!reserve_mask_text(output, record->result)) {
        console_error(console, "%s: out of memory", record->file);
        return EXIT_MEMORY;
    }
    output->format->image(output, record);
    output->images++;
    return flush(output, console);
}

enum exit_code output_end(struct output *output, struct console *console)
{
    if (output->format->end)
        output->format->end(output);
    enum exit_code code = flush(output, console);
    /* A full disk may show only now (NFS, quotas). */
    if (fclose(output->stream) != 0 && code == EXIT_DONE) {
        console_error(console, "cannot write to standard output: %s",
                      strerror(errno));
        code = EXIT_OUTPUT;
    }
    return code;
}

void output_free(struct output *output)
{
    free(output->mask_text);
    output->mask_text = NULL;
}

const char *output_mask_text(struct output *output, const det_mask *mask)
{
    det_mask_text(mask, output->mask_text, output->mask_text_size);
    return output->mask_text;
}

const char *output_label(const struct output *output,
                         const det_detection *detection, char room[static 16])
{
    const char *name = det_model_label_name(output->model, detection->label);
    if (name && *name)
        return name;
    snprintf(room, 16, "%d", (int)detection->label);
    return room;
}

void output_write_segmentation(struct output *output, const det_mask *mask)
{
    fprintf(output->stream, "{\"size\":[%d,%d],\"counts\":", mask->height,
            mask->width);
    /* The text may hold a backslash, which JSON wants doubled. */
    text_write_json(output->stream, output_mask_text(output, mask));
    fputc('}', output->stream);
}

void output_write_box(struct output *output, const det_detection *detection)
{
    /* Nine digits bring every float back exactly. */
    fprintf(output->stream, "[%.9g,%.9g,%.9g,%.9g]", (double)detection->x,
            (double)detection->y, (double)detection->w, (double)detection->h);
}
