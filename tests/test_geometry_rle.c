/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/rle.h"
#include "tests/golden/geometry_inputs.h"

enum { MAX_PIXELS = 64 * 64, MAX_TEXT = 4096 };

static void free_rle(struct det_rle *rle)
{
    det_rle_destroy(rle);
    ck_assert_ptr_null(rle->counts);
}

static struct det_rle parse(const char *text, int32_t width, int32_t height)
{
    struct det_rle rle;
    struct det_message message = {0};
    const det_status status =
        det_rle_parse(&rle, text, strlen(text), width, height, &message);
    ck_assert_msg(status == DET_OK, "%s: %s", text, message.text);
    return rle;
}

static void check_text(const det_mask *mask, const char *expected)
{
    char text[MAX_TEXT];
    const size_t length = det_mask_text(mask, text, sizeof text);
    ck_assert_str_eq(text, expected);
    ck_assert_uint_eq(length, strlen(expected));
}

static void check_box(const det_mask *mask, struct det_rle_box expected)
{
    const struct det_rle_box box = det_rle_bounding_box(mask);
    ck_assert_msg(box.x == expected.x && box.y == expected.y &&
                      box.w == expected.w && box.h == expected.h,
                  "box %d,%d,%d,%d, expected %d,%d,%d,%d", (int)box.x,
                  (int)box.y, (int)box.w, (int)box.h, (int)expected.x,
                  (int)expected.y, (int)expected.w, (int)expected.h);
}

/* ------------------------------------------------ as cocoapi's maskApi.c */

static const struct known_mask {
    int32_t width, height;
    uint32_t counts[40];
    size_t count;
    const char *text;
    uint64_t area;
    struct det_rle_box box;
} known_masks[] = {
    {10,
     10,
     {11, 1, 9, 3, 7, 5, 5, 5, 6, 3, 7, 2, 8, 1, 27},
     15,
     ";192N2N01N1O1Oc0",
     20,
     {1, 1, 7, 5}},
    {9, 8, {18, 3, 5, 3, 5, 3, 5, 3, 27}, 9, "b03500000f0", 12, {2, 2, 4, 3}},
    {9, 8, {27, 3, 5, 3, 5, 3, 5, 3, 18}, 9, "k03500000=", 12, {3, 3, 4, 3}},
    {9,
     8,
     {0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 36},
     11,
     "0440000000P1",
     20,
     {0, 0, 5, 4}},
    {9, 8, {0, 72}, 2, "0X2", 72, {0, 0, 9, 8}},
    {9, 8, {72}, 1, "X2", 0, {0, 0, 0, 0}},
    {9,
     8,
     {0, 1, 7, 5, 4, 7, 1, 6, 2, 6, 2, 6, 2, 6, 5, 2, 10},
     17,
     "0174M2MO1000003L5",
     39,
     {0, 0, 8, 8}},
    {9,
     8,
     {0, 4, 4, 4, 4, 5, 3, 5, 3, 5, 5, 3, 27},
     13,
     "044001O0002Nf0",
     26,
     {0, 0, 6, 5}},
    {9, 8, {18, 2, 6, 2, 6, 2, 36}, 7, "b026000n0", 6, {2, 2, 3, 2}},
    {640, 480, {307200}, 1, "PP\\9", 0, {0, 0, 0, 0}},
    {640, 480, {0, 307200}, 2, "0PP\\9", 307200, {0, 0, 640, 480}},
};

START_TEST(known_by_cocoapi)
{
    const struct known_mask *known = &known_masks[_i];
    struct det_rle rle = parse(known->text, known->width, known->height);
    ck_assert_uint_eq(rle.count, known->count);
    for (size_t i = 0; i < known->count; i++)
        ck_assert_uint_eq(rle.counts[i], known->counts[i]);
    const det_mask mask = det_rle_view(&rle);
    ck_assert_uint_eq(det_mask_area(&mask), known->area);
    check_text(&mask, known->text);
    check_box(&mask, known->box);
    free_rle(&rle);
}
END_TEST

