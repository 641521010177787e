/* SPDX-License-Identifier: MIT */
/* detect-data draw */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "apps/data_job.h"
#include "apps/inputs.h"
#include "apps/interrupt.h"
#include "apps/overlay.h"
#include "apps/overlay_names.h"
#include "apps/picture_file.h"
#include "apps/progress.h"

struct drawing {
    struct data_job *job;
    const char *images; /* folder */
    const char **names; /* of the categories */
    struct inputs inputs;
    struct overlay_names outputs;
    struct progress progress;
    size_t drawn;
};

static enum exit_code no_memory(struct data_job *job)
{
    console_error(job->console, "out of memory");
    return EXIT_MEMORY;
}

static bool list_names(struct drawing *d)
{
    const det_dataset *dataset = d->job->dataset;
    det_dataset_category category;
    d->names =
        calloc(det_dataset_category_count(dataset) + 1, sizeof *d->names);
    for (size_t i = 0;
         d->names && det_dataset_get_category(dataset, i, &category); i++)
        d->names[i] = category.name;
    return d->names != NULL;
}

/* The images as inputs of `detect` would be listed, to be named like them. */
static bool list_inputs(struct drawing *d)
{
    const struct data_options *o = d->job->options;
    size_t count = det_dataset_image_count(d->job->dataset);
    det_dataset_image image;
    if (o->most_images && o->most_images < count)
        count = o->most_images;
    d->inputs.has_folder = true;
    d->inputs.items = calloc(count + 1, sizeof *d->inputs.items);
    if (!d->inputs.items)
        return false;
    for (size_t i = 0; i < count; i++) {
        det_dataset_get_image(d->job->dataset, i, &image);
        if (asprintf(&d->inputs.items[i].path, "%s/%s", d->images,
                     image.file_name) < 0) {
            d->inputs.items[i].path = NULL;
            return false;
        }
        d->inputs.count++;
    }
    return true;
}

static bool may_write(struct drawing *d, const char *path)
{
    struct stat about;
    if (d->job->options->force || lstat(path, &about) != 0)
        return true;
    console_clear(d->job->console);
    console_error(d->job->console, "%s: is there already; --force replaces it",
                  path);
    return false;
}

static enum exit_code draw_objects(struct drawing *d, size_t index,
                                   const det_image *image,
                                   const det_result *objects)
{
    const det_pixels pixels = det_image_pixels(image);
    /* With one class its name says nothing and hides much. */
    const bool one_class = det_dataset_category_count(d->job->dataset) == 1;
    const struct overlay_style style = {.masks = true,
                                        .boxes = true,
                                        .labels = !one_class,
                                        .object_colours = one_class};
    const struct overlay_scene scene = {
        .name = d->inputs.items[index].path,
        .pixels = &pixels,
        .result = objects,
        .names = d->names,
        .name_count = det_dataset_category_count(d->job->dataset),
        .style = &style};
    cairo_surface_t *surface;
    enum exit_code code = overlay_draw(&surface, &scene, d->job->console);
    if (code != EXIT_DONE)
        return code;
    code = picture_write(surface, d->outputs.paths[index], d->job->console);
    cairo_surface_destroy(surface);
    return code;
}

static enum exit_code draw_image(struct drawing *d, size_t index)
{
    struct data_job *job = d->job;
    det_image *image = NULL;
    det_result *objects = NULL;
    if (!may_write(d, d->outputs.paths[index]))
        return EXIT_OUTPUT;
    det_status status = det_dataset_load_image(job->context, job->dataset,
                                               index, d->images, NULL, &image);
    if (status == DET_OK)
        status =
            det_dataset_objects(job->context, job->dataset, index, &objects);
    enum exit_code code;
    if (status == DET_OK) {
        code = draw_objects(d, index, image, objects);
        d->drawn += code == EXIT_DONE;
    } else {
        console_error_about(job->console, d->inputs.items[index].path,
                            det_context_message(job->context));
        code = status == DET_ERROR_MEMORY ? EXIT_MEMORY : EXIT_INPUT;
    }
    det_result_destroy(&objects);
    det_image_destroy(&image);
    return code;
}

/* A broken image is named and the others are drawn. */
static enum exit_code draw_all(struct drawing *d)
{
    enum exit_code worst = EXIT_DONE;
    progress_begin(&d->progress, d->job->console, d->inputs.count,
                   !d->job->options->no_progress &&
                       d->job->options->verbosity >= 0);
    for (size_t i = 0; i < d->inputs.count; i++) {
        const int signal = interrupt_signal();
        if (signal) {
            console_clear(d->job->console);
            return (enum exit_code)(128 + signal);
        }
        progress_show(&d->progress, i, d->inputs.items[i].path);
        const enum exit_code code = draw_image(d, i);
        worst = exit_code_worse(worst, code);
        if (code == EXIT_MEMORY || code == EXIT_OUTPUT)
            break;
    }
    console_clear(d->job->console);
    return worst;
}

/* What cannot be drawn, or not at all, is said before anything is made. */
static enum exit_code prepare(struct drawing *d)
{
    struct data_job *job = d->job;
    d->images = job->options->images ? job->options->images
                                     : det_dataset_folder(job->dataset);
    if (!d->images) {
        console_error(job->console, "where are the images? add --images DIR "
                                    "(see detect-data -h)");
        return EXIT_USAGE;
    }
    if (det_dataset_is_classification(job->dataset))
        console_warn(job->console,
                     "%s: classification: there are no boxes to draw; the "
                     "pictures are written as they are",
                     job->options->annotations);
    return EXIT_DONE;
}

enum exit_code data_draw(struct data_job *job)
{
    struct drawing d = {.job = job};
    enum exit_code code = prepare(&d);
    if (code == EXIT_DONE)
        code = data_make_folder(job, job->options->output);
    if (code == EXIT_DONE && (!list_names(&d) || !list_inputs(&d)))
        code = no_memory(job);
    if (code == EXIT_DONE)
        code = overlay_names_plan(&d.outputs, job->options->output, &d.inputs,
                                  job->console);
    if (code == EXIT_DONE)
        code = draw_all(&d);
    if (d.drawn && job->options->verbosity >= 0)
        fprintf(stderr, "%s: %zu pictures\n", job->options->output, d.drawn);
    overlay_names_free(&d.outputs);
    for (size_t i = 0; i < d.inputs.count; i++)
        free(d.inputs.items[i].path);
    free(d.inputs.items);
    free(d.names);
    return code;
}
