/* SPDX-License-Identifier: MIT */
/* datasets/check.h: every finding from a set made to have it, and no other. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datasets/check.h"
#include "datasets/coco_json.h"
#include "tests/test_folder.h"

#define IMAGE "{\"id\":1,\"file_name\":\"a.png\",\"width\":200,\"height\":150}"
#define CATEGORY "{\"id\":1,\"name\":\"cat\"}"
/* objects of all three sizes, so that no range is empty */
#define SMALL                                                                  \
    "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,10,10],"         \
    "\"area\":100,\"segmentation\":[[0,0,0,10,10,10,10,0]]}"
#define MEDIUM                                                                 \
    "{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,50,50],"         \
    "\"area\":2500,\"segmentation\":[[0,0,0,50,50,50,50,0]]}"
#define LARGE                                                                  \
    "{\"id\":3,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,100,100],"       \
    "\"area\":10000,\"segmentation\":[[0,0,0,100,100,100,100,0]]}"
#define GOOD SMALL "," MEDIUM "," LARGE
#define SET(images, categories, annotations)                                   \
    "{\"images\":[" images "],\"categories\":[" categories                     \
    "],\"annotations\":[" annotations "]}"
#define WITH(annotation) SET(IMAGE, CATEGORY, GOOD "," annotation)
/* annotation 4 with these members */
#define FOUR(members) "{\"id\":4,\"image_id\":1,\"category_id\":1," members "}"
#define BOX "\"bbox\":[5,5,20,20],\"area\":400,"
#define MASK "\"segmentation\":[[5,5,5,25,25,25,25,5]]"

