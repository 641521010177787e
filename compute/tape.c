/* SPDX-License-Identifier: MIT */
#include "compute/tape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct note {
    det_backward_fn backward;
    _Alignas(max_align_t) unsigned char saved[DET_NOTE_SIZE];
};

/* Of the node of the same place; remake NULL: none. */
struct recipe {
    det_remake_fn remake;
    _Alignas(max_align_t) unsigned char saved[DET_NOTE_SIZE];
};

struct det_tape {
    struct note *notes;
    size_t num_notes, note_capacity;
    struct recipe *recipes; /* by node - 1 */
    size_t num_recipes, recipe_capacity;
    struct det_tensor *gradients; /* by node - 1; data NULL: none yet */
    size_t num_nodes, node_capacity;
    float loss_scale;
};

det_status det_tape_create(struct det_tape **out, struct det_message *message)
{
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    (*out)->loss_scale = 1.0f;
    return DET_OK;
}

void det_tape_destroy(struct det_tape **tape)
{
    if (!*tape)
        return;
    free((*tape)->notes);
    free((*tape)->recipes);
    free((*tape)->gradients);
    free(*tape);
    *tape = NULL;
}

void det_tape_scale_losses(struct det_tape *tape, float scale)
{
    tape->loss_scale = scale;
}

float det_tape_loss_scale(const struct det_compute *compute)
{
    return compute->tape ? compute->tape->loss_scale : 1.0f;
}

void det_tape_clear(struct det_tape *tape)
{
    tape->num_notes = 0;
    tape->num_nodes = 0;
    tape->num_recipes = 0;
}

/* ---------------------------------------------------------------- recording */

static det_status make_room(void *items, size_t count, size_t *capacity,
                            size_t size, struct det_message *message)
{
    if (count < *capacity)
        return DET_OK;
    const size_t larger = *capacity ? 2 * *capacity : 64;
    DET_TRY(det_reallocate(items, larger, size, message));
    *capacity = larger;
    return DET_OK;
}

det_status det_tape_node(struct det_compute *compute, struct det_tensor *out)
{
    struct det_tape *tape = compute->tape;
    DET_TRY(make_room(&tape->gradients, tape->num_nodes, &tape->node_capacity,
                      sizeof *tape->gradients, compute->message));
    tape->gradients[tape->num_nodes++] = (struct det_tensor){0};
    out->node = (int32_t)tape->num_nodes;
    return DET_OK;
}

det_status det_tape_record(struct det_compute *compute,
                           det_backward_fn backward, const void *note,
                           size_t size)
{
    struct det_tape *tape = compute->tape;
    assert(size <= DET_NOTE_SIZE);
    DET_TRY(make_room(&tape->notes, tape->num_notes, &tape->note_capacity,
                      sizeof *tape->notes, compute->message));
    struct note *last = &tape->notes[tape->num_notes++];
    last->backward = backward;
    memcpy(last->saved, note, size);
    return DET_OK;
}

det_status det_tape_backward(struct det_compute *compute)
{
    struct det_tape *tape = compute->tape;
    while (tape->num_notes > 0) {
        const struct note *last = &tape->notes[--tape->num_notes];
        DET_TRY(last->backward(compute, last->saved));
    }
    tape->num_nodes = 0;
    tape->num_recipes = 0;
    return DET_OK;
}

/* ------------------------------------------------------------------ recipes */

det_status det_tape_set_recipe(struct det_compute *compute,
                               const struct det_tensor *of,
                               det_remake_fn remake, const void *note,
                               size_t size)
{
    struct det_tape *tape = compute->tape;
    assert(size <= DET_NOTE_SIZE && of->node > 0);
    while (tape->num_recipes < (size_t)of->node) {
        DET_TRY(make_room(&tape->recipes, tape->num_recipes,
                          &tape->recipe_capacity, sizeof *tape->recipes,
                          compute->message));
        tape->recipes[tape->num_recipes++].remake = NULL;
    }
    struct recipe *recipe = &tape->recipes[of->node - 1];
    recipe->remake = remake;
    memcpy(recipe->saved, note, size);
    return DET_OK;
}

bool det_tape_has_recipe(const struct det_compute *compute,
                         const struct det_tensor *of)
{
    const struct det_tape *tape = compute->tape;
    return of->node > 0 && (size_t)of->node <= tape->num_recipes &&
           tape->recipes[of->node - 1].remake;
}

det_status det_tape_remake(struct det_compute *compute,
                           const struct det_tensor *of, struct det_tensor *out)
{
    const struct recipe *recipe = &compute->tape->recipes[of->node - 1];
    return recipe->remake(compute, recipe->saved, out);
}

/* ---------------------------------------------------------------- gradients */

det_status det_gradient_open(struct det_compute *compute,
                             struct det_gradient *out,
                             const struct det_tensor *of)
{
    *out = (struct det_gradient){.add = false};
    if (!compute->tape || of->node == 0)
        return DET_OK;
    struct det_tensor *gradient = &compute->tape->gradients[of->node - 1];
    out->add = gradient->data != NULL;
    if (!out->add)
        DET_TRY(
            det_tensor_take_like(compute, gradient, of, of->h, of->w, of->c));
    out->tensor = det_tensor_view(gradient, of->h, of->w, of->c);
    return DET_OK;
}

struct det_tensor det_gradient_of(const struct det_compute *compute,
                                  const struct det_tensor *of)
{
    if (of->node == 0)
        return (struct det_tensor){0};
    return det_tensor_view(&compute->tape->gradients[of->node - 1], of->h,
                           of->w, of->c);
}

struct det_tensor det_gradient_take(struct det_compute *compute,
                                    const struct det_tensor *of)
{
    const struct det_tensor taken = det_gradient_of(compute, of);
    if (of->node)
        compute->tape->gradients[of->node - 1] = (struct det_tensor){0};
    return taken;
}