/* Five rectangles, each inverting what is below it. */
static void paint(uint8_t *pixels, uint32_t seed, int32_t width, int32_t height)
{
    struct random_numbers random = {seed};
    memset(pixels, 0, (size_t)width * (size_t)height);
    for (int i = 0; i < 5; i++) {
        const int32_t x1 = (int32_t)random_bits(&random) % width;
        const int32_t y1 = (int32_t)random_bits(&random) % height;
        const int32_t w = (int32_t)random_bits(&random) % width + 1;
        const int32_t h = (int32_t)random_bits(&random) % height + 1;
        for (int32_t y = y1; y < height && y < y1 + h; y++)
            for (int32_t x = x1; x < width && x < x1 + w; x++)
                pixels[y * width + x] ^= 1;
    }
}

static struct det_rle painted(uint32_t seed, int32_t width, int32_t height)
{
    static uint8_t pixels[100 * 75];
    struct det_rle rle;
    paint(pixels, seed, width, height);
    ck_assert_int_eq(
        det_rle_encode(&rle, pixels, (size_t)width, width, height, NULL),
        DET_OK);
    return rle;
}

/* Made by pycocotools 2.0 from the same pixels. */
static const struct painted_mask {
    uint32_t seed;
    int32_t width, height;
    const char *text;
    uint64_t area;
    struct det_rle_box box;
} painted_masks[] = {
    {1, 9, 8, "531130O<1EO04L0", 38, {0, 0, 9, 8}},
    {2,
     31,
     17,
     "g04="
     "000HN12LM0142LM0142LM0142LM0142LM0142LM0142LM0142LM0142LM0142LM0142LM0142"
     "LM0142LM0142LM0140NON142LM0142LM0142LM0142LM0142LM0142LM0142LM0142LM0142O"
     "N:00000",
     185,
     {1, 6, 30, 11}},
    {3,
     64,
     48,
     "bl0d0l0000000000000000000000000000ZONN22NN22NN22NN22NK_O1c04NK_O1c04NK_"
     "Ok0a0UO_Ok0a0UO_Ok0a0UO_Ok0a0UO_Ok0a0UO_Ok0a0UO_Ok0a0UO_Ok0a0UO_Ok0a0UO_"
     "Ok0a0UO_Ok0a0UO_Ok0a0UO_Ok0a0UO_O3g0;[OBN3g0;[OBN3g0;[OBN3g0;[OBN3g0;["
     "OBN3g0;[OBN3g0;[OBN3g0;[OGe09[OG?0MMC1f0;[OC",
     1108,
     {19, 2, 45, 46}},
    {4, 1, 7, "12100", 4, {0, 1, 1, 5}},
    {5, 13, 1, "67", 7, {6, 0, 7, 1}},
    {6,
     100,
     75,
     "]W1>"
     "m100000000000000000000000000000000000000000000000000000000000000000gi1d0e"
     "UN00000TOJe0\\OOj080000000000000000000000000000000lNQOl0o0TOQOl0T130oN",
     1344,
     {16, 5, 84, 70}},
};

START_TEST(painted_as_pycocotools)
{
    const struct painted_mask *known = &painted_masks[_i];
    struct det_rle rle = painted(known->seed, known->width, known->height);
    const det_mask mask = det_rle_view(&rle);
    check_text(&mask, known->text);
    ck_assert_uint_eq(det_mask_area(&mask), known->area);
    check_box(&mask, known->box);
    struct det_rle again = parse(known->text, known->width, known->height);
    ck_assert_uint_eq(again.count, rle.count);
    ck_assert_mem_eq(again.counts, rle.counts, rle.count * sizeof *rle.counts);
    free_rle(&again);
    free_rle(&rle);
}
END_TEST

START_TEST(iou_as_pycocotools)
{
    /* Masks 20 + i and 21 + i of 40 x 30: plain, and the latter a crowd. */
    static const double expected[][2] = {
        {0.21164021164021163, 0.2745995423340961},
        {0.3157894736842105, 0.528},
        {0.20808383233532934, 0.4633333333333333},
        {0.37247474747474746, 0.5818540433925049},
        {0.46082337317397076, 0.5982758620689655},
    };
    for (uint32_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        struct det_rle a = painted(20 + i, 40, 30);
        struct det_rle b = painted(21 + i, 40, 30);
        const det_mask am = det_rle_view(&a);
        const det_mask bm = det_rle_view(&b);
        ck_assert(det_rle_iou(&am, &bm, false) == expected[i][0]);
        ck_assert(det_rle_iou(&am, &bm, true) == expected[i][1]);
        ck_assert(det_rle_iou(&am, &am, false) == 1);
        free_rle(&a);
        free_rle(&b);
    }
}
END_TEST

