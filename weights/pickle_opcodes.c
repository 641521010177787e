/* SPDX-License-Identifier: MIT */
/* One small function per opcode, and the table of them.  The letters are those
 * of Python's Lib/pickle.py. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "weights/pickle_machine.h"

enum {
    HIGHEST_PROTOCOL = 5,
    MAX_LINE = 256, /* of a global's module or name */
    MAX_MEMO = 1 << 22,
    MEMO_GAP = 16
};

/* ----------------------------------------------------------------- operands */

/* An unsigned little-endian number of 1, 2, 4 or 8 bytes. */
static det_status take_number(struct det_pickle_machine *m, uint64_t *out,
                              size_t bytes)
{
    const uint8_t *data;
    DET_TRY(det_pickle_take(m, &data, bytes));
    *out = 0;
    for (size_t i = 0; i < bytes; i++)
        *out |= (uint64_t)data[i] << 8 * i;
    return DET_OK;
}

/* A length of `bytes` bytes and as many bytes as it says. */
static det_status take_counted(struct det_pickle_machine *m,
                               struct det_pickle_text *out, size_t bytes)
{
    uint64_t size;
    DET_TRY(take_number(m, &size, bytes));
    if (bytes == 4 && size > INT32_MAX)
        return det_pickle_fail(m, "a text of %llu bytes",
                               (unsigned long long)size);
    DET_TRY(det_pickle_take(m, &out->data, (size_t)size));
    out->size = (size_t)size;
    return DET_OK;
}

/* Up to a line feed, which is taken too. */
static det_status take_line(struct det_pickle_machine *m,
                            struct det_pickle_text *out)
{
    const struct det_pickle *pickle = m->pickle;
    const uint8_t *start = pickle->data + pickle->at;
    const size_t left = pickle->size - pickle->at;
    const uint8_t *end =
        left ? memchr(start, '\n', left < MAX_LINE ? left : MAX_LINE) : NULL;
    if (!end)
        return det_pickle_fail(m, "a line without an end");
    out->data = start;
    out->size = (size_t)(end - start);
    m->pickle->at += out->size + 1;
    return DET_OK;
}

/* ------------------------------------------------------------------ scalars */

static det_status push_integer(struct det_pickle_machine *m, int64_t integer)
{
    struct det_pickle_value *value;
    DET_TRY(det_pickle_new(m, &value, DET_PICKLE_INTEGER));
    value->integer = integer;
    return det_pickle_push(m, value);
}

static det_status op_none(struct det_pickle_machine *m)
{
    struct det_pickle_value *value;
    DET_TRY(det_pickle_new(m, &value, DET_PICKLE_NONE));
    return det_pickle_push(m, value);
}

static det_status op_true(struct det_pickle_machine *m)
{
    return push_integer(m, 1);
}

static det_status op_false(struct det_pickle_machine *m)
{
    return push_integer(m, 0);
}

static det_status op_binint(struct det_pickle_machine *m)
{
    uint64_t number;
    DET_TRY(take_number(m, &number, 4));
    return push_integer(m, (int32_t)(uint32_t)number);
}

static det_status op_binint1(struct det_pickle_machine *m)
{
    uint64_t number;
    DET_TRY(take_number(m, &number, 1));
    return push_integer(m, (int64_t)number);
}

static det_status op_binint2(struct det_pickle_machine *m)
{
    uint64_t number;
    DET_TRY(take_number(m, &number, 2));
    return push_integer(m, (int64_t)number);
}

/* Python 2 writes integers of more than 32 bits as text, and True as "01". */
static det_status op_int(struct det_pickle_machine *m)
{
    struct det_pickle_text line = {NULL, 0};
    char digits[32], *end;
    DET_TRY(take_line(m, &line));
    if (line.size == 0 || line.size >= sizeof digits)
        return det_pickle_fail(m, "an integer of %zu digits", line.size);
    memcpy(digits, line.data, line.size);
    digits[line.size] = '\0';
    errno = 0;
    const long long integer = strtoll(digits, &end, 10);
    if (errno || end != digits + line.size)
        return det_pickle_fail(m, "\"%s\" is not an integer", digits);
    return push_integer(m, integer);
}

