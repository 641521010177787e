/* SPDX-License-Identifier: MIT */
/*
 * A small strict JSON reader for headers from outside: it walks the text once,
 * knows the byte offset of everything, and never recurses.  The caller says
 * what it expects next; anything else is an error at that offset.
 */
#ifndef WEIGHTS_JSON_READER_H
#define WEIGHTS_JSON_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

struct det_json_reader {
    const char *text; /* [size], not ended by 0 */
    size_t size;
    size_t at;        /* next byte */
    size_t base;      /* offset of text[0] in the file, for messages */
    struct det_message *message;
};

/* DET_ERROR_MODEL: "byte N: <what>". */
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

/* Nothing but white space is left, or fail. */
det_status det_json_end(struct det_json_reader *reader);

#endif
