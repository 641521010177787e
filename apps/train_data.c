/* SPDX-License-Identifier: MIT */
#include "apps/train_data.h"

#include <stdio.h>
#include <string.h>

/* What is needed to load anything. */
struct loading {
    const struct train_options *options;
    det_context *context;
    struct console *console;
};

static enum exit_code fail(const struct loading *l, const char *path,
                           det_status status)
{
    console_error_about(l->console, path, det_context_message(l->context));
    return exit_code_for_input(status);
}

static enum exit_code load_dataset(const struct loading *l, det_dataset **out,
                                   const char *path, const char *list)
{
    det_dataset_options options;
    det_dataset_options_init(&options);
    options.format = l->options->format;
    options.list = list;
    const det_status status = det_dataset_load(l->context, path, &options, out);
    if (status != DET_OK)
        return fail(l, path, status);
    console_note(l->console, "%s: %zu images, %zu categories", path,
                 det_dataset_image_count(*out),
                 det_dataset_category_count(*out));
    return EXIT_DONE;
}

static enum exit_code load_proposals(const struct loading *l, det_results **out,
                                     const det_dataset *data, const char *path)
{
    if (!path)
        return EXIT_DONE;
    const det_status status = det_results_load(l->context, data, path, out);
    if (status != DET_OK)
        return fail(l, path, status);
    console_note(l->console, "%s: %zu proposals", path,
                 det_results_count(*out));
    return EXIT_DONE;
}

/* The folder of the images where none is named: the annotations' own. */
static void choose_folder(char out[PATH_MAX], const char *images,
                          const char *annotations)
{
    const size_t length = strlen(annotations);
    const bool is_file =
        length > 5 && (strcmp(annotations + length - 5, ".json") == 0 ||
                       strcmp(annotations + length - 4, ".bin") == 0);
    snprintf(out, PATH_MAX, "%s", images ? images : annotations);
    if (images || !is_file)
        return;
    char *slash = strrchr(out, '/');
    if (slash)
        *slash = 0;
    else
        snprintf(out, PATH_MAX, ".");
}

enum exit_code train_data_load(struct train_data *out,
                               const struct train_options *options,
                               det_context *context, struct console *console)
{
    const struct loading l = {options, context, console};
    choose_folder(out->folder, options->images, options->data);
    enum exit_code code =
        load_dataset(&l, &out->data, options->data, options->list);
    if (code == EXIT_DONE)
        code =
            load_proposals(&l, &out->proposals, out->data, options->proposals);
    if (code != EXIT_DONE || !options->validation)
        return code;
    choose_folder(out->validation_folder, options->validation_images,
                  options->validation);
    code = load_dataset(&l, &out->validation, options->validation,
                        options->validation_list);
    return code == EXIT_DONE
               ? load_proposals(&l, &out->validation_proposals, out->validation,
                                options->validation_proposals)
               : code;
}

void train_data_free(struct train_data *data)
{
    det_results_destroy(&data->proposals);
    det_results_destroy(&data->validation_proposals);
    det_dataset_destroy(&data->data);
    det_dataset_destroy(&data->validation);
}

void train_data_give(const struct train_data *data, det_train_options *out)
{
    out->data = data->data;
    out->images = data->folder;
    out->proposals = data->proposals;
    out->validation = data->validation;
    out->validation_images = data->validation ? data->validation_folder : NULL;
    out->validation_proposals = data->validation_proposals;
}
