/* SPDX-License-Identifier: MIT */
/* MATLAB's files and the masks of SBD in them: from scipy, made here in either
 * byte order, and broken. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "datasets/mat_file.h"
#include "datasets/sbd_masks.h"
#include "datasets/voc_xml.h"
#include "tests/golden/sbd_mat.h"
#include "tests/test_tree.h"

static struct det_message message;

/* ----------------------------------------------------------- making of files
 */

enum { ROOM = 1 << 16 };

struct maker {
    uint8_t bytes[ROOM];
    size_t size;
    bool is_big_endian;
};

static void put(struct maker *m, const void *data, size_t size)
{
    ck_assert_uint_le(m->size + size, ROOM);
    memcpy(m->bytes + m->size, data, size);
    m->size += size;
}

static void put_32_at(struct maker *m, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        m->bytes[at + (m->is_big_endian ? 3 - i : i)] =
            (uint8_t)(value >> 8 * i);
}

static void put_32(struct maker *m, uint32_t value)
{
    static const uint8_t none[4];
    put(m, none, 4);
    put_32_at(m, m->size - 4, value);
}

static void put_padding(struct maker *m)
{
    while (m->size % 8)
        put(m, "", 1);
}

static void put_element(struct maker *m, uint32_t type, const void *data,
                        size_t size)
{
    put_32(m, type);
    put_32(m, (uint32_t)size);
    put(m, data, size);
    put_padding(m);
}

/* Up to 4 bytes, in the tag. */
static void put_small(struct maker *m, uint32_t type, const void *data,
                      size_t size)
{
    put_32(m, (uint32_t)size << 16 | type);
    put(m, data, size);
    put_padding(m);
}

static void begin_file(struct maker *m, bool is_big_endian)
{
    char text[124];
    m->size = 0;
    m->is_big_endian = is_big_endian;
    memset(text, ' ', sizeof text);
    put(m, text, sizeof text);
    put(m, is_big_endian ? "\1\0MI" : "\0\1IM", 4);
}

/* Returns where the array begins. */
static size_t begin_array(struct maker *m, uint32_t class, uint32_t rows,
                          uint32_t columns, const char *name)
{
    const size_t at = m->size;
    put_32(m, 14);
    put_32(m, 0);
    put_32(m, 6);
    put_32(m, 8);
    put_32(m, class);
    put_32(m, 0);
    put_32(m, 5);
    put_32(m, 8);
    put_32(m, rows);
    put_32(m, columns);
    put_element(m, 1, name, strlen(name));
    return at;
}

static void end_array(struct maker *m, size_t at)
{
    put_32_at(m, at + 4, (uint32_t)(m->size - at - 8));
}

static void put_numbers(struct maker *m, uint32_t class, uint32_t rows,
                        uint32_t columns, uint32_t type, const void *data,
                        size_t size)
{
    const size_t at = begin_array(m, class, rows, columns, "");
    if (size <= 4)
        put_small(m, type, data, size);
    else
        put_element(m, type, data, size);
    end_array(m, at);
}

/* A picture of 2 x 3: two objects, 16-bit numbers. */
static void put_objects(struct maker *m, const char *name)
{
    static const char fields[] = "Categories\0\0\0\0\0\0Other\0\0\0\0\0\0\0\0"
                                 "\0\0\0Segmentation\0\0\0";
    static const uint16_t labels[] = {1, 1, 0, 2, 2, 2};
    uint8_t picture[12];
    const size_t at = begin_array(m, 2, 1, 1, name);
    for (size_t i = 0; i < 6; i++) {
        picture[2 * i + m->is_big_endian] = (uint8_t)labels[i];
        picture[2 * i + !m->is_big_endian] = 0;
    }
    uint8_t length[4] = {16, 0, 0, 0};
    if (m->is_big_endian)
        memcpy(length, "\0\0\0\20", 4);
    put_small(m, 5, length, 4);
    put_element(m, 1, fields, 48);
    put_numbers(m, 9, 1, 2, 2, "\x0f\x14", 2); /* person, tvmonitor */
    put_32(m, 14);                             /* an empty array */
    put_32(m, 0);
    put_numbers(m, 11, 2, 3, 4, picture, sizeof picture);
    end_array(m, at);
}

/* ------------------------------------------------------------------- reading
 */

/* From memory of just that size. */
static det_status parse(struct det_dataset *out, const void *data, size_t size)
{
    uint8_t *exact = malloc(size + 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact + 1, data, size);
    message.text[0] = 0;
    const det_status status =
        det_sbd_parse(out, "name", exact + 1, size, &message);
    free(exact);
    ck_assert((status == DET_OK) == (message.text[0] == 0));
    return status;
}

