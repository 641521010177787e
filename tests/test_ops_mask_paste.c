/* SPDX-License-Identifier: MIT */
/* Small masks to bits, against each pixel's own sum: the same bits. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compute/mask_paste.h"
#include "tests/cuda/bridge.h"
#include "tests/ops_harness.h"

enum { RANDOM_CASES = 200, MOST_STRIPS = 12, TIMEOUT = 60 };

struct paste_case {
    const char *name;
    enum det_paste_rule rule;
    int32_t side, width, height;
    int32_t count; /* of the boxes, and strips */
    struct det_box boxes[MOST_STRIPS];
    bool parts; /* strips leave columns out */
    bool odd;   /* masks have NaN and infinities */
};

/* --------------------------------------------------------------- reference */

/* NaN falls to the first place. */
static float clamped(float value, float low, float high)
{
    return !(value > low) ? low : value < high ? value : high;
}

/* Where a pixel falls on the mask with its border of zeros.  In float32 and the
 * systems' own order: a last bit may decide a pixel. */
static float torchvision_place(float low, float high, int32_t side,
                               int32_t pixel)
{
    const float half = (high - low) * 0.5f * ((float)(side + 2) / (float)side);
    const float centre = (high + low) * 0.5f;
    const float first = truncf(centre - half), last = truncf(centre + half);
    const float size = fmaxf(last - first + 1.0f, 1.0f);
    return (float)(side + 2) / size * ((float)pixel - first + 0.5f) - 0.5f;
}

static float detectron2_place(float low, float high, int32_t side,
                              int32_t pixel)
{
    const float grid = ((float)pixel + 0.5f - low) / (high - low) * 2.0f - 1.0f;
    return ((grid + 1.0f) * (float)side - 1.0f) * 0.5f + 1.0f;
}

/* cv2.resize: the border's place is repeated, not mixed with zeros. */
static float opencv_place(const struct det_paste_axis *axis, int32_t side,
                          int32_t pixel)
{
    const double scale = (double)side / (axis->end - axis->begin);
    const float at = (float)((pixel - axis->begin + 0.5) * scale - 0.5);
    return clamped(at, 0.0f, (float)(side - 1)) + 1.0f;
}

static float place_of(const struct paste_case *c,
                      const struct det_paste_axis *axis, float low, float high,
                      int32_t pixel)
{
    const float place = c->rule == DET_PASTE_TORCHVISION
                            ? torchvision_place(low, high, c->side, pixel)
                        : c->rule == DET_PASTE_DETECTRON2
                            ? detectron2_place(low, high, c->side, pixel)
                            : opencv_place(axis, c->side, pixel);
    return clamped(place, 0.0f, (float)(c->side + 1));
}

static float padded(const float *mask, int32_t side, int32_t y, int32_t x)
{
    return y < 1 || x < 1 || y > side || x > side
               ? 0.0f
               : mask[(y - 1) * side + x - 1];
}

/* Which two places, and the weight of the second. */
static float split(int32_t *index, float place, int32_t side)
{
    *index = (int32_t)fminf(place, (float)side);
    return place - (float)*index;
}

static float column_at(const float *mask, int32_t side, int32_t y, int32_t x,
                       float right)
{
    return (1.0f - right) * padded(mask, side, y, x) +
           right * padded(mask, side, y, x + 1);
}

static bool is_set(const struct paste_case *c, const float *mask, float v,
                   float u)
{
    int32_t y, x;
    const float down = split(&y, v, c->side), right = split(&x, u, c->side);
    const float value = (1.0f - down) * column_at(mask, c->side, y, x, right) +
                        down * column_at(mask, c->side, y + 1, x, right);
    return c->rule == DET_PASTE_TORCHVISION  ? value > 0.5f
           : c->rule == DET_PASTE_DETECTRON2 ? value >= 0.5f
                                             : value >= 0.4f;
}

/* ------------------------------------------------------------------ a strip */

