/* SPDX-License-Identifier: MIT */
/* Where what was found out about a problem (a shape and what is done with it)
 * is kept: a hash table of problems, each compared byte by byte.  Its owner has
 * an array of as many slots with what it knows. */
#ifndef COMPUTE_CUDA_PROBLEM_TABLE_H
#define COMPUTE_CUDA_PROBLEM_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/message.h"

/* A network has some 60 problems of a kind, 200 while it learns. */
enum { DET_PROBLEM_SLOTS = 4096 };

struct det_problem_table {
    unsigned char *problems; /* [DET_PROBLEM_SLOTS][size] */
    size_t size;             /* bytes of a problem */
    bool known[DET_PROBLEM_SLOTS];
    int count;
};

det_status det_problem_table_create(struct det_problem_table *out, size_t size,
                                    struct det_message *message);
void det_problem_table_destroy(struct det_problem_table *table);

/* The problem's slot, or the free one where it belongs. */
int det_problem_table_find(const struct det_problem_table *table,
                           const void *problem);

/* Three quarters are taken, since pictures of many sizes make many problems:
 * the owner is to forget all before it adds another. */
bool det_problem_table_is_full(const struct det_problem_table *table);
void det_problem_table_clear(struct det_problem_table *table);

/* `slot` is that which was found. */
void det_problem_table_add(struct det_problem_table *table, int slot,
                           const void *problem);

#endif
