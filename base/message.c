/* SPDX-License-Identifier: MIT */
#include "base/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void replace_control_characters(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
}

det_status det_fail(struct det_message *message, det_status status,
                    const char *format, ...)
{
    if (!message)
        return status;
    char text[DET_MESSAGE_SIZE]; /* arguments may lie in message->text */
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    replace_control_characters(text);
    memcpy(message->text, text, sizeof text);
    return status;
}

det_status det_fail_memory(struct det_message *message, size_t bytes)
{
    return det_fail(message, DET_ERROR_MEMORY,
                    "out of memory: %zu bytes were asked for", bytes);
}

void det_message_prefix(struct det_message *message, const char *where)
{
    if (!message)
        return;
    char text[DET_MESSAGE_SIZE];
    memcpy(text, message->text, sizeof text);
    text[sizeof text - 1] = 0;
    det_fail(message, DET_OK, "%s: %s", where, text);
}

void det_log(const struct det_message *message, det_log_level level,
             const char *format, ...)
{
    if (!message || !message->log)
        return;
    char text[DET_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    replace_control_characters(text);
    message->log(message->log_user, level, text);
}