START_TEST(iou_by_hand)
{
    struct det_rle rect = parse("b03500000f0", 9, 8);
    struct det_rle corner = parse("0440000000P1", 9, 8);
    struct det_rle empty = parse("X2", 9, 8);
    struct det_rle other = parse("0PP\\9", 640, 480);
    /* Columns 6 to 8, next to the rectangle's. */
    static const uint32_t right[] = {51, 3, 5, 3, 5, 3, 2};
    const det_mask a = det_rle_view(&rect);
    const det_mask b = det_rle_view(&corner);
    const det_mask none = det_rle_view(&empty);
    const det_mask large = det_rle_view(&other);
    const det_mask apart = {9, 8, 7, right};
    ck_assert(det_rle_iou(&a, &b, false) == 6.0 / 26.0);
    ck_assert(det_rle_iou(&a, &b, true) == 0.5);
    ck_assert(det_rle_iou(&a, &none, false) == 0);
    ck_assert(det_rle_iou(&none, &none, true) == 0);
    ck_assert(det_rle_iou(&a, &large, false) == -1);
    ck_assert(det_rle_iou(&a, &apart, false) == 0);
    free_rle(&rect);
    free_rle(&corner);
    free_rle(&empty);
    free_rle(&other);
}
END_TEST

START_TEST(empty_runs_between)
{
    /* Valid if unusual: zero-length runs count as nothing. */
    uint32_t counts[] = {0, 0, 2, 0, 0, 3, 0, 1, 0, 0, 3};
    uint32_t plain[] = {2, 4, 3};
    const det_mask odd = {3, 3, 11, counts};
    const det_mask same = {3, 3, 3, plain};
    ck_assert_uint_eq(det_mask_area(&odd), 4);
    check_box(&odd, (struct det_rle_box){0, 0, 2, 3});
    ck_assert(det_rle_iou(&odd, &same, false) == 1);
    ck_assert(det_rle_iou(&same, &odd, true) == 1);
    uint32_t nothing[] = {4, 0, 5};
    const det_mask blank = {3, 3, 3, nothing};
    check_box(&blank, (struct det_rle_box){0, 0, 0, 0});
}
END_TEST

/* ----------------------------------------------------------- hostile text */

static const struct hostile_text {
    const char *text;
    size_t length;
    int32_t width, height;
    det_status status;
    const char *says; /* part of the message */
} hostile_texts[] = {
    {"", 0, 9, 8, DET_ERROR_FORMAT, "position 0 with 72 of 72"},
    {"1P", 2, 9, 8, DET_ERROR_FORMAT, "position 1; it is cut short"},
    {"000N", 4, 9, 8, DET_ERROR_FORMAT, "run of -2 at position 3"},
    {"N", 1, 9, 8, DET_ERROR_FORMAT, "run of -2 at position 0"},
    {"0X2\n", 4, 9, 8, DET_ERROR_FORMAT, "byte 10 at position 3"},
    {"X2\0", 3, 9, 8, DET_ERROR_FORMAT, "byte 0 at position 2"},
    {"0/", 2, 9, 8, DET_ERROR_FORMAT, "byte 47 at position 1"},
    {"p0", 2, 9, 8, DET_ERROR_FORMAT, "byte 112 at position 0"},
    {"0\xff", 2, 9, 8, DET_ERROR_FORMAT, "byte 255 at position 1"},
    {"PPPPPPP0", 8, 9, 8, DET_ERROR_FORMAT, "more than 7 bytes"},
    {"oooooooooooooooooooo", 20, 9, 8, DET_ERROR_FORMAT, "more than 7"},
    {"oooooo?", 7, 9, 8, DET_ERROR_FORMAT, "run of 17179869183"},
    {"PPPPPP@", 7, 9, 8, DET_ERROR_FORMAT, "run of -17179869184"},
    {"0Y2", 3, 9, 8, DET_ERROR_FORMAT, "run of 73 at position 1"},
    {"X21", 3, 9, 8, DET_ERROR_FORMAT, "run of 1 at position 2"},
    {"W2", 2, 9, 8, DET_ERROR_FORMAT, "1 of 72"},
    {"X2", 2, -9, 8, DET_ERROR_ARGUMENT, "-9 x 8"},
    {"X2", 2, 65536, 65536, DET_ERROR_LIMIT, "65536 x 65536"},
};

