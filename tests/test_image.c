/* SPDX-License-Identifier: MIT */
/*
 * Pictures against what Pillow makes of them, PngSuite and rotated photos
 * against their references.  The last two lie outside the repository; where
 * they are not there, those tests say so.
 */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "image/exif.h"
#include "image/image.h"
#include "image/orient.h"
#include "tests/golden/image_golden.h"

#define CORPUS SOURCE_ROOT "/tests/fuzz/corpus/image/"
#define PICTURES SOURCE_ROOT "/../shared/data/images/"

enum { PATH_BYTES = 1024, MAX_BYTES = 1 << 24, MAX_PIXELS = 1 << 24 };

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes read_bytes(const char *path)
{
    struct bytes bytes;
    struct det_message message = {.text = ""};
    if (det_file_read(&bytes.data, &bytes.size, path, MAX_BYTES, &message) !=
        DET_OK)
        ck_abort_msg("%s", message.text);
    return bytes;
}

static struct det_image *read_picture(const char *path)
{
    struct det_image *image;
    struct det_message message = {.text = ""};
    if (det_image_read_file(&image, path, MAX_PIXELS, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    return image;
}

/* The first byte that differs by more than `most`, or -1. */
static int64_t first_difference(const det_pixels *pixels, const uint8_t *values,
                                int most)
{
    const size_t row = (size_t)pixels->width * 3;
    for (size_t y = 0; y < (size_t)pixels->height; y++)
        for (size_t i = 0; i < row; i++)
            if (abs(pixels->data[y * pixels->stride + i] -
                    values[y * row + i]) > most)
                return (int64_t)(y * row + i);
    return -1;
}

/* ------------------------------------------------------------------- Pillow */

/* To the bit, but for alpha over white, where Pillow's sums round apart. */
START_TEST(as_pillow)
{
    const struct golden_image *g = &golden_images[_i];
    char path[PATH_BYTES];
    snprintf(path, sizeof path, CORPUS "%s", g->name);
    struct det_image *image = read_picture(path);
    const det_pixels pixels = det_image_pixels(image);
    ck_assert_int_eq(pixels.width, g->width);
    ck_assert_int_eq(pixels.height, g->height);
    const bool alpha =
        strcmp(g->name, "rgba.png") == 0 || strcmp(g->name, "la.png") == 0;
    const int64_t at = first_difference(&pixels, g->values, alpha);
    if (at >= 0)
        ck_abort_msg("%s: byte %lld is not %d", g->name, (long long)at,
                     g->values[at]);
    det_image_destroy(&image);
    ck_assert_ptr_null(image);
}
END_TEST

/* ------------------------------------------------------------------ sources */

struct slow_source {
    struct bytes bytes;
    size_t at, step;
    size_t fails_at; /* SIZE_MAX: never */
};

static int64_t read_slowly(void *user, void *out, size_t size)
{
    struct slow_source *s = user;
    if (s->at >= s->fails_at)
        return -1;
    size_t count = s->bytes.size - s->at;
    count = count < s->step ? count : s->step;
    count = count < size ? count : size;
    memcpy(out, s->bytes.data + s->at, count);
    s->at += count;
    return (int64_t)count;
}

START_TEST(from_a_stream)
{
    struct slow_source source = {read_bytes(CORPUS "rgb.png"), 0, 7, SIZE_MAX};
    struct det_image *whole = read_picture(CORPUS "rgb.png"), *image;
    struct det_message message = {.text = ""};
    ck_assert_int_eq(det_image_read_stream(&image, read_slowly, &source,
                                           MAX_PIXELS, &message),
                     DET_OK);
    const det_pixels pixels = det_image_pixels(image);
    ck_assert_int_eq(first_difference(&pixels, det_image_pixels(whole).data, 0),
                     -1);
    det_image_destroy(&image);
    det_image_destroy(&whole);

    source.at = 0;
    source.fails_at = 20;
    ck_assert_int_eq(det_image_read_stream(&image, read_slowly, &source,
                                           MAX_PIXELS, &message),
                     DET_ERROR_READ);
    ck_assert_ptr_null(image);
    free(source.bytes.data);
}
END_TEST

/* ----------------------------------------------------------------- bad input
 */

static det_status decode_prefix(const struct bytes *bytes, size_t size,
                                struct det_message *message)
{
    uint8_t *exact = malloc(size ? size : 1);
    struct det_image *image = NULL;
    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes->data, size);
    const det_status status =
        det_image_decode(&image, exact, size, MAX_PIXELS, message);
    ck_assert((image != NULL) == (status == DET_OK));
    det_image_destroy(&image);
    free(exact);
    return status;
}

/* What libjpeg and libpng would paint grey is refused.  A JPEG without its
 * last marker, and no more, has every pixel. */
START_TEST(truncated)
{
    const struct golden_image *g = &golden_images[_i];
    char path[PATH_BYTES];
    snprintf(path, sizeof path, CORPUS "%s", g->name);
    const struct bytes bytes = read_bytes(path);
    const size_t whole_pixels = strstr(g->name, ".png") ? 1 : 3;
    for (size_t size = 0; size + whole_pixels < bytes.size; size++) {
        struct det_message message = {.text = ""};
        if (decode_prefix(&bytes, size, &message) == DET_OK)
            ck_abort_msg("%s: %zu of %zu bytes are enough", g->name, size,
                         bytes.size);
        ck_assert_str_ne(message.text, "");
    }
    free(bytes.data);
}
END_TEST

START_TEST(too_large)
{
    const struct bytes bytes = read_bytes(CORPUS "rgb.png"); /* 9 x 7 */
    struct det_image *image;
    struct det_message message = {.text = ""};
    ck_assert_int_eq(
        det_image_decode(&image, bytes.data, bytes.size, 63, &message), DET_OK);
    det_image_destroy(&image);
    ck_assert_int_eq(
        det_image_decode(&image, bytes.data, bytes.size, 62, &message),
        DET_ERROR_LIMIT);
    ck_assert_ptr_null(image);
    ck_assert_ptr_nonnull(strstr(message.text, "9 x 7 = 63 pixels"));
    free(bytes.data);
}
END_TEST

START_TEST(other_kinds)
{
    static const struct {
        const char *bytes, *said;
        size_t size;
    } cases[] = {
        {"", "empty", 0},
        {"G", "neither JPEG nor PNG", 1},
        {"GIF89a", "GIF", 6},
        {"RIFF....WEBPVP8 ", "WebP", 16},
        {"BM......", "BMP", 8},
        {"....ftypheic", "HEIC", 12},
        {"%PDF-1.4", "PDF", 8},
        {"<html>", "HTML", 6},
        {"\xff\xd8\xff", "JPEG", 3},
        {"\x89PNG\r\n\x1a\n", "PNG", 8},
    };
    const struct bytes bytes = {(uint8_t *)(uintptr_t)cases[_i].bytes,
                                cases[_i].size};
    struct det_message message = {.text = ""};
    ck_assert_int_eq(decode_prefix(&bytes, bytes.size, &message),
                     DET_ERROR_FORMAT);
    if (!strstr(message.text, cases[_i].said))
        ck_abort_msg("\"%s\" does not say %s", message.text, cases[_i].said);
}
END_TEST

/* --------------------------------------------------------------- orientation
 */

START_TEST(oriented)
{
    /* a b c   as each orientation shows it, rows joined (Exif 2.32, 4.6.4 A)
     * d e f */
    static const char *upright[] = {"abcdef", "abcdef", "cbafed", "fedcba",
                                    "defabc", "adbecf", "daebfc", "fcebda",
                                    "cfbead", "abcdef"};
    struct det_image image = {.data = malloc(18)};
    struct det_message message = {.text = ""};
    ck_assert_ptr_nonnull(image.data);
    for (int i = 0; i < 18; i++)
        image.data[i] = (uint8_t)("abcdef"[i / 3] + i % 3);
    image.pixels = (det_pixels){image.data, 3, 2, 9, DET_PIXEL_RGB8};
    ck_assert_int_eq(det_image_orient(&image, _i, &message), DET_OK);
    ck_assert_int_eq(image.pixels.width, _i >= 5 && _i <= 8 ? 2 : 3);
    ck_assert_int_eq(image.pixels.height, _i >= 5 && _i <= 8 ? 3 : 2);
    ck_assert_uint_eq(image.pixels.stride, (size_t)image.pixels.width * 3);
    ck_assert_ptr_eq(image.pixels.data, image.data);
    for (int i = 0; i < 18; i++)
        ck_assert_int_eq(image.data[i], upright[_i][i / 3] + i % 3);
    free(image.data);
}
END_TEST

START_TEST(exif_tags)
{
#define II "II*\0\10\0\0\0"
#define MM "MM\0*\0\0\0\10"
    static const struct {
        const char *tiff;
        size_t size;
        int orientation;
    } cases[] = {
        {II "\1\0\22\1\3\0\1\0\0\0\6\0\0\0", 22, 6},
        {MM "\0\1\1\22\0\3\0\0\0\1\0\10\0\0", 22, 8},
        /* another tag before it; more entries promised than there are */
        {MM "\0\2\1\1\0\3\0\0\0\1\0\5\0\0\1\22\0\3\0\0\0\1\0\3\0\0", 34, 3},
        {MM "\377\377\1\22\0\3\0\0\0\1\0\3\0\0", 22, 3},
        {MM "\0\1\1\22\0\3\0\0\0\1\0\0\0\0", 22, 1},  /* no such value */
        {MM "\0\1\1\22\0\3\0\0\0\1\0\11\0\0", 22, 1}, /* nor such */
        {MM "\0\1\1\22\0\4\0\0\0\1\0\3\0\0", 22, 1},  /* not a SHORT */
        {MM "\0\1\1\22\0\3\0\0\0\2\0\3\0\0", 22, 1},  /* two of them */
        {MM "\0\1\1\22\0\3\0\0\0\1\0\3\0", 21, 1},    /* cut off */
        {"MM\0*\377\377\377\377", 8, 1},
        {"MM\0*\0\0\0\7", 8, 1},
        {"XX\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0\6\0\0", 22, 1},
        {"MM\0*", 4, 1},
        {"", 0, 1},
    };
    uint8_t *exact = malloc(cases[_i].size + 1);
    ck_assert_ptr_nonnull(exact);
    uint8_t *end_aligned = exact + 1; /* a read past the end is caught */
    memcpy(end_aligned, cases[_i].tiff, cases[_i].size);
    ck_assert_int_eq(det_exif_orientation(end_aligned, cases[_i].size),
                     cases[_i].orientation);
    free(exact);
}
END_TEST

/* ------------------------------------------------------------ PngSuite's PNGs
 */

static DIR *open_pictures(const char *folder)
{
    DIR *entries = opendir(folder);
    if (!entries)
        printf("skipped: %s is not here\n", folder);
    return entries;
}

static uint32_t get32(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

/* A BMP of 32-bit BGRA rows, the lowest first, laid on white. */
static uint8_t *read_bmp(const char *path, int32_t *width, int32_t *height)
{
    const struct bytes file = read_bytes(path);
    ck_assert_uint_ge(file.size, 138);
    const uint8_t *pixels = file.data + get32(file.data + 10);
    const int32_t w = (int32_t)get32(file.data + 18);
    const int32_t h = (int32_t)get32(file.data + 22);
    uint8_t *rgb = malloc((size_t)w * (size_t)h * 3);
    ck_assert_ptr_nonnull(rgb);
    for (int32_t y = 0; y < h; y++)
        for (int32_t x = 0; x < w; x++) {
            const uint8_t *bgra = pixels + ((h - 1 - y) * w + x) * 4;
            for (int c = 0; c < 3; c++)
                rgb[(y * w + x) * 3 + c] =
                    (uint8_t)((bgra[2 - c] * bgra[3] + 255 * (255 - bgra[3])) /
                              255);
        }
    free(file.data);
    *width = w;
    *height = h;
    return rgb;
}

/* 16 bits may be cut or rounded to 8, and alpha rounds: 1 apart at most. */
static void check_png(const char *name)
{
    char path[PATH_BYTES];
    int32_t width, height;
    snprintf(path, sizeof path, PICTURES "pngsuite/png/%s", name);
    struct det_image *image = read_picture(path);
    const det_pixels pixels = det_image_pixels(image);
    snprintf(path, sizeof path, PICTURES "pngsuite/bmp/%.*s.bmp",
             (int)(strlen(name) - 4), name);
    uint8_t *expected = read_bmp(path, &width, &height);
    ck_assert_int_eq(pixels.width, width);
    ck_assert_int_eq(pixels.height, height);
    const int64_t at = first_difference(&pixels, expected, 1);
    if (at >= 0)
        ck_abort_msg("%s: pixel %lld is not %d", name, (long long)at / 3,
                     expected[at]);
    free(expected);
    det_image_destroy(&image);
}

static void check_broken_png(const char *name)
{
    char path[PATH_BYTES];
    struct det_image *image;
    struct det_message message = {.text = ""};
    snprintf(path, sizeof path, PICTURES "pngsuite/png/%s", name);
    const det_status status =
        det_image_read_file(&image, path, MAX_PIXELS, &message);
    if (status != DET_ERROR_FORMAT)
        ck_abort_msg("%s is broken, but status %d", name, (int)status);
    ck_assert_str_ne(message.text, "");
}

START_TEST(pngsuite)
{
    DIR *entries = open_pictures(PICTURES "pngsuite/png");
    if (!entries)
        return;
    int good = 0, broken = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        const char *name = entry->d_name;
        if (!strstr(name, ".png"))
            continue;
        if (name[0] == 'x') {
            check_broken_png(name);
            broken++;
        } else {
            check_png(name);
            good++;
        }
    }
    closedir(entries);
    ck_assert_int_eq(good, 161);
    ck_assert_int_eq(broken, 14);
}
END_TEST

/* ------------------------------------------------------------ rotated photos
 */

/* Mean difference of two photos of one size, which are encoded apart. */
static double mean_difference(const det_pixels *a, const det_pixels *b)
{
    const size_t count = (size_t)a->width * (size_t)a->height * 3;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += abs(a->data[i] - b->data[i]);
    return sum / (double)count;
}

START_TEST(photos_stand_upright)
{
    static const char *kinds[] = {"Landscape", "Portrait"};
    DIR *entries = open_pictures(PICTURES "exif-orientation");
    if (!entries)
        return;
    closedir(entries);
    char path[PATH_BYTES];
    snprintf(path, sizeof path, PICTURES "exif-orientation/%s_1.jpg",
             kinds[_i]);
    struct det_image *first = read_picture(path);
    const det_pixels upright = det_image_pixels(first);
    for (int i = 0; i <= 8; i++) {
        snprintf(path, sizeof path, PICTURES "exif-orientation/%s_%d.jpg",
                 kinds[_i], i);
        struct det_image *image = read_picture(path);
        const det_pixels pixels = det_image_pixels(image);
        ck_assert_int_eq(pixels.width, upright.width);
        ck_assert_int_eq(pixels.height, upright.height);
        ck_assert_double_lt(mean_difference(&pixels, &upright), 8.0);
        det_image_destroy(&image);
    }
    det_image_destroy(&first);
}
END_TEST

int main(void)
{
    const int golden = sizeof golden_images / sizeof *golden_images;
    Suite *suite = suite_create("image");
    TCase *tests = tcase_create("image");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, as_pillow, 0, golden);
    tcase_add_test(tests, from_a_stream);
    tcase_add_loop_test(tests, truncated, 0, golden);
    tcase_add_test(tests, too_large);
    tcase_add_loop_test(tests, other_kinds, 0, 10);
    tcase_add_loop_test(tests, oriented, 0, 10);
    tcase_add_loop_test(tests, exif_tags, 0, 14);
    tcase_add_test(tests, pngsuite);
    tcase_add_loop_test(tests, photos_stand_upright, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
