/* SPDX-License-Identifier: MIT */
#include "weights/read.h"

#include <string.h>

#include "weights/caffe_hdf5.h"
#include "weights/caffemodel.h"
#include "weights/hdf5.h"
#include "weights/pickle_file.h"
#include "weights/safetensors.h"
#include "weights/torch_zip.h"

/* Files that people take for weights, and what to do about it. */
static const struct {
    const char *start, *what;
} strangers[] = {
    {"version https://git-lfs", "a Git LFS pointer, not the file: run git lfs "
                                "pull"},
    {"<!", "an HTML page: the download went wrong"},
    {"<html", "an HTML page: the download went wrong"},
    {"\x89HDF", "an HDF5 file that was changed on the way, as a text: transfer "
                "it again, as binary data"},
    {"GGUF", "a GGUF file: only torch, Detectron2 and Caffe weights and "
             "safetensors are read"},
    {"\x08\x03\x12", "an ONNX file: convert the .pth it was made from"},
    {"\x08\x04\x12", "an ONNX file: convert the .pth it was made from"},
    {"\x08\x06\x12", "an ONNX file: convert the .pth it was made from"},
    {"\x08\x07\x12", "an ONNX file: convert the .pth it was made from"},
    {"\x08\x08\x12", "an ONNX file: convert the .pth it was made from"},
    {"\x1f\x8b", "a gzip file: unpack it first"},
    {"name:", "a .prototxt, which describes a network: the weights are in the "
              ".caffemodel"},
    {"layer", "a .prototxt, which describes a network: the weights are in the "
              ".caffemodel"},
    {"7z\xbc\xaf", "a 7z archive: unpack it first"},
    {"\xff\xd8\xff", "a JPEG picture"},
    {"\x89PNG", "a PNG picture"},
};

static bool begins(const uint8_t *data, size_t size, const char *start)
{
    const size_t length = strlen(start);
    return size >= length && memcmp(data, start, length) == 0;
}

static const char *recognise_stranger(const uint8_t *data, size_t size)
{
    enum { TAR_MAGIC = 257 };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (begins(data, size, strangers[i].start))
            return strangers[i].what;
    if (size > TAR_MAGIC && begins(data + TAR_MAGIC, size - TAR_MAGIC, "ustar"))
        return "a tar archive (torch before 0.1.10 wrote such files): save it "
               "again with a newer torch";
    return NULL;
}

/* A header below 4 GiB that begins with a brace. */
static bool is_safetensors(const uint8_t *data, size_t size)
{
    return size > 8 && data[8] == '{' && memcmp(data + 4, "\0\0\0\0", 4) == 0;
}

static bool is_pickle(const uint8_t *data, size_t size)
{
    enum { PROTO = 0x80 };
    return size >= 2 && data[0] == PROTO && data[1] >= 2 && data[1] <= 5;
}

static det_status parse(struct det_weights *out, const uint8_t *data,
                        size_t size, struct det_message *message)
{
    if (size == 0)
        return det_fail(message, DET_ERROR_MODEL, "the file is empty");
    if (is_safetensors(data, size))
        return det_safetensors_parse(out, data, size, message);
    if (begins(data, size, "PK\x03\x04") || begins(data, size, "PK\x05\x06"))
        DET_TRY(det_torch_zip_parse(out, data, size, message));
    else if (is_pickle(data, size))
        DET_TRY(det_pickle_file_parse(out, data, size, message));
    else if (det_is_hdf5(data, size))
        DET_TRY(det_caffe_hdf5_parse(out, data, size, message));
    else if (det_is_caffemodel(data, size))
        DET_TRY(det_caffemodel_parse(out, data, size, message));
    else if (det_is_binaryproto(data, size))
        DET_TRY(det_binaryproto_parse(out, data, size, message));
    else {
        const char *what = recognise_stranger(data, size);
        if (what)
            return det_fail(message, DET_ERROR_MODEL, "%s", what);
        return det_safetensors_parse(out, data, size, message);
    }
    return det_weights_finish(out, message);
}

det_status det_weights_read_memory(struct det_weights *out, const uint8_t *data,
                                   size_t size, struct det_message *message)
{
    *out = (struct det_weights){0};
    const det_status status = parse(out, data, size, message);
    if (status != DET_OK)
        det_weights_destroy(out);
    return status;
}

det_status det_weights_read(struct det_weights *out, const char *path,
                            struct det_message *message)
{
    return det_weights_map(out, path, det_weights_read_memory, message);
}
