/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

enum { ALIGNMENT = 64 };

/* `out` is the address of a pointer of any type; memcpy stores through it
 * without breaking the aliasing rules. */
static void store_pointer(void *out, void *pointer)
{
    memcpy(out, &pointer, sizeof pointer);
}

det_status det_allocate(void *out, size_t count, size_t size,
                        struct det_message *message)
{
    size_t bytes;
    store_pointer(out, NULL);
    if (!det_checked_mul(&bytes, count, size))
        return det_fail_memory(message, SIZE_MAX);
    void *memory = calloc(bytes ? bytes : 1, 1);
    if (!memory)
        return det_fail_memory(message, bytes);
    store_pointer(out, memory);
    return DET_OK;
}

det_status det_reallocate(void *out, size_t count, size_t size,
                          struct det_message *message)
{
    size_t bytes;
    void *old;
    memcpy(&old, out, sizeof old);
    if (!det_checked_mul(&bytes, count, size))
        return det_fail_memory(message, SIZE_MAX);
    void *memory = realloc(old, bytes ? bytes : 1);
    if (!memory)
        return det_fail_memory(message, bytes);
    store_pointer(out, memory);
    return DET_OK;
}

det_status det_allocate_aligned(void *out, size_t count, size_t size,
                                struct det_message *message)
{
    size_t bytes;
    store_pointer(out, NULL);
    if (!det_checked_mul(&bytes, count, size) ||
        !det_checked_round_up(&bytes, bytes ? bytes : 1, ALIGNMENT))
        return det_fail_memory(message, SIZE_MAX);
    void *memory = aligned_alloc(ALIGNMENT, bytes);
    if (!memory)
        return det_fail_memory(message, bytes);
    store_pointer(out, memory);
    return DET_OK;
}

det_status det_copy_text(char **out, const char *text,
                         struct det_message *message)
{
    const size_t length = strlen(text);
    DET_TRY(det_allocate(out, length + 1, 1, message));
    memcpy(*out, text, length + 1);
    return DET_OK;
}
