/* SPDX-License-Identifier: MIT */
#include "tests/ops_harness.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/cuda/bridge.h"
#include "tests/deviation.h"

enum {
    GUARD_BYTES = 64,  /* of the guards around the output */
    TAIL_BYTES = 4096, /* of the guard behind the arena */
    GUARD = 0xA5,
    EMPTY = 0xFF /* floats of these bytes are NaN */
};

/* One run, planned or real. */
struct run {
    struct det_message message;
    struct det_arena arena;
    struct det_compute compute;
    unsigned char *before, *hole, *after; /* blocks around the output */
    struct det_tensor out;
};

static void run_init(struct run *run, int threads)
{
    memset(&run->message, 0, sizeof run->message);
    memset(&run->out, 0, sizeof run->out);
    run->compute = (struct det_compute){.ops = det_test_ops(),
                                        .arena = &run->arena,
                                        .message = &run->message,
                                        .threads = threads};
}

static unsigned char *take(struct run *run, size_t bytes)
{
    unsigned char *block = NULL;
    ck_assert_int_eq(
        det_arena_take(&run->arena, &block, bytes, 1, &run->message), DET_OK);
    return block;
}

/* Leave a hole for the output, which the arena's first fit will find. */
static void set_guards(struct run *run, size_t out_bytes)
{
    run->before = take(run, GUARD_BYTES);
    run->hole = take(run, out_bytes);
    run->after = take(run, GUARD_BYTES);
    det_arena_give(&run->arena, run->hole);
}

static void fill(unsigned char *bytes, int value, size_t count)
{
    memset(bytes, value, count);
}

/* How many bytes are `value` before the first that is not.  One assertion for
 * all: Check writes to a file at each, which took most of a test's time. */
static size_t equal_bytes(const unsigned char *bytes, int value, size_t count)
{
    size_t i = 0;
    while (i < count && bytes[i] == value)
        i++;
    return i;
}

static void check_guard(const char *name, const char *where,
                        const unsigned char *bytes, size_t count)
{
    const size_t i = equal_bytes(bytes, GUARD, count);
    ck_assert_msg(i == count, "%s: byte %zu %s was overwritten", name, i,
                  where);
}

static size_t out_bytes(const struct det_tensor *out)
{
    return (size_t)det_tensor_stride(out) * (size_t)out->capacity *
           sizeof(float);
}

static void call(struct run *run, const struct det_harness_case *c)
{
    const det_status status = c->run(&run->compute, c->user, &run->out);
    ck_assert_msg(status == DET_OK, "%s: %s", c->name, run->message.text);
}

/* The size of the arena, with guards, and of the output. */
static size_t plan(const struct det_harness_case *c, int threads,
                   size_t *output)
{
    struct run run;
    run_init(&run, threads);
    det_arena_plan(&run.arena);
    call(&run, c);
    ck_assert_int_eq(run.arena.count, 1);
    *output = out_bytes(&run.out);

    run_init(&run, threads);
    det_arena_plan(&run.arena);
    set_guards(&run, *output);
    call(&run, c);
    return run.arena.peak;
}

static void check_guards(const struct run *run,
                         const struct det_harness_case *c, size_t output)
{
    const unsigned char *out = (const unsigned char *)run->out.data;
    const size_t used = (size_t)det_tensor_count(&run->out) * sizeof(float);
    ck_assert_msg(out == run->hole, "%s: the output is not in its hole",
                  c->name);
    ck_assert_uint_eq(output, out_bytes(&run->out));
    check_guard(c->name, "before the output", run->before, GUARD_BYTES);
    check_guard(c->name, "behind the output", run->after, GUARD_BYTES);
    const size_t rest = (size_t)(run->after - out) - used;
    const size_t kept = equal_bytes(out + used, EMPTY, rest);
    ck_assert_msg(kept == rest, "%s: byte %zu of %zu was written", c->name,
                  used + kept, used);
    check_guard(c->name, "behind the arena",
                run->arena.memory + run->arena.capacity, TAIL_BYTES);
}

void det_harness_run(const struct det_harness_case *c, int threads,
                     struct det_tensor *out)
{
    size_t output;
    const size_t peak = plan(c, threads, &output);
    unsigned char *memory;
    struct run run;
    run_init(&run, threads);
    ck_assert_int_eq(
        det_allocate_aligned(&memory, peak + TAIL_BYTES, 1, &run.message),
        DET_OK);
    fill(memory, EMPTY, peak);
    fill(memory + peak, GUARD, TAIL_BYTES);
    det_arena_use(&run.arena, memory, peak);
    set_guards(&run, output);
    fill(run.before, GUARD, GUARD_BYTES);
    fill(run.after, GUARD, GUARD_BYTES);
    call(&run, c);
    ck_assert_msg(run.arena.peak == peak, "%s: %zu bytes used, %zu planned",
                  c->name, run.arena.peak, peak);
    ck_assert_int_eq(run.arena.count, 3);
    check_guards(&run, c, output);

