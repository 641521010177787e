/* SPDX-License-Identifier: MIT */
#include "weights/pickle_torch.h"

#include "base/memory.h"

enum { MAX_STORAGES = 1 << 14 };

det_status det_pickle_sides(struct det_pickle_machine *m,
                            int64_t sides[DET_WEIGHT_RANK], int32_t *rank,
                            const struct det_pickle_value *value)
{
    if (value->kind != DET_PICKLE_TUPLE && value->kind != DET_PICKLE_LIST)
        return det_pickle_fail(m, "a %s where a shape belongs",
                               det_pickle_kind_name(value->kind));
    if (value->sequence.count > DET_WEIGHT_RANK)
        return det_pickle_fail(m, "a tensor of %zu dimensions; %d are possible",
                               value->sequence.count, DET_WEIGHT_RANK);
    *rank = (int32_t)value->sequence.count;
    for (int32_t i = 0; i < *rank; i++) {
        const struct det_pickle_value *side = value->sequence.items[i];
        if (side->kind != DET_PICKLE_INTEGER || side->integer < 0)
            return det_pickle_fail(m,
                                   "dimension %d of a tensor is not a "
                                   "number >= 0",
                                   i);
        sides[i] = side->integer;
    }
    return DET_OK;
}

/* ------------------------------------------------------------------ tensors */

static det_status check_inside(struct det_pickle_machine *m,
                               const struct det_pickle_tensor *tensor)
{
    size_t extent;
    if (!det_weight_extent(&extent, &tensor->weight) ||
        extent > tensor->storage->numel ||
        (extent && tensor->offset > tensor->storage->numel - extent))
        return det_pickle_fail(m,
                               "a tensor reaches beyond its storage of %zu "
                               "elements",
                               tensor->storage->numel);
    return DET_OK;
}

det_status det_pickle_torch_tensor(struct det_pickle_machine *m,
                                   const struct det_pickle_global *global,
                                   const struct det_pickle_sequence *arguments,
                                   struct det_pickle_value **out)
{
    enum { STORAGE, OFFSET, SIZE, STRIDE, NEEDED };
    struct det_pickle_value *const *a = arguments->items;
    struct det_pickle_tensor *tensor;
    int32_t strides;
    if (arguments->count < NEEDED || a[STORAGE]->kind != DET_PICKLE_STORAGE ||
        a[OFFSET]->kind != DET_PICKLE_INTEGER || a[OFFSET]->integer < 0)
        return det_pickle_fail(m,
                               "%s: not a storage, an offset, a shape and "
                               "strides",
                               global->name);
    DET_TRY(det_pickle_allocate(&tensor, &m->pickle->heap, 1, sizeof *tensor,
                                m->pickle->message));
    tensor->storage = a[STORAGE]->storage;
    tensor->offset = (size_t)a[OFFSET]->integer;
    tensor->weight.dtype = tensor->storage->dtype;
    DET_TRY(det_pickle_sides(m, tensor->weight.shape, &tensor->weight.rank,
                             a[SIZE]));
    DET_TRY(det_pickle_sides(m, tensor->weight.stride, &strides, a[STRIDE]));
    if (strides != tensor->weight.rank)
        return det_pickle_fail(m, "a tensor of %d dimensions with %d strides",
                               tensor->weight.rank, strides);
    DET_TRY(check_inside(m, tensor));
    DET_TRY(det_pickle_new(m, out, DET_PICKLE_TENSOR));
    (*out)->tensor = tensor;
    return DET_OK;
}

det_status det_pickle_torch_parameter(
    struct det_pickle_machine *m, const struct det_pickle_global *global,
    const struct det_pickle_sequence *arguments, struct det_pickle_value **out)
{
    if (arguments->count < 1 || arguments->items[0]->kind != DET_PICKLE_TENSOR)
        return det_pickle_fail(m, "%s: not a tensor", global->name);
    *out = arguments->items[0];
    return DET_OK;
}

/* ----------------------------------------------------------------- storages */

static det_status add_storage(struct det_pickle_machine *m,
                              struct det_pickle_storage *storage)
{
    struct det_pickle_storages *all = &m->pickle->storages;
    if (all->count >= MAX_STORAGES)
        return det_pickle_fail(m, "more than %d storages", MAX_STORAGES);
    if (all->count == all->capacity) {
        const size_t capacity = all->capacity ? 2 * all->capacity : 64;
        DET_TRY(det_reallocate(&all->items, capacity, sizeof *all->items,
                               m->pickle->message));
        all->capacity = capacity;
    }
    all->items[all->count++] = storage;
    return DET_OK;
}

/* ("storage", torch.FloatStorage, key, location, numel[, view]) */
det_status det_pickle_persistent(struct det_pickle_machine *m,
                                 const struct det_pickle_value *id,
                                 struct det_pickle_value **out)
{
    enum { TAG, TYPE, KEY, LOCATION, NUMEL, NEEDED, VIEW = NEEDED };
    struct det_pickle_value *const *a = id->sequence.items;
    if (id->kind != DET_PICKLE_TUPLE || id->sequence.count < NEEDED ||
        !det_pickle_text_is(a[TAG], "storage") ||
        a[TYPE]->kind != DET_PICKLE_GLOBAL || !a[TYPE]->global->is_storage ||
        a[KEY]->kind != DET_PICKLE_TEXT ||
        a[NUMEL]->kind != DET_PICKLE_INTEGER || a[NUMEL]->integer < 0)
        return det_pickle_fail(m, "a persistent id that is not a storage");
    if (id->sequence.count > VIEW && a[VIEW]->kind != DET_PICKLE_NONE)
        return det_pickle_fail(m, "a view of a storage, as torch before 0.4 "
                                  "wrote it: save the file with a newer torch");
    struct det_pickle_storage *storage =
        det_pickle_storage_find(m->pickle, &a[KEY]->text);
    const enum det_dtype dtype = a[TYPE]->global->dtype;
    const size_t numel = (size_t)a[NUMEL]->integer;
    if (storage && (storage->dtype != dtype || storage->numel != numel))
        return det_pickle_fail(m, "two storages with the same key");
    if (!storage) {
        DET_TRY(det_pickle_allocate(&storage, &m->pickle->heap, 1,
                                    sizeof *storage, m->pickle->message));
        *storage = (struct det_pickle_storage){
            .dtype = dtype, .key = a[KEY]->text, .numel = numel};
        DET_TRY(add_storage(m, storage));
    }
    DET_TRY(det_pickle_new(m, out, DET_PICKLE_STORAGE));
    (*out)->storage = storage;
    return DET_OK;
}
