/* SPDX-License-Identifier: MIT */
#include "weights/safetensors.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/json_reader.h"
#include "base/memory.h"

/* Files have a handful of keys; a limit keeps the search for one that occurs
 * twice short. */
enum { LENGTH_SIZE = 8, MAX_METADATA = 4096 };

/* What the header says of one array. */
struct entry {
    size_t at;          /* offset of its name in the header, for messages */
    int64_t begin, end; /* of its data, from the end of the header */
};

struct parser {
    struct det_json_reader json;
    struct det_weights *out;
    struct entry *entries; /* parallel to out->items */
    size_t capacity;
    const uint8_t *data; /* behind the header */
    size_t data_size;
    bool has_metadata;
};

/* ----------------------------------------------------------------- metadata */

static det_status parse_pair(struct parser *p)
{
    char *key = NULL, *value = NULL;
    const size_t at = p->json.at;
    det_status status;
    if (p->out->num_metadata == MAX_METADATA)
        return det_json_fail(&p->json, at, "more than 4096 metadata keys");
    DET_TRY_OR_FAIL(det_json_string(&p->json, &key));
    DET_TRY_OR_FAIL(det_json_expect(&p->json, ':'));
    if (det_json_peek(&p->json) != '"') {
        status = det_json_fail(&p->json, p->json.at,
                               "metadata values must be strings");
        goto fail;
    }
    DET_TRY_OR_FAIL(det_json_string(&p->json, &value));
    if (det_weights_metadata(p->out, key)) {
        status = det_json_fail(&p->json, at, "metadata key occurs twice");
        goto fail;
    }
    status = det_weights_add_metadata(p->out, key, value, p->json.message);
fail:
    free(key);
    free(value);
    return status;
}

static det_status parse_metadata(struct parser *p, size_t at)
{
    bool more = true;
    if (p->has_metadata)
        return det_json_fail(&p->json, at, "__metadata__ occurs twice");
    p->has_metadata = true;
    DET_TRY(det_json_expect(&p->json, '{'));
    if (det_json_accept(&p->json, '}'))
        return DET_OK;
    while (more) {
        det_json_peek(&p->json);
        DET_TRY(parse_pair(p));
        DET_TRY(det_json_next(&p->json, '}', &more));
    }
    return DET_OK;
}

/* ------------------------------------------------------------------- arrays */

static det_status parse_dtype(struct parser *p, struct det_weight *weight)
{
    char *name;
    const size_t at = p->json.at;
    DET_TRY(det_json_string(&p->json, &name));
    int dtype = 0;
    while (dtype < DET_DTYPES &&
           strcmp(name, det_dtype_name((enum det_dtype)dtype)) != 0)
        dtype++;
    free(name);
    if (dtype == DET_DTYPES)
        return det_json_fail(&p->json, at, "unknown dtype");
    weight->dtype = (enum det_dtype)dtype;
    return DET_OK;
}

static det_status parse_shape(struct parser *p, struct det_weight *weight)
{
    bool more = true;
    DET_TRY(det_json_expect(&p->json, '['));
    if (det_json_accept(&p->json, ']'))
        return DET_OK;
    while (more) {
        const size_t at = p->json.at;
        if (weight->rank == DET_WEIGHT_RANK)
            return det_json_fail(&p->json, at, "more than 8 dimensions");
        DET_TRY(det_json_integer(&p->json, &weight->shape[weight->rank]));
        weight->rank++;
        DET_TRY(det_json_next(&p->json, ']', &more));
    }
    return DET_OK;
}

static det_status parse_offsets(struct parser *p, struct entry *entry)
{
    DET_TRY(det_json_expect(&p->json, '['));
    DET_TRY(det_json_integer(&p->json, &entry->begin));
    DET_TRY(det_json_expect(&p->json, ','));
    DET_TRY(det_json_integer(&p->json, &entry->end));
    return det_json_expect(&p->json, ']');
}

