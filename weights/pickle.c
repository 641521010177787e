/* SPDX-License-Identifier: MIT */
#include "weights/pickle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/pickle_machine.h"

enum { MAX_STACK = 1 << 20, MAX_MARKS = 1 << 16, FIRST_CAPACITY = 8 };

void det_pickle_init(struct det_pickle *pickle, const uint8_t *data,
                     size_t size, size_t base, struct det_message *message)
{
    *pickle = (struct det_pickle){
        .data = data, .size = size, .base = base, .message = message};
    det_pickle_heap_init(&pickle->heap, size);
}

void det_pickle_destroy(struct det_pickle *pickle)
{
    det_pickle_heap_destroy(&pickle->heap);
    free(pickle->storages.items);
    pickle->storages = (struct det_pickle_storages){0};
}

struct det_pickle_storage *
det_pickle_storage_find(const struct det_pickle *pickle,
                        const struct det_pickle_text *key)
{
    for (size_t i = 0; i < pickle->storages.count; i++) {
        struct det_pickle_storage *storage = pickle->storages.items[i];
        if (storage->key.size == key->size &&
            memcmp(storage->key.data, key->data, key->size) == 0)
            return storage;
    }
    return NULL;
}

/* -------------------------------------------------------------- the machine */

det_status det_pickle_fail(const struct det_pickle_machine *m,
                           const char *format, ...)
{
    char text[DET_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return det_fail(m->pickle->message, DET_ERROR_MODEL, "byte %zu: %s",
                    m->pickle->base + m->opcode_at, text);
}

det_status det_pickle_take(struct det_pickle_machine *m, const uint8_t **out,
                           size_t size)
{
    struct det_pickle *pickle = m->pickle;
    const size_t left = pickle->size - pickle->at;
    if (size > left)
        return det_pickle_fail(m,
                               "the pickle ends early (%zu bytes wanted, %zu "
                               "left): the file is truncated",
                               size, left);
    *out = pickle->data + pickle->at;
    pickle->at += size;
    return DET_OK;
}

det_status det_pickle_new(struct det_pickle_machine *m,
                          struct det_pickle_value **out,
                          enum det_pickle_kind kind)
{
    DET_TRY(det_pickle_allocate(out, &m->pickle->heap, 1, sizeof **out,
                                m->pickle->message));
    (*out)->kind = kind;
    return DET_OK;
}

det_status det_pickle_append(struct det_pickle_machine *m,
                             struct det_pickle_sequence *sequence,
                             struct det_pickle_value *value)
{
    if (sequence->count == sequence->capacity) {
        const size_t capacity =
            sequence->capacity ? 2 * sequence->capacity : FIRST_CAPACITY;
        struct det_pickle_value **items;
        DET_TRY(det_pickle_allocate(&items, &m->pickle->heap, capacity,
                                    sizeof *items, m->pickle->message));
        if (sequence->count)
            memcpy(items, sequence->items, sequence->count * sizeof *items);
        sequence->items = items;
        sequence->capacity = capacity;
    }
    sequence->items[sequence->count++] = value;
    return DET_OK;
}

det_status det_pickle_push(struct det_pickle_machine *m,
                           struct det_pickle_value *value)
{
    if (m->stack.count >= MAX_STACK)
        return det_pickle_fail(m, "more than %d values on the stack",
                               MAX_STACK);
    return det_pickle_append(m, &m->stack, value);
}

det_status det_pickle_top(struct det_pickle_machine *m,
                          struct det_pickle_value **out)
{
    const size_t floor = m->num_marks ? m->marks[m->num_marks - 1] : 0;
    if (m->stack.count <= floor)
        return det_pickle_fail(m, "the opcode needs a value and there is none");
    *out = m->stack.items[m->stack.count - 1];
    return DET_OK;
}

det_status det_pickle_pop(struct det_pickle_machine *m,
                          struct det_pickle_value **out)
{
    DET_TRY(det_pickle_top(m, out));
    m->stack.count--;
    return DET_OK;
}

det_status det_pickle_push_mark(struct det_pickle_machine *m)
{
    if (m->num_marks >= MAX_MARKS)
        return det_pickle_fail(m, "more than %d nested containers", MAX_MARKS);
    if (m->num_marks == m->marks_capacity) {
        const size_t capacity =
            m->marks_capacity ? 2 * m->marks_capacity : FIRST_CAPACITY;
        DET_TRY(det_reallocate(&m->marks, capacity, sizeof *m->marks,
                               m->pickle->message));
        m->marks_capacity = capacity;
    }
    m->marks[m->num_marks++] = m->stack.count;
    return DET_OK;
}

det_status det_pickle_pop_mark(struct det_pickle_machine *m,
                               struct det_pickle_sequence *out)
{
    if (m->num_marks == 0)
        return det_pickle_fail(m, "the opcode needs a mark and there is none");
    const size_t height = m->marks[--m->num_marks];
    out->count = m->stack.count - height;
    out->items = out->count ? m->stack.items + height : NULL;
    out->capacity = 0;
    m->stack.count = height;
    return DET_OK;
}

static det_status run(struct det_pickle_machine *m,
                      struct det_pickle_value **root)
{
    const uint8_t *opcode = NULL;
    while (!m->stopped) {
        m->opcode_at = m->pickle->at;
        DET_TRY(det_pickle_take(m, &opcode, 1));
        DET_TRY(det_pickle_step(m, *opcode));
    }
    DET_TRY(det_pickle_pop(m, root));
    if (m->stack.count || m->num_marks)
        return det_pickle_fail(m, "the pickle leaves values behind");
    return DET_OK;
}

det_status det_pickle_read(struct det_pickle *pickle,
                           struct det_pickle_value **root)
{
    struct det_pickle_machine m = {.pickle = pickle};
    const det_status status = run(&m, root);
    free(m.marks);
    return status;
}
