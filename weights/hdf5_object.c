/* SPDX-License-Identifier: MIT */
#include "weights/hdf5_object.h"

#include <string.h>

/* Section IV.A.2, "Data Object Header Messages" */
enum {
    DATASPACE = 0x01,
    DATATYPE = 0x03,
    LAYOUT = 0x08,
    CONTINUATION = 0x10,
    SYMBOL_TABLE = 0x11
};

enum {
    PREFIX = 16,      /* bytes, with the padding behind it */
    MESSAGE_HEAD = 8, /* bytes: kind, size, flags */
    SHARED = 2,       /* flag: the contents are a reference to another object */
    MOST_BLOCKS = 32
};

/* A header that did not suffice goes on elsewhere, and there again. */
struct blocks {
    struct det_hdf5_part items[MOST_BLOCKS]; /* that are still to be read */
    size_t count;
};

bool det_hdf5_is_group(const struct det_hdf5_object *object)
{
    return object->symbol_table.file != NULL;
}

static det_status add_block(struct blocks *blocks, struct det_hdf5_part *where)
{
    const size_t at = where->at;
    uint64_t address = 0, size = 0;
    DET_TRY(det_hdf5_take(where, &address, 8));
    DET_TRY(det_hdf5_take(where, &size, 8));
    if (blocks->count == MOST_BLOCKS)
        return det_fail(where->file->message, DET_ERROR_LIMIT,
                        "byte %zu: an object header in more than %d pieces", at,
                        MOST_BLOCKS);
    return det_hdf5_enter(&blocks->items[blocks->count++], where->file, address,
                          size, "object header's continuation");
}

static det_status keep(struct det_hdf5_part *out,
                       const struct det_hdf5_part *contents, const char *what,
                       uint64_t flags)
{
    if (flags & SHARED)
        return det_fail(contents->file->message, DET_ERROR_MODEL,
                        "byte %zu: a %s that lies in another object (a named "
                        "type?), which is not read",
                        contents->at, what);
    *out = *contents;
    out->what = what;
    return DET_OK;
}

/* One message of `block`: what it is, and its contents. */
static det_status read_message(struct det_hdf5_object *out,
                               struct blocks *blocks,
                               struct det_hdf5_part *block)
{
    uint64_t kind = 0, size = 0, flags = 0;
    DET_TRY(det_hdf5_take(block, &kind, 2));
    DET_TRY(det_hdf5_take(block, &size, 2));
    DET_TRY(det_hdf5_take(block, &flags, 1));
    DET_TRY(det_hdf5_skip(block, 3));
    struct det_hdf5_part contents = *block;
    DET_TRY(det_hdf5_skip(block, (size_t)size));
    contents.end = block->at;
    switch (kind) {
    case DATASPACE:
        return keep(&out->dataspace, &contents, "dataspace", flags);
    case DATATYPE:
        return keep(&out->datatype, &contents, "datatype", flags);
    case LAYOUT:
        return keep(&out->layout, &contents, "data layout", flags);
    case SYMBOL_TABLE:
        return keep(&out->symbol_table, &contents, "symbol table", flags);
    case CONTINUATION:
        return add_block(blocks, &contents);
    default:
        return DET_OK; /* fill values, times, attributes */
    }
}

static det_status read_blocks(struct det_hdf5_object *out,
                              struct blocks *blocks)
{
    while (blocks->count) {
        struct det_hdf5_part block = blocks->items[--blocks->count];
        while (block.end - block.at >= MESSAGE_HEAD)
            DET_TRY(read_message(out, blocks, &block));
    }
    return DET_OK;
}

det_status det_hdf5_object_read(struct det_hdf5_object *out,
                                struct det_hdf5 *file, uint64_t address)
{
    static const char what[] = "object header";
    struct blocks blocks;
    struct det_hdf5_part prefix;
    uint64_t size = 0;
    DET_TRY(det_hdf5_enter(&prefix, file, address, PREFIX, what));
    *out = (struct det_hdf5_object){.file = file, .at = prefix.at};
    if (file->data[prefix.at] == 'O') /* "OHDR", and the version behind it */
        return det_fail(file->message, DET_ERROR_MODEL,
                        "byte %zu: an object header of version 2; version 1 is "
                        "read: write the file with libver \"earliest\" and "
                        "without track_order",
                        prefix.at);
    DET_TRY(det_hdf5_expect_version(&prefix, 1));
    DET_TRY(det_hdf5_skip(&prefix, 7)); /* numbers of messages and of links */
    DET_TRY(det_hdf5_take(&prefix, &size, 4));
    blocks.count = 1;
    DET_TRY(det_hdf5_enter(&blocks.items[0], file, prefix.end, size, what));
    return read_blocks(out, &blocks);
}
