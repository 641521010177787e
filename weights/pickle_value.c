/* SPDX-License-Identifier: MIT */
#include "weights/pickle_value.h"

#include <string.h>

const char *det_pickle_kind_name(enum det_pickle_kind kind)
{
    static const char *const names[DET_PICKLE_KINDS] = {
        [DET_PICKLE_NONE] = "None",       [DET_PICKLE_INTEGER] = "int",
        [DET_PICKLE_LONG] = "int",        [DET_PICKLE_REAL] = "float",
        [DET_PICKLE_TEXT] = "str",        [DET_PICKLE_TUPLE] = "tuple",
        [DET_PICKLE_LIST] = "list",       [DET_PICKLE_DICT] = "dict",
        [DET_PICKLE_GLOBAL] = "global",   [DET_PICKLE_DTYPE] = "numpy.dtype",
        [DET_PICKLE_STORAGE] = "storage", [DET_PICKLE_TENSOR] = "tensor",
        [DET_PICKLE_OPAQUE] = "object"};
    return (unsigned)kind < DET_PICKLE_KINDS ? names[kind] : "?";
}

bool det_pickle_text_is(const struct det_pickle_value *value, const char *text)
{
    const size_t size = strlen(text);
    return value->kind == DET_PICKLE_TEXT && value->text.size == size &&
           memcmp(value->text.data, text, size) == 0;
}

struct det_pickle_value *
det_pickle_dict_find(const struct det_pickle_value *dict, const char *key)
{
    if (dict->kind != DET_PICKLE_DICT)
        return NULL;
    for (size_t i = dict->sequence.count; i >= 2; i -= 2)
        if (det_pickle_text_is(dict->sequence.items[i - 2], key))
            return dict->sequence.items[i - 1];
    return NULL;
}
