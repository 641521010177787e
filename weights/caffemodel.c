/* SPDX-License-Identifier: MIT */
#include "weights/caffemodel.h"

#include <stdio.h>
#include <string.h>

#include "weights/caffe_blob.h"

/* caffe.proto, message NetParameter */
enum {
    FIELD_NET_NAME = 1,
    FIELD_V1_LAYERS = 2,
    FIELD_INPUT_SHAPE = 8, /* 3 to 8: inputs and switches */
    FIELD_LAYER = 100
};

/* The two messages that layers have been: LayerParameter, V1LayerParameter. */
struct layer_form {
    uint32_t name, blobs;
};

static const struct layer_form layer_form = {1, 7}, layer_form_v1 = {4, 6};

/* -------------------------------------------------------------- recognition */

bool det_is_caffemodel(const uint8_t *data, size_t size)
{
    struct det_protobuf reader;
    struct det_protobuf_field field;
    bool found = true;
    det_protobuf_init(&reader, data, size, NULL);
    for (;;) {
        const det_status status = det_protobuf_next(&reader, &field, &found);
        const bool bytes = field.wire == DET_WIRE_BYTES;
        if (bytes &&
            (field.number == FIELD_LAYER || field.number == FIELD_V1_LAYERS))
            return true; /* whether or not all of it is there */
        if (status != DET_OK || !found || field.number > FIELD_INPUT_SHAPE ||
            (field.number == FIELD_NET_NAME && !bytes))
            return false;
    }
}

/* Four sides from the first on, or data and a shape and nothing else. */
bool det_is_binaryproto(const uint8_t *data, size_t size)
{
    enum { SIDES = 4, DATA = 5, DOUBLE_DIFF = 9 };
    struct det_protobuf reader;
    struct det_protobuf_field field;
    bool found, has_data = false;
    uint32_t sides = 0;
    det_protobuf_init(&reader, data, size, NULL);
    for (;;) {
        if (det_protobuf_next(&reader, &field, &found) != DET_OK)
            return false;
        if (!found)
            return has_data;
        has_data |= field.number >= DATA;
        if (field.number > DOUBLE_DIFF ||
            (field.number <= SIDES && field.wire != DET_WIRE_VARINT))
            return false;
        sides += field.number == sides + 1;
        if (sides == SIDES)
            return true;
    }
}

/* ------------------------------------------------------------------- layers */

static det_status copy_name(char out[DET_CAFFE_LONGEST_NAME + 1],
                            const struct det_protobuf *layer,
                            const struct det_protobuf_field *field)
{
    if (field->wire != DET_WIRE_BYTES || field->size > DET_CAFFE_LONGEST_NAME ||
        (field->size && memchr(field->data, '\0', field->size)))
        return det_fail(layer->message, DET_ERROR_MODEL,
                        "byte %zu: a layer's name of %zu bytes, which are not "
                        "a text of at most %d",
                        field->at, field->size, DET_CAFFE_LONGEST_NAME);
    if (field->size)
        memcpy(out, field->data, field->size);
    out[field->size] = '\0';
    return DET_OK;
}

/* A name may follow what it names: the layer is gone through twice. */
static det_status find_name(char out[DET_CAFFE_LONGEST_NAME + 1],
                            struct det_protobuf layer,
                            const struct layer_form *form)
{
    struct det_protobuf_field field;
    bool found;
    out[0] = '\0';
    for (;;) {
        DET_TRY(det_protobuf_next(&layer, &field, &found));
        if (!found)
            return DET_OK;
        if (field.number == form->name)
            DET_TRY(copy_name(out, &layer, &field));
    }
}

static det_status add_blob(struct det_weights *out,
                           const struct det_protobuf *layer,
                           const struct det_protobuf_field *field,
                           const char *name, int index)
{
    char blob_name[DET_CAFFE_LONGEST_NAME + 16];
    struct det_protobuf reader;
    if (out->count == DET_CAFFE_MOST_BLOBS)
        return det_fail(layer->message, DET_ERROR_LIMIT,
                        "byte %zu: more than %d blobs", field->at,
                        DET_CAFFE_MOST_BLOBS);
    snprintf(blob_name, sizeof blob_name, "%s.%d", name, index);
    DET_TRY(det_protobuf_enter(&reader, layer, field));
    return det_caffe_blob_add(out, &reader, blob_name);
}

static det_status read_layer(struct det_weights *out,
                             const struct det_protobuf *net,
                             const struct det_protobuf_field *layer,
                             const struct layer_form *form)
{
    char name[DET_CAFFE_LONGEST_NAME + 1];
    struct det_protobuf reader;
    struct det_protobuf_field field;
    bool found;
    DET_TRY(det_protobuf_enter(&reader, net, layer));
    DET_TRY(find_name(name, reader, form));
    for (int blobs = 0;;) {
        DET_TRY(det_protobuf_next(&reader, &field, &found));
        if (!found)
            return DET_OK;
        if (field.number == form->blobs)
            DET_TRY(add_blob(out, &reader, &field, name, blobs++));
    }
}

/* -------------------------------------------------------------------- files */

static det_status read_layers(struct det_weights *out, struct det_protobuf *net)
{
    struct det_protobuf_field field;
    bool found;
    for (;;) {
        DET_TRY(det_protobuf_next(net, &field, &found));
        if (!found)
            return DET_OK;
        if (field.number == FIELD_LAYER)
            DET_TRY(read_layer(out, net, &field, &layer_form));
        else if (field.number == FIELD_V1_LAYERS)
            DET_TRY(read_layer(out, net, &field, &layer_form_v1));
    }
}

det_status det_caffemodel_parse(struct det_weights *out, const uint8_t *data,
                                size_t size, struct det_message *message)
{
    struct det_protobuf net;
    det_protobuf_init(&net, data, size, message);
    DET_TRY(read_layers(out, &net));
    if (out->count == 0)
        return det_fail(message, DET_ERROR_MODEL,
                        "the Caffe network has no weights: none of its layers "
                        "has a blob");
    return det_weights_add_metadata(out, "format", DET_CAFFEMODEL_FORMAT,
                                    message);
}

det_status det_binaryproto_parse(struct det_weights *out, const uint8_t *data,
                                 size_t size, struct det_message *message)
{
    char name[] = "mean";
    struct det_protobuf blob;
    det_protobuf_init(&blob, data, size, message);
    DET_TRY(det_caffe_blob_add(out, &blob, name));
    return det_weights_add_metadata(out, "format", DET_CAFFEMODEL_FORMAT,
                                    message);
}
