/* SPDX-License-Identifier: MIT */
/* The way to other formats and back, and what names may do on it. */
#include <check.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "datasets/coco_json.h"
#include "datasets/labelme.h"
#include "datasets/save.h"
#include "datasets/voc_xml.h"
#include "datasets/yolo.h"
#include "tests/test_folder.h"

/* Two images, one of them without objects; a polygon of two parts, a box
 * alone, a crowd, and an odd name. */
static const char truth[] =
    "{\"images\":[{\"id\":7,\"file_name\":\"b.png\",\"width\":200,"
    "\"height\":150},{\"id\":3,\"file_name\":\"a.png\",\"width\":200,"
    "\"height\":150}],"
    "\"categories\":[{\"id\":18,\"name\":\"dog & \\\"cat\\\" <x>\"},"
    "{\"id\":2,\"name\":\"\\u00fcber\"}],"
    "\"annotations\":["
    "{\"id\":11,\"image_id\":7,\"category_id\":18,\"area\":412.25,"
    "\"bbox\":[10.1,20.2,30.3,40.4],\"segmentation\":[[10.1,20.2,40.4,20.2,"
    "40.4,30],[12.5,40,12.5,60.6,30,60.6]]},"
    "{\"id\":12,\"image_id\":7,\"category_id\":2,\"area\":33.3333333333,"
    "\"bbox\":[0.3333333333333333,1e-3,3.1,7.123456789]},"
    "{\"id\":13,\"image_id\":7,\"category_id\":2,\"area\":50,\"iscrowd\":1,"
    "\"bbox\":[100,100,10,5],\"segmentation\":{\"size\":[150,200],\"counts\":"
    "[15100,3,147,1,148,4,14597]}}]}";

