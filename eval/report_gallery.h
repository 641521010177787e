/* SPDX-License-Identifier: MIT */
/* The worst errors, with pictures. */
#ifndef EVAL_REPORT_GALLERY_H
#define EVAL_REPORT_GALLERY_H

#include "eval/page_writer.h"
#include "eval/report_analysis.h"

/* The key "gallery": of each kind of error the worst, at most `most` together:
 * false positives by score, misses by size. */
det_status det_report_put_gallery(struct det_page_writer *w,
                                  const struct det_report *report,
                                  const struct det_report_analysis *analysis,
                                  const struct det_report_classes *classes,
                                  size_t most, struct det_message *message);

#endif
