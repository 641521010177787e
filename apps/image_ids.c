/* SPDX-License-Identifier: MIT */
#include "apps/image_ids.h"

#include <stdlib.h>
#include <string.h>

#include "apps/number.h"

struct numbered {
    int64_t id;
    size_t index; /* of the input */
};

enum { NAME_SIZE = 64, NO_NUMBER = -1 };

/* Readers hold JSON numbers in doubles: larger ones would lose digits. */
static const uint64_t largest_id = (uint64_t)1 << 53;

static int64_t number_of_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strcspn(name, ".");
    char digits[NAME_SIZE];
    uint64_t id;
    if (length >= sizeof digits || strchr(name, '.') != strrchr(name, '.'))
        return NO_NUMBER;
    memcpy(digits, name, length);
    digits[length] = 0;
    return number_parse_integer(&id, digits, 0, largest_id) ? (int64_t)id
                                                            : NO_NUMBER;
}

static int by_id_then_index(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* `taken` is sorted; its first owners keep their numbers, everybody else gets
 * one that is not in it. */
static void give_numbers(int64_t *ids, size_t count,
                         const struct numbered *taken, size_t taken_count)
{
    for (size_t i = 0; i < count; i++)
        ids[i] = NO_NUMBER;
    for (size_t i = 0; i < taken_count; i++)
        if (i == 0 || taken[i].id != taken[i - 1].id)
            ids[taken[i].index] = taken[i].id;
    int64_t next = 1;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] != NO_NUMBER)
            continue;
        while (at < taken_count && taken[at].id <= next) {
            if (taken[at].id == next)
                next++;
            at++;
        }
        ids[i] = next++;
    }
}

bool image_ids_assign(int64_t **out, const struct inputs *inputs)
{
    size_t room = inputs->count ? inputs->count : 1;
    int64_t *ids = calloc(room, sizeof *ids);
    struct numbered *taken = calloc(room, sizeof *taken);
    *out = NULL;
    if (!ids || !taken) {
        free(ids);
        free(taken);
        return false;
    }
    size_t taken_count = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        int64_t id = inputs->items[i].is_stdin
                         ? NO_NUMBER
                         : number_of_name(inputs->items[i].path);
        if (id != NO_NUMBER)
            taken[taken_count++] = (struct numbered){id, i};
    }
    qsort(taken, taken_count, sizeof *taken, by_id_then_index);
    give_numbers(ids, inputs->count, taken, taken_count);
    free(taken);
    *out = ids;
    return true;
}