enum field { FIELD_DTYPE = 1, FIELD_SHAPE = 2, FIELD_OFFSETS = 4 };

static det_status parse_field(struct parser *p, struct det_weight *weight,
                              struct entry *entry, int *seen)
{
    char *key;
    det_json_peek(&p->json);
    const size_t at = p->json.at;
    DET_TRY(det_json_string(&p->json, &key));
    const int field = strcmp(key, "dtype") == 0          ? FIELD_DTYPE
                      : strcmp(key, "shape") == 0        ? FIELD_SHAPE
                      : strcmp(key, "data_offsets") == 0 ? FIELD_OFFSETS
                                                         : 0;
    free(key);
    if (field == 0)
        return det_json_fail(&p->json, at,
                             "only dtype, shape and data_offsets belong here");
    if (*seen & field)
        return det_json_fail(&p->json, at, "key occurs twice");
    *seen |= field;
    DET_TRY(det_json_expect(&p->json, ':'));
    det_json_peek(&p->json);
    return field == FIELD_DTYPE   ? parse_dtype(p, weight)
           : field == FIELD_SHAPE ? parse_shape(p, weight)
                                  : parse_offsets(p, entry);
}

/* The bytes that dtype and shape need are those that the offsets give. */
static det_status check_entry(struct parser *p, struct det_weight *weight,
                              const struct entry *entry)
{
    size_t bytes = det_dtype_size(weight->dtype);
    for (int32_t i = 0; i < weight->rank; i++)
        if (!det_checked_mul(&bytes, bytes, (size_t)weight->shape[i]))
            return det_json_fail(&p->json, entry->at, "shape is too large");
    if (!det_weight_set_contiguous(weight))
        return det_json_fail(&p->json, entry->at, "shape is too large");
    if (entry->begin > entry->end || (size_t)entry->end > p->data_size)
        return det_json_fail(&p->json, entry->at,
                             "data_offsets lie outside the file");
    if ((size_t)(entry->end - entry->begin) != bytes)
        return det_json_fail(&p->json, entry->at,
                             "data_offsets do not fit dtype and shape");
    weight->data = p->data + entry->begin;
    return DET_OK;
}

static det_status parse_array(struct parser *p, char *name, size_t at)
{
    struct det_weight weight = {.name = name};
    struct entry entry = {.at = at};
    int seen = 0;
    bool more = true;
    DET_TRY(det_json_expect(&p->json, '{'));
    while (more) {
        DET_TRY(parse_field(p, &weight, &entry, &seen));
        DET_TRY(det_json_next(&p->json, '}', &more));
    }
    if (seen != (FIELD_DTYPE | FIELD_SHAPE | FIELD_OFFSETS))
        return det_json_fail(&p->json, at,
                             "dtype, shape and data_offsets are needed");
    DET_TRY(check_entry(p, &weight, &entry));
    if (p->out->count == p->capacity) {
        p->capacity = p->capacity ? 2 * p->capacity : 64;
        DET_TRY(det_reallocate(&p->entries, p->capacity, sizeof *p->entries,
                               p->json.message));
    }
    p->entries[p->out->count] = entry;
    return det_weights_add(p->out, &weight, p->json.message);
}

static det_status parse_member(struct parser *p)
{
    char *name;
    det_json_peek(&p->json);
    const size_t at = p->json.at;
    DET_TRY(det_json_string(&p->json, &name));
    det_status status = det_json_expect(&p->json, ':');
    if (status == DET_OK)
        status = strcmp(name, "__metadata__") == 0 ? parse_metadata(p, at)
                                                   : parse_array(p, name, at);
    free(name);
    return status;
}

static det_status parse_header(struct parser *p)
{
    bool more = true;
    if (p->json.size == 0 || p->json.text[0] != '{')
        return det_json_fail(&p->json, 0, "the header must begin with '{'");
    DET_TRY(det_json_expect(&p->json, '{'));
    if (!det_json_accept(&p->json, '}'))
        while (more) {
            DET_TRY(parse_member(p));
            DET_TRY(det_json_next(&p->json, '}', &more));
        }
    return det_json_end(&p->json);
}

