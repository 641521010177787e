/* SPDX-License-Identifier: MIT */
/*
 * Protocol buffers as they lie in a file (protobuf.dev, "Encoding"): the fields
 * of one message, one after the other.  Nothing is copied or allocated, and
 * nothing recurses: a message inside another is read when its field is entered.
 */
#ifndef WEIGHTS_PROTOBUF_H
#define WEIGHTS_PROTOBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/message.h"

/* Groups, 3 and 4, are refused: proto2 has not written them since 2008. */
enum det_wire {
    DET_WIRE_VARINT = 0,
    DET_WIRE_FIXED64 = 1,
    DET_WIRE_BYTES = 2, /* text, a message, packed numbers */
    DET_WIRE_FIXED32 = 5
};

/* One message, `at` its next field. */
struct det_protobuf {
    const uint8_t *data; /* borrowed */
    size_t size, at;
    size_t base; /* offset of data[0] in the file, for messages */
    struct det_message *message;
};

struct det_protobuf_field {
    uint32_t number;
    enum det_wire wire;
    uint64_t value;      /* of a varint */
    const uint8_t *data; /* of the others: inside the message */
    size_t size;         /* bytes; 8 and 4 of the fixed ones */
    size_t at;           /* offset of the field in the file */
};

void det_protobuf_init(struct det_protobuf *reader, const uint8_t *data,
                       size_t size, struct det_message *message);

/* The next field; *found is false at the end of the message.  DET_ERROR_MODEL
 * "byte N: ..." when it does not fit into the message; number and wire are then
 * those of the field when its tag could be read, else 0. */
det_status det_protobuf_next(struct det_protobuf *reader,
                             struct det_protobuf_field *out, bool *found);

/* Begin the message that `field` of `outer` holds. */
det_status det_protobuf_enter(struct det_protobuf *out,
                              const struct det_protobuf *outer,
                              const struct det_protobuf_field *field);

/* One varint at *at, which moves behind it; false when it has no end within
 * `size` bytes or does not fit into 64 bits. */
bool det_varint_read(uint64_t *out, const uint8_t *data, size_t size,
                     size_t *at);

#endif
