/* SPDX-License-Identifier: MIT */
/* Detections of two runs that must not differ in a bit. */
#ifndef TESTS_SAME_RESULTS_H
#define TESTS_SAME_RESULTS_H

#include "detect/detect.h"

/* Fails the test unless both have the same detections, at least one, with the
 * same masks. */
void same_results_check(const det_result *a, const det_result *b);

#endif
