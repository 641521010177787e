/* SPDX-License-Identifier: MIT */
#include "apps/detect_image.h"

#include <math.h>

#include "apps/input_image.h"
#include "apps/interrupt.h"
#include "apps/overlay.h"
#include "apps/picture_file.h"
#include "apps/progress.h"

static enum exit_code fail(const struct detect_job *job, size_t index,
                           det_status status, const char *message)
{
    if (interrupt_signal())
        return EXIT_INPUT; /* the user asked for it: nothing to report */
    console_error_about(job->console, input_name(&job->inputs.items[index]),
                        message);
    return exit_code_for_input(status);
}

void detect_image_load(struct detected_image *out, struct detect_job *job,
                       size_t index)
{
    struct ahead_image decoded;
    *out = (struct detected_image){.index = index, .code = EXIT_INPUT};
    if (!image_ahead_next(job->ahead, &decoded))
        return;
    out->image = decoded.image;
    out->decode_seconds = decoded.seconds;
    out->code = decoded.status == DET_OK
                    ? EXIT_DONE
                    : fail(job, index, decoded.status, decoded.message);
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

static void note_image(struct detected_image *image, struct detect_job *job)
{
    const det_pixels pixels = det_image_pixels(image->image);
    if (!is_finite(image->result)) {
        image->code = fail(job, image->index, DET_ERROR_NUMERIC,
                           "NaN or infinity in the result");
        return;
    }
    time_table_add(&job->times, image->decode_seconds, image->result);
    console_note(job->console, "%s: %dx%d, %zu objects, %.0f ms",
                 input_name(&job->inputs.items[image->index]),
                 (int)pixels.width, (int)pixels.height,
                 det_result_count(image->result), 1e3 * image->seconds);
}

static void run_alone(struct detected_image *image, struct detect_job *job)
{
    const det_pixels pixels = det_image_pixels(image->image);
    const double start = progress_clock();
    const det_status status =
        det_session_run(job->session, &pixels, &image->result);
    image->seconds = image->decode_seconds + progress_clock() - start;
    if (status == DET_OK)
        note_image(image, job);
    else
        image->code =
            fail(job, image->index, status, det_session_message(job->session));
}

/* One by one it is slower, so who watches must hear of it. */
static void give_up_batches(struct detect_job *job, det_status status)
{
    if (status == DET_ERROR_CANCELLED)
        return;
    job->batch_failed = true;
    console_warn(job->console, "--batch: %s; going on one by one",
                 det_session_message(job->session));
}

/* Those that are to be looked at together. */
struct together {
    struct detected_image *images[DET_MOST_IMAGES];
    det_pixels pixels[DET_MOST_IMAGES];
    size_t count;
};

static bool run_together(const struct together *t, struct detect_job *job)
{
    det_result *results[DET_MOST_IMAGES];
    const double start = progress_clock();
    const det_status status =
        det_session_run_batch(job->session, t->pixels, t->count, results);
    const double share = (progress_clock() - start) / (double)t->count;
    if (status != DET_OK)
        give_up_batches(job, status);
    for (size_t i = 0; status == DET_OK && i < t->count; i++) {
        t->images[i]->result = results[i];
        t->images[i]->seconds = t->images[i]->decode_seconds + share;
        note_image(t->images[i], job);
    }
    return status == DET_OK;
}

void detect_images_run(struct detected_image *images, size_t count,
                       struct detect_job *job)
{
    struct together t = {.count = 0};
    for (size_t i = 0; i < count; i++)
        if (images[i].code == EXIT_DONE) {
            t.pixels[t.count] = det_image_pixels(images[i].image);
            t.images[t.count++] = &images[i];
        }
    if (t.count > 1 && !job->batch_failed && run_together(&t, job))
        return;
    for (size_t i = 0; i < t.count; i++)
        run_alone(t.images[i], job);
}

static enum exit_code write_overlay(const struct detected_image *image,
                                    const det_pixels *pixels,
                                    struct detect_job *job)
{
    const struct overlay_scene scene = {
        .name = input_name(&job->inputs.items[image->index]),
        .pixels = pixels,
        .result = image->result,
        .model = job->models.models[0],
        .style = &job->options->style,
    };
    cairo_surface_t *surface;
    enum exit_code code = overlay_draw(&surface, &scene, job->console);
    if (code != EXIT_DONE)
        return code;
    code =
        picture_write(surface, job->overlays.paths[image->index], job->console);
    cairo_surface_destroy(surface);
    if (code == EXIT_DONE)
        console_note(job->console, "%s: written",
                     job->overlays.paths[image->index]);
    return code;
}

enum exit_code detect_image_write(const struct detected_image *image,
                                  struct detect_job *job)
{
    det_pixels pixels = det_image_pixels(image->image);
    const struct image_record record = {
        .file = job->inputs.items[image->index].path,
        .image_id = job->image_ids ? job->image_ids[image->index] : 0,
        .width = pixels.width,
        .height = pixels.height,
        .milliseconds = 1e3 * image->seconds,
        .result = image->result,
    };
    enum exit_code code = output_image(&job->output, &record, job->console);
    if (code == EXIT_DONE && job->overlays.count > 0)
        code = write_overlay(image, &pixels, job);
    return code;
}

void detect_image_free(struct detected_image *image)
{
    det_result_destroy(&image->result);
    det_image_destroy(&image->image);
}
