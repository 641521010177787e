/* SPDX-License-Identifier: MIT */
/* The page as a file: what is in it, and what never is. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "eval/crop.h"
#include "eval/report.h"
#include "eval/report_worst.h"
#include "image/image.h"
#include "image/jpeg_write.h"
#include "tests/eval_case.h"
#include "tests/test_folder.h"

#define HOSTILE "</script><script>alert(1)</script>"

/* Two images; class 1 has a hostile name, class 2 quotes and UTF-8. */
static const char annotations[] =
    "{\"images\":[{\"id\":7,\"width\":200,\"height\":100,"
    "\"file_name\":\"photo.jpg\"},"
    "{\"id\":3,\"width\":200,\"height\":100,"
    "\"file_name\":\"../photo.jpg\"}],"
    "\"categories\":[{\"id\":1,\"name\":\"" HOSTILE "\"},"
    "{\"id\":2,\"name\":\"\\\"caf\\u00e9\\\" & \\ud83d\\ude00\"}],"
    "\"annotations\":["
    "{\"id\":1,\"image_id\":7,\"category_id\":1,\"area\":1600,\"iscrowd\":0,"
    "\"bbox\":[0,0,40,40],\"segmentation\":[[0,0,40,0,40,40,0,40]]},"
    "{\"id\":2,\"image_id\":3,\"category_id\":2,\"area\":1600,\"iscrowd\":0,"
    "\"bbox\":[0,0,40,40],\"segmentation\":[[0,0,40,0,40,40,0,40]]}]}";
static const char results[] = "[" EVAL_FOUND(7, 1, 0, 0.9) "," EVAL_FOUND(
    7, 2, 2, 0.8) "," EVAL_FOUND(7, 1, 120, 0.7) "]";

struct page {
    struct test_folder folder;
    char *text;
    cJSON *data;
};

/* The text between two others. */
static char *between(const char *text, const char *begin, const char *end)
{
    const char *from = strstr(text, begin);
    ck_assert_ptr_nonnull(from);
    from += strlen(begin);
    const char *to = strstr(from, end);
    ck_assert_ptr_nonnull(to);
    return strndup(from, (size_t)(to - from));
}

