/* SPDX-License-Identifier: MIT */
#include "weights/hdf5_group.h"

#include <string.h>

/* Bytes of the parts.  A child of a B-tree lies between two keys, which are
 * names: they serve to find one, and all are wanted here. */
enum {
    HEAP = 32,
    NODE = 24,
    CHILD = 16, /* the key before it, and its address */
    SYMBOLS = 8,
    SYMBOL = 40
};

/* Bytes of a name: a damaged heap must not be searched for each of them. */
enum { LONGEST_NAME = 255 };

static bool is_empty(const struct det_hdf5_part *part)
{
    return part->at == part->end;
}

/* --------------------------------------------------------------- local heap */

static det_status open_names(struct det_hdf5_part *out, struct det_hdf5 *file,
                             uint64_t address)
{
    struct det_hdf5_part heap;
    uint64_t size = 0, texts = 0;
    DET_TRY(det_hdf5_enter(&heap, file, address, HEAP, "local heap"));
    DET_TRY(det_hdf5_expect(&heap, "HEAP"));
    DET_TRY(det_hdf5_expect_version(&heap, 0));
    DET_TRY(det_hdf5_skip(&heap, 3));
    DET_TRY(det_hdf5_take(&heap, &size, 8));
    DET_TRY(det_hdf5_skip(&heap, 8)); /* free room */
    DET_TRY(det_hdf5_take(&heap, &texts, 8));
    return det_hdf5_enter(out, file, texts, size, "local heap's data");
}

/* The text at `offset` of the heap, which has its end there. */
static det_status find_name(const char **out, const struct det_hdf5_part *names,
                            uint64_t offset, size_t at)
{
    const size_t size = names->end - names->at;
    const uint8_t *data = names->file->data + names->at;
    const size_t left = offset < size ? size - (size_t)offset : 0;
    const size_t most = LONGEST_NAME + 1;
    if (left == 0 || !memchr(data + offset, '\0', left < most ? left : most))
        return det_fail(names->file->message, DET_ERROR_MODEL,
                        "byte %zu: a name at %llu of the %zu bytes of names "
                        "does not end there within %d bytes",
                        at, (unsigned long long)offset, size, LONGEST_NAME);
    *out = (const char *)data + offset;
    return DET_OK;
}

/* ------------------------------------------------------------------- B-tree */

struct node {
    struct det_hdf5_part children;
    unsigned level; /* above the lowest nodes */
    uint64_t right; /* of the same level */
};

static det_status open_node(struct node *out, struct det_hdf5 *file,
                            uint64_t address)
{
    static const char what[] = "B-tree's node";
    struct det_hdf5_part head;
    uint64_t kind = 0, level = 0, count = 0;
    DET_TRY(det_hdf5_enter(&head, file, address, NODE, what));
    DET_TRY(det_hdf5_expect(&head, "TREE"));
    DET_TRY(det_hdf5_take(&head, &kind, 1));
    DET_TRY(det_hdf5_take(&head, &level, 1));
    DET_TRY(det_hdf5_take(&head, &count, 2));
    DET_TRY(det_hdf5_skip(&head, 8)); /* to the left */
    DET_TRY(det_hdf5_take(&head, &out->right, 8));
    if (kind != 0)
        return det_fail(file->message, DET_ERROR_MODEL,
                        "byte %zu: a B-tree's node of kind %u is not a "
                        "group's: the file is damaged",
                        head.at - NODE, (unsigned)kind);
    out->level = (unsigned)level;
    return det_hdf5_enter(&out->children, file, head.end, count * CHILD, what);
}

static det_status take_child(struct det_hdf5_part *children, uint64_t *out)
{
    DET_TRY(det_hdf5_skip(children, 8)); /* the key */
    return det_hdf5_take(children, out, 8);
}

/* Down to the first of the lowest nodes, from which all others are to the
 * right. */
