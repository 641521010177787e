/* SPDX-License-Identifier: MIT */
/* Running the detector over a data set's images. */
#ifndef APPS_EVAL_RUN_H
#define APPS_EVAL_RUN_H

#include "apps/console.h"
#include "apps/eval_options.h"

/* Fill `results`; judged[i] becomes 1 for each image i of the data set that
 * was done, now or in the run before.  *has_masks as the model has. */
enum exit_code eval_run(det_results *results, uint8_t *judged, bool *has_masks,
                        det_context *context, const det_dataset *dataset,
                        const struct eval_options *options,
                        struct console *console);

#endif
