/* SPDX-License-Identifier: MIT */
#include "tests/tape_case.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/tape.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"

struct run {
    const struct tape_case *c;
    struct tape_result *result;
    struct det_message message;
    struct det_arena arena;
    struct det_compute compute;
};

/* A copy on the heap; what is NaN was not written. */
static struct det_tensor copy_of(const char *name, const struct det_tensor *t)
{
    struct det_tensor copy = *t;
    const size_t count = (size_t)det_tensor_count(t);
    copy.data = malloc((count + 1) * sizeof *copy.data);
    ck_assert_ptr_nonnull(copy.data);
    memcpy(copy.data, t->data, count * sizeof *copy.data);
    size_t written = 0;
    while (written < count && !isnan(copy.data[written]))
        written++;
    ck_assert_msg(written == count, "%s: element %zu of %zu is NaN", name,
                  written, count);
    return copy;
}

/* ------------------------------------------------------------------- inputs */

/* The first notes, so their backward comes last. */
struct input_note {
    struct run *run;
    struct det_tensor in;
    int index;
};

static det_status keep_gradient(struct det_compute *compute, const void *saved)
{
    const struct input_note *note = saved;
    struct run *run = note->run;
    struct det_tensor gradient = det_gradient_take(compute, &note->in);
    if (gradient.data && !det_planning(compute))
        run->result->gradients[note->index] = copy_of(run->c->name, &gradient);
    det_tensor_give(compute, &gradient);
    return DET_OK;
}

static det_status make_input(struct run *run, struct det_tensor *out, int index)
{
    struct det_compute *compute = &run->compute;
    const struct det_tensor *from = &run->c->inputs[index];
    DET_TRY(
        det_tensor_take_like(compute, out, from, from->h, from->w, from->c));
    if (!det_planning(compute))
        memcpy(out->data, from->data,
               (size_t)det_tensor_count(from) * sizeof *out->data);
    if (run->c->constant[index])
        return DET_OK;
    DET_TRY(det_tape_node(compute, out));
    const struct input_note note = {run, *out, index};
    return det_tape_record(compute, keep_gradient, &note, sizeof note);
}

/* ---------------------------------------------------------------------- run */

static det_status weigh(struct run *run, const struct det_tensor *out)
{
    struct det_gradient gradient;
    DET_TRY(det_gradient_open(&run->compute, &gradient, out));
    if (!gradient.tensor.data || det_planning(&run->compute))
        return DET_OK;
    memcpy(gradient.tensor.data, run->c->weights,
           (size_t)det_tensor_count(out) * sizeof(float));
    return DET_OK;
}

static det_status pass(struct run *run)
{
    const struct tape_case *c = run->c;
    struct det_compute *compute = &run->compute;
    struct det_tensor in[TAPE_CASE_INPUTS] = {0}, out;
    det_tape_clear(compute->tape);
    for (int i = 0; i < c->num_inputs; i++)
        DET_TRY(make_input(run, &in[i], i));
    for (int time = 0; time < (c->times ? c->times : 1); time++) {
        DET_TRY(c->run(compute, c->user, in, &out));
        DET_TRY(weigh(run, &out));
        if (!det_planning(compute) && time == 0)
            run->result->out = copy_of(c->name, &out);
        det_tensor_give(compute, &out);
    }
    for (int i = 0; i < c->num_inputs; i++)
        det_tensor_give(compute, &in[i]);
    return det_tape_backward(compute);
}

static void check_pass(struct run *run)
{
    ck_assert_msg(pass(run) == DET_OK, "%s: %s", run->c->name,
                  run->message.text);
    ck_assert_msg(run->arena.count == 0, "%s: %d blocks were not returned",
                  run->c->name, run->arena.count);
}

void tape_case_run(struct tape_result *result, const struct tape_case *c,
                   int threads)
{
    struct run run = {.c = c, .result = result};
    unsigned char *memory;
    *result = (struct tape_result){0};
    run.compute = (struct det_compute){.ops = det_test_ops(),
                                       .arena = &run.arena,
                                       .message = &run.message,
                                       .threads = threads};
    ck_assert_int_eq(det_tape_create(&run.compute.tape, &run.message), DET_OK);
    det_arena_plan(&run.arena);
    check_pass(&run);
    const size_t peak = run.arena.peak;
    ck_assert_int_eq(det_allocate_aligned(&memory, peak, 1, &run.message),
                     DET_OK);
    memset(memory, 0xFF, peak);
    det_arena_use(&run.arena, memory, peak);
    check_pass(&run);
    ck_assert_uint_eq(run.arena.peak, peak);
    free(memory);
    det_tape_destroy(&run.compute.tape);
}

