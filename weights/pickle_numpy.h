/* SPDX-License-Identifier: MIT */
/* numpy's arrays in a pickle: their bytes lie inside it (numpy's
 * numpy/core/src/multiarray/methods.c, array_reduce and array_setstate). */
#ifndef WEIGHTS_PICKLE_NUMPY_H
#define WEIGHTS_PICKLE_NUMPY_H

#include "weights/pickle_machine.h"

/* dtype("f4", ...); a type that no weight has becomes an opaque object. */
det_status det_pickle_numpy_dtype(struct det_pickle_machine *m,
                                  const struct det_pickle_global *global,
                                  const struct det_pickle_sequence *arguments,
                                  struct det_pickle_value **out);

/* BUILD of a dtype: (version, "<", ...), the byte order. */
det_status det_pickle_numpy_dtype_state(struct det_pickle_machine *m,
                                        struct det_pickle_value *object,
                                        const struct det_pickle_value *state);

/* _reconstruct(ndarray, (0,), b"b"): an array still without contents. */
det_status det_pickle_numpy_array(struct det_pickle_machine *m,
                                  const struct det_pickle_global *global,
                                  const struct det_pickle_sequence *arguments,
                                  struct det_pickle_value **out);

/* BUILD of an array: (version, shape, dtype, is_fortran, bytes). */
det_status det_pickle_numpy_array_state(struct det_pickle_machine *m,
                                        struct det_pickle_value *object,
                                        const struct det_pickle_value *state);

/* _frombuffer(bytes, dtype, shape, "C" or "F"), protocol 5. */
det_status det_pickle_numpy_buffer(struct det_pickle_machine *m,
                                   const struct det_pickle_global *global,
                                   const struct det_pickle_sequence *arguments,
                                   struct det_pickle_value **out);

#endif