/* Two's complement, low byte first. */
static det_status push_long(struct det_pickle_machine *m,
                            const struct det_pickle_text *bytes)
{
    struct det_pickle_value *value;
    if (bytes->size > sizeof(int64_t)) {
        DET_TRY(det_pickle_new(m, &value, DET_PICKLE_LONG));
        value->text = *bytes;
        return det_pickle_push(m, value);
    }
    const bool negative = bytes->size && bytes->data[bytes->size - 1] & 0x80;
    uint64_t number = negative ? UINT64_MAX : 0;
    for (size_t i = bytes->size; i-- > 0;)
        number = number << 8 | bytes->data[i];
    return push_integer(m, (int64_t)number);
}

static det_status op_long1(struct det_pickle_machine *m)
{
    struct det_pickle_text bytes;
    DET_TRY(take_counted(m, &bytes, 1));
    return push_long(m, &bytes);
}

static det_status op_long4(struct det_pickle_machine *m)
{
    struct det_pickle_text bytes;
    DET_TRY(take_counted(m, &bytes, 4));
    return push_long(m, &bytes);
}

static det_status op_binfloat(struct det_pickle_machine *m)
{
    struct det_pickle_value *value;
    const uint8_t *data;
    uint64_t bits;
    DET_TRY(det_pickle_take(m, &data, sizeof bits));
    memcpy(&bits, data, sizeof bits);
    bits = be64toh(bits);
    DET_TRY(det_pickle_new(m, &value, DET_PICKLE_REAL));
    memcpy(&value->real, &bits, sizeof bits);
    return det_pickle_push(m, value);
}

/* -------------------------------------------------------------------- texts */

static det_status push_text(struct det_pickle_machine *m, size_t bytes)
{
    struct det_pickle_text text;
    struct det_pickle_value *value;
    DET_TRY(take_counted(m, &text, bytes));
    DET_TRY(det_pickle_new(m, &value, DET_PICKLE_TEXT));
    value->text = text;
    return det_pickle_push(m, value);
}

static det_status op_text1(struct det_pickle_machine *m)
{
    return push_text(m, 1);
}

static det_status op_text4(struct det_pickle_machine *m)
{
    return push_text(m, 4);
}

static det_status op_text8(struct det_pickle_machine *m)
{
    return push_text(m, 8);
}

/* --------------------------------------------------------------- containers */

static det_status push_empty(struct det_pickle_machine *m,
                             enum det_pickle_kind kind)
{
    struct det_pickle_value *value;
    DET_TRY(det_pickle_new(m, &value, kind));
    return det_pickle_push(m, value);
}

static det_status extend(struct det_pickle_machine *m,
                         struct det_pickle_value *container,
                         const struct det_pickle_sequence *items)
{
    if (container->kind == DET_PICKLE_DICT && items->count % 2)
        return det_pickle_fail(m, "a dict with a key that has no value");
    for (size_t i = 0; i < items->count; i++)
        DET_TRY(det_pickle_append(m, &container->sequence, items->items[i]));
    return DET_OK;
}

/* What lies above the mark, as a new container. */
static det_status collect(struct det_pickle_machine *m,
                          enum det_pickle_kind kind)
{
    struct det_pickle_sequence items;
    struct det_pickle_value *value;
    DET_TRY(det_pickle_pop_mark(m, &items));
    DET_TRY(det_pickle_new(m, &value, kind));
    DET_TRY(extend(m, value, &items));
    return det_pickle_push(m, value);
}

