/* SPDX-License-Identifier: MIT */
/* Text from outside (file names, class names) made fit for an output. */
#ifndef APPS_TEXT_H
#define APPS_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Bytes of the valid UTF-8 character at `text` (1 to 4), or 0 when the bytes
 * there are none; the final 0 counts as no character. */
size_t text_utf8_length(const char *text);

/* One tab-separated field: backslash, tab, newline and other control
 * characters as \\ \t \n \r or \xHH. */
void text_write_field(FILE *out, const char *text);

/* A JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void text_write_json(FILE *out, const char *text);

/* One field as RFC 4180 wants it. */
void text_write_csv(FILE *out, const char *text);

#endif
