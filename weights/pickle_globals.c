/* SPDX-License-Identifier: MIT */
/* The whitelist: every name a pickle may mention, and what stands for it. */
#include <string.h>

#include "weights/pickle_machine.h"
#include "weights/pickle_numpy.h"
#include "weights/pickle_torch.h"

/* ----------------------------------------------------------- Python's own */

/* OrderedDict(), OrderedDict([(key, value), ...]), Counter({...}) */
static det_status call_dict(struct det_pickle_machine *m,
                            const struct det_pickle_global *global,
                            const struct det_pickle_sequence *arguments,
                            struct det_pickle_value **out)
{
    (void)global;
    DET_TRY(det_pickle_new(m, out, DET_PICKLE_DICT));
    if (arguments->count == 0)
        return DET_OK;
    const struct det_pickle_value *items =
        arguments->items[arguments->count - 1];
    const bool is_dict = items->kind == DET_PICKLE_DICT;
    if (items->kind != DET_PICKLE_LIST && !is_dict)
        return DET_OK; /* defaultdict(factory): filled by SETITEMS */
    for (size_t i = 0; i < items->sequence.count; i++) {
        struct det_pickle_value *item = items->sequence.items[i];
        if (is_dict) {
            DET_TRY(det_pickle_append(m, &(*out)->sequence, item));
            continue;
        }
        if ((item->kind != DET_PICKLE_TUPLE && item->kind != DET_PICKLE_LIST) ||
            item->sequence.count != 2)
            return det_pickle_fail(m, "an item of an OrderedDict is not a "
                                      "pair");
        for (size_t side = 0; side < 2; side++)
            DET_TRY(det_pickle_append(m, &(*out)->sequence,
                                      item->sequence.items[side]));
    }
    return DET_OK;
}

static det_status call_opaque(struct det_pickle_machine *m,
                              const struct det_pickle_global *global,
                              const struct det_pickle_sequence *arguments,
                              struct det_pickle_value **out)
{
    (void)global;
    (void)arguments;
    return det_pickle_new(m, out, DET_PICKLE_OPAQUE);
}

/* _codecs.encode(text, "latin1"): how protocol 2 spells bytes */
static det_status call_encode(struct det_pickle_machine *m,
                              const struct det_pickle_global *global,
                              const struct det_pickle_sequence *arguments,
                              struct det_pickle_value **out)
{
    (void)global;
    if (arguments->count != 2 || arguments->items[0]->kind != DET_PICKLE_TEXT ||
        (!det_pickle_text_is(arguments->items[1], "latin1") &&
         !det_pickle_text_is(arguments->items[1], "latin-1")))
        return det_pickle_fail(m, "_codecs.encode of something else than a "
                                  "str to latin1");
    const struct det_pickle_text *text = &arguments->items[0]->text;
    uint8_t *bytes;
    size_t count = 0;
    DET_TRY(det_pickle_allocate(&bytes, &m->pickle->heap, text->size, 1,
                                m->pickle->message));
    for (size_t i = 0; i < text->size; i++) {
        const uint8_t first = text->data[i];
        if (first < 0x80) {
            bytes[count++] = first;
            continue;
        }
        /* U+0080 .. U+00FF are 110000xx 10xxxxxx */
        if ((first & 0xfe) != 0xc2 || ++i == text->size ||
            (text->data[i] & 0xc0) != 0x80)
            return det_pickle_fail(m, "a character that latin1 has not");
        bytes[count++] = (uint8_t)((first & 3) << 6 | (text->data[i] & 0x3f));
    }
    DET_TRY(det_pickle_new(m, out, DET_PICKLE_TEXT));
    (*out)->text = (struct det_pickle_text){bytes, count};
    return DET_OK;
}

/* -------------------------------------------------------------------- table */

#define STORAGE(name, type)                                                    \
    {                                                                          \
        "torch", name, NULL, true, DET_DTYPE_##type                            \
    }
#define CALL(module, name, function)                                           \
    {                                                                          \
        module, name, function, false, 0                                       \
    }

static const struct det_pickle_global globals[] = {
    CALL("collections", "OrderedDict", call_dict),
    CALL("collections", "Counter", call_dict),
    CALL("collections", "defaultdict", call_dict),
    CALL("_codecs", "encode", call_encode),
    /* What training scripts leave beside the weights. */
    CALL("argparse", "Namespace", call_opaque),
    CALL("torch", "Size", call_opaque),
    CALL("torch", "device", call_opaque),

    CALL("torch._utils", "_rebuild_tensor", det_pickle_torch_tensor),
    CALL("torch._utils", "_rebuild_tensor_v2", det_pickle_torch_tensor),
    CALL("torch._utils", "_rebuild_parameter", det_pickle_torch_parameter),
    STORAGE("DoubleStorage", F64),
    STORAGE("FloatStorage", F32),
    STORAGE("HalfStorage", F16),
    STORAGE("BFloat16Storage", BF16),
    STORAGE("LongStorage", I64),
    STORAGE("IntStorage", I32),
    STORAGE("ShortStorage", I16),
    STORAGE("CharStorage", I8),
    STORAGE("ByteStorage", U8),
    STORAGE("BoolStorage", BOOL),

    CALL("numpy", "ndarray", NULL),
    CALL("numpy", "dtype", det_pickle_numpy_dtype),
    CALL("numpy.core.multiarray", "_reconstruct", det_pickle_numpy_array),
    CALL("numpy._core.multiarray", "_reconstruct", det_pickle_numpy_array),
    CALL("numpy.core.multiarray", "scalar", call_opaque),
    CALL("numpy._core.multiarray", "scalar", call_opaque),
    CALL("numpy.core.numeric", "_frombuffer", det_pickle_numpy_buffer),
    CALL("numpy._core.numeric", "_frombuffer", det_pickle_numpy_buffer),
};

static bool equals(const struct det_pickle_text *text, const char *name)
{
    const size_t size = strlen(name);
    return text->size == size && memcmp(text->data, name, size) == 0;
}

det_status det_pickle_global_find(struct det_pickle_machine *m,
                                  const struct det_pickle_global **out,
                                  const struct det_pickle_text *module,
                                  const struct det_pickle_text *name)
{
    enum { SHOWN = 80 };
    for (size_t i = 0; i < sizeof globals / sizeof *globals; i++)
        if (equals(module, globals[i].module) &&
            equals(name, globals[i].name)) {
            *out = &globals[i];
            return DET_OK;
        }
    return det_pickle_fail(
        m,
        "\"%.*s.%.*s\" is code, not data: it is not run; save the model's "
        "state_dict() instead",
        (int)(module->size < SHOWN ? module->size : SHOWN),
        (const char *)module->data,
        (int)(name->size < SHOWN ? name->size : SHOWN),
        (const char *)name->data);
}

/* -------------------------------------------------------------------- BUILD */

det_status det_pickle_build(struct det_pickle_machine *m,
                            struct det_pickle_value *object,
                            const struct det_pickle_value *state)
{
    switch (object->kind) {
    case DET_PICKLE_DTYPE:
        return det_pickle_numpy_dtype_state(m, object, state);
    case DET_PICKLE_TENSOR:
        return det_pickle_numpy_array_state(m, object, state);
    case DET_PICKLE_DICT: /* attributes, such as state_dict's _metadata */
    case DET_PICKLE_OPAQUE:
        return DET_OK;
    default:
        return det_pickle_fail(m, "a %s has no state to set",
                               det_pickle_kind_name(object->kind));
    }
}
