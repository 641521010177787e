/* SPDX-License-Identifier: MIT */
/*
 * usage: edit_model IN OUT FROM TO
 *
 * Copy a safetensors file with the text FROM of its header, which must occur,
 * replaced by TO; the header's length and padding are set right.  Makes models
 * that are wrong in one place only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "weights/safetensors.h"

enum { LENGTH_SIZE = 8, ALIGNMENT = 64 };

struct edit {
    const uint8_t *header;
    size_t length;
    const char *from, *to;
};

static det_status write_edited(struct det_safe_file *file,
                               const struct edit *edit, const uint8_t *found)
{
    static const char spaces[ALIGNMENT] =
        "                                                               ";
    const size_t before = (size_t)(found - edit->header);
    const size_t from = strlen(edit->from), to = strlen(edit->to);
    const size_t text = edit->length - from + to;
    const size_t padding = -(LENGTH_SIZE + text) % ALIGNMENT;
    uint8_t length[LENGTH_SIZE];
    for (int i = 0; i < LENGTH_SIZE; i++)
        length[i] = (uint8_t)((uint64_t)(text + padding) >> (8 * i));
    DET_TRY(det_safe_file_write(file, length, sizeof length));
    DET_TRY(det_safe_file_write(file, edit->header, before));
    DET_TRY(det_safe_file_write(file, edit->to, to));
    DET_TRY(
        det_safe_file_write(file, found + from, edit->length - before - from));
    return det_safe_file_write(file, spaces, padding);
}

static det_status edit_file(char **arguments, struct det_message *message)
{
    struct det_mapping in;
    struct det_safe_file out;
    uint64_t length;
    det_status status = det_mapping_open(&in, arguments[1], message);
    if (status != DET_OK || in.size < LENGTH_SIZE)
        return DET_ERROR_READ;
    memcpy(&length, in.data, sizeof length);
    const struct edit edit = {in.data + LENGTH_SIZE, (size_t)length,
                              arguments[3], arguments[4]};
    const uint8_t *found =
        length > in.size - LENGTH_SIZE
            ? NULL
            : memmem(edit.header, edit.length, edit.from, strlen(edit.from));
    if (!found) {
        det_mapping_close(&in);
        return det_fail(message, DET_ERROR_ARGUMENT, "%s: no such text",
                        arguments[3]);
    }
    DET_TRY(det_safe_file_open(&out, arguments[2], message));
    DET_TRY_OR_FAIL(write_edited(&out, &edit, found));
    DET_TRY_OR_FAIL(det_safe_file_write(&out, edit.header + edit.length,
                                        in.size - LENGTH_SIZE - edit.length));
    status = det_safe_file_commit(&out);
fail:
    det_safe_file_discard(&out);
    det_mapping_close(&in);
    return status;
}

int main(int argc, char **argv)
{
    static struct det_message message;
    if (argc != 5) {
        fprintf(stderr, "usage: edit_model IN OUT FROM TO\n");
        return 2;
    }
    if (edit_file(argv, &message) != DET_OK) {
        fprintf(stderr, "edit_model: %s\n", message.text);
        return 1;
    }
    return 0;
}
