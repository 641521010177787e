/* SPDX-License-Identifier: MIT */
/* Image folders: the order, the lists, and what must not be followed. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "datasets/image_folder.h"
#include "detect/data.h"
#include "tests/test_tree.h"

static struct test_folder folder;
static struct det_message message;
static struct det_dataset set;

static void setup(void)
{
    test_folder_create(&folder);
    message.text[0] = 0;
}

static void teardown(void)
{
    det_dataset_clear(&set);
    test_tree_remove(&folder);
}

static void put(const char *name)
{
    test_tree_put_text(&folder, name, "");
}

static det_status open_list(const char *list)
{
    det_dataset_clear(&set);
    return det_image_folder_open(&set, folder.path, list, &message);
}

static void expect(const char *list, const char *const *names, size_t count)
{
    if (open_list(list) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(set.num_images, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(set.images[i].file_name, names[i]);
}

static void refuse(const char *list, det_status status, const char *text)
{
    ck_assert_int_eq(open_list(list), status);
    if (!strstr(message.text, text))
        ck_abort_msg("\"%s\" is not in \"%s\"", text, message.text);
    ck_assert_uint_eq(set.num_images, 0);
}

/* As sorted(os.walk(class)) gives them: the files of a folder in front of its
 * folders', bytes in order, "10" in front of "2". */
