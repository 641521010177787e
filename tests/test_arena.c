/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/arena.h"
#include "compute/compute.h"
#include "tests/ops_harness.h"

enum { ALIGNMENT = 64, MAX_STEPS = 200, SEQUENCES = 200 };

/* A sequence of takes and gives; size < 0 gives block -size - 1 back, counted
 * by takes. */
struct sequence {
    int count, takes;
    int steps[MAX_STEPS];
};

static struct sequence make_sequence(struct det_random *random)
{
    struct sequence s = {.count = det_random_int(random, 1, MAX_STEPS)};
    int out[MAX_STEPS], held = 0;
    for (int i = 0; i < s.count; i++) {
        const bool full = held == DET_ARENA_BLOCKS;
        if (held && (full || det_random_int(random, 0, 4) < 2)) {
            const int which = det_random_int(random, 0, held - 1);
            s.steps[i] = -out[which] - 1;
            out[which] = out[--held];
        } else {
            s.steps[i] = det_random_int(random, 0, 3)
                             ? det_random_int(random, 0, 5000)
                             : det_random_int(random, 0, 130);
            out[held++] = s.takes++;
        }
    }
    return s;
}

struct block {
    unsigned char *data;
    size_t size;
    bool out;
};

/* Each block holds its own number; blocks that overlap would not. */
static void check_contents(const struct block *block, int number)
{
    for (size_t k = 0; block->out && k < block->size; k++)
        if (block->data[k] != (unsigned char)number)
            ck_abort_msg("byte %zu of block %d was overwritten", k, number);
}

static void play(const struct sequence *s, struct det_arena *arena,
                 struct block *blocks)
{
    int takes = 0;
    struct det_message message = {.text = ""};
    for (int i = 0; i < s->count; i++) {
        if (s->steps[i] < 0) {
            const int number = -s->steps[i] - 1;
            struct block *b = &blocks[number];
            if (arena->memory)
                check_contents(b, number);
            b->out = false;
            det_arena_give(arena, b->data);
            continue;
        }
        struct block *b = &blocks[takes];
        *b = (struct block){.size = (size_t)s->steps[i], .out = true};
        ck_assert_int_eq(det_arena_take(arena, &b->data, b->size, 1, &message),
                         DET_OK);
        ck_assert_uint_eq((uintptr_t)b->data % ALIGNMENT, 0);
        if (arena->memory)
            memset(b->data, takes, b->size);
        takes++;
    }
    for (int i = 0; arena->memory && i < takes; i++)
        check_contents(&blocks[i], i);
}

/* What was planned is what is used, to the byte, and it is enough. */
START_TEST(planned_is_used)
{
    struct det_random random = {1};
    for (int i = 0; i < SEQUENCES; i++) {
        static struct block blocks[MAX_STEPS];
        const struct sequence s = make_sequence(&random);
        struct det_arena plan, arena;
        det_arena_plan(&plan);
        play(&s, &plan, blocks);

        unsigned char *memory;
        ck_assert_int_eq(
            det_allocate_aligned(&memory, plan.peak + ALIGNMENT, 1, NULL),
            DET_OK);
        memset(memory + plan.peak, 0xA5, ALIGNMENT);
        det_arena_use(&arena, memory, plan.peak);
        play(&s, &arena, blocks);
        ck_assert_uint_eq(arena.peak, plan.peak);
        ck_assert_int_eq(arena.count, plan.count);
        ck_assert_int_eq(memcmp(arena.blocks, plan.blocks,
                                (size_t)plan.count * sizeof plan.blocks[0]),
                         0);
        for (int k = 0; k < ALIGNMENT; k++)
            ck_assert_int_eq(memory[plan.peak + (size_t)k], 0xA5);
        free(memory);
    }
}
END_TEST

static unsigned char *take(struct det_arena *arena, size_t bytes)
{
    unsigned char *block = NULL;
    struct det_message message = {.text = ""};
    ck_assert_int_eq(det_arena_take(arena, &block, bytes, 1, &message), DET_OK);
    ck_assert_ptr_nonnull(block);
    return block;
}

static void refuse(struct det_arena *arena, size_t count, size_t size)
{
    static unsigned char untouched;
    unsigned char *block = &untouched;
    struct det_message message = {.text = ""};
    const struct det_arena before = *arena;
    ck_assert_int_eq(det_arena_take(arena, &block, count, size, &message),
                     DET_ERROR_MEMORY);
    ck_assert_str_ne(message.text, "");
    ck_assert_ptr_eq(block, &untouched);
    ck_assert_int_eq(arena->count, before.count);
    ck_assert_uint_eq(arena->peak, before.peak);
}

START_TEST(first_fit)
{
    struct det_arena arena;
    det_arena_plan(&arena);
    unsigned char *a = take(&arena, 100); /* 128 */
    unsigned char *b = take(&arena, 64);
    unsigned char *c = take(&arena, 1); /* 64 */
    unsigned char *end = take(&arena, 64);
    ck_assert_ptr_eq(b, a + 128);
    ck_assert_ptr_eq(c, b + 64);
    det_arena_give(&arena, a);
    det_arena_give(&arena, c);
    ck_assert_ptr_eq(take(&arena, 64), a); /* the first hole, not the best */
    ck_assert_ptr_eq(take(&arena, 65), end + 64); /* fits in neither hole */
    ck_assert_ptr_eq(take(&arena, 64), a + 64);
    ck_assert_ptr_eq(take(&arena, 64), c);
    ck_assert_uint_eq(arena.peak, 128 + 3 * 64 + 128);
}
END_TEST

