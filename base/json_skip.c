/* SPDX-License-Identifier: MIT */
/* Values that are read by their kind alone: numbers, flags, strings as they
 * stand, and whole values to be passed over. */
#include <math.h>

#include "base/decimal.h"
#include "base/json_reader.h"

enum { DEEPEST = 64 }; /* arrays and objects within each other */

det_status det_json_number(struct det_json_reader *reader, double *out)
{
    const char first = det_json_peek(reader);
    const size_t at = reader->at;
    const size_t length =
        det_decimal_read(out, reader->text + at, reader->size - at);
    if (length == 0)
        return det_json_fail(reader, at,
                             first == 'N' || first == 'I'
                                 ? "NaN and Infinity are not JSON"
                                 : "expected a number");
    if (isinf(*out))
        return det_json_fail(reader, at, "number is too large");
    reader->at += length;
    return DET_OK;
}

/* Take `word` if it stands here. */
static bool accept_word(struct det_json_reader *reader, const char *word)
{
    const size_t length = strlen(word);
    if (reader->size - reader->at < length ||
        memcmp(reader->text + reader->at, word, length) != 0)
        return false;
    reader->at += length;
    return true;
}

det_status det_json_flag(struct det_json_reader *reader, bool *out)
{
    det_json_peek(reader);
    const size_t at = reader->at;
    *out = accept_word(reader, "true");
    if (*out || accept_word(reader, "false"))
        return DET_OK;
    double number;
    DET_TRY(det_json_number(reader, &number));
    *out = number == 1.0;
    return *out || number == 0.0
               ? DET_OK
               : det_json_fail(reader, at, "expected 0, 1, true or false");
}

/* Behind the opening quote. */
static det_status skip_string(struct det_json_reader *reader)
{
    const char *text = reader->text;
    size_t at = reader->at;
    while (at < reader->size && text[at] != '"') {
        if ((unsigned char)text[at] < 0x20)
            return det_json_fail(reader, at, "control character in a string");
        at += text[at] == '\\' ? 2 : 1;
    }
    if (at >= reader->size)
        return det_json_fail(reader, reader->size, "string does not end");
    reader->at = at + 1;
    return DET_OK;
}

det_status det_json_raw_string(struct det_json_reader *reader,
                               struct det_json_span *out)
{
    DET_TRY(det_json_expect(reader, '"'));
    const size_t start = reader->at;
    DET_TRY(skip_string(reader));
    *out = (struct det_json_span){reader->text + start, reader->at - 1 - start};
    return DET_OK;
}

/* ----------------------------------------------------------------- any value
 */

/* Where a walk through nested values stands. */
struct nest {
    uint64_t objects; /* bit i: level i is an object, else an array */
    int depth;
};

static det_status skip_scalar(struct det_json_reader *reader)
{
    double number;
    if (det_json_accept(reader, '"'))
        return skip_string(reader);
    if (accept_word(reader, "true") || accept_word(reader, "false") ||
        accept_word(reader, "null"))
        return DET_OK;
    return det_json_number(reader, &number);
}

static bool in_object(const struct nest *nest)
{
    return nest->depth && nest->objects >> (nest->depth - 1) & 1;
}

static det_status skip_key(struct det_json_reader *reader)
{
    DET_TRY(det_json_expect(reader, '"'));
    DET_TRY(skip_string(reader));
    return det_json_expect(reader, ':');
}

/* One value, or the opening of one: *opened says which. */
static det_status skip_value_start(struct det_json_reader *reader,
                                   struct nest *nest, bool *opened)
{
    const char c = det_json_peek(reader);
    *opened = false;
    if (c != '{' && c != '[')
        return skip_scalar(reader);
    if (nest->depth == DEEPEST)
        return det_json_fail(reader, reader->at, "nested deeper than 64");
    reader->at++;
    if (det_json_accept(reader, c == '{' ? '}' : ']'))
        return DET_OK;
    const uint64_t bit = (uint64_t)1 << nest->depth++;
    nest->objects = c == '{' ? nest->objects | bit : nest->objects & ~bit;
    *opened = true;
    return DET_OK;
}

/* Behind a value: commas and closings up to the next value's start. */
static det_status skip_value_end(struct det_json_reader *reader,
                                 struct nest *nest)
{
    bool more = false;
    while (nest->depth && !more) {
        DET_TRY(det_json_next(reader, in_object(nest) ? '}' : ']', &more));
        nest->depth -= !more;
    }
    return DET_OK;
}

det_status det_json_skip(struct det_json_reader *reader,
                         struct det_json_span *out)
{
    struct nest nest = {0, 0};
    bool opened;
    det_json_peek(reader);
    const size_t start = reader->at;
    do {
        if (in_object(&nest))
            DET_TRY(skip_key(reader));
        DET_TRY(skip_value_start(reader, &nest, &opened));
        if (!opened)
            DET_TRY(skip_value_end(reader, &nest));
    } while (nest.depth);
    if (out)
        *out = (struct det_json_span){reader->text + start, reader->at - start};
    return DET_OK;
}