static void refuse(const struct maker *m, const char *text)
{
    struct det_dataset set = {0};
    ck_assert_int_ne(parse(&set, m->bytes, m->size), DET_OK);
    if (!strstr(message.text, text))
        ck_abort_msg("\"%s\" is not in \"%s\"", text, message.text);
    det_dataset_clear(&set);
}

struct object {
    int64_t category;
    double box[4], area;
};

static void check_objects(const struct det_dataset *set,
                          const struct object *expected, size_t count)
{
    ck_assert_uint_eq(set->num_annotations, count);
    for (size_t i = 0; i < count; i++) {
        const struct det_annotation *a = &set->annotations[i];
        ck_assert_int_eq(a->category_id, expected[i].category);
        ck_assert_int_eq(a->id, (int64_t)i + 1);
        ck_assert_int_eq(a->image_id, 1);
        for (int k = 0; k < 4; k++)
            ck_assert_double_eq(a->box[k], expected[i].box[k]);
        ck_assert_double_eq(a->area, expected[i].area);
    }
}

static void check_mask(const struct det_dataset *set, size_t index,
                       const char *rows, int32_t width, int32_t height)
{
    struct det_segmentation_scratch scratch = {0};
    struct det_rle mask;
    uint8_t pixels[64];
    ck_assert_int_eq(det_segmentation_mask(
                         &mask, &scratch, &set->annotations[index].segmentation,
                         width, height, &message),
                     DET_OK);
    ck_assert_int_eq(mask.width, width);
    ck_assert_int_eq(mask.height, height);
    const det_mask view = det_rle_view(&mask);
    ck_assert_int_eq(det_mask_decode(&view, pixels, (size_t)width), DET_OK);
    for (int32_t i = 0; i < width * height; i++)
        ck_assert_int_eq(pixels[i] != 0, rows[i] == '#');
    det_rle_destroy(&mask);
    det_segmentation_scratch_destroy(&scratch);
}

