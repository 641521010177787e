/* SPDX-License-Identifier: MIT */
/* detect-data scenes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/data_job.h"
#include "apps/interrupt.h"
#include "apps/overlay.h"
#include "apps/picture_file.h"
#include "apps/progress.h"

struct scenes_job {
    struct data_job *job;
    char *folder; /* of the pictures */
    struct progress progress;
    size_t written;
    enum exit_code code; /* of the picture that stopped it */
};

static enum exit_code write_picture(struct scenes_job *s, const char *name,
                                    const det_pixels *pixels)
{
    char *path;
    struct stat about;
    cairo_surface_t *surface = NULL;
    if (asprintf(&path, "%s/%s", s->folder, name) < 0)
        return EXIT_MEMORY;
    enum exit_code code = EXIT_OUTPUT;
    if (!s->job->options->force && lstat(path, &about) == 0)
        console_error(s->job->console,
                      "%s: is there already; --force replaces it", path);
    else
        code = overlay_photo(&surface, path, pixels, s->job->console);
    if (code == EXIT_DONE)
        code = picture_write(surface, path, s->job->console);
    if (surface)
        cairo_surface_destroy(surface);
    free(path);
    return code;
}

static int take_picture(void *user, const char *name, const det_pixels *pixels)
{
    struct scenes_job *s = user;
    const int signal = interrupt_signal();
    progress_show(&s->progress, s->written, name);
    s->code = signal ? (enum exit_code)(128 + signal)
                     : write_picture(s, name, pixels);
    s->written += s->code == EXIT_DONE;
    return s->code != EXIT_DONE;
}

static enum exit_code make_scenes(struct scenes_job *s)
{
    struct data_job *job = s->job;
    const struct data_options *o = job->options;
    det_scene_options options;
    det_scene_options_init(&options);
    options.seed = o->seed;
    options.width = o->width;
    options.height = o->height;
    options.min_objects = o->min_objects;
    options.max_objects = o->max_objects;
    options.picture = take_picture;
    options.user = s;
    progress_begin(&s->progress, job->console, (size_t)o->count,
                   !o->no_progress && o->verbosity >= 0);
    const det_status status = det_scenes_make(job->context, &options,
                                              (size_t)o->count, &job->dataset);
    console_clear(job->console);
    if (status == DET_ERROR_CANCELLED)
        return s->code;
    return status == DET_OK ? EXIT_DONE : data_report(job, o->output, status);
}

static enum exit_code write_annotations(struct data_job *job)
{
    char *path;
    det_dataset_save_options options;
    det_dataset_save_options_init(&options);
    options.overwrite = job->options->force;
    if (asprintf(&path, "%s/scenes.json", job->options->output) < 0)
        return EXIT_MEMORY;
    const det_status status =
        det_dataset_save(job->context, job->dataset, path, &options, NULL);
    const enum exit_code code =
        status == DET_OK ? EXIT_DONE : data_report(job, path, status);
    free(path);
    return code;
}

enum exit_code data_scenes(struct data_job *job)
{
    struct scenes_job s = {.job = job};
    if (asprintf(&s.folder, "%s/images", job->options->output) < 0)
        return EXIT_MEMORY;
    enum exit_code code = data_make_folder(job, job->options->output);
    if (code == EXIT_DONE)
        code = data_make_folder(job, s.folder);
    if (code == EXIT_DONE)
        code = make_scenes(&s);
    if (code == EXIT_DONE)
        code = write_annotations(job);
    if (code == EXIT_DONE && job->options->verbosity >= 0)
        fprintf(stderr, "%s: %zu scenes with %zu objects\n",
                job->options->output, s.written,
                det_dataset_annotation_count(job->dataset));
    free(s.folder);
    return code;
}
