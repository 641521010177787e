/* SPDX-License-Identifier: MIT */
#include "weights/caffe_hdf5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weights/caffemodel.h"
#include "weights/hdf5_array.h"
#include "weights/hdf5_group.h"

/* A network of 10,000 layers is ten times as deep as any of Caffe's time. */
enum { MOST_GROUPS = 65536, BLOB_DIGITS = 5 };

/* A group below "/data", a layer or a part of layers' names. */
struct layer {
    char name[DET_CAFFE_LONGEST_NAME + 1]; /* path below "/data" */
    struct det_hdf5_object object;
};

/* The groups that were found.  Those of a group are put behind all others, and
 * read in turn: no depth of groups is too deep. */
struct work {
    struct det_weights *out;
    struct det_hdf5 file;
    struct layer *layers;
    size_t count, capacity;
};

/* -------------------------------------------------------------------- blobs */

/* As Caffe writes an index: "0", "12". */
static bool is_index(const char *name)
{
    const size_t length = strlen(name);
    return length > 0 && length <= BLOB_DIGITS &&
           strspn(name, "0123456789") == length &&
           (name[0] != '0' || length == 1);
}

static det_status add_blob(struct work *work, const struct layer *layer,
                           const struct det_hdf5_member *member,
                           const struct det_hdf5_object *object)
{
    char name[sizeof layer->name + BLOB_DIGITS + 1];
    struct det_weight weight = {.name = name};
    if (!layer->name[0] || !is_index(member->name))
        return det_fail(work->file.message, DET_ERROR_MODEL,
                        "byte %zu: \"/data/%s%s%s\" is not a numbered blob of "
                        "a layer: Caffe did not write the file",
                        member->at, layer->name, layer->name[0] ? "/" : "",
                        member->name);
    if (work->out->count == DET_CAFFE_MOST_BLOBS)
        return det_fail(work->file.message, DET_ERROR_LIMIT,
                        "byte %zu: more than %d blobs", member->at,
                        DET_CAFFE_MOST_BLOBS);
    snprintf(name, sizeof name, "%s.%s", layer->name, member->name);
    DET_TRY(det_hdf5_array_read(&weight, object));
    return det_weights_add(work->out, &weight, work->file.message);
}

/* Groups are in the order of their texts, "10" before "2". */
static int compare_blobs(const void *a, const void *b)
{
    const char *x = ((const struct det_weight *)a)->name;
    const char *y = ((const struct det_weight *)b)->name;
    const size_t x_length = strlen(x), y_length = strlen(y);
    if (x_length != y_length)
        return x_length < y_length ? -1 : 1;
    return strcmp(x, y);
}

/* ------------------------------------------------------------------- layers */

static det_status add_layer(struct work *work, const struct layer *above,
                            const struct det_hdf5_member *member,
                            const struct det_hdf5_object *object)
{
    struct det_message *message = work->file.message;
    const char *slash = above->name[0] ? "/" : "";
    if (work->count == work->capacity) {
        const size_t capacity = work->capacity ? 2 * work->capacity : 64;
        if (work->count == MOST_GROUPS)
            return det_fail(message, DET_ERROR_LIMIT,
                            "byte %zu: more than %d groups", member->at,
                            MOST_GROUPS);
        DET_TRY(det_reallocate(&work->layers, capacity, sizeof *work->layers,
                               message));
        work->capacity = capacity;
    }
    struct layer *layer = &work->layers[work->count];
    const int length = snprintf(layer->name, sizeof layer->name, "%s%s%s",
                                above->name, slash, member->name);
    if (length < 0 || (size_t)length >= sizeof layer->name)
        return det_fail(message, DET_ERROR_MODEL,
                        "byte %zu: a layer's name of %d bytes; at most %d are "
                        "read",
                        member->at, length, DET_CAFFE_LONGEST_NAME);
    layer->object = *object;
    work->count++;
    return DET_OK;
}

static det_status add_member(struct work *work, const struct layer *layer,
                             const struct det_hdf5_member *member)
{
    struct det_hdf5_object object;
    DET_TRY(det_hdf5_object_read(&object, &work->file, member->object));
    if (det_hdf5_is_group(&object))
        return add_layer(work, layer, member, &object);
    return add_blob(work, layer, member, &object);
}

/* `layer` is a copy: the list may move while the group is read. */
static det_status read_layer(struct work *work, const struct layer layer)
{
    const size_t first = work->out->count;
    struct det_hdf5_group group;
    struct det_hdf5_member member;
    bool found;
    DET_TRY(det_hdf5_group_open(&group, &layer.object));
    for (;;) {
        DET_TRY(det_hdf5_group_next(&group, &member, &found));
        if (!found)
            break;
        DET_TRY(add_member(work, &layer, &member));
    }
    if (work->out->count > first)
        qsort(work->out->items + first, work->out->count - first,
              sizeof *work->out->items, compare_blobs);
    return DET_OK;
}

/* --------------------------------------------------------------------- file */

static det_status find_data(struct det_hdf5_object *out, struct det_hdf5 *file,
                            uint64_t root)
{
    struct det_hdf5_object object;
    struct det_hdf5_group group;
    struct det_hdf5_member member;
    bool found = true;
    DET_TRY(det_hdf5_object_read(&object, file, root));
    DET_TRY(det_hdf5_group_open(&group, &object));
    while (found) {
        DET_TRY(det_hdf5_group_next(&group, &member, &found));
        if (!found || strcmp(member.name, "data") != 0)
            continue;
        DET_TRY(det_hdf5_object_read(out, file, member.object));
        if (det_hdf5_is_group(out))
            return DET_OK;
    }
    return det_fail(file->message, DET_ERROR_MODEL,
                    "an HDF5 file without a group \"data\": only what Caffe's "
                    "net.save_hdf5 wrote is read, not Keras's weights");
}

static det_status read_file(struct work *work, const uint8_t *data, size_t size,
                            struct det_message *message)
{
    uint64_t root = 0;
    struct layer top = {.name = ""};
    DET_TRY(det_hdf5_open(&work->file, &root, data, size, message));
    DET_TRY(find_data(&top.object, &work->file, root));
    DET_TRY(read_layer(work, top));
    for (size_t i = 0; i < work->count; i++)
        DET_TRY(read_layer(work, work->layers[i]));
    if (work->out->count == 0)
        return det_fail(message, DET_ERROR_MODEL,
                        "the Caffe network has no weights: none of its layers "
                        "has a blob");
    return det_weights_add_metadata(work->out, "format", DET_CAFFEMODEL_FORMAT,
                                    message);
}

det_status det_caffe_hdf5_parse(struct det_weights *out, const uint8_t *data,
                                size_t size, struct det_message *message)
{
    struct work work = {.out = out};
    const det_status status = read_file(&work, data, size, message);
    free(work.layers);
    return status;
}
