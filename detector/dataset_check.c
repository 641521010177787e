/* SPDX-License-Identifier: MIT */
/* The public calls that judge and count data sets. */
#include <stdlib.h>

#include "base/memory.h"
#include "datasets/check.h"
#include "datasets/split.h"
#include "datasets/stats.h"
#include "detect/data.h"
#include "detector/context.h"

det_status det_dataset_check(det_context *context, const det_dataset *dataset,
                             const char *folder, det_check_report **out)
{
    if (!context || !dataset || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    *out = NULL;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    const det_status status = det_check_dataset(*out, dataset, folder, message);
    if (status != DET_OK)
        det_check_report_destroy(out);
    return status;
}

void det_check_report_destroy(det_check_report **report)
{
    if (!report || !*report)
        return;
    det_check_report_clear(*report);
    free(*report);
    *report = NULL;
}

int det_check_report_finding(const det_check_report *report, size_t index,
                             det_finding *out)
{
    if (!report || !out || index >= report->count)
        return 0;
    *out = report->findings[index];
    return 1;
}

size_t det_check_report_count(const det_check_report *report,
                              det_severity severity)
{
    size_t count = 0;
    for (size_t i = 0; report && i < report->count; i++)
        count += report->findings[i].severity == severity;
    return count;
}

/* -------------------------------------------------------------- statistics */

det_status det_dataset_measure(det_context *context, const det_dataset *dataset,
                               det_dataset_stats **out)
{
    if (!context || !dataset || !out)
        return DET_ERROR_ARGUMENT;
    struct det_message *message = det_context_sink(context);
    *out = NULL;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    const det_status status = det_stats_measure(*out, dataset, message);
    if (status != DET_OK)
        det_dataset_stats_destroy(out);
    return status;
}

void det_dataset_stats_destroy(det_dataset_stats **stats)
{
    if (!stats || !*stats)
        return;
    det_stats_clear(*stats);
    free(*stats);
    *stats = NULL;
}

void det_dataset_stats_total(const det_dataset_stats *stats,
                             det_category_stats *out)
{
    *out = stats ? stats->total : (det_category_stats){.id = -1, .name = ""};
}

int det_dataset_stats_category(const det_dataset_stats *stats, size_t index,
                               det_category_stats *out)
{
    if (!stats || !out || index >= stats->count)
        return 0;
    *out = stats->categories[index];
    return 1;
}

int det_dataset_stats_bin(const det_dataset_stats *stats,
                          det_histogram histogram, size_t index,
                          det_histogram_bin *out)
{
    const char *name = det_stats_bin_name(histogram, index);
    if (!stats || !out || !name)
        return 0;
    *out = (det_histogram_bin){name, stats->bins[histogram][index]};
    return 1;
}

/* --------------------------------------------------------------- splitting */

det_status det_dataset_split(det_context *context, const det_dataset *dataset,
                             const double *fractions, size_t count,
                             uint64_t seed, uint32_t *parts)
{
    if (!context || !dataset || !fractions || !parts)
        return DET_ERROR_ARGUMENT;
    return det_split_images(parts, dataset, fractions, count, seed,
                            det_context_sink(context));
}
