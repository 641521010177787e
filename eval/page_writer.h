/* SPDX-License-Identifier: MIT */
/*
 * Writing a page with JSON inside.  The first failure is kept and what comes
 * after it does nothing, so that only the end is checked: `status`.
 */
#ifndef EVAL_PAGE_WRITER_H
#define EVAL_PAGE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"

struct det_page_writer {
    struct det_safe_file *file;
    det_status status;
    bool need_comma;
};

/* As it is. */
void det_page_text(struct det_page_writer *w, const char *text);
void det_page_bytes(struct det_page_writer *w, const void *data, size_t size);

/* As text of HTML, whatever it holds; what is no UTF-8 is U+FFFD. */
void det_page_html(struct det_page_writer *w, const char *text);

/* ------------------------------------------------- JSON, commas put by it */

/* '{' or '[', '}' or ']' */
void det_page_open(struct det_page_writer *w, char bracket);
void det_page_close(struct det_page_writer *w, char bracket);
void det_page_key(struct det_page_writer *w, const char *key);

void det_page_integer(struct det_page_writer *w, uint64_t value);
void det_page_flag(struct det_page_writer *w, bool value);
void det_page_null(struct det_page_writer *w);

/* With so many decimals (0..6), in no locale; null for what is not finite or
 * beyond 1e12. */
void det_page_number(struct det_page_writer *w, double value, int decimals);

/* No '<', '>' or '&' is left as it is: the JSON may stand in a script element,
 * which would end at the first "</script". */
void det_page_string(struct det_page_writer *w, const char *text);

/* data [size] as a string in base64. */
void det_page_base64(struct det_page_writer *w, const uint8_t *data,
                     size_t size);

#endif