START_TEST(hostile_text_is_refused)
{
    const struct hostile_text *hostile = &hostile_texts[_i];
    struct det_message message = {0};
    struct det_rle rle = {.count = 5};
    /* On the heap and without a final 0, for the address sanitizer. */
    char *text = malloc(hostile->length + (hostile->length == 0));
    ck_assert_ptr_nonnull(text);
    memcpy(text, hostile->text, hostile->length);
    ck_assert_int_eq(det_rle_parse(&rle, text, hostile->length, hostile->width,
                                   hostile->height, &message),
                     hostile->status);
    free(text);
    ck_assert_msg(strstr(message.text, hostile->says) != NULL,
                  "\"%s\" does not say \"%s\"", message.text, hostile->says);
    ck_assert_ptr_null(rle.counts);
    ck_assert_uint_eq(rle.count, 0);
}
END_TEST

START_TEST(random_text)
{
    struct random_numbers random = {8};
    size_t accepted = 0;
    for (int round = 0; round < 100000; round++) {
        char text[12];
        const size_t length = random_bits(&random) % sizeof text;
        for (size_t i = 0; i < length; i++)
            text[i] = (char)(46 + (random_bits(&random) >> 8) % 30);
        struct det_rle rle;
        if (det_rle_parse(&rle, text, length, 5, 7, NULL) != DET_OK)
            continue;
        accepted++;
        uint8_t pixels[5 * 7];
        const det_mask mask = det_rle_view(&rle);
        ck_assert_int_eq(det_mask_decode(&mask, pixels, 5), DET_OK);
        uint64_t area = 0;
        for (size_t i = 0; i < sizeof pixels; i++)
            area += pixels[i];
        ck_assert_uint_eq(area, det_mask_area(&mask));
        det_rle_destroy(&rle);
    }
    ck_assert_uint_gt(accepted, 10);
}
END_TEST

START_TEST(longest_runs)
{
    /* The greatest mask: differences need all 7 groups. */
    const uint32_t all = 65537u * 65535u; /* 2^32 - 1 */
    uint32_t counts[] = {0, 0, 0, all, 0, 0};
    const det_mask mask = {65537, 65535, 6, counts};
    char text[64];
    const size_t length = det_mask_text(&mask, text, sizeof text);
    ck_assert_uint_eq(length, 3 + 7 + 1 + 7);
    struct det_rle rle = parse(text, 65537, 65535);
    ck_assert_uint_eq(rle.count, 6);
    ck_assert_mem_eq(rle.counts, counts, sizeof counts);
    free_rle(&rle);
}
END_TEST

/* ------------------------------------------------------- text and decoding */

START_TEST(text_is_cut_like_snprintf)
{
    struct det_rle rle = parse("b03500000f0", 9, 8);
    const det_mask mask = det_rle_view(&rle);
    for (size_t size = 1; size < 14; size++) {
        char text[14];
        memset(text, '!', sizeof text);
        ck_assert_uint_eq(det_mask_text(&mask, text, size), 11);
        const size_t kept = size - 1 < 11 ? size - 1 : 11;
        ck_assert_mem_eq(text, "b03500000f0", kept);
        ck_assert_int_eq(text[kept], 0);
        ck_assert_int_eq(text[size], '!');
    }
    ck_assert_uint_eq(det_mask_text(&mask, NULL, 0), 11);
    char untouched = '!';
    ck_assert_uint_eq(det_mask_text(&mask, &untouched, 0), 11);
    ck_assert_int_eq(untouched, '!');
    ck_assert_uint_eq(det_mask_text(NULL, &untouched, 1), 0);
    ck_assert_int_eq(untouched, 0);
    ck_assert_uint_eq(det_mask_area(NULL), 0);
    free_rle(&rle);
}
END_TEST