/* The last `count` values as a tuple. */
static det_status push_tuple(struct det_pickle_machine *m, size_t count)
{
    struct det_pickle_value *items[3], *value;
    for (size_t i = count; i-- > 0;)
        DET_TRY(det_pickle_pop(m, &items[i]));
    DET_TRY(det_pickle_new(m, &value, DET_PICKLE_TUPLE));
    for (size_t i = 0; i < count; i++)
        DET_TRY(det_pickle_append(m, &value->sequence, items[i]));
    return det_pickle_push(m, value);
}

static det_status op_mark(struct det_pickle_machine *m)
{
    return det_pickle_push_mark(m);
}

static det_status op_empty_tuple(struct det_pickle_machine *m)
{
    return push_empty(m, DET_PICKLE_TUPLE);
}

static det_status op_tuple(struct det_pickle_machine *m)
{
    return collect(m, DET_PICKLE_TUPLE);
}

static det_status op_tuple1(struct det_pickle_machine *m)
{
    return push_tuple(m, 1);
}

static det_status op_tuple2(struct det_pickle_machine *m)
{
    return push_tuple(m, 2);
}

static det_status op_tuple3(struct det_pickle_machine *m)
{
    return push_tuple(m, 3);
}

static det_status op_empty_list(struct det_pickle_machine *m)
{
    return push_empty(m, DET_PICKLE_LIST);
}

static det_status op_list(struct det_pickle_machine *m)
{
    return collect(m, DET_PICKLE_LIST);
}

static det_status op_empty_dict(struct det_pickle_machine *m)
{
    return push_empty(m, DET_PICKLE_DICT);
}

static det_status op_dict(struct det_pickle_machine *m)
{
    return collect(m, DET_PICKLE_DICT);
}

/* `items` go into the container on top of the stack, which must be a `kind`;
 * what is stored in an object nobody asks for is dropped. */
static det_status add_to_top(struct det_pickle_machine *m,
                             enum det_pickle_kind kind,
                             const struct det_pickle_sequence *items)
{
    struct det_pickle_value *container;
    DET_TRY(det_pickle_top(m, &container));
    if (container->kind == DET_PICKLE_OPAQUE)
        return DET_OK;
    if (container->kind != kind)
        return det_pickle_fail(m, "items for a %s, but there is a %s",
                               det_pickle_kind_name(kind),
                               det_pickle_kind_name(container->kind));
    return extend(m, container, items);
}

static det_status op_append(struct det_pickle_machine *m)
{
    struct det_pickle_value *item;
    DET_TRY(det_pickle_pop(m, &item));
    return add_to_top(m, DET_PICKLE_LIST,
                      &(struct det_pickle_sequence){&item, 1, 0});
}

static det_status op_appends(struct det_pickle_machine *m)
{
    struct det_pickle_sequence items;
    DET_TRY(det_pickle_pop_mark(m, &items));
    return add_to_top(m, DET_PICKLE_LIST, &items);
}

static det_status op_setitem(struct det_pickle_machine *m)
{
    struct det_pickle_value *pair[2];
    DET_TRY(det_pickle_pop(m, &pair[1]));
    DET_TRY(det_pickle_pop(m, &pair[0]));
    return add_to_top(m, DET_PICKLE_DICT,
                      &(struct det_pickle_sequence){pair, 2, 0});
}

static det_status op_setitems(struct det_pickle_machine *m)
{
    struct det_pickle_sequence items;
    DET_TRY(det_pickle_pop_mark(m, &items));
    return add_to_top(m, DET_PICKLE_DICT, &items);
}

/* ---------------------------------------------------------- stack and memo */

static det_status op_pop(struct det_pickle_machine *m)
{
    struct det_pickle_value *value;
    return det_pickle_pop(m, &value);
}

static det_status op_pop_mark(struct det_pickle_machine *m)
{
    struct det_pickle_sequence items;
    return det_pickle_pop_mark(m, &items);
}

