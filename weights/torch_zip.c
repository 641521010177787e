/* SPDX-License-Identifier: MIT */
#include "weights/torch_zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/checked.h"
#include "base/memory.h"
#include "weights/state_dict.h"

enum {
    MAX_NAME = 512,
    MAX_ENTRIES = 1 << 16,
    /* torch stores; other writers may deflate, but not like this. */
    MAX_RATIO = 100,
    SPARE = 1 << 20
};

struct archive {
    zip_t *zip;
    char prefix[MAX_NAME]; /* of all entries, "archive/" */
    size_t budget;         /* bytes that may still be unpacked */
    struct det_message *message;
};

/* ------------------------------------------------------------------ opening */

static det_status open_archive(struct archive *archive, const uint8_t *data,
                               size_t size)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &error);
    archive->zip =
        source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    det_status status = DET_OK;
    if (!archive->zip) {
        status = det_fail(archive->message, DET_ERROR_MODEL,
                          "the zip archive cannot be read (%s): the file may "
                          "be truncated",
                          zip_error_strerror(&error));
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return status;
}

/* The entry "<prefix>data.pkl" gives the prefix of all others. */
static det_status find_prefix(struct archive *archive)
{
    static const char pickle[] = "data.pkl";
    const size_t tail = sizeof pickle - 1;
    const zip_int64_t entries = zip_get_num_entries(archive->zip, 0);
    for (zip_int64_t i = 0; i < entries && i < MAX_ENTRIES; i++) {
        const char *name =
            zip_get_name(archive->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        const size_t size = name ? strlen(name) : 0;
        if (size < tail || size >= MAX_NAME ||
            strcmp(name + size - tail, pickle) != 0)
            continue;
        if (size > tail && name[size - tail - 1] != '/')
            continue;
        memcpy(archive->prefix, name, size - tail);
        archive->prefix[size - tail] = '\0';
        return DET_OK;
    }
    return det_fail(archive->message, DET_ERROR_MODEL,
                    "a zip archive without data.pkl: torch.save did not write "
                    "it");
}

/* ------------------------------------------------------------------ entries */

/* The index of "<prefix><name>", or -1. */
static zip_int64_t locate(const struct archive *archive, const char *folder,
                          const struct det_pickle_text *name)
{
    char path[2 * MAX_NAME];
    if (name->size >= MAX_NAME / 2 || memchr(name->data, '\0', name->size))
        return -1;
    snprintf(path, sizeof path, "%s%s%.*s", archive->prefix, folder,
             (int)name->size, (const char *)name->data);
    return zip_name_locate(archive->zip, path, ZIP_FL_ENC_RAW);
}

static zip_int64_t locate_text(const struct archive *archive, const char *name)
{
    const struct det_pickle_text text = {(const uint8_t *)name, strlen(name)};
    return locate(archive, "", &text);
}

static det_status check_entry(struct archive *archive, zip_int64_t index,
                              zip_stat_t *stat)
{
    const zip_uint64_t needed = ZIP_STAT_NAME | ZIP_STAT_SIZE;
    if (zip_stat_index(archive->zip, (zip_uint64_t)index, 0, stat) != 0 ||
        (stat->valid & needed) != needed)
        return det_fail(archive->message, DET_ERROR_MODEL,
                        "a damaged entry of the zip archive");
    if (stat->size > archive->budget)
        return det_fail(archive->message, DET_ERROR_LIMIT,
                        "\"%.200s\" unpacks to %llu bytes, too much for the "
                        "size of the file",
                        stat->name, (unsigned long long)stat->size);
    archive->budget -= (size_t)stat->size;
    return DET_OK;
}

/* The whole entry and nothing behind it; the last read checks its CRC. */
static bool read_entry(zip_file_t *file, uint8_t *data, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const zip_int64_t got = zip_fread(file, data + at, size - at);
        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    uint8_t behind;
    return zip_fread(file, &behind, 1) == 0;
}

/* *out is kept by the weights. */
static det_status load_entry(struct det_weights *weights,
                             struct archive *archive, zip_int64_t index,
                             struct det_pickle_text *out)
{
    zip_stat_t stat;
    uint8_t *data;
    DET_TRY(check_entry(archive, index, &stat));
    DET_TRY(det_allocate(&data, (size_t)stat.size, 1, archive->message));
    DET_TRY(det_weights_keep_block(weights, data, archive->message));
    zip_file_t *file = zip_fopen_index(archive->zip, (zip_uint64_t)index, 0);
    const bool good = file && read_entry(file, data, (size_t)stat.size);
    if (file)
        zip_fclose(file);
    if (!good)
        return det_fail(archive->message, DET_ERROR_MODEL,
                        "\"%.200s\" in the zip archive is damaged: the file "
                        "may be truncated",
                        stat.name);
    *out = (struct det_pickle_text){data, (size_t)stat.size};
    return DET_OK;
}

/* ----------------------------------------------------------------- contents */

/* What torch.jit.save and torch.export write is a program. */
static det_status check_kind(struct det_weights *weights,
                             struct archive *archive)
{
    struct det_pickle_text order;
    if (locate_text(archive, "constants.pkl") >= 0)
        return det_fail(archive->message, DET_ERROR_MODEL,
                        "a TorchScript program: save the model's state_dict() "
                        "with torch.save");
    const zip_int64_t index = locate_text(archive, "byteorder");
    if (index < 0)
        return DET_OK;
    DET_TRY(load_entry(weights, archive, index, &order));
    if (order.size < 6 || memcmp(order.data, "little", 6) != 0)
        return det_fail(archive->message, DET_ERROR_MODEL,
                        "written on a big-endian machine");
    return DET_OK;
}

static det_status load_storage(struct det_weights *weights,
                               struct archive *archive,
                               struct det_pickle_storage *storage)
{
    struct det_pickle_text data;
    size_t bytes;
    const zip_int64_t index = locate(archive, "data/", &storage->key);
    if (index < 0)
        return det_fail(archive->message, DET_ERROR_MODEL,
                        "the zip archive has no \"data/%.*s\"",
                        (int)(storage->key.size < 80 ? storage->key.size : 80),
                        (const char *)storage->key.data);
    DET_TRY(load_entry(weights, archive, index, &data));
    if (!det_checked_mul(&bytes, storage->numel,
                         det_dtype_size(storage->dtype)) ||
        bytes != data.size)
        return det_fail(archive->message, DET_ERROR_MODEL,
                        "\"data/%.*s\" has %zu bytes for %zu elements of %s",
                        (int)storage->key.size, (const char *)storage->key.data,
                        data.size, storage->numel,
                        det_dtype_name(storage->dtype));
    storage->data = data.data;
    storage->found = true;
    return DET_OK;
}

static det_status parse_pickle(struct det_weights *weights,
                               struct archive *archive,
                               struct det_pickle *pickle)
{
    struct det_pickle_value *root;
    DET_TRY(det_pickle_read(pickle, &root));
    for (size_t i = 0; i < pickle->storages.count; i++)
        DET_TRY(load_storage(weights, archive, pickle->storages.items[i]));
    return det_state_dict_collect(weights, pickle, root);
}

static det_status parse(struct det_weights *weights, struct archive *archive)
{
    struct det_pickle_text data;
    struct det_pickle pickle;
    DET_TRY(find_prefix(archive));
    DET_TRY(check_kind(weights, archive));
    DET_TRY(
        load_entry(weights, archive, locate_text(archive, "data.pkl"), &data));
    det_pickle_init(&pickle, data.data, data.size, 0, archive->message);
    const det_status status = parse_pickle(weights, archive, &pickle);
    det_pickle_destroy(&pickle);
    if (status == DET_ERROR_MODEL)
        det_message_prefix(archive->message, "data.pkl");
    return status;
}

det_status det_torch_zip_parse(struct det_weights *out, const uint8_t *data,
                               size_t size, struct det_message *message)
{
    struct archive archive = {.message = message};
    if (!det_checked_mul(&archive.budget, size, MAX_RATIO) ||
        !det_checked_add(&archive.budget, archive.budget, SPARE))
        archive.budget = SIZE_MAX / 2;
    DET_TRY(open_archive(&archive, data, size));
    const det_status status = parse(out, &archive);
    zip_discard(archive.zip);
    return status;
}