    *out = run.out;
    out->data = malloc(output ? output : 1);
    ck_assert_ptr_nonnull(out->data);
    memcpy(out->data, run.out.data, output);
    free(memory);
}

static void check_same(const struct det_harness_case *c, const float *alone,
                       const float *shared, size_t count)
{
    if (c->between_threads > 0.0) {
        det_harness_compare_golden(c->name, shared, alone, count,
                                   c->between_threads);
        return;
    }
    if (memcmp(alone, shared, count * sizeof *alone) == 0)
        return;
    size_t i = 0;
    while (memcmp(&alone[i], &shared[i], sizeof *alone) == 0)
        i++;
    ck_abort_msg("%s: element %zu is %.9g on one thread, %.9g on more", c->name,
                 i, (double)alone[i], (double)shared[i]);
}

size_t det_harness_check(const struct det_harness_case *c)
{
    struct det_tensor alone;
    det_harness_run(c, 1, &alone);
    const size_t count = (size_t)det_tensor_count(&alone);
    det_harness_compare(c->name, alone.data, c->expected, count, c->tolerance);
    for (int threads = 2; threads <= 3; threads++) {
        struct det_tensor shared;
        det_harness_run(c, threads, &shared);
        ck_assert_int_eq(det_tensor_count(&shared), (int64_t)count);
        check_same(c, alone.data, shared.data, count);
        free(shared.data);
    }
    free(alone.data);
    return count;
}

void det_harness_check_refused(const struct det_harness_case *c,
                               det_status status)
{
    struct run run;
    run_init(&run, 1);
    det_arena_plan(&run.arena);
    ck_assert_msg(c->run(&run.compute, c->user, &run.out) == status,
                  "%s: was not refused", c->name);
    ck_assert_msg(run.message.text[0] != '\0', "%s: no message", c->name);
    ck_assert_int_eq(run.arena.count, 0);
}

void det_harness_compare(const char *name, const float *actual,
                         const double *expected, size_t count, double tolerance)
{
    double largest = 1e-30, worst = 0.0;
    size_t at = 0;
    tolerance = fmax(tolerance, det_test_tolerance());
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (size_t i = 0; i < count; i++) {
        const double error = fabs((double)actual[i] - expected[i]);
        if (!(error <= worst)) {
            worst = error;
            at = i;
        }
        if (isnan(error))
            break;
    }
    deviation_note(name, worst / largest);
    ck_assert_msg(worst <= tolerance * largest,
                  "%s: element %zu of %zu is %.9g, expected %.9g; error %.3g "
                  "of %.3g, at most %.3g",
                  name, at, count, (double)actual[at], expected[at], worst,
                  largest, tolerance * largest);
}

void det_harness_compare_golden(const char *name, const float *actual,
                                const float *expected, size_t count,
                                double tolerance)
{
    double *values = det_harness_doubles(count);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)expected[i];
    det_harness_compare(name, actual, values, count, tolerance);
    free(values);
}

/* ------------------------------------------------------------ random inputs */

int32_t det_random_int(struct det_random *random, int32_t low, int32_t high)
{
    const uint64_t range = (uint64_t)((int64_t)high - low + 1);
    return (int32_t)(low + (int64_t)(det_random_bits(random) % range));
}

int32_t det_random_choice(struct det_random *random, const int32_t *values,
                          int32_t count)
{
    return values[det_random_int(random, 0, count - 1)];
}

bool det_random_bool(struct det_random *random)
{
    return det_random_bits(random) & 1;
}

float det_random_float(struct det_random *random)
{
    return (float)(det_random_bits(random) >> 40) * 0x1p-23f - 1.0f;
}

float *det_random_floats(struct det_random *random, size_t count)
{
    float *values = malloc(count ? count * sizeof *values : 1);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < count; i++)
        values[i] = det_test_rounded(det_random_float(random));
    return values;
}

struct det_tensor det_random_tensor(struct det_random *random, int32_t n,
                                    int32_t h, int32_t w, int32_t c)
{
    struct det_tensor t = {.n = n, .h = h, .w = w, .c = c, .capacity = n};
    t.data = det_random_floats(random, (size_t)det_tensor_count(&t));
    return t;
}

double *det_harness_doubles(size_t count)
{
    double *values = calloc(count ? count : 1, sizeof *values);
    ck_assert_ptr_nonnull(values);
    return values;
}
