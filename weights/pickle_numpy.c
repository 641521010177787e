/* SPDX-License-Identifier: MIT */
#include "weights/pickle_numpy.h"

#include "base/checked.h"
#include "weights/pickle_torch.h"

/* -------------------------------------------------------------------- dtype */

static const struct {
    const char *code;
    enum det_dtype dtype;
} codes[] = {
    {"f8", DET_DTYPE_F64}, {"f4", DET_DTYPE_F32}, {"f2", DET_DTYPE_F16},
    {"i8", DET_DTYPE_I64}, {"i4", DET_DTYPE_I32}, {"i2", DET_DTYPE_I16},
    {"i1", DET_DTYPE_I8},  {"u1", DET_DTYPE_U8},  {"b1", DET_DTYPE_BOOL}};

det_status det_pickle_numpy_dtype(struct det_pickle_machine *m,
                                  const struct det_pickle_global *global,
                                  const struct det_pickle_sequence *arguments,
                                  struct det_pickle_value **out)
{
    (void)global;
    DET_TRY(det_pickle_new(m, out, DET_PICKLE_OPAQUE));
    if (arguments->count < 1)
        return DET_OK;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (det_pickle_text_is(arguments->items[0], codes[i].code)) {
            (*out)->kind = DET_PICKLE_DTYPE;
            (*out)->dtype.dtype = codes[i].dtype;
        }
    return DET_OK;
}

det_status det_pickle_numpy_dtype_state(struct det_pickle_machine *m,
                                        struct det_pickle_value *object,
                                        const struct det_pickle_value *state)
{
    enum { VERSION, ORDER, NEEDED };
    if (state->kind != DET_PICKLE_TUPLE || state->sequence.count < NEEDED)
        return det_pickle_fail(m, "the state of a numpy.dtype is not a tuple "
                                  "with a byte order");
    object->dtype.big_endian =
        det_pickle_text_is(state->sequence.items[ORDER], ">");
    return DET_OK;
}

/* ------------------------------------------------------------------- arrays */

struct contents {
    const struct det_pickle_value *shape, *dtype, *bytes;
    bool is_fortran; /* the first index runs fastest */
};

static void reverse_order(struct det_weight *weight)
{
    int64_t stride = 1;
    for (int32_t i = 0; i < weight->rank; i++) {
        weight->stride[i] = stride;
        stride *= weight->shape[i]; /* checked by the caller */
    }
}

/* Set shape, type and data of an array; it becomes opaque when its type is one
 * that no weight has. */
static det_status fill_array(struct det_pickle_machine *m,
                             struct det_pickle_value *array,
                             const struct contents *c)
{
    struct det_weight *weight = &array->tensor->weight;
    size_t bytes, extent;
    if (c->dtype->kind == DET_PICKLE_OPAQUE) {
        array->kind = DET_PICKLE_OPAQUE;
        return DET_OK;
    }
    if (c->dtype->kind != DET_PICKLE_DTYPE || c->bytes->kind != DET_PICKLE_TEXT)
        return det_pickle_fail(m, "an array of a %s with a %s as contents",
                               det_pickle_kind_name(c->dtype->kind),
                               det_pickle_kind_name(c->bytes->kind));
    weight->dtype = c->dtype->dtype.dtype;
    const size_t size = det_dtype_size(weight->dtype);
    if (c->dtype->dtype.big_endian && size > 1)
        return det_pickle_fail(m, "a big-endian array: save it with "
                                  "array.astype(\"<f4\")");
    DET_TRY(det_pickle_sides(m, weight->shape, &weight->rank, c->shape));
    if (!det_weight_set_contiguous(weight) ||
        !det_weight_extent(&extent, weight) ||
        !det_checked_mul(&bytes, det_weight_count(weight), size) ||
        bytes != c->bytes->text.size)
        return det_pickle_fail(m,
                               "the shape of an array does not go with its "
                               "%zu bytes",
                               c->bytes->text.size);
    if (c->is_fortran)
        reverse_order(weight);
    weight->data = c->bytes->text.data;
    return DET_OK;
}

static det_status new_array(struct det_pickle_machine *m,
                            struct det_pickle_value **out)
{
    DET_TRY(det_pickle_new(m, out, DET_PICKLE_TENSOR));
    DET_TRY(det_pickle_allocate(&(*out)->tensor, &m->pickle->heap, 1,
                                sizeof *(*out)->tensor, m->pickle->message));
    (*out)->tensor->weight.rank = 1; /* shape (0,), as in numpy */
    (*out)->tensor->weight.stride[0] = 1;
    return DET_OK;
}

det_status det_pickle_numpy_array(struct det_pickle_machine *m,
                                  const struct det_pickle_global *global,
                                  const struct det_pickle_sequence *arguments,
                                  struct det_pickle_value **out)
{
    (void)global;
    (void)arguments;
    return new_array(m, out);
}

det_status det_pickle_numpy_array_state(struct det_pickle_machine *m,
                                        struct det_pickle_value *object,
                                        const struct det_pickle_value *state)
{
    enum { VERSION, SHAPE, DTYPE, IS_FORTRAN, BYTES, NEEDED };
    struct det_pickle_value *const *a = state->sequence.items;
    if (object->tensor->storage)
        return DET_OK; /* attributes of a torch tensor */
    if (object->tensor->weight.data)
        return det_pickle_fail(m, "the contents of an array are set twice");
    if (state->kind != DET_PICKLE_TUPLE || state->sequence.count != NEEDED ||
        a[IS_FORTRAN]->kind != DET_PICKLE_INTEGER)
        return det_pickle_fail(m, "the state of an array is not (version, "
                                  "shape, dtype, is_fortran, bytes)");
    const bool is_fortran = a[IS_FORTRAN]->integer != 0;
    return fill_array(
        m, object,
        &(struct contents){a[SHAPE], a[DTYPE], a[BYTES], is_fortran});
}

det_status det_pickle_numpy_buffer(struct det_pickle_machine *m,
                                   const struct det_pickle_global *global,
                                   const struct det_pickle_sequence *arguments,
                                   struct det_pickle_value **out)
{
    enum { BYTES, DTYPE, SHAPE, ORDER, NEEDED };
    struct det_pickle_value *const *a = arguments->items;
    if (arguments->count != NEEDED)
        return det_pickle_fail(m, "%s: not (bytes, dtype, shape, order)",
                               global->name);
    const bool is_fortran = det_pickle_text_is(a[ORDER], "F");
    DET_TRY(new_array(m, out));
    return fill_array(
        m, *out, &(struct contents){a[SHAPE], a[DTYPE], a[BYTES], is_fortran});
}
