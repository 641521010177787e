/* SPDX-License-Identifier: MIT */
/* The page's numbers as JSON. */
#ifndef EVAL_REPORT_DATA_H
#define EVAL_REPORT_DATA_H

#include "eval/page_writer.h"
#include "eval/report_analysis.h"

/* Keys of the whole data: title, task, counts, thresholds, classes. */
void det_report_put_dataset(struct det_page_writer *w,
                            const struct det_report *report,
                            const struct det_report_classes *classes);

/* Keys of one run, but its gallery. */
void det_report_put_run(struct det_page_writer *w,
                        const struct det_report_analysis *analysis,
                        const struct det_report_classes *classes);

#endif
