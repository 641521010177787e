/* SPDX-License-Identifier: MIT */
#include "datasets/text_writer.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/decimal.h"

det_status det_refuse_existing(const char *path, bool overwrite,
                               struct det_message *message)
{
    struct stat about;
    if (overwrite || lstat(path, &about) != 0)
        return DET_OK;
    return det_fail(message, DET_ERROR_WRITE,
                    "%s: is there already and is not replaced", path);
}

det_status det_text_writer_open(struct det_text_writer *writer,
                                const char *path, bool overwrite,
                                struct det_message *message)
{
    *writer = (struct det_text_writer){0};
    DET_TRY(det_refuse_existing(path, overwrite, message));
    DET_TRY(det_safe_file_open(&writer->file, path, message));
    writer->out = writer->file.stream;
    return DET_OK;
}

det_status det_text_writer_close(struct det_text_writer *writer,
                                 det_status status)
{
    /* An earlier failure stays on the stream though later writes went well. */
    errno = 0;
    if (status == DET_OK && (fflush(writer->out) != 0 || ferror(writer->out)))
        status = det_fail(writer->file.message, DET_ERROR_WRITE,
                          "%s: cannot write: %s", writer->file.path,
                          strerror(errno ? errno : EIO));
    if (status == DET_OK)
        return det_safe_file_commit(&writer->file);
    det_safe_file_discard(&writer->file);
    return status;
}

void det_put(FILE *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
}

void det_put_number(FILE *out, double value)
{
    char text[DET_DECIMAL_SIZE];
    det_decimal_format(text, value);
    fputs(text, out);
}

/* ------------------------------------------------------------------- UTF-8 */

/* Bytes of the valid character at `text`, which is not at its end, or 0. */
static size_t character(const char *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *b = (const uint8_t *)text;
    if (b[0] < 0x80)
        return 1;
    const size_t length = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    if (b[0] < 0xc0 || b[0] >= 0xf8)
        return 0;
    uint32_t code = b[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (b[i] & 0x3f);
    }
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    return code >= least[length] && code <= 0x10ffff && !is_surrogate ? length
                                                                      : 0;
}

void det_put_json(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text) {
        const size_t length = character(text);
        const uint8_t byte = (uint8_t)*text;
        if (length == 0)
            fputs("\\ufffd", out);
        else if (byte == '"' || byte == '\\')
            det_put(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            det_put(out, "\\u%04x", byte);
        else
            fwrite(text, 1, length, out);
        text += length ? length : 1;
    }
    fputc('"', out);
}

void det_put_xml(FILE *out, const char *text)
{
    while (*text) {
        const size_t length = character(text);
        const uint8_t byte = (uint8_t)*text;
        if (length == 0 || byte < 0x20 || byte == 0x7f)
            fputc('?', out);
        else if (byte == '&')
            fputs("&amp;", out);
        else if (byte == '<')
            fputs("&lt;", out);
        else if (byte == '>')
            fputs("&gt;", out);
        else
            fwrite(text, 1, length, out);
        text += length ? length : 1;
    }
}