/* ------------------------------------------------------------- whole buffer */

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* det_weights_finish put equal names side by side; the one that stands later
 * in the header is to blame. */
static det_status fail_twice(struct parser *p)
{
    const struct det_weights *w = p->out;
    for (size_t i = 1; i < w->count; i++) {
        const size_t a = w->order[i - 1], b = w->order[i];
        if (strcmp(w->items[a].name, w->items[b].name) == 0)
            return det_json_fail(&p->json, p->entries[a > b ? a : b].at,
                                 "tensor occurs twice");
    }
    return DET_ERROR_MODEL;
}

/* Arrays follow each other without hole or overlap and fill the file, so that
 * nothing can hide in it. */
static det_status check_layout(struct parser *p)
{
    int64_t expected = 0;
    if (p->out->count > 1)
        qsort(p->entries, p->out->count, sizeof *p->entries, compare_entries);
    for (size_t i = 0; i < p->out->count; i++) {
        if (p->entries[i].begin != expected)
            return det_json_fail(&p->json, p->entries[i].at,
                                 p->entries[i].begin < expected
                                     ? "data overlap those of another tensor"
                                     : "there is a hole before these data");
        expected = p->entries[i].end;
    }
    if ((size_t)expected != p->data_size)
        return det_fail(p->json.message, DET_ERROR_MODEL,
                        "byte %zu: %zu bytes that belong to no tensor",
                        p->json.base + p->json.size + (size_t)expected,
                        p->data_size - (size_t)expected);
    return DET_OK;
}

static uint64_t read_length(const uint8_t *data)
{
    uint64_t length = 0;
    for (int i = LENGTH_SIZE - 1; i >= 0; i--)
        length = length << 8 | data[i];
    return length;
}

static det_status parse(struct parser *p, const uint8_t *data, size_t size)
{
    struct det_message *message = p->json.message;
    if (size < LENGTH_SIZE)
        return det_fail(message, DET_ERROR_MODEL,
                        "byte 0: a file of %zu bytes has no room for the "
                        "header's length",
                        size);
    const uint64_t length = read_length(data);
    if (length > DET_SAFETENSORS_MAX_HEADER)
        return det_fail(message, DET_ERROR_MODEL,
                        "byte 0: not a safetensors file (a header of %llu "
                        "bytes; at most %d are accepted); detect-convert "
                        "makes one",
                        (unsigned long long)length, DET_SAFETENSORS_MAX_HEADER);
    if (length > size - LENGTH_SIZE)
        return det_fail(message, DET_ERROR_MODEL,
                        "byte 0: a header of %llu bytes, but the file ends "
                        "after %zu",
                        (unsigned long long)length, size - LENGTH_SIZE);
    p->json.text = (const char *)data + LENGTH_SIZE;
    p->json.size = (size_t)length;
    p->json.base = LENGTH_SIZE;
    p->data = data + LENGTH_SIZE + length;
    p->data_size = size - LENGTH_SIZE - (size_t)length;
    DET_TRY(parse_header(p));
    const det_status status = det_weights_finish(p->out, message);
    if (status != DET_OK)
        return status == DET_ERROR_MODEL ? fail_twice(p) : status;
    return check_layout(p);
}

det_status det_safetensors_parse(struct det_weights *out, const uint8_t *data,
                                 size_t size, struct det_message *message)
{
    struct parser p = {
        .out = out, .json = {.refusal = DET_ERROR_MODEL, .message = message}};
    *out = (struct det_weights){0};
    const det_status status = parse(&p, data, size);
    free(p.entries);
    if (status != DET_OK)
        det_weights_destroy(out);
    return status;
}

det_status det_safetensors_open(struct det_weights *out, const char *path,
                                struct det_message *message)
{
    return det_weights_map(out, path, det_safetensors_parse, message);
}
