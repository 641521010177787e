/* SPDX-License-Identifier: MIT */
/* What a training reads: data sets, and where their images are. */
#ifndef APPS_TRAIN_DATA_H
#define APPS_TRAIN_DATA_H

#include <limits.h>

#include "apps/console.h"
#include "apps/train_options.h"

struct train_data {
    det_dataset *data, *validation;                /* NULL: none */
    det_results *proposals, *validation_proposals; /* likewise */
    char folder[PATH_MAX], validation_folder[PATH_MAX];
};

/* Everything that the options name; a failure is said. */
enum exit_code train_data_load(struct train_data *out,
                               const struct train_options *options,
                               det_context *context, struct console *console);
void train_data_free(struct train_data *data);

/* What the trainer is to know of it: valid as long as both are there. */
void train_data_give(const struct train_data *data, det_train_options *out);

#endif