/* What scipy writes; object 3 has no pixel. */
START_TEST(scipys_file)
{
    static const struct object expected[] = {
        {15, {0, 0, 3, 2}, 6}, {7, {5, 1, 2, 2}, 4}, {1, {0, 3, 7, 2}, 8}};
    struct det_dataset set = {0};
    if (parse(&set, sbd_packed, sizeof sbd_packed) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(set.num_images, 1);
    ck_assert_str_eq(set.images[0].file_name, "name.jpg");
    ck_assert_int_eq(set.images[0].width, 7);
    ck_assert_int_eq(set.images[0].height, 5);
    check_objects(&set, expected, 3);
    check_mask(&set, 0, "###....###....                     ", 7, 5);
    check_mask(&set, 2, "                     #######......#", 7, 5);
    det_dataset_clear(&set);
}
END_TEST

static void check_made(const struct maker *m)
{
    static const struct object expected[] = {{15, {0, 0, 1, 2}, 2},
                                             {20, {1, 0, 2, 2}, 3}};
    struct det_dataset set = {0};
    if (parse(&set, m->bytes, m->size) != DET_OK)
        ck_abort_msg("%s", message.text);
    check_objects(&set, expected, 2);
    check_mask(&set, 1, "..#.##", 3, 2);
    det_dataset_clear(&set);
}

/* Both byte orders, another variable in front, elements of other types. */
START_TEST(made)
{
    static struct maker m;
    static const double before[] = {1, 2};
    begin_file(&m, _i);
    put_element(&m, 2, "ignored", 7);
    const size_t at = begin_array(&m, 6, 1, 2, "GTins");
    put_element(&m, 9, before, sizeof before);
    end_array(&m, at);
    put_objects(&m, "GTinst");
    check_made(&m);
}
END_TEST

static void put_packed(struct maker *m, const struct maker *content)
{
    static uint8_t packed[ROOM];
    uLongf size = sizeof packed;
    ck_assert_int_eq(compress2(packed, &size, content->bytes, content->size, 9),
                     Z_OK);
    put_32(m, 15);
    put_32(m, (uint32_t)size);
    put(m, packed, size); /* without padding */
}

START_TEST(compressed)
{
    static struct maker m, content;
    begin_file(&m, _i);
    content.is_big_endian = _i;
    content.size = 0;
    put_numbers(&content, 6, 1, 1, 2, "\1", 1);
    put_packed(&m, &content);
    content.size = 0;
    put_objects(&content, "GTinst");
    put_packed(&m, &content);
    check_made(&m);
    m.size -= 3;
    refuse(&m, "an element reaches beyond");
    m.size += 3;
    m.bytes[m.size - 20] ^= 0x55;
    refuse(&m, "broken compressed data");
}
END_TEST

/* Numbers of every type. */
START_TEST(numbers)
{
    static struct maker m;
    static const struct {
        uint32_t type;
        const char *bytes; /* little-endian */
        size_t size;
        double value;
    } rows[] = {{1, "\xfe", 1, -2},
                {2, "\xfe", 1, 254},
                {3, "\xfe\xff", 2, -2},
                {4, "\xfe\xff", 2, 65534},
                {5, "\xfe\xff\xff\xff", 4, -2},
                {6, "\xfe\xff\xff\xff", 4, 4294967294},
                {7, "\0\0\x20\xc0", 4, -2.5},
                {9, "\0\0\0\0\0\0\x04\xc0", 8, -2.5},
                {12, "\xfe\xff\xff\xff\xff\xff\xff\xff", 8, -2},
                {13, "\0\0\0\0\1\0\0\0", 8, 4294967296}};
    struct det_mat_variable variable;
    for (int big = 0; big < 2; big++) {
        uint8_t bytes[8];
        for (size_t k = 0; k < rows[_i].size; k++)
            bytes[k] = (uint8_t)rows[_i].bytes[big ? rows[_i].size - 1 - k : k];
        begin_file(&m, big);
        const size_t at = begin_array(&m, 6, 1, 1, "x");
        put_element(&m, rows[_i].type, bytes, rows[_i].size);
        end_array(&m, at);
        if (det_mat_find(&variable, m.bytes, m.size, "x", 0, &message) !=
            DET_OK)
            ck_abort_msg("%s", message.text);
        ck_assert_uint_eq(variable.array.rows * variable.array.columns, 1);
        ck_assert_double_eq(det_mat_number(&variable.array, 0), rows[_i].value);
        det_mat_variable_destroy(&variable);
    }
}
END_TEST

/* ------------------------------------------------------------------- refusal
 */

START_TEST(headers)
{
    static struct maker m;
    begin_file(&m, false);
    refuse(&m, "there is no variable \"GTinst\"");
    m.size = 127;
    refuse(&m, "byte 0: not a MAT-file of level 5");
    m.size = 0;
    refuse(&m, "not a MAT-file");
    begin_file(&m, false);
    m.bytes[125] = 2;
    refuse(&m, "unknown version");
    memcpy(m.bytes, "MATLAB 7.3 MAT-file", 19);
    refuse(&m, "save it with -v7");
    begin_file(&m, false);
    put_numbers(&m, 6, 1, 1, 2, "\1", 1);
    put(&m, "\1\2\3", 3);
    refuse(&m, "an element is cut off");
}
END_TEST

/* Dimensions that are not those of the numbers, or of nothing at all. */
START_TEST(sizes)
{
    static struct maker m;
    begin_file(&m, false);
    size_t at = begin_array(&m, 9, 65536, 65536, "GTinst");
    put_element(&m, 2, "123456", 6);
    end_array(&m, at);
    refuse(&m, "not as many numbers as the dimensions say");
    begin_file(&m, false);
    at = begin_array(&m, 9, UINT32_MAX, UINT32_MAX, "GTinst");
    end_array(&m, at);
    refuse(&m, "an element is cut off");
    begin_file(&m, false);
    put_objects(&m, "GTinst");
    for (size_t cut = 128; cut < m.size; cut++) {
        struct det_dataset set = {0};
        ck_assert_int_eq(parse(&set, m.bytes, cut), DET_ERROR_DATASET);
        det_dataset_clear(&set);
    }
}
END_TEST

/* Every byte replaced by some: a refusal with a text, or objects. */
START_TEST(damaged)
{
    static struct maker m;
    static const uint8_t values[] = {0x00, 0x01, 0x0e, 0x0f, 0x7f, 0x80, 0xff};
    const bool is_scipys = _i == 2;
    begin_file(&m, _i);
    if (is_scipys) {
        m.size = 0;
        put(&m, sbd_packed, sizeof sbd_packed);
    } else {
        put_objects(&m, "GTinst");
    }
    for (size_t at = 0; at < m.size; at++)
        for (size_t k = 0; k < sizeof values; k++) {
            struct det_dataset set = {0};
            const uint8_t before = m.bytes[at];
            m.bytes[at] = values[k];
            parse(&set, m.bytes, m.size);
            m.bytes[at] = before;
            det_dataset_clear(&set);
        }
}
END_TEST

/* Objects that there are none of, classes that VOC lacks. */
START_TEST(contents)
{
    static struct maker m;
    begin_file(&m, false);
    put_objects(&m, "GTinst");
    uint8_t *classes = memmem(m.bytes, m.size, "\x0f\x14", 2);
    ck_assert_ptr_nonnull(classes);
    classes[1] = 21;
    refuse(&m, "object 2 is of class 21; 1 to 20");
    classes[1] = 0;
    refuse(&m, "object 2 is of class 0");
    classes[1] = 20;
    uint8_t *pixel = memmem(m.bytes, m.size, "\2\0\2\0\2\0", 6);
    ck_assert_ptr_nonnull(pixel);
    pixel[2] = 3;
    refuse(&m, "a pixel of object 3; there are 2");
    pixel[2] = 2;
    check_made(&m);
    uint8_t *field = memmem(m.bytes, m.size, "Segmentation", 12);
    field[0] = 's';
    refuse(&m, "no field \"Segmentation\"");
}
END_TEST

/* 1 MB of zeros packs to 1 kB. */
START_TEST(bomb)
{
    static struct maker m;
    static uint8_t packed[ROOM];
    uint8_t *zeros = calloc(1 << 20, 1);
    struct det_mat_variable variable;
    uLongf size = sizeof packed;
    ck_assert_int_eq(compress2(packed, &size, zeros, 1 << 20, 9), Z_OK);
    begin_file(&m, false);
    put_32(&m, 15);
    put_32(&m, (uint32_t)size);
    put(&m, packed, size);
    put(&m, packed, 0);
    ck_assert_int_eq(
        det_mat_find(&variable, m.bytes, m.size, "x", (1 << 20) - 1, &message),
        DET_ERROR_LIMIT);
    ck_assert_ptr_nonnull(strstr(message.text, "more than 1048575 bytes"));
    ck_assert_ptr_null(variable.inflated);
    ck_assert_int_eq(
        det_mat_find(&variable, m.bytes, m.size, "x", 2 << 20, &message),
        DET_ERROR_DATASET); /* it is no array */
    free(zeros);
}
END_TEST

/* -------------------------------------------------------------------- folder
 */

START_TEST(folders)
{
    struct test_folder folder;
    struct det_dataset set;
    test_folder_create(&folder);
    test_tree_put(&folder, "inst/2008_2.mat", sbd_packed, sizeof sbd_packed);
    test_tree_put(&folder, "inst/2008_1.mat", sbd_packed, sizeof sbd_packed);
    test_tree_put_text(&folder, "val.txt", "2008_2\r\n\n");
    test_tree_put_text(&folder, "bad.txt", "../inst/2008_2\n");
    if (det_voc_open(&set, folder.path, NULL, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(set.num_images, 2);
    ck_assert_str_eq(set.images[0].file_name, "2008_1.jpg");
    ck_assert_uint_eq(set.num_categories, 20);
    ck_assert_uint_eq(set.num_annotations, 6);
    ck_assert_uint_eq(set.annotations[5].image, 1);
    ck_assert_str_eq(set.categories[set.annotations[3].category].name,
                     "person");
    det_dataset_clear(&set);
    ck_assert_int_eq(det_voc_open(&set, folder.path, "val", &message), DET_OK);
    ck_assert_uint_eq(set.num_images, 1);
    det_dataset_clear(&set);
    ck_assert_int_eq(det_voc_open(&set, folder.path, "bad", &message),
                     DET_ERROR_DATASET);
    ck_assert_int_eq(det_voc_open(&set, folder.path, "gone", &message),
                     DET_ERROR_READ);
    test_tree_put_text(&folder, "inst/2008_3.mat", "none");
    ck_assert_int_eq(det_voc_open(&set, folder.path, NULL, &message),
                     DET_ERROR_DATASET);
    ck_assert_ptr_nonnull(strstr(message.text, "inst/2008_3.mat: byte 0: "));
    test_tree_remove(&folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mat_file");
    TCase *tests = tcase_create("mat_file");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, scipys_file);
    tcase_add_loop_test(tests, made, 0, 2);
    tcase_add_loop_test(tests, compressed, 0, 2);
    tcase_add_loop_test(tests, numbers, 0, 10);
    tcase_add_test(tests, headers);
    tcase_add_test(tests, sizes);
    tcase_add_loop_test(tests, damaged, 0, 3);
    tcase_add_test(tests, contents);
    tcase_add_test(tests, bomb);
    tcase_add_test(tests, folders);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
