/* SPDX-License-Identifier: MIT */
#include "datasets/outline_text.h"

#include <stdlib.h>

#include "datasets/text_writer.h"

static void drop(struct det_outline_text *outline)
{
    if (outline->stream)
        fclose(outline->stream);
    free(outline->text);
    outline->stream = NULL;
    outline->text = NULL;
}

det_status det_outline_text_begin(struct det_outline_text *outline,
                                  struct det_message *message)
{
    drop(outline);
    outline->parts = 0;
    outline->stream = open_memstream(&outline->text, &outline->size);
    if (!outline->stream)
        return det_fail_memory(message, BUFSIZ);
    fputc('[', outline->stream);
    return DET_OK;
}

void det_outline_text_part(struct det_outline_text *outline, const double *xy,
                           size_t points)
{
    fputs(outline->parts++ ? ",[" : "[", outline->stream);
    for (size_t i = 0; i < 2 * points; i++) {
        fputs(i ? "," : "", outline->stream);
        det_put_number(outline->stream, xy[i]);
    }
    fputc(']', outline->stream);
}

static det_status set_area(struct det_outline_text *outline,
                           struct det_annotation *annotation,
                           const struct det_data_image *image,
                           struct det_message *message)
{
    struct det_rle mask;
    struct det_message reason = {.text = ""};
    const det_status status = det_segmentation_mask(
        &mask, &outline->scratch, &annotation->segmentation, image->width,
        image->height, &reason);
    if (status == DET_ERROR_MEMORY)
        return det_fail(message, status, "%s", reason.text);
    annotation->area = 0;
    if (status == DET_OK) {
        const det_mask view = det_rle_view(&mask);
        annotation->area = (double)det_mask_area(&view);
    }
    det_rle_destroy(&mask);
    return DET_OK;
}

det_status det_outline_text_end(struct det_outline_text *outline,
                                struct det_dataset *dataset,
                                struct det_annotation *annotation,
                                const struct det_data_image *image,
                                struct det_message *message)
{
    struct det_segmentation *s = &annotation->segmentation;
    fputc(']', outline->stream);
    const bool failed = ferror(outline->stream);
    const bool closed = fclose(outline->stream) == 0;
    outline->stream = NULL;
    if (failed || !closed)
        return det_fail_memory(message, outline->size);
    *s = (struct det_segmentation){.kind = DET_SEGMENTATION_POLYGONS,
                                   .span.size = outline->size};
    DET_TRY(det_text_pool_add(&dataset->texts, &s->span.text, outline->text,
                              outline->size, message));
    return set_area(outline, annotation, image, message);
}

void det_outline_text_destroy(struct det_outline_text *outline)
{
    drop(outline);
    det_segmentation_scratch_destroy(&outline->scratch);
}
