/* SPDX-License-Identifier: MIT */
#include "tests/counted_allocations.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t count, failing;
static atomic_bool failing_for_ever, counting;
static atomic_long live;

void counted_allocations_fail(size_t n, bool for_ever)
{
    count = 0;
    failing = n;
    failing_for_ever = for_ever;
    counting = true;
}

void counted_allocations_stop(void)
{
    counting = false;
}

size_t counted_allocations(void)
{
    return count;
}

long counted_allocations_live(void)
{
    return live;
}

static bool fails_now(void)
{
    if (!counting)
        return false;
    const size_t number = ++count;
    const bool fails = failing != 0 && (number == failing ||
                                        (failing_for_ever && number > failing));
    if (fails)
        errno = ENOMEM;
    return fails;
}

static void *note(void *memory)
{
    live += memory != NULL;
    return memory;
}

/* Names that the linker makes of --wrap=NAME. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t members, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t members, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : note(__real_malloc(size));
}

void *__wrap_calloc(size_t members, size_t size)
{
    return fails_now() ? NULL : note(__real_calloc(members, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails_now())
        return NULL;
    return old ? __real_realloc(old, size) : note(__real_realloc(NULL, size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails_now() ? NULL : note(__real_aligned_alloc(alignment, size));
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : note(__real_strdup(text));
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}
