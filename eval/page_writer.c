/* SPDX-License-Identifier: MIT */
#include "eval/page_writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void det_page_bytes(struct det_page_writer *w, const void *data, size_t size)
{
    if (w->status == DET_OK)
        w->status = det_safe_file_write(w->file, data, size);
}

void det_page_text(struct det_page_writer *w, const char *text)
{
    det_page_bytes(w, text, strlen(text));
}

/* ---------------------------------------------------------------- characters
 */

enum { REPLACEMENT = 0xFFFD };

/* How many bytes follow a first byte, and the least code of that length. */
static int follow_count(uint8_t first, uint32_t *least)
{
    static const uint32_t leasts[] = {0, 0x80, 0x800, 0x10000};
    const int count = first < 0x80             ? 0
                      : (first & 0xE0) == 0xC0 ? 1
                      : (first & 0xF0) == 0xE0 ? 2
                      : (first & 0xF8) == 0xF0 ? 3
                                               : -1;
    *least = count > 0 ? leasts[count] : 0;
    return count;
}

/* The next character of a text, which ends with 0; REPLACEMENT for a byte that
 * is no UTF-8. */
static uint32_t next_character(const char **text)
{
    const uint8_t *at = (const uint8_t *)*text;
    uint32_t least;
    const int count = follow_count(*at, &least);
    *text += 1;
    if (count <= 0)
        return count == 0 ? *at : REPLACEMENT;
    uint32_t code = *at & (0x3Fu >> count);
    for (int i = 1; i <= count; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return REPLACEMENT;
        code = code << 6 | (at[i] & 0x3Fu);
    }
    if (code < least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
        return REPLACEMENT;
    *text += count;
    return code;
}

static bool is_plain(uint32_t code)
{
    return code >= 0x20 && code != '"' && code != '\\' && code != '<' &&
           code != '>' && code != '&' && code != '\'' && code < 0x7F;
}

/* Everything but plain ASCII is \uXXXX, or &#N; in HTML. */
static void put_character(struct det_page_writer *w, uint32_t code, bool html)
{
    char text[16];
    if (html)
        snprintf(text, sizeof text, "&#%u;",
                 (unsigned)(code < 0x20 ? REPLACEMENT : code));
    else if (code < 0x10000)
        snprintf(text, sizeof text, "\\u%04x", (unsigned)code);
    else
        snprintf(text, sizeof text, "\\u%04x\\u%04x",
                 (unsigned)(0xD800 + ((code - 0x10000) >> 10)),
                 (unsigned)(0xDC00 + ((code - 0x10000) & 0x3FF)));
    det_page_text(w, text);
}

static void put_escaped(struct det_page_writer *w, const char *text, bool html)
{
    const char *plain = text;
    while (*text) {
        const char *at = text;
        const uint32_t code = next_character(&text);
        if (is_plain(code))
            continue;
        det_page_bytes(w, plain, (size_t)(at - plain));
        put_character(w, code, html);
        plain = text;
    }
    det_page_bytes(w, plain, (size_t)(text - plain));
}

void det_page_html(struct det_page_writer *w, const char *text)
{
    put_escaped(w, text, true);
}

/* ---------------------------------------------------------------------- JSON
 */

static void begin_value(struct det_page_writer *w)
{
    if (w->need_comma)
        det_page_text(w, ",");
    w->need_comma = true;
}

void det_page_open(struct det_page_writer *w, char bracket)
{
    begin_value(w);
    det_page_bytes(w, &bracket, 1);
    w->need_comma = false;
}

void det_page_close(struct det_page_writer *w, char bracket)
{
    det_page_bytes(w, &bracket, 1);
    w->need_comma = true;
}

void det_page_key(struct det_page_writer *w, const char *key)
{
    det_page_string(w, key);
    det_page_text(w, ":");
    w->need_comma = false;
}

void det_page_string(struct det_page_writer *w, const char *text)
{
    begin_value(w);
    det_page_text(w, "\"");
    put_escaped(w, text, false);
    det_page_text(w, "\"");
}

void det_page_integer(struct det_page_writer *w, uint64_t value)
{
    char text[24];
    begin_value(w);
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    det_page_text(w, text);
}

void det_page_flag(struct det_page_writer *w, bool value)
{
    begin_value(w);
    det_page_text(w, value ? "true" : "false");
}

void det_page_null(struct det_page_writer *w)
{
    begin_value(w);
    det_page_text(w, "null");
}

void det_page_number(struct det_page_writer *w, double value, int decimals)
{
    static const double farthest = 1e12;
    static const long long scales[] = {1,     10,     100,    1000,
                                       10000, 100000, 1000000};
    char text[48];
    if (!(fabs(value) <= farthest)) {
        det_page_null(w);
        return;
    }
    const long long scale = scales[decimals];
    const long long all = llround(fabs(value) * (double)scale);
    const char *sign = value < 0 && all ? "-" : "";
    begin_value(w);
    if (all % scale == 0)
        snprintf(text, sizeof text, "%s%lld", sign, all / scale);
    else
        snprintf(text, sizeof text, "%s%lld.%0*lld", sign, all / scale,
                 decimals, all % scale);
    det_page_text(w, text);
}

static void put_three(char out[4], const uint8_t *in, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint32_t bits = (uint32_t)in[0] << 16 |
                          (count > 1 ? (uint32_t)in[1] << 8 : 0) |
                          (count > 2 ? in[2] : 0);
    for (int i = 0; i < 4; i++)
        out[i] = digits[bits >> (18 - 6 * i) & 63];
    for (size_t i = count + 1; i < 4; i++)
        out[i] = '=';
}

void det_page_base64(struct det_page_writer *w, const uint8_t *data,
                     size_t size)
{
    begin_value(w);
    det_page_text(w, "\"");
    for (size_t i = 0; i < size; i += 3) {
        char four[4];
        put_three(four, data + i, size - i < 3 ? size - i : 3);
        det_page_bytes(w, four, 4);
    }
    det_page_text(w, "\"");
}