static struct det_paste_strip strip_of(const struct paste_case *c, int32_t i,
                                       struct det_random *random)
{
    const struct det_box *box = &c->boxes[i];
    struct det_paste_strip strip = {
        .mask = c->count - 1 - i,
        .columns =
            det_paste_axis_of(c->rule, box->x1, box->x2, c->side, c->width),
        .rows =
            det_paste_axis_of(c->rule, box->y1, box->y2, c->side, c->height)};
    strip.first = strip.columns.begin;
    strip.count = strip.columns.end - strip.columns.begin;
    if (strip.count < 0 || strip.rows.end <= strip.rows.begin)
        strip.count = 0;
    if (c->parts && strip.count > 0) {
        const int32_t skipped = det_random_int(random, 0, strip.count);
        strip.first += skipped;
        strip.count = det_random_int(random, 0, strip.count - skipped);
    }
    return strip;
}

static void check_strip(const struct paste_case *c, int32_t i,
                        const struct det_paste_strip *s, const float *masks,
                        const uint32_t *words)
{
    const struct det_box *box = &c->boxes[i];
    const float *mask = masks + s->mask * c->side * c->side;
    const int32_t length = det_paste_column_words(s);
    for (int32_t column = 0; column < s->count; column++, words += length) {
        const int32_t x = s->first + column;
        const float u = place_of(c, &s->columns, box->x1, box->x2, x);
        for (int32_t bit = 0; bit < DET_PASTE_WORD * length; bit++) {
            const int32_t y = s->rows.begin + bit;
            const bool expected =
                y < s->rows.end &&
                is_set(c, mask, place_of(c, &s->rows, box->y1, box->y2, y), u);
            const bool actual =
                words[bit / DET_PASTE_WORD] >> bit % DET_PASTE_WORD & 1;
            if (actual != expected)
                ck_abort_msg("%s, rule %d, side %d: box %d, pixel %d, %d is "
                             "%d",
                             c->name, (int)c->rule, c->side, i, x, y, actual);
        }
    }
}

/* ------------------------------------------------------------------ running */

static float *random_masks(const struct paste_case *c,
                           struct det_random *random)
{
    static const float odd[] = {NAN, INFINITY, -INFINITY, 0.4f, 0.5f};
    const size_t count = (size_t)(c->count * c->side * c->side);
    float *values = malloc((count + 1) * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < count; i++) {
        values[i] = 0.5f * (1.0f + det_random_float(random));
        if (c->odd && i % 7 == 0)
            values[i] = odd[i / 7 % 5];
    }
    return values;
}

static void check_bits(const struct paste_case *c,
                       const struct det_mask_paste *op, int threads)
{
    struct det_message message = {0};
    struct det_compute compute = {
        .ops = det_test_ops(), .message = &message, .threads = threads};
    struct det_mask_paste on = *op;
    const size_t count = (size_t)op->num_words;
    on.words = malloc((count + 1) * sizeof *on.words);
    ck_assert_ptr_nonnull(on.words);
    memset(on.words, 0xA5, (count + 1) * sizeof *on.words);
    ck_assert_msg(det_mask_paste(&compute, &on) == DET_OK, "%s: %s", c->name,
                  message.text);
    for (int32_t i = 0; i < op->num_strips; i++)
        check_strip(c, i, &op->strips[i], op->masks.data,
                    on.words + op->strips[i].at);
    ck_assert_uint_eq(on.words[count], 0xA5A5A5A5);
    free(on.words);
}

static void check_case(const struct paste_case *c, struct det_random *random)
{
    struct det_paste_strip strips[MOST_STRIPS];
    float *masks = random_masks(c, random);
    struct det_mask_paste op = {.masks = {.data = masks,
                                          .n = c->count,
                                          .h = c->side,
                                          .w = c->side,
                                          .c = 1,
                                          .capacity = c->count},
                                .strips = strips,
                                .num_strips = c->count};
    for (int32_t i = 0; i < c->count; i++) {
        strips[i] = strip_of(c, i, random);
        strips[i].at = op.num_words;
        op.num_words +=
            (int64_t)strips[i].count * det_paste_column_words(&strips[i]);
    }
    check_bits(c, &op, 1);
    check_bits(c, &op, 3);
    free(masks);
}

