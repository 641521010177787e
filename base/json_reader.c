/* SPDX-License-Identifier: MIT */
#include "base/json_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

det_status det_json_fail(const struct det_json_reader *reader, size_t at,
                         const char *what)
{
    return det_fail(reader->message, reader->refusal, "byte %zu: %s",
                    reader->base + at, what);
}

char det_json_peek(struct det_json_reader *reader)
{
    while (reader->at < reader->size) {
        const char c = reader->text[reader->at];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return c;
        reader->at++;
    }
    return 0;
}

det_status det_json_expect(struct det_json_reader *reader, char c)
{
    char what[32] = "expected '?'";
    if (det_json_accept(reader, c))
        return DET_OK;
    what[strlen("expected '")] = c;
    return det_json_fail(reader, reader->at, what);
}

bool det_json_accept(struct det_json_reader *reader, char c)
{
    if (det_json_peek(reader) != c || reader->at >= reader->size)
        return false;
    reader->at++;
    return true;
}

det_status det_json_next(struct det_json_reader *reader, char close,
                         bool *more)
{
    *more = det_json_accept(reader, ',');
    return *more ? DET_OK : det_json_expect(reader, close);
}

det_status det_json_end(struct det_json_reader *reader)
{
    det_json_peek(reader);
    return reader->at == reader->size
               ? DET_OK
               : det_json_fail(reader, reader->at,
                               "something follows the end");
}

/* ------------------------------------------------------------------ numbers */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

det_status det_json_integer(struct det_json_reader *reader, int64_t *out)
{
    const char first = det_json_peek(reader);
    const size_t start = reader->at;
    *out = 0;
    if (!is_digit(first))
        return det_json_fail(reader, start,
                             "expected a whole number that is not negative");
    for (; reader->at < reader->size && is_digit(reader->text[reader->at]);
         reader->at++)
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, reader->text[reader->at] - '0', out))
            return det_json_fail(reader, start, "number is too large");
    if (first == '0' && reader->at - start > 1)
        return det_json_fail(reader, start, "number begins with 0");
    if (reader->at < reader->size &&
        strchr(".eE+-", reader->text[reader->at]) &&
        reader->text[reader->at])
        return det_json_fail(reader, start, "number is not whole");
    return DET_OK;
}

/* ------------------------------------------------------------------ strings */

/* Four hexadecimal digits, or -1. */
static int32_t hex4(const struct det_json_reader *reader, size_t at)
{
    int32_t value = 0;
    if (reader->size - at < 4)
        return -1;
    for (size_t i = at; i < at + 4; i++) {
        const char c = reader->text[i];
        const int digit = is_digit(c)              ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                   : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static size_t put_utf8(char *out, int32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* \uXXXX, behind the 'u'; two of them for a surrogate pair. */
static det_status unicode_escape(struct det_json_reader *reader, char *out,
                                 size_t *length)
{
    const size_t start = reader->at - 2;
    int32_t code = hex4(reader, reader->at);
    if (code < 0)
        return det_json_fail(reader, start, "\\u needs four hex digits");
    reader->at += 4;
    if (code >= 0xd800 && code < 0xdc00) {
        int32_t low = -1;
        if (reader->size - reader->at >= 6 &&
            reader->text[reader->at] == '\\' &&
            reader->text[reader->at + 1] == 'u')
            low = hex4(reader, reader->at + 2);
        if (low < 0xdc00 || low > 0xdfff)
            return det_json_fail(reader, start, "half a surrogate pair");
        reader->at += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return det_json_fail(reader, start, "half a surrogate pair");
    } else if (code == 0) {
        return det_json_fail(reader, start, "\\u0000 in a string");
    }
    *length += put_utf8(out + *length, code);
    return DET_OK;
}

static det_status escape(struct det_json_reader *reader, char *out,
                         size_t *length)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->size)
        return det_json_fail(reader, reader->at, "string does not end");
    const char c = reader->text[reader->at++];
    if (c == 'u')
        return unicode_escape(reader, out, length);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return det_json_fail(reader, reader->at - 2, "unknown escape");
    out[(*length)++] = to[found - from];
    return DET_OK;
}

/* Length of the UTF-8 sequence at `at`, or 0 when it is not valid (overlong,
 * surrogate, beyond U+10FFFF, cut off). */
static size_t utf8_length(const struct det_json_reader *reader, size_t at)
{
    const uint8_t *c = (const uint8_t *)reader->text + at;
    const size_t left = reader->size - at;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = c[0] < 0x80   ? 1
                          : c[0] < 0xc0 ? 0
                          : c[0] < 0xe0 ? 2
                          : c[0] < 0xf0 ? 3
                          : c[0] < 0xf8 ? 4
                                        : 0;
    if (length < 2)
        return length;
    if (length > left)
        return 0;
    uint32_t code = c[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    return code >= least[length] && code <= 0x10ffff && !surrogate ? length
                                                                   : 0;
}

/* Everything up to the closing quote, which is taken too. */
static det_status string_body(struct det_json_reader *reader, char *out)
{
    size_t length = 0;
    while (reader->at < reader->size) {
        const char c = reader->text[reader->at];
        if (c == '"') {
            reader->at++;
            out[length] = 0;
            return DET_OK;
        }
        if (c == '\\') {
            reader->at++;
            DET_TRY(escape(reader, out, &length));
            continue;
        }
        const size_t sequence = utf8_length(reader, reader->at);
        if ((uint8_t)c < 0x20 || sequence == 0)
            return det_json_fail(reader, reader->at,
                                 (uint8_t)c < 0x20
                                     ? "control character in a string"
                                     : "string is not valid UTF-8");
        memcpy(out + length, reader->text + reader->at, sequence);
        length += sequence;
        reader->at += sequence;
    }
    return det_json_fail(reader, reader->at, "string does not end");
}

/* Bytes up to the closing quote: the decoded string is never longer. */
static size_t raw_length(const struct det_json_reader *reader)
{
    size_t at = reader->at;
    while (at < reader->size && reader->text[at] != '"')
        at += reader->text[at] == '\\' ? 2 : 1;
    return (at < reader->size ? at : reader->size) - reader->at;
}

det_status det_json_string(struct det_json_reader *reader, char **out)
{
    *out = NULL;
    DET_TRY(det_json_expect(reader, '"'));
    DET_TRY(det_allocate(out, raw_length(reader) + 1, 1, reader->message));
    const det_status status = string_body(reader, *out);
    if (status != DET_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}
