/* SPDX-License-Identifier: MIT */
/* The pickle machine while it runs: what its opcodes and globals share. */
#ifndef WEIGHTS_PICKLE_MACHINE_H
#define WEIGHTS_PICKLE_MACHINE_H

#include "weights/pickle.h"

struct det_pickle_machine {
    struct det_pickle *pickle;
    size_t opcode_at; /* offset of the running opcode in pickle->data */
    struct det_pickle_sequence stack;
    size_t *marks; /* heights of the stack */
    size_t num_marks, marks_capacity;
    struct det_pickle_sequence memo; /* NULL where nothing was put */
    bool stopped;
};

/* DET_ERROR_MODEL, "byte N: <text>" with the offset of the running opcode. */
det_status det_pickle_fail(const struct det_pickle_machine *m,
                           const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `size` bytes of the pickle, checked against what is left. */
det_status det_pickle_take(struct det_pickle_machine *m, const uint8_t **out,
                           size_t size);

/* A value of a kind on the heap, its contents zero. */
det_status det_pickle_new(struct det_pickle_machine *m,
                          struct det_pickle_value **out,
                          enum det_pickle_kind kind);

/* Append to a sequence on the heap. */
det_status det_pickle_append(struct det_pickle_machine *m,
                             struct det_pickle_sequence *sequence,
                             struct det_pickle_value *value);

det_status det_pickle_push(struct det_pickle_machine *m,
                           struct det_pickle_value *value);
det_status det_pickle_push_mark(struct det_pickle_machine *m);

/* Neither reaches below the last mark. */
det_status det_pickle_pop(struct det_pickle_machine *m,
                          struct det_pickle_value **out);
det_status det_pickle_top(struct det_pickle_machine *m,
                          struct det_pickle_value **out);

/* What lies above the last mark; it is off the stack but stays readable until
 * the next push. */
det_status det_pickle_pop_mark(struct det_pickle_machine *m,
                               struct det_pickle_sequence *out);

/* Run one opcode. */
det_status det_pickle_step(struct det_pickle_machine *m, uint8_t opcode);

/* ------------------------------------------------------------------ globals */

struct det_pickle_global {
    const char *module, *name;
    /* NULL: a name only, never called. */
    det_status (*call)(struct det_pickle_machine *m,
                       const struct det_pickle_global *global,
                       const struct det_pickle_sequence *arguments,
                       struct det_pickle_value **out);
    bool is_storage;
    enum det_dtype dtype; /* of a storage */
};

/* The row of the whitelist, or a failure that names it. */
det_status det_pickle_global_find(struct det_pickle_machine *m,
                                  const struct det_pickle_global **out,
                                  const struct det_pickle_text *module,
                                  const struct det_pickle_text *name);

/* BUILD: set the state of an object. */
det_status det_pickle_build(struct det_pickle_machine *m,
                            struct det_pickle_value *object,
                            const struct det_pickle_value *state);

/* BINPERSID: the storage that torch's persistent id describes. */
det_status det_pickle_persistent(struct det_pickle_machine *m,
                                 const struct det_pickle_value *id,
                                 struct det_pickle_value **out);

#endif