START_TEST(order)
{
    static const char *const expected[] = {
        "Z/1.jpg",      "a/x.PNG",       "a/z.jpg",
        "a/sub/y.jpeg", "a/sub b/q.jpg", "a/sub/deep/er/k.jpg",
        "b/10.JPG",     "b/2.JPEG",      "b/\xc3\xbc.jpg",
    };
    static const char *const others[] = {"top.jpg",      "a/.hidden.jpg",
                                         ".git/o/x.jpg", "a/notes.txt",
                                         "a/jpg",        "b/picture.jpg.txt"};
    for (size_t i = sizeof expected / sizeof *expected; i-- > 0;)
        put(expected[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        put(others[i]);
    test_tree_make(&folder, "empty");
    expect(NULL, expected, sizeof expected / sizeof *expected);
    ck_assert_uint_eq(set.num_categories, 4);
    static const char *const classes[] = {"Z", "a", "b", "empty"};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(set.categories[i].name, classes[i]);
        ck_assert_int_eq(set.categories[i].id, (int64_t)i);
    }
    ck_assert_uint_eq(set.num_annotations, set.num_images);
    for (size_t i = 0; i < set.num_annotations; i++) {
        const struct det_annotation *a = &set.annotations[i];
        ck_assert_uint_eq(a->image, i);
        ck_assert_int_eq(a->id, (int64_t)i + 1);
        ck_assert_str_eq(set.categories[a->category].name, i == 0   ? "Z"
                                                           : i <= 5 ? "a"
                                                                    : "b");
        ck_assert(isnan(a->box[0]) && isnan(a->box[3]) && isnan(a->area));
        ck_assert_int_eq(set.images[i].width, 0);
    }
    ck_assert(det_dataset_lacks_boxes(&set));
}
END_TEST

START_TEST(lists)
{
    static const char *const train[] = {"train/a/1.jpg", "train/b/2.jpg"};
    static const char *const val[] = {"val/a/3.jpg"};
    put("train/a/1.jpg");
    put("train/b/2.jpg");
    put("meta/readme.txt");
    expect(NULL, train, 2); /* the only one */
    put("val/a/3.jpg");
    refuse(NULL, DET_ERROR_DATASET, "train, val");
    expect("train", train, 2);
    expect("val", val, 1);
    ck_assert_uint_eq(set.num_categories, 1);
    refuse("test", DET_ERROR_READ, "test: No such file");
    refuse("../x", DET_ERROR_ARGUMENT, "not a name of a list");
    refuse("..", DET_ERROR_ARGUMENT, "not a name of a list");
    refuse("", DET_ERROR_ARGUMENT, "not a name of a list");
}
END_TEST

/* A class may be called "train". */
START_TEST(classes_that_are_called_like_lists)
{
    static const char *const expected[] = {"bus/1.jpg", "train/2.jpg"};
    put("bus/1.jpg");
    put("train/2.jpg");
    expect(NULL, expected, 2);
}
END_TEST

START_TEST(links)
{
    char path[TEST_FOLDER_PATH];
    put("a/1.jpg");
    test_folder_path(path, &folder, "a/2.jpg");
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    test_folder_path(path, &folder, "a/gone");
    ck_assert_int_eq(symlink("nowhere", path), 0);
    static const char *const expected[] = {"a/1.jpg", "a/2.jpg"};
    expect(NULL, expected, 2); /* opening tells where a file leads */
    test_folder_path(path, &folder, "b");
    ck_assert_int_eq(symlink("a", path), 0);
    refuse(NULL, DET_ERROR_DATASET, "b: a symbolic link to a folder");
    ck_assert_int_eq(unlink(path), 0);
    test_folder_path(path, &folder, "a/up");
    ck_assert_int_eq(symlink("..", path), 0);
    refuse(NULL, DET_ERROR_DATASET, "a/up: a symbolic link to a folder");
    ck_assert_int_eq(unlink(path), 0);
    test_folder_path(path, &folder, "train");
    ck_assert_int_eq(symlink("a", path), 0);
    refuse("train", DET_ERROR_READ, "symbolic link");
}
END_TEST

START_TEST(nested_too_deep)
{
    put("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/1.jpg");
    ck_assert_int_eq(open_list(NULL), DET_OK);
    put("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/1.jpg");
    refuse(NULL, DET_ERROR_DATASET, "nested too deep");
}
END_TEST

START_TEST(nothing_to_read)
{
    refuse(NULL, DET_ERROR_DATASET, "no .jpg, .jpeg or .png");
    test_tree_make(&folder, "a");
    refuse(NULL, DET_ERROR_DATASET, "no .jpg, .jpeg or .png");
    ck_assert_int_eq(det_image_folder_open(&set, "/nowhere", NULL, &message),
                     DET_ERROR_READ);
    put("val/ILSVRC2012_val_00000001.JPEG");
    put("val/ILSVRC2012_val_00000002.JPEG");
    refuse("val", DET_ERROR_DATASET, "2 images in the folder val, but no");
    ck_assert_ptr_nonnull(strstr(message.text, "imagenet-loc"));
}
END_TEST

static const char *format_of(void)
{
    static char name[64];
    det_context *context;
    det_dataset *loaded = NULL;
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    name[0] = 0;
    if (det_dataset_load(context, folder.path, NULL, &loaded) == DET_OK) {
        const char *where = det_dataset_folder(loaded);
        if (where)
            ck_assert_str_eq(where, folder.path);
        strcpy(name, where && det_dataset_is_classification(loaded) ? "folder"
                                                                    : "other");
    }
    det_dataset_destroy(&loaded);
    det_context_destroy(&context);
    return name;
}

START_TEST(recognised)
{
    test_tree_make(&folder, "a"); /* an empty class */
    put("b/1.jpg");
    ck_assert_str_eq(format_of(), "folder");
    test_tree_put_text(&folder, "note.json",
                       "{\"version\":\"5\",\"shapes\":[],\"imagePath\":"
                       "\"b/1.jpg\",\"imageWidth\":4,\"imageHeight\":4}");
    ck_assert_str_eq(format_of(), "other"); /* LabelMe's */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image_folder");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, order);
    tcase_add_test(tcase, lists);
    tcase_add_test(tcase, classes_that_are_called_like_lists);
    tcase_add_test(tcase, links);
    tcase_add_test(tcase, nested_too_deep);
    tcase_add_test(tcase, nothing_to_read);
    tcase_add_test(tcase, recognised);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