START_TEST(empty_blocks_differ)
{
    struct det_arena arena;
    det_arena_plan(&arena);
    unsigned char *a = take(&arena, 0), *b = take(&arena, 0);
    ck_assert_ptr_ne(a, b);
    det_arena_give(&arena, NULL);
    ck_assert_int_eq(arena.count, 2);
    det_arena_give(&arena, a);
    det_arena_give(&arena, b);
    ck_assert_int_eq(arena.count, 0);
    ck_assert_uint_eq(arena.peak, 128);
}
END_TEST

START_TEST(full)
{
    struct det_arena arena;
    unsigned char *memory;
    ck_assert_int_eq(det_allocate_aligned(&memory, 256, 1, NULL), DET_OK);
    det_arena_use(&arena, memory, 256);
    refuse(&arena, 257, 1);
    refuse(&arena, 65, 4);
    unsigned char *a = take(&arena, 128);
    refuse(&arena, 129, 1);
    take(&arena, 128);
    refuse(&arena, 0, 1);
    det_arena_give(&arena, a);
    ck_assert_ptr_eq(take(&arena, 128), a);
    free(memory);
}
END_TEST

START_TEST(sizes_that_overflow)
{
    struct det_arena arena;
    det_arena_plan(&arena);
    refuse(&arena, SIZE_MAX, 1); /* rounding up */
    refuse(&arena, SIZE_MAX / 2, 4);
    take(&arena, 64);
    refuse(&arena, SIZE_MAX - 63, 1); /* the end of the block */
}
END_TEST

START_TEST(too_many_blocks)
{
    struct det_arena arena;
    unsigned char *blocks[DET_ARENA_BLOCKS];
    det_arena_plan(&arena);
    for (int i = 0; i < DET_ARENA_BLOCKS; i++)
        blocks[i] = take(&arena, 1);
    refuse(&arena, 1, 1);
    det_arena_give(&arena, blocks[50]);
    ck_assert_ptr_eq(take(&arena, 1), blocks[50]);
}
END_TEST

/* ------------------------------------------------------ tensors from arenas */

static struct det_compute planning(struct det_arena *arena,
                                   struct det_message *message)
{
    det_arena_plan(arena);
    return (struct det_compute){
        .arena = arena, .message = message, .threads = 1};
}

START_TEST(tensors)
{
    struct det_arena arena;
    struct det_message message = {.text = ""};
    struct det_compute compute = planning(&arena, &message);
    struct det_tensor a, b;
    ck_assert_int_eq(det_tensor_take(&compute, &a, 2, 3, 4, 5), DET_OK);
    ck_assert_uint_eq(arena.peak, 512); /* 480 bytes */
    const struct det_tensor like = {.n = 1, .capacity = 4};
    ck_assert_int_eq(det_tensor_take_like(&compute, &b, &like, 1, 1, 16),
                     DET_OK);
    ck_assert_int_eq(b.n, 1);
    ck_assert_int_eq(b.capacity, 4);
    ck_assert_uint_eq(arena.peak, 512 + 256);
    struct det_tensor again = det_tensor_hold(&compute, &a);
    ck_assert(!det_tensor_is_sole(&compute, &a));
    det_tensor_give(&compute, &again);
    ck_assert(det_tensor_is_sole(&compute, &a));
    det_tensor_give(&compute, &a);
    ck_assert_ptr_null(a.data);
    ck_assert(!det_tensor_is_sole(&compute, &a)); /* nobody's */
    det_tensor_give(&compute, &a);                /* nothing left to give */
    det_tensor_give(&compute, &b);
    ck_assert_int_eq(arena.count, 0);
}
END_TEST

START_TEST(tensors_refused)
{
    static const struct {
        int32_t n, h, w, c;
        det_status status;
    } cases[] = {
        {-1, 1, 1, 1, DET_ERROR_ARGUMENT},
        {1, 0, 1, 1, DET_ERROR_ARGUMENT},
        {1, 1, -3, 1, DET_ERROR_ARGUMENT},
        {1, 1, 1, 0, DET_ERROR_ARGUMENT},
        {INT32_MAX, INT32_MAX, INT32_MAX, 1, DET_ERROR_MEMORY},
        {INT32_MAX, INT32_MAX, 2, 1, DET_ERROR_MEMORY},
    };
    struct det_arena arena;
    struct det_message message = {.text = ""};
    struct det_compute compute = planning(&arena, &message);
    struct det_tensor out;
    ck_assert_int_eq(det_tensor_take(&compute, &out, cases[_i].n, cases[_i].h,
                                     cases[_i].w, cases[_i].c),
                     cases[_i].status);
    ck_assert_str_ne(message.text, "");
    ck_assert_int_eq(arena.count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *tests = tcase_create("arena");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, planned_is_used);
    tcase_add_test(tests, first_fit);
    tcase_add_test(tests, empty_blocks_differ);
    tcase_add_test(tests, full);
    tcase_add_test(tests, sizes_that_overflow);
    tcase_add_test(tests, too_many_blocks);
    tcase_add_test(tests, tensors);
    tcase_add_loop_test(tests, tensors_refused, 0, 6);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
