/* SPDX-License-Identifier: MIT */
#include "weights/hdf5.h"

#include <string.h>

static const char signature[] = "\x89HDF\r\n\x1a\n";
enum {
    SIGNATURE = sizeof signature - 1,
    ADDRESS = 8,
    SUPERBLOCK = 76 /* as far as it is read, in version 1 */
};

bool det_is_hdf5(const uint8_t *data, size_t size)
{
    return size >= SIGNATURE && memcmp(data, signature, SIGNATURE) == 0;
}

/* -------------------------------------------------------------------- parts */

det_status det_hdf5_enter(struct det_hdf5_part *out, struct det_hdf5 *file,
                          uint64_t address, uint64_t size, const char *what)
{
    if (address > file->size || size > file->size - (size_t)address)
        return det_fail(file->message, DET_ERROR_MODEL,
                        "byte %llu: %s of %llu bytes is not in the file of %zu "
                        "bytes, which is truncated or damaged",
                        (unsigned long long)address, what,
                        (unsigned long long)size, file->size);
    if (size > file->unused)
        return det_fail(file->message, DET_ERROR_MODEL,
                        "byte %llu: %s: more bytes are used than the file has: "
                        "its parts overlap, or lead round in a circle",
                        (unsigned long long)address, what);
    file->unused -= (size_t)size;
    *out = (struct det_hdf5_part){.file = file,
                                  .what = what,
                                  .at = (size_t)address,
                                  .end = (size_t)address + (size_t)size};
    return DET_OK;
}

det_status det_hdf5_skip(struct det_hdf5_part *part, size_t bytes)
{
    if (bytes > part->end - part->at)
        return det_fail(part->file->message, DET_ERROR_MODEL,
                        "byte %zu: %s ends too early: the file is damaged",
                        part->at, part->what);
    part->at += bytes;
    return DET_OK;
}

det_status det_hdf5_take(struct det_hdf5_part *part, uint64_t *out,
                         size_t bytes)
{
    const uint8_t *data = part->file->data + part->at;
    DET_TRY(det_hdf5_skip(part, bytes));
    *out = 0;
    for (size_t i = 0; i < bytes; i++)
        *out |= (uint64_t)data[i] << (8 * i);
    return DET_OK;
}

det_status det_hdf5_expect(struct det_hdf5_part *part, const char *expected)
{
    const size_t at = part->at, length = strlen(expected);
    DET_TRY(det_hdf5_skip(part, length));
    if (memcmp(part->file->data + at, expected, length) != 0)
        return det_fail(part->file->message, DET_ERROR_MODEL,
                        "byte %zu: %s does not begin with \"%s\": the file is "
                        "damaged",
                        at, part->what, expected);
    return DET_OK;
}

det_status det_hdf5_expect_version(struct det_hdf5_part *part, unsigned version)
{
    const size_t at = part->at;
    uint64_t found = 0;
    DET_TRY(det_hdf5_take(part, &found, 1));
    if (found != version)
        return det_fail(part->file->message, DET_ERROR_MODEL,
                        "byte %zu: %s of version %u; version %u is read, which "
                        "HDF5 writes with libver \"earliest\"",
                        at, part->what, (unsigned)found, version);
    return DET_OK;
}

/* --------------------------------------------------------------- superblock */

/* Versions 2 and 3 come with groups of another kind. */
static det_status take_version(struct det_hdf5_part *block, uint64_t *version)
{
    DET_TRY(det_hdf5_take(block, version, 1));
    if (*version > 1)
        return det_fail(block->file->message, DET_ERROR_MODEL,
                        "an HDF5 file with a superblock of version %u; 0 and 1 "
                        "are read: write it with libver \"earliest\"",
                        (unsigned)*version);
    return DET_OK;
}

static det_status check_address_sizes(struct det_hdf5_part *block)
{
    uint64_t offsets = 0, lengths = 0;
    DET_TRY(det_hdf5_skip(block, 4)); /* versions of what lies elsewhere */
    DET_TRY(det_hdf5_take(block, &offsets, 1));
    DET_TRY(det_hdf5_take(block, &lengths, 1));
    if (offsets != ADDRESS || lengths != ADDRESS)
        return det_fail(block->file->message, DET_ERROR_MODEL,
                        "an HDF5 file with addresses of %u and lengths of %u "
                        "bytes; only 8 are read",
                        (unsigned)offsets, (unsigned)lengths);
    return DET_OK;
}

/* All addresses count from the base, which lies where the signature does. */
static det_status check_extent(struct det_hdf5_part *block)
{
    const size_t size = block->file->size;
    uint64_t base = 0, end = 0;
    DET_TRY(det_hdf5_take(block, &base, ADDRESS));
    DET_TRY(det_hdf5_skip(block, ADDRESS)); /* free space */
    DET_TRY(det_hdf5_take(block, &end, ADDRESS));
    DET_TRY(det_hdf5_skip(block, ADDRESS)); /* driver */
    if (base != 0)
        return det_fail(block->file->message, DET_ERROR_MODEL,
                        "an HDF5 file that begins at byte %llu: the file is "
                        "damaged",
                        (unsigned long long)base);
    if (end > size)
        return det_fail(block->file->message, DET_ERROR_MODEL,
                        "an HDF5 file of %llu bytes of which %zu are here: it "
                        "is truncated",
                        (unsigned long long)end, size);
    return DET_OK;
}

static det_status read_superblock(struct det_hdf5 *file, uint64_t *root)
{
    struct det_hdf5_part block;
    uint64_t version = 0;
    const size_t most = SUPERBLOCK;
    DET_TRY(det_hdf5_enter(
        &block, file, 0, file->size < most ? file->size : most, "superblock"));
    DET_TRY(det_hdf5_expect(&block, signature));
    DET_TRY(take_version(&block, &version));
    DET_TRY(check_address_sizes(&block));
    /* Sizes of groups' parts, which say so themselves, and flags. */
    DET_TRY(det_hdf5_skip(&block, version == 0 ? 9 : 13));
    DET_TRY(check_extent(&block));
    DET_TRY(det_hdf5_skip(&block, ADDRESS)); /* the root has no name */
    return det_hdf5_take(&block, root, ADDRESS);
}

det_status det_hdf5_open(struct det_hdf5 *out, uint64_t *root,
                         const uint8_t *data, size_t size,
                         struct det_message *message)
{
    *out = (struct det_hdf5){
        .data = data, .size = size, .unused = size, .message = message};
    return read_superblock(out, root);
}
