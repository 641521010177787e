/* SPDX-License-Identifier: MIT */
/* detect-data convert and split */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/data_job.h"

static void say_what_was_lost(struct data_job *job, const char *path,
                              const det_dataset_losses *losses)
{
    if (losses->annotations)
        console_warn(job->console,
                     "%s: %zu annotations were left out: of an unknown image "
                     "or category, without a box or in an image of unknown "
                     "size%s",
                     path, losses->annotations,
                     det_dataset_is_classification(job->dataset)
                         ? " (classification: no annotation has a box; coco "
                           "keeps the classes)"
                         : "");
    if (losses->masks)
        console_warn(job->console,
                     "%s: %zu masks became boxes: the format cannot hold them",
                     path, losses->masks);
    if (losses->crowds)
        console_warn(job->console,
                     "%s: %zu crowds are no longer marked as such", path,
                     losses->crowds);
}

static enum exit_code save(struct data_job *job, const char *path,
                           const char *format, const uint8_t *chosen)
{
    det_dataset_save_options options;
    det_dataset_losses losses = {0};
    det_dataset_save_options_init(&options);
    options.format = format;
    options.images = chosen;
    options.overwrite = job->options->force;
    const det_status status =
        det_dataset_save(job->context, job->dataset, path, &options, &losses);
    if (status == DET_OK) {
        say_what_was_lost(job, path, &losses);
        return EXIT_DONE;
    }
    console_error_about(job->console, path, det_context_message(job->context));
    if (status == DET_ERROR_WRITE && !job->options->force &&
        strstr(det_context_message(job->context), "is not replaced"))
        console_error(job->console, "--force replaces what is there");
    return exit_code_for_input(status);
}

enum exit_code data_convert(struct data_job *job)
{
    const struct data_options *o = job->options;
    const enum exit_code code = save(job, o->output, o->to, NULL);
    if (code == EXIT_DONE && o->verbosity >= 0)
        fprintf(stderr, "%s: written: %zu images as %s\n", o->output,
                det_dataset_image_count(job->dataset), o->to);
    return code;
}

/* -------------------------------------------------------------------- split */

/* Name number `part` of the list. */
static bool name_part(char *out, size_t size, const struct data_options *o,
                      size_t part)
{
    const char *list = o->names       ? o->names
                       : o->parts > 3 ? NULL
                                      : "train,val,test";
    if (!list)
        return snprintf(out, size, "part%zu", part + 1) > 0;
    for (; part > 0; part--) {
        list += strcspn(list, ",");
        if (*list++ == 0)
            return false;
    }
    const size_t length = strcspn(list, ",");
    if (length == 0 || length >= size || list[0] == '.' ||
        memchr(list, '/', length))
        return false;
    memcpy(out, list, length);
    out[length] = 0;
    return true;
}

static enum exit_code save_part(struct data_job *job, const uint32_t *parts,
                                size_t part, uint8_t *chosen, bool only_look)
{
    const size_t images = det_dataset_image_count(job->dataset);
    struct stat about;
    char name[128], *path;
    size_t count = 0;
    if (!name_part(name, sizeof name, job->options, part)) {
        console_error(job->console,
                      "--names needs a name without slashes for each of the "
                      "%zu parts",
                      job->options->parts);
        return EXIT_USAGE;
    }
    if (asprintf(&path, "%s/%s.json", job->options->output, name) < 0)
        return EXIT_MEMORY;
    enum exit_code code = EXIT_DONE;
    if (only_look && !job->options->force && lstat(path, &about) == 0) {
        console_error(job->console, "%s: is there already; --force replaces it",
                      path);
        code = EXIT_OUTPUT;
    }
    for (size_t i = 0; i < images; i++) {
        chosen[i] = parts[i] == part;
        count += chosen[i];
    }
    if (code == EXIT_DONE && !only_look) {
        code = save(job, path, "coco", chosen);
        if (code == EXIT_DONE && job->options->verbosity >= 0)
            fprintf(stderr, "%s: written: %zu images\n", path, count);
    }
    free(path);
    return code;
}

static enum exit_code split(struct data_job *job, uint32_t *parts,
                            uint8_t *chosen)
{
    const struct data_options *o = job->options;
    const det_status status = det_dataset_split(
        job->context, job->dataset, o->fractions, o->parts, o->seed, parts);
    if (status != DET_OK)
        return data_report(job, o->annotations, status);
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; i < o->parts && code == EXIT_DONE; i++)
        code = save_part(job, parts, i, chosen, true);
    if (code == EXIT_DONE)
        code = data_make_folder(job, o->output);
    for (size_t i = 0; i < o->parts && code == EXIT_DONE; i++)
        code = save_part(job, parts, i, chosen, false);
    return code;
}

enum exit_code data_split(struct data_job *job)
{
    const size_t images = det_dataset_image_count(job->dataset);
    uint32_t *parts = calloc(images + 1, sizeof *parts);
    uint8_t *chosen = calloc(images + 1, sizeof *chosen);
    enum exit_code code = EXIT_MEMORY;
    if (parts && chosen)
        code = split(job, parts, chosen);
    else
        console_error(job->console, "out of memory");
    free(parts);
    free(chosen);
    return code;
}
