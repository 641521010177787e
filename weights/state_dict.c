/* SPDX-License-Identifier: MIT */
#include "weights/state_dict.h"

#include <string.h>

#include "base/memory.h"

static const struct det_pickle_value *
unwrap(const struct det_pickle_value *root)
{
    static const char *const wrappers[] = {"model", "state_dict",
                                           "model_state_dict", "blobs"};
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        const struct det_pickle_value *inner =
            det_pickle_dict_find(root, wrappers[i]);
        if (inner && inner->kind == DET_PICKLE_DICT)
            return inner;
    }
    return root;
}

static det_status copy_name(char **out, struct det_pickle *pickle,
                            const struct det_pickle_text *key)
{
    DET_TRY(det_pickle_allocate(out, &pickle->heap, key->size + 1, 1,
                                pickle->message));
    memcpy(*out, key->data, key->size);
    if (memchr(*out, '\0', key->size))
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "a tensor's name holds a zero byte");
    return DET_OK;
}

static det_status add_tensor(struct det_weights *out, struct det_pickle *pickle,
                             const struct det_pickle_text *key,
                             const struct det_pickle_tensor *tensor)
{
    struct det_weight weight = tensor->weight;
    const struct det_pickle_storage *storage = tensor->storage;
    DET_TRY(copy_name(&weight.name, pickle, key));
    if (storage && !storage->found)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "the data of tensor \"%s\" are not in the file",
                        weight.name);
    if (storage && storage->data)
        weight.data =
            storage->data + tensor->offset * det_dtype_size(weight.dtype);
    return det_weights_add(out, &weight, pickle->message);
}

static void log_ignored(const struct det_pickle *pickle,
                        const struct det_pickle_value *key,
                        const struct det_pickle_value *value)
{
    enum { SHOWN = 80 };
    const bool named = key->kind == DET_PICKLE_TEXT;
    const size_t size = named ? key->text.size : 0;
    det_log(pickle->message, DET_LOG_DEBUG, "\"%.*s\" is a %s: left out",
            (int)(size < SHOWN ? size : SHOWN),
            named ? (const char *)key->text.data : "",
            det_pickle_kind_name(value->kind));
}

/* Data of arrays may lie on the heap of the pickle. */
static det_status adopt_heap(struct det_weights *out, struct det_pickle *pickle)
{
    struct det_pickle_heap *heap = &pickle->heap;
    while (heap->num_blocks) {
        void *block = heap->blocks[--heap->num_blocks];
        DET_TRY(det_weights_keep_block(out, block, pickle->message));
    }
    heap->next = NULL;
    heap->left = 0;
    return DET_OK;
}

det_status det_state_dict_collect(struct det_weights *out,
                                  struct det_pickle *pickle,
                                  const struct det_pickle_value *root)
{
    const struct det_pickle_value *dict = unwrap(root);
    if (dict->kind != DET_PICKLE_DICT)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "the file holds a %s, not a dict of tensors: save the "
                        "model's state_dict()",
                        det_pickle_kind_name(dict->kind));
    for (size_t i = 0; i + 1 < dict->sequence.count; i += 2) {
        const struct det_pickle_value *key = dict->sequence.items[i];
        const struct det_pickle_value *value = dict->sequence.items[i + 1];
        if (key->kind == DET_PICKLE_TEXT && value->kind == DET_PICKLE_TENSOR)
            DET_TRY(add_tensor(out, pickle, &key->text, value->tensor));
        else
            log_ignored(pickle, key, value);
    }
    if (out->count == 0)
        return det_fail(pickle->message, DET_ERROR_MODEL,
                        "the file holds no tensors");
    return adopt_heap(out, pickle);
}
