/* SPDX-License-Identifier: MIT */
/* How far a program's results were from what was expected, at most: a line in
 * the file that DETECT_TEST_DEVIATIONS names, for tables of many programs. */
#ifndef TESTS_DEVIATION_H
#define TESTS_DEVIATION_H

/* `share` is an error in parts of the largest value expected.  The largest of
 * all is written when the process ends. */
void deviation_note(const char *name, double share);

#endif
