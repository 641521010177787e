/* SPDX-License-Identifier: MIT */
#ifndef DATASETS_CHECK_FILES_H
#define DATASETS_CHECK_FILES_H

#include "datasets/finding.h"

/* Look for the images' files beneath `folder` and read their headers. */
det_status det_check_files(struct det_findings *findings,
                           const struct det_dataset *dataset,
                           const char *folder);

#endif