static const enum det_paste_rule rules[] = {
    DET_PASTE_TORCHVISION, DET_PASTE_DETECTRON2, DET_PASTE_MNC};
enum { RULES = sizeof rules / sizeof *rules };

#define PHOTO .width = 57, .height = 83

static const struct paste_case cases[] = {
    {"no masks", .side = 28, PHOTO},
    {"one", .side = 28, PHOTO, .count = 1, .boxes = {{3, 5, 40, 71}}},
    {"of a place", .side = 1, PHOTO, .count = 2,
     .boxes = {{3, 5, 40, 71}, {-4, 60, 20, 99}}},
    {"of 7", .side = 7, PHOTO, .count = 2,
     .boxes = {{3.25f, 5.5f, 40.75f, 71.125f}, {1, 1, 2, 82}}},
    {"of 14", .side = 14, PHOTO, .count = 2,
     .boxes = {{30, 12, 34, 15}, {-30, -20, 90, 70}}},
    {"of 62", .side = 62, PHOTO, .count = 1, .boxes = {{0, 0, 57, 83}}},
    {"over a word's end", .side = 28, PHOTO, .count = 4,
     .boxes = {{0, 0, 9, 31}, {0, 0, 9, 32}, {0, 0, 9, 33}, {5, 9, 6, 73}}},
    {"partly outside", .side = 28, PHOTO, .count = 4,
     .boxes =
         {{-9, 10, 9, 20}, {50, 10, 70, 20}, {9, -9, 20, 9}, {9, 70, 20, 99}}},
    {"outside", .side = 28, PHOTO, .count = 6,
     .boxes = {{-90, 5, -60, 20},
               {70, 5, 90, 20},
               {9, 9, 19, 29},
               {5, -90, 20, -60},
               {5, 90, 20, 99},
               {4, 4, 5, 5}}},
    {"without a side", .side = 28, PHOTO, .count = 4,
     .boxes = {{10, 10, 10, 20},
               {10, 10, 20, 10},
               {10, 10, 10, 10},
               {20, 20, 10, 10}}},
    {"huge", .side = 28, PHOTO, .count = 4,
     .boxes = {{-1e4f, -1e4f, 1e4f, 1e4f},
               {-1e30f, -1e30f, 1e30f, 1e30f},
               {1e9f, 0, 2e9f, 9},
               {-3e9f, -2, 50, 3e9f}}},
    {"NaN and infinite", .side = 28, PHOTO, .count = 5,
     .boxes = {{NAN, 0, 10, 10},
               {0, 0, NAN, NAN},
               {-INFINITY, 0, INFINITY, 9},
               {0, 0, 10, INFINITY},
               {NAN, NAN, NAN, NAN}}},
    {"of NaN and infinities", .side = 28, PHOTO, .count = 2, .odd = true,
     .boxes = {{3, 5, 40, 71}, {-9, -9, 80, 99}}},
    {"a photo of one pixel", .side = 28, .width = 1, .height = 1, .count = 3,
     .boxes = {{0, 0, 1, 1}, {-5, -5, 9, 9}, {0.25f, 0.25f, 0.75f, 0.75f}}},
    {"a column", .side = 14, .width = 1, .height = 300, .count = 1,
     .boxes = {{0, 20, 1, 290}}},
    {"a row", .side = 14, .width = 300, .height = 1, .count = 1,
     .boxes = {{20, 0, 290, 1}}},
    {"parts", .side = 14, .width = 400, .height = 300, .count = 3,
     .parts = true,
     .boxes = {{3, 5, 390, 280}, {9, 9, 300, 40}, {200, 1, 399, 299}}},
    {"many words", .side = 28, .width = 900, .height = 700, .count = 2,
     .boxes = {{3.5f, 5.5f, 880.25f, 690.75f}, {100, 0, 700, 700}}},
};
enum { CASES = sizeof cases / sizeof *cases };

