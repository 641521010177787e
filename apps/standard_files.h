/* SPDX-License-Identifier: MIT */
#ifndef APPS_STANDARD_FILES_H
#define APPS_STANDARD_FILES_H

#include "apps/console.h"
#include "apps/exit_code.h"

/* A program may be started with stdin, stdout or stderr closed; the next file
 * it opens would then take that number, and text meant for stdout would end
 * up in it.  Fills the gaps so that using them is an error.  Call first. */
void standard_files_hold(void);

/* Flush stdout at the end of a program: EXIT_DONE, or EXIT_OUTPUT after a
 * message. */
enum exit_code standard_files_flush(struct console *console);

#endif
