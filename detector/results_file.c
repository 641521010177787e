/* SPDX-License-Identifier: MIT */
/* The public calls on results. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "datasets/results_journal.h"
#include "detect/eval.h"
#include "detector/context.h"

static det_status create(det_results **out, const det_dataset *dataset,
                         struct det_message *message)
{
    *out = NULL;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    (*out)->dataset = dataset;
    return DET_OK;
}

det_status det_results_create(det_context *context, const det_dataset *dataset,
                              det_results **out)
{
    if (!context || !dataset || !out)
        return DET_ERROR_ARGUMENT;
    return create(out, dataset, det_context_sink(context));
}

det_status det_results_load(det_context *context, const det_dataset *dataset,
                            const char *path, det_results **out)
{
    if (!context || !dataset || !path || !out)
        return DET_ERROR_ARGUMENT;
    DET_TRY(create(out, dataset, det_context_sink(context)));
    const det_status status = det_results_append(context, *out, path);
    if (status != DET_OK)
        det_results_destroy(out);
    return status;
}

det_status det_results_append(det_context *context, det_results *results,
                              const char *path)
{
    if (!context || !results || !path)
        return DET_ERROR_ARGUMENT;
    return det_coco_results_open(results, path, results->dataset,
                                 det_context_sink(context));
}

/* ------------------------------------------------------------- one at a time
 */

static bool is_finite(const det_detection *d)
{
    return isfinite(d->x) && isfinite(d->y) && isfinite(d->w) && isfinite(d->h);
}

static bool has_no_box(const det_detection *d)
{
    return isnan(d->x) && isnan(d->y) && isnan(d->w) && isnan(d->h);
}

static det_status add(det_results *results, uint32_t image,
                      const det_detection *d, struct det_message *message)
{
    const struct det_dataset *dataset = results->dataset;
    struct det_found_object object = {
        .image = image,
        .category = det_id_index_find(&dataset->category_index, d->label),
        .score = (double)d->score,
        .box = {(double)d->x, (double)d->y, (double)d->w, (double)d->h}};
    if (!isfinite(d->score) || (!is_finite(d) && !has_no_box(d)))
        return det_fail(message, DET_ERROR_NUMERIC,
                        "a detection with a box or score that is not finite");
    if (d->mask)
        DET_TRY(det_segmentation_keep(&object.segmentation, &results->texts,
                                      d->mask, message));
    return det_results_put(results, &object, message);
}

det_status det_results_add(det_context *context, det_results *results,
                           int64_t image_id, const det_detection *detection)
{
    if (!context || !results || !detection)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    const uint32_t image =
        det_id_index_find(&results->dataset->image_index, image_id);
    if (image == DET_NO_INDEX)
        return det_fail(message, DET_ERROR_ARGUMENT,
                        "image %lld is not in the data set",
                        (long long)image_id);
    return add(results, image, detection, message);
}

/* --------------------------------------------------------------------- whole
 */

det_status det_results_save(det_context *context, const det_results *results,
                            const char *path)
{
    if (!context || !results || !path)
        return DET_ERROR_ARGUMENT;
    return det_coco_results_write(results, results->dataset, path,
                                  det_context_sink(context));
}

void det_results_destroy(det_results **results)
{
    if (!results || !*results)
        return;
    det_results_clear(*results);
    free(*results);
    *results = NULL;
}

size_t det_results_count(const det_results *results)
{
    return results ? results->count : 0;
}

size_t det_results_unknown_count(const det_results *results)
{
    return results ? results->without_category : 0;
}

/* ----------------------------------------------------------------- journal */

det_status det_journal_open(det_context *context, det_results *results,
                            const char *path, const char *header, uint8_t *done,
                            det_journal **out)
{
    if (!context || !results || !path || !header || !done || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    *out = NULL;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    const det_status status = det_results_journal_open(
        *out, path, header, results->dataset, results, done, message);
    if (status != DET_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

det_status det_journal_write(det_context *context, det_journal *journal,
                             int64_t image_id)
{
    if (!context || !journal)
        return DET_ERROR_ARGUMENT;
    journal->message = det_context_sink(context);
    const uint32_t image =
        det_id_index_find(&journal->results->dataset->image_index, image_id);
    if (image == DET_NO_INDEX)
        return det_fail(journal->message, DET_ERROR_ARGUMENT,
                        "image %lld is not in the data set",
                        (long long)image_id);
    return det_results_journal_write(journal, image);
}

void det_journal_close(det_journal **journal, int finished)
{
    if (!journal || !*journal)
        return;
    det_results_journal_close(*journal, finished != 0);
    free(*journal);
    *journal = NULL;
}