static void check_codes(const char *json, const char *folder,
                        const char *expected)
{
    struct det_dataset dataset;
    struct det_check_report report = {0};
    struct det_message message = {.text = ""};
    char found[512] = "";
    if (det_coco_json_parse(&dataset, json, strlen(json), &message) != DET_OK ||
        det_check_dataset(&report, &dataset, folder, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    for (size_t i = 0; i < report.count; i++) {
        const det_finding *f = &report.findings[i];
        const size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%s:%zu", used ? " " : "",
                 f->code, f->count);
        ck_assert_str_ne(f->effect, "");
        ck_assert_str_ne(f->advice, "");
        ck_assert(f->id_count <= f->count);
        if (i)
            ck_assert(f->severity <= report.findings[i - 1].severity);
    }
    ck_assert_str_eq(found, expected);
    det_check_report_clear(&report);
    det_dataset_clear(&dataset);
}

/* A set, and what is found in it. */
static const struct {
    const char *json, *codes;
} cases[] = {
    {SET(IMAGE, CATEGORY, GOOD), ""},
    {SET("", "", ""), "no-images:1 no-categories:1 no-objects:1"},
    {SET(IMAGE "," IMAGE, CATEGORY "," CATEGORY, GOOD),
     "image-id-twice:1 category-id-twice:1"},
    {WITH("{\"id\":2,\"image_id\":1,\"category_id\":1," BOX MASK "}"),
     "annotation-id-twice:1"},
    {WITH("{\"id\":0,\"image_id\":1,\"category_id\":1," BOX MASK "}"),
     "annotation-id-zero:1"},
    {WITH("{\"id\":4,\"image_id\":9,\"category_id\":1," BOX MASK "}"),
     "image-unknown:1"},
    {WITH("{\"id\":4,\"image_id\":1,\"category_id\":9," BOX MASK "}"),
     "category-unknown:1"},
    {WITH(FOUR("\"area\":4," MASK)), "box-missing:1"},
    {WITH(FOUR("\"area\":4,\"bbox\":[5,5,0,20]," MASK)), "box-empty:1"},
    {WITH(FOUR("\"area\":4,\"bbox\":[5,5,20,-3]," MASK)), "box-empty:1"},
    {WITH(FOUR("\"area\":4,\"bbox\":[200,5,20,20]," MASK)), "box-outside:1"},
    {WITH(FOUR("\"area\":4,\"bbox\":[5,-20,20,20]," MASK)), "box-outside:1"},
    {WITH(FOUR("\"area\":4,\"bbox\":[190,5,12,20]," MASK)), "box-sticks-out:1"},
    {WITH(FOUR("\"area\":4,\"bbox\":[190,5,11,20]," MASK)), ""},
    {WITH(FOUR(BOX "\"segmentation\":[]")), "polygon-none:1"},
    {WITH(FOUR(BOX "\"segmentation\":[[1,1,2,2,3]]")), "polygon-short:1"},
    {WITH(FOUR(BOX "\"segmentation\":[[1,1]]")), "polygon-short:1"},
    {WITH(FOUR(BOX "\"segmentation\":[[1,1,5,5]]")), "polygon-of-4:1"},
    {WITH(FOUR(BOX "\"segmentation\":[[1,1,2,2,3e7,3]]")), "polygon-far:1"},
    {WITH(FOUR(BOX "\"segmentation\":[[1,1,2,2,3,3]]")), "mask-empty:1"},
    {WITH(FOUR(BOX "\"segmentation\":{\"size\":[150,200],\"counts\":[7]}")),
     "runs-broken:1"},
    {WITH(FOUR(BOX "\"segmentation\":{\"size\":[150,200],\"counts\":\"1P\"}")),
     "runs-broken:1"},
    {WITH(FOUR(BOX "\"segmentation\":{\"size\":[150,200],\"counts\":[30000]}")),
     "mask-empty:1"},
    {WITH(FOUR(BOX
               "\"segmentation\":{\"size\":[200,150],\"counts\":[0,30000]}")),
     "mask-size:1"},
    {WITH(FOUR(BOX "\"iscrowd\":0")), "mask-missing:1"},
    {WITH(FOUR("\"bbox\":[5,5,20,20]," MASK)), "area-missing:1"},
    {WITH(FOUR("\"bbox\":[5,5,20,20],\"area\":-1," MASK)), "area-below-zero:1"},
    {WITH(FOUR("\"bbox\":[5,5,20,20],\"area\":0," MASK)), "area-zero:1"},
    {WITH(FOUR("\"bbox\":[5,5,20,20],\"area\":500," MASK)), "area-too-large:1"},
    {WITH(FOUR("\"bbox\":[0,0,50,50],\"area\":100," MASK)), "object-twice:1"},
    {SET(IMAGE, CATEGORY ",{\"id\":2,\"name\":\"dog\"}", GOOD),
     "category-unused:1"},
    {SET(IMAGE, CATEGORY ",{\"id\":2,\"name\":\"dog\"}",
         GOOD
         ",{\"id\":4,\"image_id\":1,\"category_id\":2,\"iscrowd\":1," BOX MASK
         "}"),
     "category-only-crowd:1"},
    {SET(IMAGE, CATEGORY ",{\"id\":0,\"name\":\"cat\"}",
         GOOD ",{\"id\":4,\"image_id\":1,\"category_id\":0," BOX MASK "}"),
     "category-id-zero:1 category-name-twice:1"},
    {SET(IMAGE, "{\"id\":1}", GOOD), "category-no-name:1"},
    {SET(IMAGE ",{\"id\":2,\"file_name\":\"a.png\",\"width\":9,\"height\":9}",
         CATEGORY, GOOD),
     "image-name-twice:1 image-unused:1"},
    {SET("{\"id\":1}", CATEGORY, GOOD),
     "mask-no-size:3 image-no-name:1 image-no-size:1"},
    {SET(IMAGE, CATEGORY, MEDIUM "," LARGE), "no-small-objects:1"},
    {SET(IMAGE, CATEGORY, SMALL "," LARGE), "no-medium-objects:1"},
    {SET(IMAGE, CATEGORY, SMALL "," MEDIUM), "no-large-objects:1"},
    {SET(IMAGE, CATEGORY,
         "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,32,32],"
         "\"area\":1024},"
         "{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,96,96],"
         "\"area\":9216}"),
     "no-masks:1"}, /* ends of ranges belong to both */
    /* classification: id 0, no sizes, two labels of one image */
    {SET("{\"id\":1,\"file_name\":\"a\"}",
         CATEGORY ",{\"id\":0,\"name\":\"dog\"}",
         "{\"id\":1,\"image_id\":1,\"category_id\":1},"
         "{\"id\":2,\"image_id\":1,\"category_id\":0}"),
     "no-boxes:1"},
    {SET(IMAGE, CATEGORY, "{\"id\":0,\"image_id\":2,\"category_id\":3}"),
     "no-objects:1 annotation-id-zero:1 image-unknown:1 category-unknown:1 "
     "category-unused:1 no-boxes:1 image-unused:1"},
    /* an area alone tells of objects */
    {SET(IMAGE, CATEGORY,
         "{\"id\":1,\"image_id\":1,\"category_id\":1,\"area\":4}"),
     "box-missing:1 no-masks:1 no-medium-objects:1 no-large-objects:1"},
};

START_TEST(finds)
{
    check_codes(cases[_i].json, NULL, cases[_i].codes);
}
END_TEST

START_TEST(reports_ids_and_details)
{
    struct det_dataset dataset;
    struct det_check_report report = {0};
    static const char json[] =
        WITH("{\"id\":77,\"image_id\":1,\"category_id\":1,\"area\":4,"
             "\"bbox\":[300,5,20,20]," MASK "}");
    ck_assert_int_eq(det_coco_json_parse(&dataset, json, strlen(json), NULL),
                     DET_OK);
    ck_assert_int_eq(det_check_dataset(&report, &dataset, NULL, NULL), DET_OK);
    ck_assert_uint_eq(report.count, 1);
    const det_finding *f = &report.findings[0];
    ck_assert_int_eq(f->severity, DET_SEVERITY_ERROR);
    ck_assert_str_eq(f->subject, "annotation");
    ck_assert_uint_eq(f->id_count, 1);
    ck_assert_int_eq(f->ids[0], 77);
    ck_assert_str_eq(f->detail, "[300, 5, 20, 20] in 200 x 150");
    det_check_report_clear(&report);
    det_dataset_clear(&dataset);
}
END_TEST

START_TEST(repeated_ids_are_refused_elsewhere)
{
    struct det_dataset dataset;
    struct det_message message = {.text = ""};
    static const char json[] = SET(IMAGE "," IMAGE, CATEGORY, GOOD);
    ck_assert_int_eq(det_coco_json_parse(&dataset, json, strlen(json), NULL),
                     DET_OK);
    ck_assert_uint_eq(dataset.num_images, 1);
    ck_assert_int_eq(det_dataset_refuse_repeated(&dataset, &message),
                     DET_ERROR_DATASET);
    ck_assert_ptr_nonnull(strstr(message.text, "two images have the id 1"));
    det_dataset_clear(&dataset);
}
END_TEST

/* -------------------------------------------------------------------- files */

static void put_bytes(const struct test_folder *folder, const char *name,
                      const void *bytes, size_t size)
{
    char path[TEST_FOLDER_PATH];
    test_folder_path(path, folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

/* The header of a PNG, and its end. */
static void put_png(const struct test_folder *folder, const char *name,
                    uint8_t width, uint8_t height)
{
    const uint8_t bytes[] = {
        0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n',  0, 0, 0, 13,
        'I',  'H', 'D', 'R', 0,    0,    0,    width, 0, 0, 0, height,
        8,    2,   0,   0,   0,    1,    2,    3,     4, 0, 0, 0,
        0,    'I', 'E', 'N', 'D',  0,    0,    0,     0};
    put_bytes(folder, name, bytes, sizeof bytes);
}

/* A JPEG of 200 x 150 up to its frame, with an EXIF orientation. */
static void put_jpeg(const struct test_folder *folder, const char *name,
                     uint8_t orientation)
{
    const uint8_t bytes[] = {
        0xff, 0xd8, 0xff, 0xe1, 0,  34,   'E',  'x', 'i', 'f',         0,
        0,    'M',  'M',  0,    42, 0,    0,    0,   8,   0,           1,
        1,    0x12, 0,    3,    0,  0,    0,    1,   0,   orientation, 0,
        0,    0,    0,    0,    0,  0xff, 0xc2, 0,   11,  8,           0,
        150,  0,    200,  1,    1,  0x11, 0};
    put_bytes(folder, name, bytes, sizeof bytes);
}

static void check_file(const struct test_folder *folder, const char *expected)
{
    check_codes(SET(IMAGE, CATEGORY, GOOD), folder->path, expected);
}

START_TEST(looks_at_files)
{
    struct test_folder folder;
    test_folder_create(&folder);
    check_file(&folder, "image-missing:1");
    put_png(&folder, "a.png", 200, 150);
    check_file(&folder, "");
    put_png(&folder, "a.png", 150, 200);
    check_file(&folder, "image-size:1");
    put_bytes(&folder, "a.png", "text", 4);
    check_file(&folder, "image-broken:1");
    put_bytes(&folder, "a.png", "", 0);
    check_file(&folder, "image-broken:1");
    put_jpeg(&folder, "a.png", 1);
    check_file(&folder, "");
    put_jpeg(&folder, "a.png", 3);
    check_file(&folder, "");
    put_jpeg(&folder, "a.png", 6);
    check_file(&folder, "image-turned:1");
    test_folder_remove(&folder);
}
END_TEST

START_TEST(stays_in_the_folder)
{
    struct test_folder folder, outside;
    char path[TEST_FOLDER_PATH], target[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_create(&outside);
    put_png(&outside, "a.png", 200, 150);
    test_folder_path(path, &folder, "a.png");
    test_folder_path(target, &outside, "a.png");
    ck_assert_int_eq(symlink(target, path), 0);
    check_file(&folder, "image-missing:1");
    char json[1024];
    snprintf(json, sizeof json,
             SET("{\"id\":1,\"file_name\":\"../%s/a.png\",\"width\":200,"
                 "\"height\":150}",
                 CATEGORY, GOOD),
             strrchr(outside.path, '/') + 1);
    check_codes(json, folder.path, "image-missing:1");
    test_folder_remove(&folder);
    test_folder_remove(&outside);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data_check");
    TCase *tests = tcase_create("check");
    tcase_add_loop_test(tests, finds, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, reports_ids_and_details);
    tcase_add_test(tests, repeated_ids_are_refused_elsewhere);
    tcase_add_test(tests, looks_at_files);
    tcase_add_test(tests, stays_in_the_folder);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
