/* SPDX-License-Identifier: MIT */
#include "apps/model_list.h"

bool model_list_add(struct model_list *list, const char *path)
{
    if (list->count == MODEL_LIST_MOST)
        return false;
    list->paths[list->count++] = path;
    return true;
}

/* A precision that the device has not is the command line's fault. */
static enum exit_code code_for(det_status status)
{
    return status == DET_ERROR_ARGUMENT ? EXIT_USAGE
                                        : exit_code_for_model(status);
}

enum exit_code model_list_load(struct model_list *list, det_context *context,
                               struct console *console)
{
    for (size_t i = 0; i < list->count; i++) {
        det_model **model = &list->models[i];
        const det_status status = det_model_load_with_precision(
            context, list->paths[i], list->device, list->precision, model);
        if (status != DET_OK) {
            console_error_about(console, list->paths[i],
                                det_context_message(context));
            return code_for(status);
        }
        console_note(console, "%s: %s, preset %s, %d labels%s", list->paths[i],
                     det_model_architecture(*model), det_model_preset(*model),
                     (int)det_model_label_count(*model),
                     det_model_has_masks(*model) ? ", masks" : "");
    }
    return EXIT_DONE;
}

void model_list_destroy(struct model_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        det_model_destroy(&list->models[i]);
}
