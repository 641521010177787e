/* SPDX-License-Identifier: MIT */
#include "weights/pickle_file.h"

#include <endian.h>
#include <string.h>

#include "base/checked.h"
#include "weights/state_dict.h"

/*
 * torch/serialization.py, _legacy_save: five pickles (magic number, protocol
 * version, system, object, list of storage keys), then for each key the
 * number of elements as int64 and the elements.
 */
enum { TORCH_PROTOCOL = 1001 };

static bool is_torch_magic(const struct det_pickle_value *value)
{
    static const uint8_t magic[10] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                      0x20, 0x6a, 0xa8, 0x50, 0x19};
    return value->kind == DET_PICKLE_LONG && value->text.size == sizeof magic &&
           memcmp(value->text.data, magic, sizeof magic) == 0;
}

static det_status check_system(struct det_pickle *pickle)
{
    struct det_pickle_value *version, *system;
    DET_TRY(det_pickle_read(pickle, &version));
    if (version->kind != DET_PICKLE_INTEGER ||
        version->integer != TORCH_PROTOCOL)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "not torch's file protocol %d", TORCH_PROTOCOL);
    DET_TRY(det_pickle_read(pickle, &system));
    const struct det_pickle_value *little =
        det_pickle_dict_find(system, "little_endian");
    if (little && little->kind == DET_PICKLE_INTEGER && !little->integer)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "written on a big-endian machine");
    return DET_OK;
}

static det_status read_storage(struct det_pickle *pickle,
                               const struct det_pickle_value *key)
{
    int64_t numel;
    size_t bytes;
    struct det_pickle_storage *storage =
        key->kind == DET_PICKLE_TEXT
            ? det_pickle_storage_find(pickle, &key->text)
            : NULL;
    if (!storage || storage->found)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "byte %zu: a storage that no tensor uses, or twice",
                        pickle->at);
    if (pickle->size - pickle->at < sizeof numel)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "byte %zu: the file is truncated", pickle->at);
    memcpy(&numel, pickle->data + pickle->at, sizeof numel);
    if ((int64_t)le64toh((uint64_t)numel) != (int64_t)storage->numel)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "byte %zu: a storage of %lld elements; its tensor says "
                        "%zu",
                        pickle->at, (long long)numel, storage->numel);
    pickle->at += sizeof numel;
    const size_t left = pickle->size - pickle->at;
    if (!det_checked_mul(&bytes, storage->numel,
                         det_dtype_size(storage->dtype)) ||
        bytes > left)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "byte %zu: a storage of %zu elements, but %zu bytes "
                        "are left: the file is truncated",
                        pickle->at, storage->numel, left);
    storage->data = pickle->data + pickle->at;
    storage->found = true;
    pickle->at += bytes;
    return DET_OK;
}

static det_status parse_torch(struct det_weights *out,
                              struct det_pickle *pickle)
{
    struct det_pickle_value *root, *keys;
    DET_TRY(check_system(pickle));
    DET_TRY(det_pickle_read(pickle, &root));
    DET_TRY(det_pickle_read(pickle, &keys));
    if (keys->kind != DET_PICKLE_LIST)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "byte %zu: no list of storages", pickle->at);
    for (size_t i = 0; i < keys->sequence.count; i++)
        DET_TRY(read_storage(pickle, keys->sequence.items[i]));
    return det_state_dict_collect(out, pickle, root);
}

static det_status parse(struct det_weights *out, struct det_pickle *pickle)
{
    struct det_pickle_value *first;
    DET_TRY(det_pickle_read(pickle, &first));
    if (is_torch_magic(first))
        return parse_torch(out, pickle);
    return det_state_dict_collect(out, pickle, first);
}

det_status det_pickle_file_parse(struct det_weights *out, const uint8_t *data,
                                 size_t size, struct det_message *message)
{
    struct det_pickle pickle;
    det_pickle_init(&pickle, data, size, 0, message);
    const det_status status = parse(out, &pickle);
    det_pickle_destroy(&pickle);
    return status;
}
