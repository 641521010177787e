/* SPDX-License-Identifier: MIT */
/* For programs that read files of unknown origin: from here on the process
 * can start no program or process, open no connection, and use only so much
 * memory.  Threads, files and memory maps still work. */
#ifndef APPS_PRISON_H
#define APPS_PRISON_H

#include <stdbool.h>
#include <stdint.h>

/* Bound the address space to what is used now plus `memory` bytes, and lock
 * all threads in; there is no way back.  False, with errno, when the kernel
 * does not offer it (the limits that could be set stay). */
bool prison_enter(uint64_t memory);

#endif
