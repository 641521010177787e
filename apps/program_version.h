/* SPDX-License-Identifier: MIT */
#ifndef APPS_PROGRAM_VERSION_H
#define APPS_PROGRAM_VERSION_H

#include <stdio.h>

/* What --version prints: the version and how the program was built. */
void program_version_print(FILE *out, const char *program);

#endif