START_TEST(decode_undoes_encode)
{
    static const int32_t sizes[][2] = {{1, 1},   {1, 9},   {9, 1},  {2, 3},
                                       {31, 17}, {64, 64}, {63, 5}, {8, 64}};
    static uint8_t pixels[MAX_PIXELS];
    static uint8_t back[MAX_PIXELS + 64 * 3];
    for (uint32_t seed = 0; seed < 200; seed++) {
        const int32_t w = sizes[seed % 8][0];
        const int32_t h = sizes[seed % 8][1];
        paint(pixels, seed + 1, w, h);
        struct det_rle rle;
        ck_assert_int_eq(det_rle_encode(&rle, pixels, (size_t)w, w, h, NULL),
                         DET_OK);
        const det_mask mask = det_rle_view(&rle);
        const size_t stride = (size_t)w + 3;
        memset(back, 9, sizeof back);
        ck_assert_int_eq(det_mask_decode(&mask, back, stride), DET_OK);
        for (int32_t y = 0; y < h; y++) {
            ck_assert_mem_eq(back + (size_t)y * stride, pixels + y * w,
                             (size_t)w);
            for (size_t x = (size_t)w; x < stride; x++)
                ck_assert_int_eq(back[(size_t)y * stride + x], 9);
        }
        det_rle_destroy(&rle);
    }
}
END_TEST

START_TEST(decode_refuses)
{
    uint8_t pixels[9] = {7};
    const uint32_t counts[] = {4, 5};
    det_mask mask = {3, 3, 2, counts};
    ck_assert_int_eq(det_mask_decode(&mask, pixels, 3), DET_OK);
    ck_assert_int_eq(det_mask_decode(&mask, pixels, 2), DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_mask_decode(&mask, NULL, 3), DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_mask_decode(NULL, pixels, 3), DET_ERROR_ARGUMENT);
    mask.width = 2;
    ck_assert_int_eq(det_mask_decode(&mask, pixels, 3), DET_ERROR_ARGUMENT);
    mask.width = 4;
    ck_assert_int_eq(det_mask_decode(&mask, pixels, 4), DET_ERROR_ARGUMENT);
    mask.width = -3;
    mask.height = -3;
    ck_assert_int_eq(det_mask_decode(&mask, pixels, 4), DET_ERROR_ARGUMENT);
    mask = (det_mask){3, 3, 2, NULL};
    ck_assert_int_eq(det_mask_decode(&mask, pixels, 3), DET_ERROR_ARGUMENT);
    mask = (det_mask){0, 3, 0, NULL};
    ck_assert_int_eq(det_mask_decode(&mask, NULL, 0), DET_OK);
}
END_TEST

/* ---------------------------------------------------------------- building */

START_TEST(builder_merges_and_completes)
{
    struct det_rle_builder builder = {0};
    struct det_rle rle;
    for (int round = 0; round < 2; round++) { /* the memory is used again */
        ck_assert_int_eq(det_rle_builder_init(&builder, 5, 4, NULL), DET_OK);
        static const struct {
            bool value;
            uint64_t length;
        } runs[] = {{true, 2},  {true, 1},  {false, 0}, {true, 1},
                    {false, 3}, {false, 2}, {true, 4}};
        for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
            ck_assert_int_eq(det_rle_builder_append(&builder, runs[i].value,
                                                    runs[i].length, NULL),
                             DET_OK);
        ck_assert_int_eq(det_rle_builder_finish(&rle, &builder, NULL), DET_OK);
        static const uint32_t expected[] = {0, 4, 5, 4, 7};
        ck_assert_uint_eq(rle.count, 5);
        ck_assert_mem_eq(rle.counts, expected, sizeof expected);
        ck_assert_int_eq(rle.width, 5);
        ck_assert_int_eq(rle.height, 4);
        free_rle(&rle);
    }
    det_rle_builder_destroy(&builder);
    ck_assert_ptr_null(builder.counts);
    det_rle_builder_destroy(NULL);
    det_rle_destroy(NULL);
}
END_TEST

START_TEST(builder_refuses)
{
    struct det_rle_builder builder = {0};
    struct det_message message = {0};
    ck_assert_int_eq(det_rle_builder_init(&builder, 3, -1, &message),
                     DET_ERROR_ARGUMENT);
    ck_assert_int_eq(det_rle_builder_init(&builder, INT32_MAX, 3, &message),
                     DET_ERROR_LIMIT);
    ck_assert_int_eq(det_rle_builder_init(&builder, 3, 2, &message), DET_OK);
    ck_assert_int_eq(det_rle_builder_append(&builder, true, 5, &message),
                     DET_OK);
    ck_assert_int_eq(det_rle_builder_append(&builder, true, 2, &message),
                     DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(message.text, "only 1 of"));
    ck_assert_int_eq(
        det_rle_builder_append(&builder, false, UINT64_MAX, &message),
        DET_ERROR_ARGUMENT);
    det_rle_builder_destroy(&builder);
}
END_TEST