static det_status op_dup(struct det_pickle_machine *m)
{
    struct det_pickle_value *value;
    DET_TRY(det_pickle_top(m, &value));
    return det_pickle_push(m, value);
}

/* Writers number the memo as they go, so an index far beyond the last one is
 * an attempt to make us allocate. */
static det_status put(struct det_pickle_machine *m, uint64_t index)
{
    struct det_pickle_value *value;
    DET_TRY(det_pickle_top(m, &value));
    if (index > m->memo.count + MEMO_GAP || index >= MAX_MEMO)
        return det_pickle_fail(m, "memo index %llu after %zu entries",
                               (unsigned long long)index, m->memo.count);
    while (m->memo.count <= index)
        DET_TRY(det_pickle_append(m, &m->memo, NULL));
    m->memo.items[index] = value;
    return DET_OK;
}

static det_status get(struct det_pickle_machine *m, uint64_t index)
{
    if (index >= m->memo.count || !m->memo.items[index])
        return det_pickle_fail(m, "memo entry %llu was never written",
                               (unsigned long long)index);
    return det_pickle_push(m, m->memo.items[index]);
}

static det_status op_binput(struct det_pickle_machine *m)
{
    uint64_t index;
    DET_TRY(take_number(m, &index, 1));
    return put(m, index);
}

static det_status op_long_binput(struct det_pickle_machine *m)
{
    uint64_t index;
    DET_TRY(take_number(m, &index, 4));
    return put(m, index);
}

static det_status op_memoize(struct det_pickle_machine *m)
{
    return put(m, m->memo.count);
}

static det_status op_binget(struct det_pickle_machine *m)
{
    uint64_t index;
    DET_TRY(take_number(m, &index, 1));
    return get(m, index);
}

static det_status op_long_binget(struct det_pickle_machine *m)
{
    uint64_t index;
    DET_TRY(take_number(m, &index, 4));
    return get(m, index);
}

/* ------------------------------------------------------------------ objects */

static det_status push_global(struct det_pickle_machine *m,
                              const struct det_pickle_text *module,
                              const struct det_pickle_text *name)
{
    const struct det_pickle_global *global;
    struct det_pickle_value *value;
    DET_TRY(det_pickle_global_find(m, &global, module, name));
    DET_TRY(det_pickle_new(m, &value, DET_PICKLE_GLOBAL));
    value->global = global;
    return det_pickle_push(m, value);
}

static det_status op_global(struct det_pickle_machine *m)
{
    struct det_pickle_text module, name;
    DET_TRY(take_line(m, &module));
    DET_TRY(take_line(m, &name));
    return push_global(m, &module, &name);
}

static det_status op_stack_global(struct det_pickle_machine *m)
{
    struct det_pickle_value *module, *name;
    DET_TRY(det_pickle_pop(m, &name));
    DET_TRY(det_pickle_pop(m, &module));
    if (module->kind != DET_PICKLE_TEXT || name->kind != DET_PICKLE_TEXT)
        return det_pickle_fail(m, "the name of a global is not a str");
    return push_global(m, &module->text, &name->text);
}

/* callable(*arguments), and class.__new__(class, *arguments) */
static det_status op_reduce(struct det_pickle_machine *m)
{
    struct det_pickle_value *arguments, *callable, *value;
    DET_TRY(det_pickle_pop(m, &arguments));
    DET_TRY(det_pickle_pop(m, &callable));
    if (callable->kind != DET_PICKLE_GLOBAL ||
        arguments->kind != DET_PICKLE_TUPLE)
        return det_pickle_fail(m, "a call of a %s with a %s",
                               det_pickle_kind_name(callable->kind),
                               det_pickle_kind_name(arguments->kind));
    const struct det_pickle_global *global = callable->global;
    if (!global->call)
        return det_pickle_fail(m, "%s.%s is not to be called", global->module,
                               global->name);
    DET_TRY(global->call(m, global, &arguments->sequence, &value));
    return det_pickle_push(m, value);
}