static int remove_one(const char *path, const struct stat *about, int type,
                      struct FTW *walk)
{
    (void)about;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_tree(const char *path)
{
    ck_assert_int_eq(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void parse(struct det_dataset *out, const char *json)
{
    struct det_message message = {.text = ""};
    if (det_coco_json_parse(out, json, strlen(json), &message) != DET_OK)
        ck_abort_msg("%s", message.text);
}

static det_dataset_losses save(const struct det_dataset *dataset,
                               const char *path, const char *format)
{
    struct det_message message = {.text = ""};
    det_dataset_losses losses;
    const det_dataset_save_options options = {.format = format};
    if (det_save_dataset(dataset, path, &options, &losses, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    return losses;
}

/* The header of a PNG of 200 x 150, which is all that is read. */
static void put_png(const char *folder, const char *name)
{
    static const uint8_t bytes[] = {
        0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 13,
        'I',  'H', 'D', 'R', 0,    0,    0,    200,  0, 0, 0, 150,
        8,    2,   0,   0,   0,    1,    2,    3,    4, 0, 0, 0,
        0,    'I', 'E', 'N', 'D',  0,    0,    0,    0};
    char path[2 * TEST_FOLDER_PATH];
    snprintf(path, sizeof path, "%s/images", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/images/%s", folder, name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(bytes, 1, sizeof bytes, file);
    ck_assert_int_eq(fclose(file), 0);
}

static const struct det_annotation *objects_of(const struct det_dataset *set,
                                               const char *image, size_t *count)
{
    const struct det_annotation *first = NULL;
    *count = 0;
    for (size_t i = 0; i < set->num_annotations; i++)
        if (strcmp(set->images[set->annotations[i].image].file_name, image) ==
            0) {
            first = first ? first : &set->annotations[i];
            ++*count;
        }
    return first;
}

/* Same images, boxes and names in the same order. */
static void compare_boxes(const struct det_dataset *a,
                          const struct det_dataset *b)
{
    size_t count, again;
    const struct det_annotation *x = objects_of(a, "b.png", &count);
    const struct det_annotation *y = objects_of(b, "b.png", &again);
    ck_assert_uint_eq(b->num_images, 2);
    ck_assert_uint_eq(count, again);
    ck_assert_uint_eq(count, 3);
    for (size_t i = 0; i < count; i++) {
        ck_assert_str_eq(a->categories[x[i].category].name,
                         b->categories[y[i].category].name);
        for (int k = 0; k < 4; k++)
            ck_assert_double_eq_tol(x[i].box[k], y[i].box[k],
                                    1e-6 * fmax(1, fabs(x[i].box[k])));
    }
    objects_of(b, "a.png", &again);
    ck_assert_uint_eq(again, 0);
}

static void compare_masks(const struct det_dataset *a,
                          const struct det_dataset *b, size_t index)
{
    struct det_segmentation_scratch scratch = {0};
    struct det_rle x, y;
    size_t count;
    ck_assert_int_eq(det_segmentation_mask(
                         &x, &scratch,
                         &objects_of(a, "b.png", &count)[index].segmentation,
                         200, 150, NULL),
                     DET_OK);
    ck_assert_int_eq(det_segmentation_mask(
                         &y, &scratch,
                         &objects_of(b, "b.png", &count)[index].segmentation,
                         200, 150, NULL),
                     DET_OK);
    const det_mask p = det_rle_view(&x), q = det_rle_view(&y);
    ck_assert_uint_gt(det_mask_area(&p), 0);
    ck_assert_double_ge(det_rle_iou(&p, &q, false), 0.99);
    det_rle_destroy(&x);
    det_rle_destroy(&y);
    det_segmentation_scratch_destroy(&scratch);
}

START_TEST(coco)
{
    struct test_folder folder;
    struct det_dataset a, b;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "out.json");
    parse(&a, truth);
    const det_dataset_losses losses = save(&a, path, NULL);
    ck_assert_uint_eq(losses.annotations + losses.masks + losses.crowds, 0);
    ck_assert_int_eq(det_coco_json_open(&b, path, NULL), DET_OK);
    compare_boxes(&a, &b);
    for (size_t i = 0; i < 3; i++) {
        const struct det_annotation *x = &a.annotations[i],
                                    *y = &b.annotations[i];
        ck_assert_int_eq(x->id, y->id);
        ck_assert_int_eq(x->image_id, y->image_id);
        ck_assert_int_eq(x->category_id, y->category_id);
        ck_assert_double_eq(x->area, y->area);
        ck_assert_int_eq(x->is_crowd, y->is_crowd);
        ck_assert_uint_eq(x->segmentation.span.size, y->segmentation.span.size);
        ck_assert_int_eq(memcmp(x->box, y->box, sizeof x->box), 0);
    }
    det_dataset_clear(&a);
    det_dataset_clear(&b);
    test_folder_remove(&folder);
}
END_TEST

START_TEST(voc)
{
    struct test_folder folder;
    struct det_dataset a, b;
    struct det_message message = {.text = ""};
    static const char *const lists[] = {NULL, "all"};
    size_t count;
    test_folder_create(&folder);
    parse(&a, truth);
    const det_dataset_losses losses = save(&a, folder.path, "voc");
    ck_assert_uint_eq(losses.masks, 2);
    ck_assert_uint_eq(losses.crowds, 1);
    if (det_voc_open(&b, folder.path, lists[_i], &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    compare_boxes(&a, &b);
    const struct det_annotation *objects = objects_of(&b, "b.png", &count);
    ck_assert(!objects[1].is_difficult && objects[2].is_difficult);
    det_dataset_clear(&a);
    det_dataset_clear(&b);
    remove_tree(folder.path);
}
END_TEST

START_TEST(yolo)
{
    static const char *const formats[] = {"yolo", "yolo-seg"};
    const bool outlines = _i == 1;
    struct test_folder folder;
    struct det_dataset a, b;
    struct det_message message = {.text = ""};
    test_folder_create(&folder);
    parse(&a, truth);
    const det_dataset_losses losses = save(&a, folder.path, formats[_i]);
    ck_assert_uint_eq(losses.masks, outlines ? 1 : 2);
    ck_assert_uint_eq(losses.crowds, 1);
    ck_assert_uint_eq(losses.annotations, 0);
    ck_assert_int_eq(det_yolo_open(&b, folder.path, NULL, NULL, &message),
                     DET_ERROR_READ); /* sizes are needed */
    put_png(folder.path, "a.png");
    put_png(folder.path, "b.png");
    if (det_yolo_open(&b, folder.path, NULL, NULL, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    compare_boxes(&a, &b);
    if (outlines)
        compare_masks(&a, &b, 0);
    det_dataset_clear(&a);
    det_dataset_clear(&b);
    remove_tree(folder.path);
}
END_TEST

START_TEST(labelme)
{
    struct test_folder folder;
    struct det_dataset a, b;
    struct det_message message = {.text = ""};
    size_t count;
    test_folder_create(&folder);
    parse(&a, truth);
    const det_dataset_losses losses = save(&a, folder.path, "labelme");
    ck_assert_uint_eq(losses.annotations + losses.masks + losses.crowds, 0);
    if (det_labelme_open(&b, folder.path, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    compare_boxes(&a, &b);
    compare_masks(&a, &b, 0);
    compare_masks(&a, &b, 2);
    const struct det_annotation *objects = objects_of(&b, "b.png", &count);
    ck_assert_double_eq(objects[0].area, 412.25);
    ck_assert(!objects[1].is_crowd && objects[2].is_crowd);
    det_dataset_clear(&a);
    det_dataset_clear(&b);
    remove_tree(folder.path);
}
END_TEST

START_TEST(broken_yolo_lines)
{
    static const char *const lines[] = {
        "0 0.5 0.5 0.1",       "0 0.5 0.5 0.1 0.1 0.9", "2 0.5 0.5 0.1 0.1",
        "-1 0.5 0.5 0.1 0.1",  "0.5 0.5 0.5 0.1 0.1",   "0 x 0.5 0.1 0.1",
        "0 1e999 0.5 0.1 0.1", "0 nan 0.5 0.1 0.1",     "0 0.5,0.5 0.1 0.1",
    };
    struct test_folder folder;
    struct det_dataset a, b;
    struct det_message message = {.text = ""};
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    parse(&a, truth);
    save(&a, folder.path, "yolo");
    put_png(folder.path, "a.png");
    put_png(folder.path, "b.png");
    test_folder_path(path, &folder, "labels/b.txt");
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "0 0.5 0.5 0.1 0.1\r\n\n%s\n", lines[_i]);
    fclose(file);
    ck_assert_int_eq(det_yolo_open(&b, folder.path, NULL, NULL, &message),
                     DET_ERROR_DATASET);
    ck_assert_ptr_nonnull(strstr(message.text, "b.txt: line 3: "));
    det_dataset_clear(&a);
    remove_tree(folder.path);
}
END_TEST

/* ------------------------------------------------------------------- names */

static const char evil[] =
    "{\"images\":[{\"id\":1,\"file_name\":\"../../up.jpg\"},"
    "{\"id\":2,\"file_name\":\"..\"},{\"id\":3,\"file_name\":\"/etc/up.png\"},"
    "{\"id\":4},{\"id\":5,\"file_name\":\"x/\"},"
    "{\"id\":6,\"file_name\":\".hidden.jpg\"},{\"id\":7,\"file_name\":\".."
    "jpg\"}"
    ",{\"id\":8,\"file_name\":\"a\\\\..\\\\b\\u0001.jpg\"},"
    "{\"id\":9,\"file_name\":\"up.jpg\"},"
    "{\"id\":10,\"file_name\":\"../b.bin#7\"},"
    "{\"id\":11,\"file_name\":\"..#\"}],"
    "\"categories\":[],\"annotations\":[]}";

START_TEST(names_stay_in_the_folder)
{
    static const char *const stems[] = {
        "up",  "_",       "up-2", "image-4", "image-5", "_hidden",
        "_-3", "a_.._b_", "up-4", "b.bin#7", "_.#"};
    struct det_dataset set;
    struct det_output_names names;
    parse(&set, evil);
    ck_assert_int_eq(det_output_names_init(&names, &set, NULL), DET_OK);
    for (size_t i = 0; i < set.num_images; i++)
        ck_assert_str_eq(names.stems[i], stems[i]);
    det_output_names_destroy(&names);
    det_dataset_clear(&set);
}
END_TEST

START_TEST(writes_only_there)
{
    static const char *const formats[] = {"voc", "yolo", "labelme"};
    struct test_folder folder;
    struct det_dataset set;
    char path[TEST_FOLDER_PATH];
    test_folder_create(&folder);
    test_folder_path(path, &folder, "out");
    parse(&set, evil);
    save(&set, path, formats[_i]);
    ck_assert_uint_eq(test_folder_count(&folder), 1);
    struct test_folder inner;
    test_folder_path(inner.path, &folder,
                     _i == 0   ? "out/Annotations"
                     : _i == 1 ? "out/labels"
                               : "out");
    ck_assert_uint_eq(test_folder_count(&inner), set.num_images);
    det_dataset_clear(&set);
    remove_tree(folder.path);
}
END_TEST

START_TEST(replaces_nothing)
{
    struct test_folder folder;
    struct det_dataset set;
    det_dataset_losses losses;
    struct det_message message = {.text = ""};
    det_dataset_save_options options = {.format = "labelme"};
    test_folder_create(&folder);
    parse(&set, truth);
    save(&set, folder.path, "labelme");
    ck_assert_int_eq(
        det_save_dataset(&set, folder.path, &options, &losses, &message),
        DET_ERROR_WRITE);
    ck_assert_ptr_nonnull(strstr(message.text, "is there already"));
    options.overwrite = 1;
    ck_assert_int_eq(
        det_save_dataset(&set, folder.path, &options, &losses, &message),
        DET_OK);
    det_dataset_clear(&set);
    remove_tree(folder.path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data_formats");
    TCase *tests = tcase_create("formats");
    tcase_add_test(tests, coco);
    tcase_add_loop_test(tests, voc, 0, 2);
    tcase_add_loop_test(tests, yolo, 0, 2);
    tcase_add_test(tests, labelme);
    tcase_add_loop_test(tests, broken_yolo_lines, 0, 9);
    tcase_add_test(tests, names_stay_in_the_folder);
    tcase_add_loop_test(tests, writes_only_there, 0, 3);
    tcase_add_test(tests, replaces_nothing);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