static void read_page(struct page *page)
{
    char path[TEST_FOLDER_PATH];
    uint8_t *data;
    size_t size;
    struct det_message message = {.text = ""};
    test_folder_path(path, &page->folder, "out/index.html");
    if (det_file_read(&data, &size, path, 1 << 24, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    page->text = strndup((char *)data, size);
    ck_assert_uint_eq(strlen(page->text), size);
    free(data);
    char *json = between(page->text, "id=\"data\">", "</script>");
    page->data = cJSON_Parse(json);
    ck_assert_ptr_nonnull(page->data);
    free(json);
}

/* A grey photo of 200 x 100 pixels. */
static void write_photo(const struct test_folder *folder)
{
    static uint8_t grey[200 * 100 * 3];
    char path[TEST_FOLDER_PATH];
    uint8_t *data;
    size_t size;
    memset(grey, 100, sizeof grey);
    const det_pixels pixels = {.data = grey,
                               .width = 200,
                               .height = 100,
                               .stride = 600,
                               .format = DET_PIXEL_RGB8};
    ck_assert_int_eq(det_jpeg_encode(&data, &size, &pixels, 80, NULL), DET_OK);
    test_folder_path(path, folder, "photo.jpg");
    FILE *file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    fclose(file);
    free(data);
}

static void make_page(struct page *out, enum det_eval_task task,
                      size_t num_runs, bool photos)
{
    struct eval_case c;
    struct det_message message = {.text = ""};
    char path[TEST_FOLDER_PATH];
    test_folder_create(&out->folder);
    write_photo(&out->folder);
    test_folder_path(path, &out->folder, "out");
    eval_case_make(&c, annotations, results);
    struct det_report report = {
        .dataset = &c.dataset,
        .runs = {{.name = "first & <b>", .results = &c.results},
                 {.name = "second", .results = &c.results}},
        .num_runs = num_runs,
        .images = photos ? out->folder.path : NULL,
        .title = HOSTILE,
        .least_score = -1,
        .threads = 2};
    det_coco_protocol_init(&report.protocol, task);
    if (det_report_write(&report, path, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    eval_case_drop(&c);
    read_page(out);
}

static void drop_page(struct page *page)
{
    char path[TEST_FOLDER_PATH];
    test_folder_path(path, &page->folder, "out/index.html");
    unlink(path);
    test_folder_path(path, &page->folder, "out");
    ck_assert_int_eq(rmdir(path), 0);
    test_folder_remove(&page->folder);
    free(page->text);
    cJSON_Delete(page->data);
}

static const cJSON *member(const cJSON *object, const char *key)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!value)
        ck_abort_msg("there is no '%s'", key);
    return value;
}

static const cJSON *run_of(const struct page *page, int run)
{
    return cJSON_GetArrayItem(member(page->data, "runs"), run);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

/* ------------------------------------------------------------------- tests */

START_TEST(texts_are_only_text)
{
    struct page page;
    make_page(&page, DET_EVAL_BOXES, 1, true);
    ck_assert_ptr_null(strstr(page.text, "alert(1)</script>"));
    ck_assert_uint_eq(count_of(page.text, "<script"), 2);
    ck_assert_uint_eq(count_of(page.text, "</script"), 2);
    ck_assert_ptr_nonnull(strstr(page.text, "<title>&#60;/script"));
    const cJSON *classes = member(page.data, "classes");
    ck_assert_str_eq(
        member(cJSON_GetArrayItem(classes, 0), "name")->valuestring, HOSTILE);
    ck_assert_str_eq(
        member(cJSON_GetArrayItem(classes, 1), "name")->valuestring,
        "\"caf\xc3\xa9\" & \xf0\x9f\x98\x80");
    ck_assert_str_eq(member(page.data, "title")->valuestring, HOSTILE);
    ck_assert_str_eq(member(run_of(&page, 0), "name")->valuestring,
                     "first & <b>");
    drop_page(&page);
}
END_TEST

START_TEST(no_address_and_no_place_left)
{
    struct page page;
    make_page(&page, DET_EVAL_BOXES, 2, true);
    ck_assert_ptr_null(strstr(page.text, "http:"));
    ck_assert_ptr_null(strstr(page.text, "https:"));
    ck_assert_ptr_null(strstr(page.text, "src=\""));
    ck_assert_ptr_null(strstr(page.text, "@import"));
    ck_assert_ptr_null(strstr(page.text, "{{"));
    ck_assert_ptr_nonnull(strstr(page.text, "default-src 'none'"));
    drop_page(&page);
}
END_TEST

/* Class 1: 0.9 right, 0.7 wrong.  Class 2: not found, 0.8 on the wrong one. */
START_TEST(numbers)
{
    struct page page;
    make_page(&page, DET_EVAL_BOXES, 2, true);
    ck_assert_int_eq(cJSON_GetArraySize(member(page.data, "runs")), 2);
    const cJSON *run = run_of(&page, 1);
    const cJSON *list = member(run, "numbers");
    ck_assert_int_eq(cJSON_GetArraySize(list), 12);
    const cJSON *ap = cJSON_GetArrayItem(list, 0);
    ck_assert_str_eq(member(ap, "name")->valuestring, "AP");
    ck_assert_double_eq(member(ap, "value")->valuedouble, 0.5);
    const cJSON *class = cJSON_GetArrayItem(member(run, "classes"), 0);
    ck_assert_double_eq(member(class, "ap")->valuedouble, 1);
    ck_assert_double_eq(member(class, "results")->valuedouble, 2);
    /* 101 times 1 */
    const cJSON *curve = cJSON_GetArrayItem(member(class, "curves"), 0);
    ck_assert_int_eq(cJSON_GetArraySize(curve), 2);
    ck_assert_int_eq(cJSON_GetArrayItem(curve, 0)->valueint, 10000);
    ck_assert_int_eq(cJSON_GetArrayItem(curve, 1)->valueint, 101);
    /* rows and columns: class 1, class 2, nothing */
    static const int cells[] = {1, 0, 0, 0, 0, 1, 1, 1, 0};
    const cJSON *matrix = member(member(run, "confusion"), "cells");
    ck_assert_int_eq(cJSON_GetArraySize(matrix), 9);
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(cJSON_GetArrayItem(matrix, i)->valueint, cells[i]);
    drop_page(&page);
}
END_TEST

/* Image 3's photo is outside of the folder: no picture of the miss. */
START_TEST(gallery)
{
    struct page page;
    make_page(&page, DET_EVAL_BOXES, 1, true);
    const cJSON *list = member(run_of(&page, 0), "gallery");
    ck_assert_int_eq(cJSON_GetArraySize(list), 3);
    size_t pictures = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, list)
    {
        const char *kind = member(entry, "kind")->valuestring;
        const cJSON *jpeg = cJSON_GetObjectItem(entry, "jpeg");
        const bool missed = strcmp(kind, "Miss") == 0;
        ck_assert(missed || strcmp(kind, "Cls") == 0 ||
                  strcmp(kind, "Bkg") == 0);
        ck_assert(missed == !jpeg);
        ck_assert(missed == !cJSON_GetObjectItem(entry, "found"));
        if (jpeg)
            ck_assert(strncmp(jpeg->valuestring, "/9j/", 4) == 0);
        pictures += jpeg != NULL;
    }
    ck_assert_uint_eq(pictures, 2);
    drop_page(&page);
}
END_TEST

/* The outline of a box's mask is its four sides. */
START_TEST(masks_without_photos)
{
    struct page page;
    make_page(&page, DET_EVAL_MASKS, 1, false);
    ck_assert_str_eq(member(page.data, "task")->valuestring, "masks");
    const cJSON *list = member(run_of(&page, 0), "gallery"), *entry;
    cJSON_ArrayForEach(entry, list)
    {
        ck_assert_ptr_null(cJSON_GetObjectItem(entry, "jpeg"));
        if (strcmp(member(entry, "kind")->valuestring, "Miss") != 0)
            continue;
        const char *path = member(member(entry, "truth"), "path")->valuestring;
        ck_assert_str_eq(path, "M0 0h40M0 40h40M0 0v40M40 0v40");
    }
    drop_page(&page);
}
END_TEST

/* What a command line may hold; and one class for all, of one image only. */
START_TEST(bad_utf8_and_one_class)
{
    struct page page;
    struct eval_case c;
    struct det_message message = {.text = ""};
    char path[TEST_FOLDER_PATH];
    const uint8_t images[2] = {1, 0};
    test_folder_create(&page.folder);
    test_folder_path(path, &page.folder, "out");
    eval_case_make(&c, annotations, results);
    struct det_report report = {
        .dataset = &c.dataset,
        .runs = {{"a\xff\xc0\x80z\xed\xa0\x80\n\xf0\x9f", &c.results, NULL}},
        .num_runs = 1,
        .least_score = -1,
        .threads = 1};
    det_coco_protocol_init(&report.protocol, DET_EVAL_BOXES);
    report.protocol.without_categories = true;
    report.protocol.images = images;
    if (det_report_write(&report, path, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    eval_case_drop(&c);
    read_page(&page);
#define NO "\xef\xbf\xbd"
    ck_assert_str_eq(member(run_of(&page, 0), "name")->valuestring,
                     "a" NO NO NO "z" NO NO NO "\n" NO NO);
#undef NO
    ck_assert_int_eq(member(page.data, "images")->valueint, 1);
    const cJSON *classes = member(page.data, "classes");
    ck_assert_int_eq(cJSON_GetArraySize(classes), 1);
    const cJSON *class = cJSON_GetArrayItem(classes, 0);
    ck_assert_str_eq(member(class, "name")->valuestring, "everything");
    ck_assert_int_eq(member(class, "objects")->valueint, 1);
    drop_page(&page);
}
END_TEST

START_TEST(bad_places)
{
    struct eval_case c;
    struct det_message message = {.text = ""};
    struct test_folder folder;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    write_photo(&folder);
    eval_case_make(&c, annotations, results);
    struct det_report report = {.dataset = &c.dataset,
                                .runs = {{"a", &c.results, NULL}},
                                .num_runs = 1,
                                .least_score = 0.5,
                                .threads = 1};
    det_coco_protocol_init(&report.protocol, DET_EVAL_BOXES);
    test_folder_path(path, &folder, "photo.jpg");
    ck_assert_int_eq(det_report_write(&report, path, &message),
                     DET_ERROR_WRITE);
    ck_assert_ptr_nonnull(strstr(message.text, path));
    test_folder_path(path, &folder, "no/such");
    ck_assert_int_eq(det_report_write(&report, path, &message),
                     DET_ERROR_WRITE);
    report.num_runs = 3;
    ck_assert_int_eq(det_report_write(&report, folder.path, &message),
                     DET_ERROR_ARGUMENT);
    eval_case_drop(&c);
    test_folder_remove(&folder);
}
END_TEST

/* Kinds take turns: with room for 4 of 3 Bkg and 3 Loc two of each come, and
 * they are the best scored. */
START_TEST(the_worst_are_chosen)
{
    struct det_tide_found found[6] = {{.kind = DET_TIDE_RIGHT}};
    struct det_found_object objects[6] = {{.image = 0}};
    for (int i = 0; i < 6; i++) {
        found[i].kind = i < 3 ? DET_TIDE_LOCATION : DET_TIDE_BACKGROUND_ERROR;
        found[i].score = i / 10.0;
        objects[i].image = (uint32_t)(5 - i);
    }
    const struct det_tide tide = {.found = found, .num_found = 6};
    const struct det_dataset dataset = {.num_images = 6};
    const struct det_results list = {.objects = objects, .count = 6};
    struct det_worst *worst;
    size_t count;
    ck_assert_int_eq(
        det_worst_choose(&worst, &count, 4, &tide, &dataset, &list, NULL),
        DET_OK);
    static const uint32_t expected[] = {5, 4, 2, 1};
    ck_assert_uint_eq(count, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(worst[i].place, expected[i]);
    free(worst);
}
END_TEST

/* Left half 0, right half 200: so is the small picture. */
START_TEST(crops)
{
    enum { WIDTH = 640, HEIGHT = 320 };
    static uint8_t data[WIDTH * HEIGHT * 3];
    for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
        data[i] = i / 3 % WIDTH < WIDTH / 2 ? 0 : 200;
    const det_pixels pixels = {data, WIDTH, HEIGHT, 3 * WIDTH, DET_PIXEL_RGB8};
    const struct det_region all = {0, 0, WIDTH, HEIGHT};
    uint8_t *jpeg;
    size_t size;
    det_image *image;
    ck_assert_int_eq(det_crop_jpeg(&jpeg, &size, &pixels, &all, NULL), DET_OK);
    ck_assert_int_eq(det_image_decode(&image, jpeg, size, 1 << 20, NULL),
                     DET_OK);
    const det_pixels small = det_image_pixels(image);
    ck_assert_int_eq(small.width, 160);
    ck_assert_int_eq(small.height, 80);
    for (int x = 0; x < 160; x++)
        ck_assert_int_le(abs(small.data[3 * x] - (x < 80 ? 0 : 200)), 8);
    det_image_destroy(&image);
    free(jpeg);
    const struct det_region thin = {0, 0, 640, 1};
    int32_t width, height;
    det_crop_size(&thin, &width, &height);
    ck_assert_int_eq(width, 160);
    ck_assert_int_eq(height, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *cases = tcase_create("report");
    tcase_add_test(cases, texts_are_only_text);
    tcase_add_test(cases, no_address_and_no_place_left);
    tcase_add_test(cases, numbers);
    tcase_add_test(cases, gallery);
    tcase_add_test(cases, masks_without_photos);
    tcase_add_test(cases, bad_utf8_and_one_class);
    tcase_add_test(cases, bad_places);
    tcase_add_test(cases, the_worst_are_chosen);
    tcase_add_test(cases, crops);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