void tape_result_free(struct tape_result *result)
{
    free(result->out.data);
    for (int i = 0; i < TAPE_CASE_INPUTS; i++)
        free(result->gradients[i].data);
}

/* -------------------------------------------------------------- comparisons */

/* b = factor * a; to the last bit where the factor is 1. */
static void check_equal(const char *name, const struct det_tensor *a,
                        const struct det_tensor *b, float factor)
{
    ck_assert_msg(!a->data == !b->data, "%s: one has none", name);
    const int64_t count = a->data ? det_tensor_count(a) : 0;
    float largest = 0.0f;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, fabsf(a->data[i]));
    const float most = factor == 1.0f ? 0.0f : 1e-5f * largest;
    int64_t i = 0;
    while (i < count && fabsf(factor * a->data[i] - b->data[i]) <= most)
        i++;
    if (i < count)
        ck_abort_msg("%s: element %lld is %.9g, then %.9g", name, (long long)i,
                     (double)a->data[i], (double)b->data[i]);
}

void tape_case_check(struct tape_result *result, const struct tape_case *c)
{
    tape_case_run(result, c, 1);
    for (int i = 0; i < 4; i++) {
        struct tape_case again = *c;
        struct tape_result other;
        char name[300];
        again.times = i / 2 + 1;
        snprintf(name, sizeof name, "%s, %d times with %d threads", c->name,
                 again.times, i % 2 + 2);
        tape_case_run(&other, &again, i % 2 + 2);
        check_equal(name, &result->out, &other.out, 1.0f);
        for (int k = 0; k < c->num_inputs; k++)
            check_equal(name, &result->gradients[k], &other.gradients[k],
                        (float)again.times);
        tape_result_free(&other);
    }
}

/* ---------------------------------------------------------------- reference */

struct comparison {
    const struct tape_case *c;
    tape_reference_fn reference;
    double *in[TAPE_CASE_INPUTS], *out;
    size_t count; /* of out */
};

static double weighted_sum(const struct comparison *p)
{
    double sum = 0.0;
    p->reference(p->c->user, p->in, p->out);
    for (size_t i = 0; i < p->count; i++)
        sum += p->out[i] * (double)p->c->weights[i];
    return sum;
}

static void compare_gradient(struct comparison *p, int index,
                             const struct det_tensor *actual, double step,
                             double tolerance)
{
    const size_t count = (size_t)det_tensor_count(actual);
    double *slopes = det_harness_doubles(count), *in = p->in[index];
    char name[300];
    for (size_t i = 0; i < count; i++) {
        const double value = in[i];
        in[i] = value + step;
        const double higher = weighted_sum(p);
        in[i] = value - step;
        slopes[i] = (higher - weighted_sum(p)) / (2.0 * step);
        in[i] = value;
    }
    snprintf(name, sizeof name, "%s, gradient of input %d", p->c->name, index);
    det_harness_compare(name, actual->data, slopes, count, tolerance);
    free(slopes);
}

void tape_case_compare(const struct tape_case *c,
                       const struct tape_result *result,
                       tape_reference_fn reference, double step,
                       double tolerance)
{
    struct comparison p = {.c = c, .reference = reference};
    p.count = (size_t)det_tensor_count(&result->out);
    p.out = det_harness_doubles(p.count);
    for (int i = 0; i < c->num_inputs; i++) {
        const size_t count = (size_t)det_tensor_count(&c->inputs[i]);
        p.in[i] = det_harness_doubles(count);
        for (size_t k = 0; k < count; k++)
            p.in[i][k] = (double)c->inputs[i].data[k];
    }
    reference(c->user, p.in, p.out);
    det_harness_compare(c->name, result->out.data, p.out, p.count, tolerance);
    for (int i = 0; i < c->num_inputs; i++)
        if (result->gradients[i].data)
            compare_gradient(&p, i, &result->gradients[i], step, tolerance);
    for (int i = 0; i < c->num_inputs; i++)
        free(p.in[i]);
    free(p.out);
}