static det_status op_build(struct det_pickle_machine *m)
{
    struct det_pickle_value *state, *object;
    DET_TRY(det_pickle_pop(m, &state));
    DET_TRY(det_pickle_top(m, &object));
    return det_pickle_build(m, object, state);
}

static det_status op_binpersid(struct det_pickle_machine *m)
{
    struct det_pickle_value *id, *value;
    DET_TRY(det_pickle_pop(m, &id));
    DET_TRY(det_pickle_persistent(m, id, &value));
    return det_pickle_push(m, value);
}

/* ------------------------------------------------------------------ framing */

static det_status op_proto(struct det_pickle_machine *m)
{
    uint64_t protocol;
    DET_TRY(take_number(m, &protocol, 1));
    if (protocol > HIGHEST_PROTOCOL)
        return det_pickle_fail(m, "pickle protocol %d; 2 to %d are known",
                               (int)protocol, HIGHEST_PROTOCOL);
    return DET_OK;
}

/* Frames only help readers of streams. */
static det_status op_frame(struct det_pickle_machine *m)
{
    uint64_t size;
    DET_TRY(take_number(m, &size, 8));
    if (size > m->pickle->size - m->pickle->at)
        return det_pickle_fail(m, "a frame of %llu bytes, %zu are left",
                               (unsigned long long)size,
                               m->pickle->size - m->pickle->at);
    return DET_OK;
}

static det_status op_stop(struct det_pickle_machine *m)
{
    m->stopped = true;
    return DET_OK;
}

/* -------------------------------------------------------------------- table */

typedef det_status (*operation)(struct det_pickle_machine *m);

static const operation operations[256] = {
    ['('] = op_mark,
    ['.'] = op_stop,
    ['0'] = op_pop,
    ['1'] = op_pop_mark,
    ['2'] = op_dup,
    ['N'] = op_none,
    ['I'] = op_int,
    ['J'] = op_binint,
    ['K'] = op_binint1,
    ['M'] = op_binint2,
    ['G'] = op_binfloat,
    [0x88] = op_true,
    [0x89] = op_false,
    [0x8a] = op_long1,
    [0x8b] = op_long4,
    /* str of Python 2, str, bytes, bytearray */
    ['U'] = op_text1,
    ['T'] = op_text4,
    [0x8c] = op_text1,
    ['X'] = op_text4,
    [0x8d] = op_text8,
    ['C'] = op_text1,
    ['B'] = op_text4,
    [0x8e] = op_text8,
    [0x96] = op_text8,
    /* containers; a set is read like a list */
    [')'] = op_empty_tuple,
    ['t'] = op_tuple,
    [0x85] = op_tuple1,
    [0x86] = op_tuple2,
    [0x87] = op_tuple3,
    [']'] = op_empty_list,
    ['l'] = op_list,
    ['a'] = op_append,
    ['e'] = op_appends,
    ['}'] = op_empty_dict,
    ['d'] = op_dict,
    ['s'] = op_setitem,
    ['u'] = op_setitems,
    [0x8f] = op_empty_list,
    [0x90] = op_appends,
    [0x91] = op_list,
    /* memo */
    ['q'] = op_binput,
    ['r'] = op_long_binput,
    [0x94] = op_memoize,
    ['h'] = op_binget,
    ['j'] = op_long_binget,
    /* objects */
    ['c'] = op_global,
    [0x93] = op_stack_global,
    ['R'] = op_reduce,
    [0x81] = op_reduce,
    ['b'] = op_build,
    ['Q'] = op_binpersid,
    [0x80] = op_proto,
    [0x95] = op_frame};

det_status det_pickle_step(struct det_pickle_machine *m, uint8_t opcode)
{
    if (!operations[opcode])
        return det_pickle_fail(m,
                               "pickle opcode 0x%02x is not one that weights "
                               "are written with",
                               opcode);
    return operations[opcode](m);
}
