/* SPDX-License-Identifier: MIT */
/* SIGINT and SIGTERM: the first asks the program to stop after the stage it
 * is in and close its output; a second one ends it at once. */
#ifndef APPS_INTERRUPT_H
#define APPS_INTERRUPT_H

#include <stdbool.h>

/* Also ignores SIGPIPE, so that a reader that went away is a write error. */
void interrupt_install(void);

/* While there is nothing to be saved: the first signal ends the program at
 * once, too, with the exit code 128 + its number. */
void interrupt_at_once(bool at_once);

/* The signal that came, or 0. */
int interrupt_signal(void);

#endif
