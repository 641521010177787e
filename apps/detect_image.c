/* SPDX-License-Identifier: MIT */
#include "apps/detect_image.h"

#include <math.h>

#include "apps/input_image.h"
#include "apps/interrupt.h"
#include "apps/overlay.h"
#include "apps/picture_file.h"
#include "apps/progress.h"

static enum exit_code fail(struct detect_job *job, const struct input *input,
                           det_status status, const char *message)
{
    if (interrupt_signal())
        return EXIT_INPUT; /* the user asked for it: nothing to report */
    console_error_about(job->console, input_name(input), message);
    return exit_code_for_input(status);
}

/* The outputs promise numbers; JSON has no NaN at all. */
static bool is_finite(const det_result *result)
{
    for (size_t i = 0; i < det_result_count(result); i++) {
        const det_detection *d = det_result_detection(result, i);
        if (!isfinite(d->score) || !isfinite(d->x) || !isfinite(d->y) ||
            !isfinite(d->w) || !isfinite(d->h))
            return false;
    }
    return true;
}

enum exit_code detect_image_run(struct detected_image *out,
                                struct detect_job *job, size_t index)
{
    const struct input *input = &job->inputs.items[index];
    double start = progress_clock();
    det_status status =
        input_load(&out->image, job->context, input, &job->options->image);
    if (status != DET_OK)
        return fail(job, input, status, det_context_message(job->context));
    out->decode_seconds = progress_clock() - start;
    det_pixels pixels = det_image_pixels(out->image);
    status = det_session_run(job->session, &pixels, &out->result);
    if (status != DET_OK)
        return fail(job, input, status, det_session_message(job->session));
    if (!is_finite(out->result))
        return fail(job, input, DET_ERROR_NUMERIC,
                    "NaN or infinity in the result");
    out->seconds = progress_clock() - start;
    time_table_add(&job->times, out->decode_seconds, out->result);
    console_note(job->console, "%s: %dx%d, %zu objects, %.0f ms",
                 input_name(input), (int)pixels.width, (int)pixels.height,
                 det_result_count(out->result), 1e3 * out->seconds);
    return EXIT_DONE;
}

static enum exit_code write_overlay(const struct detected_image *image,
                                    const det_pixels *pixels,
                                    struct detect_job *job, size_t index)
{
    const struct overlay_scene scene = {
        .name = input_name(&job->inputs.items[index]),
        .pixels = pixels,
        .result = image->result,
        .model = job->models.models[0],
        .style = &job->options->style,
    };
    cairo_surface_t *surface;
    enum exit_code code = overlay_draw(&surface, &scene, job->console);
    if (code != EXIT_DONE)
        return code;
    code = picture_write(surface, job->overlays.paths[index], job->console);
    cairo_surface_destroy(surface);
    if (code == EXIT_DONE)
        console_note(job->console, "%s: written", job->overlays.paths[index]);
    return code;
}

enum exit_code detect_image_write(const struct detected_image *image,
                                  struct detect_job *job, size_t index)
{
    det_pixels pixels = det_image_pixels(image->image);
    const struct image_record record = {
        .file = job->inputs.items[index].path,
        .image_id = job->image_ids ? job->image_ids[index] : 0,
        .width = pixels.width,
        .height = pixels.height,
        .milliseconds = 1e3 * image->seconds,
        .result = image->result,
    };
    enum exit_code code = output_image(&job->output, &record, job->console);
    if (code == EXIT_DONE && job->overlays.count > 0)
        code = write_overlay(image, &pixels, job, index);
    return code;
}

void detect_image_free(struct detected_image *image)
{
    det_result_destroy(&image->result);
    det_image_destroy(&image->image);
}
