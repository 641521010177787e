/* SPDX-License-Identifier: MIT */
/*
 * A small strict JSON reader for files from outside: it walks the text once,
 * builds nothing, knows the byte offset of everything, and never recurses.  The
 * caller says what it expects next; anything else is an error at that offset.
 */
#ifndef BASE_JSON_READER_H
#define BASE_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/message.h"

struct det_json_reader {
    const char *text; /* [size], not ended by 0 */
    size_t size;
    size_t at;        /* next byte */
    size_t base;      /* offset of text[0] in the file, for messages */
    det_status refusal; /* what a failure returns */
    struct det_message *message;
};

/* Returns the reader's refusal: "byte N: <what>". */
det_status det_json_fail(const struct det_json_reader *reader, size_t at,
                         const char *what);

/* The next byte that is not white space, without taking it; 0 at the end. */
char det_json_peek(struct det_json_reader *reader);

/* Take `c` after white space, or fail. */
det_status det_json_expect(struct det_json_reader *reader, char c);

/* Take `c` if it comes next. */
bool det_json_accept(struct det_json_reader *reader, char c);

/* After an element of an object or array that ends with `close`: *more is true
 * behind a comma and false behind `close`. */
det_status det_json_next(struct det_json_reader *reader, char close,
                         bool *more);

/* A string as UTF-8 without escapes, ended by 0.  *out is the caller's
 * (free()).  Invalid UTF-8, lone surrogates, control characters and \u0000 are
 * refused. */
det_status det_json_string(struct det_json_reader *reader, char **out);

/* A whole number 0 .. 2^63 - 1, without sign, fraction, exponent or leading
 * zero. */
det_status det_json_integer(struct det_json_reader *reader, int64_t *out);

/* Any JSON number.  Exactly the double nearest to it; one that is too large for
 * a double is refused. */
det_status det_json_number(struct det_json_reader *reader, double *out);

/* true or false; numbers 0 and 1 stand for them too, as in COCO's iscrowd. */
det_status det_json_flag(struct det_json_reader *reader, bool *out);

/* Part of the text. */
struct det_json_span {
    const char *text;
    size_t size;
};

/* A string as it stands between its quotes, escapes untouched: what names are
 * compared with.  Only its end and control characters are looked at. */
det_status det_json_raw_string(struct det_json_reader *reader,
                               struct det_json_span *out);

static inline bool det_json_span_is(struct det_json_span span,
                                    const char *text)
{
    return span.size == strlen(text) &&
           memcmp(span.text, text, span.size) == 0;
}

/* The next value of whatever kind, checked; *out (may be NULL) is its text. */
det_status det_json_skip(struct det_json_reader *reader,
                         struct det_json_span *out);

/* Nothing but white space is left, or fail. */
det_status det_json_end(struct det_json_reader *reader);

#endif