START_TEST(builder_grows)
{
    struct det_rle_builder builder = {0};
    struct det_rle rle;
    ck_assert_int_eq(det_rle_builder_init(&builder, 50, 100, NULL), DET_OK);
    for (int i = 0; i < 5000; i++)
        ck_assert_int_eq(det_rle_builder_append(&builder, i % 2 == 0, 1, NULL),
                         DET_OK);
    ck_assert_int_eq(det_rle_builder_finish(&rle, &builder, NULL), DET_OK);
    ck_assert_uint_eq(rle.count, 5001);
    ck_assert_uint_eq(rle.counts[0], 0);
    for (size_t i = 1; i < rle.count; i++)
        ck_assert_uint_eq(rle.counts[i], 1);
    free_rle(&rle);
    det_rle_builder_destroy(&builder);
}
END_TEST

START_TEST(mask_without_pixels)
{
    struct det_rle rle;
    ck_assert_int_eq(det_rle_encode(&rle, NULL, 0, 0, 0, NULL), DET_OK);
    const det_mask mask = det_rle_view(&rle);
    ck_assert_uint_eq(det_mask_area(&mask), 0);
    check_box(&mask, (struct det_rle_box){0, 0, 0, 0});
    check_text(&mask, "0");
    ck_assert(det_rle_iou(&mask, &mask, false) == 0);
    free_rle(&rle);
    rle = parse("", 0, 7);
    free_rle(&rle);
}
END_TEST

START_TEST(copy_checks_the_sum)
{
    const uint32_t counts[] = {3, 2, 1};
    struct det_message message = {0};
    struct det_rle rle;
    det_mask mask = {3, 2, 3, counts};
    ck_assert_int_eq(det_rle_copy(&rle, &mask, &message), DET_OK);
    ck_assert_mem_eq(rle.counts, counts, sizeof counts);
    free_rle(&rle);
    mask.width = 2;
    ck_assert_int_eq(det_rle_copy(&rle, &mask, &message), DET_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(message.text, "run 1 "));
    mask.width = 4;
    ck_assert_int_eq(det_rle_copy(&rle, &mask, &message), DET_ERROR_FORMAT);
    ck_assert_ptr_nonnull(strstr(message.text, "leave 2"));
    ck_assert_ptr_null(rle.counts);
}
END_TEST

static int count_of(size_t bytes, size_t size)
{
    return (int)(bytes / size);
}

int main(void)
{
    Suite *suite = suite_create("geometry_rle");
    TCase *coco = tcase_create("as cocoapi");
    tcase_add_loop_test(coco, known_by_cocoapi, 0,
                        count_of(sizeof known_masks, sizeof *known_masks));
    tcase_add_loop_test(coco, painted_as_pycocotools, 0,
                        count_of(sizeof painted_masks, sizeof *painted_masks));
    tcase_add_test(coco, iou_as_pycocotools);
    tcase_add_test(coco, iou_by_hand);
    tcase_add_test(coco, empty_runs_between);
    suite_add_tcase(suite, coco);
    TCase *text = tcase_create("text");
    tcase_add_loop_test(text, hostile_text_is_refused, 0,
                        count_of(sizeof hostile_texts, sizeof *hostile_texts));
    tcase_add_test(text, random_text);
    tcase_add_test(text, longest_runs);
    tcase_add_test(text, text_is_cut_like_snprintf);
    suite_add_tcase(suite, text);
    TCase *build = tcase_create("build");
    tcase_add_test(build, decode_undoes_encode);
    tcase_add_test(build, decode_refuses);
    tcase_add_test(build, builder_merges_and_completes);
    tcase_add_test(build, builder_refuses);
    tcase_add_test(build, builder_grows);
    tcase_add_test(build, mask_without_pixels);
    tcase_add_test(build, copy_checks_the_sum);
    suite_add_tcase(suite, build);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