static det_status descend(struct node *node, struct det_hdf5 *file,
                          uint64_t address)
{
    DET_TRY(open_node(node, file, address));
    while (node->level > 0) {
        const unsigned above = node->level;
        uint64_t child = 0;
        DET_TRY(take_child(&node->children, &child));
        DET_TRY(open_node(node, file, child));
        if (node->level != above - 1)
            return det_fail(file->message, DET_ERROR_MODEL,
                            "byte %llu: a B-tree's node of level %u below one "
                            "of level %u: the file is damaged",
                            (unsigned long long)child, node->level, above);
    }
    return DET_OK;
}

det_status det_hdf5_group_open(struct det_hdf5_group *out,
                               const struct det_hdf5_object *object)
{
    struct det_hdf5_part table = object->symbol_table;
    struct det_hdf5 *file = object->file;
    struct node node;
    uint64_t tree = 0, heap = 0;
    if (!det_hdf5_is_group(object))
        return det_fail(file->message, DET_ERROR_MODEL,
                        "byte %zu: no group with a symbol table: write the "
                        "file with libver \"earliest\"",
                        object->at);
    DET_TRY(det_hdf5_take(&table, &tree, 8));
    DET_TRY(det_hdf5_take(&table, &heap, 8));
    *out = (struct det_hdf5_group){0};
    DET_TRY(open_names(&out->names, file, heap));
    DET_TRY(descend(&node, file, tree));
    out->children = node.children;
    out->next = node.right;
    return DET_OK;
}

/* ------------------------------------------------------------------ members */

static det_status open_symbols(struct det_hdf5_group *group)
{
    static const char what[] = "symbol table node";
    struct det_hdf5 *file = group->names.file;
    struct det_hdf5_part head;
    uint64_t address = 0, count = 0;
    DET_TRY(take_child(&group->children, &address));
    DET_TRY(det_hdf5_enter(&head, file, address, SYMBOLS, what));
    DET_TRY(det_hdf5_expect(&head, "SNOD"));
    DET_TRY(det_hdf5_expect_version(&head, 1));
    DET_TRY(det_hdf5_skip(&head, 1));
    DET_TRY(det_hdf5_take(&head, &count, 2));
    return det_hdf5_enter(&group->symbols, file, head.end, count * SYMBOL,
                          what);
}

static det_status open_next_node(struct det_hdf5_group *group)
{
    struct node node;
    DET_TRY(open_node(&node, group->names.file, group->next));
    if (node.level != 0)
        return det_fail(group->names.file->message, DET_ERROR_MODEL,
                        "byte %llu: a B-tree's node of level %u beside one of "
                        "level 0: the file is damaged",
                        (unsigned long long)group->next, node.level);
    group->children = node.children;
    group->next = node.right;
    return DET_OK;
}

static det_status take_member(struct det_hdf5_group *group,
                              struct det_hdf5_member *out)
{
    enum { SYMBOLIC_LINK = 2 };
    struct det_hdf5_part *symbols = &group->symbols;
    uint64_t name = 0, cache = 0;
    out->at = symbols->at;
    DET_TRY(det_hdf5_take(symbols, &name, 8));
    DET_TRY(det_hdf5_take(symbols, &out->object, 8));
    DET_TRY(det_hdf5_take(symbols, &cache, 4));
    DET_TRY(det_hdf5_skip(symbols, 20));
    DET_TRY(find_name(&out->name, &group->names, name, out->at));
    if (cache == SYMBOLIC_LINK)
        return det_fail(symbols->file->message, DET_ERROR_MODEL,
                        "byte %zu: \"%.200s\" is a link to another name, which "
                        "is not followed",
                        out->at, out->name);
    return DET_OK;
}

det_status det_hdf5_group_next(struct det_hdf5_group *group,
                               struct det_hdf5_member *out, bool *found)
{
    *found = false;
    while (is_empty(&group->symbols)) {
        if (!is_empty(&group->children))
            DET_TRY(open_symbols(group));
        else if (group->next != DET_HDF5_NOWHERE)
            DET_TRY(open_next_node(group));
        else
            return DET_OK;
    }
    *found = true;
    return take_member(group, out);
}