START_TEST(listed)
{
    struct paste_case c = cases[_i / RULES];
    struct det_random random = {(uint64_t)_i};
    c.rule = rules[_i % RULES];
    check_case(&c, &random);
}
END_TEST

static struct det_box random_box(const struct paste_case *c,
                                 struct det_random *random)
{
    const float x = (float)c->width * (0.5f + det_random_float(random));
    const float y = (float)c->height * (0.5f + det_random_float(random));
    const float w = (float)c->width * (0.5f + 0.6f * det_random_float(random));
    const float h = (float)c->height * (0.5f + 0.6f * det_random_float(random));
    if (c->rule == DET_PASTE_MNC)
        return (struct det_box){floorf(x), floorf(y), floorf(x + w),
                                floorf(y + h)};
    return (struct det_box){x, y, x + w, y + h};
}

START_TEST(any)
{
    static const int32_t sides[] = {1, 7, 14, 21, 28};
    struct det_random random = {77};
    for (int i = 0; i < RANDOM_CASES; i++) {
        struct paste_case c = {.name = "random",
                               .rule =
                                   rules[det_random_int(&random, 0, RULES - 1)],
                               .side = det_random_choice(&random, sides, 5),
                               .width = det_random_int(&random, 1, 120),
                               .height = det_random_int(&random, 1, 120),
                               .count = det_random_int(&random, 0, MOST_STRIPS),
                               .parts = det_random_bool(&random)};
        for (int32_t k = 0; k < c.count; k++)
            c.boxes[k] = random_box(&c, &random);
        check_case(&c, &random);
    }
}
END_TEST

/* ------------------------------------------------------------- what is refused
 */

static void check_refused(const struct det_mask_paste *op)
{
    struct det_message message = {0};
    struct det_compute compute = {
        .ops = det_test_ops(), .message = &message, .threads = 1};
    ck_assert_int_eq(det_mask_paste(&compute, op), DET_ERROR_ARGUMENT);
    ck_assert_str_ne(message.text, "");
}

START_TEST(refused)
{
    static float values[2 * 63 * 63];
    static uint32_t words[100];
    const struct paste_case c = {.rule = DET_PASTE_TORCHVISION,
                                 .side = 7,
                                 .width = 9,
                                 .height = 9,
                                 .count = 2,
                                 .boxes = {{1, 1, 8, 8}, {0, 0, 9, 9}}};
    struct det_random random = {1};
    struct det_paste_strip strips[2] = {strip_of(&c, 0, &random),
                                        strip_of(&c, 1, &random)};
    strips[1].at = strips[0].count;
    const struct det_mask_paste good = {
        .masks = {.data = values, .n = 2, .h = 7, .w = 7, .c = 1},
        .strips = strips,
        .num_strips = 2,
        .words = words,
        .num_words = strips[0].count + strips[1].count};
    struct det_message message = {0};
    struct det_compute compute = {
        .ops = det_test_ops(), .message = &message, .threads = 1};
    ck_assert_msg(det_mask_paste(&compute, &good) == DET_OK, "%s",
                  message.text);
    struct det_mask_paste bad = good;
    bad.num_words--;
    check_refused(&bad);
    bad = good;
    bad.masks.n = 1;
    check_refused(&bad);
    bad = good;
    bad.masks.h = bad.masks.w = 63;
    check_refused(&bad);
    bad = good;
    bad.masks.w = 8;
    check_refused(&bad);
    strips[1].at++;
    check_refused(&good);
    strips[1].at--;
    strips[1].count++;
    check_refused(&good);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ops_mask_paste");
    TCase *tcase = tcase_create("mask_paste");
    tcase_set_timeout(tcase, TIMEOUT);
    tcase_add_loop_test(tcase, listed, 0, CASES * RULES);
    tcase_add_test(tcase, any);
    tcase_add_test(tcase, refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
