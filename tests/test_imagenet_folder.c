/* SPDX-License-Identifier: MIT */
/* ImageNet's folders of boxes: places, lists, names of classes. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datasets/imagenet_folder.h"
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

/* As in the published files: <filename> lacks ".JPEG", or is "%s". */
static void put_xml(const char *path, const char *file_name, const char *id)
{
    char xml[1024];
    snprintf(xml, sizeof xml,
             "<annotation>\n\t<folder>x</folder>\n\t<filename>%s</filename>\n"
             "\t<source><database>ILSVRC_2013</database></source>\n"
             "\t<size><width>500</width><height>375</height></size>\n"
             "\t<object>\n\t\t<name>%s</name>\n\t\t<bndbox>\n"
             "\t\t\t<xmin>11</xmin><xmax>20</xmax>"
             "<ymin>1</ymin><ymax>375</ymax>\n"
             "\t\t</bndbox>\n\t</object>\n</annotation>\n",
             file_name, id);
    test_tree_put_text(&folder, path, xml);
}

static det_status open_list(enum det_imagenet_kind kind, const char *list)
{
    det_dataset_clear(&set);
    return det_imagenet_open(&set, kind, folder.path, list, &message);
}

static void read_list(enum det_imagenet_kind kind, const char *list,
                      size_t images)
{
    if (open_list(kind, list) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(set.num_images, images);
}

static void refuse(enum det_imagenet_kind kind, const char *list,
                   det_status status, const char *text)
{
    ck_assert_int_eq(open_list(kind, list), status);
    if (!strstr(message.text, text))
        ck_abort_msg("\"%s\" is not in \"%s\"", text, message.text);
}

static const char *class_of(size_t annotation)
{
    return set.categories[set.annotations[annotation].category].name;
}

#define DET "Annotations/DET/"

START_TEST(detection)
{
    put_xml(DET "train/ILSVRC2013_train/n02/n02_7.xml", "n02_7", "n02");
    put_xml(DET "train/ILSVRC2014_train_0006/t_1.xml", "%s", "n01");
    put_xml(DET "val/ILSVRC2012_val_00000001.xml", "../../etc/passwd", "n03");
    test_tree_put_text(&folder, "ImageSets/DET/train_1.txt",
                       "ILSVRC2014_train_0006/t_1 1\r\n\n"
                       "ILSVRC2013_DET_train_extra0/nothing -1\n"
                       "ILSVRC2013_train/n02/n02_7 0");
    ck_assert(det_imagenet_is_one(folder.path, DET_IMAGENET_DET));
    ck_assert(!det_imagenet_is_one(folder.path, DET_IMAGENET_LOC));
    read_list(DET_IMAGENET_DET, NULL, 3);
    ck_assert_str_eq(set.images[0].file_name,
                     "Data/DET/train/ILSVRC2013_train/n02/n02_7.JPEG");
    ck_assert_str_eq(set.images[2].file_name,
                     "Data/DET/val/ILSVRC2012_val_00000001.JPEG");
    ck_assert_uint_eq(set.num_categories, 3);
    ck_assert_str_eq(class_of(0), "n02");
    ck_assert_int_eq(set.annotations[0].category_id, 2);
    ck_assert_double_eq(set.annotations[0].box[0], 10);
    ck_assert_double_eq(set.annotations[0].box[2], 10);
    ck_assert_int_eq(set.images[0].width, 500);
    read_list(DET_IMAGENET_DET, "val", 1); /* a folder */
    ck_assert_str_eq(class_of(0), "n03");
    read_list(DET_IMAGENET_DET, "train_1", 3);
    ck_assert_str_eq(set.images[0].file_name,
                     "Data/DET/train/ILSVRC2014_train_0006/t_1.JPEG");
    ck_assert_str_eq(set.images[1].file_name,
                     "Data/DET/train/ILSVRC2013_DET_train_extra0/nothing.JPEG");
    ck_assert_uint_eq(set.num_annotations, 2);
    ck_assert_uint_eq(set.annotations[1].image, 2);
    refuse(DET_IMAGENET_DET, "test", DET_ERROR_DATASET,
           "neither ImageSets/DET/test.txt nor Annotations/DET/test");
    refuse(DET_IMAGENET_DET, "../x", DET_ERROR_ARGUMENT, "not a name");
    refuse(DET_IMAGENET_LOC, NULL, DET_ERROR_DATASET,
           "no folder Annotations/CLS-LOC");
}
END_TEST

START_TEST(names_of_classes)
{
    put_xml(DET "val/1.xml", "1", "n07");
    put_xml(DET "val/2.xml", "2", "n01");
    test_tree_put_text(&folder, "devkit/data/map_det.txt",
                       "n07 1 accordion\nn02 2 ant lion\r\n\nbroken\nn03 3\n");
    read_list(DET_IMAGENET_DET, NULL, 2);
    static const char *const names[] = {"n01", "ant lion", "accordion"};
    ck_assert_uint_eq(set.num_categories, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_str_eq(set.categories[i].name, names[i]);
        ck_assert_int_eq(set.categories[i].id, (int64_t)i + 1);
        ck_assert_str_eq(set.categories[i].supercategory, "");
    }
    ck_assert_str_eq(class_of(0), "accordion");
    ck_assert_str_eq(class_of(1), "n01");
}
END_TEST

/* As Kaggle packs it: ILSVRC/ and the names of classes beside it. */
START_TEST(localization)
{
#define LOC "ILSVRC/Annotations/CLS-LOC/"
    put_xml(LOC "train/n01440764/n01440764_10.xml", "n01440764_10",
            "n01440764");
    put_xml(LOC "val/ILSVRC2012_val_00000001.xml", "x", "n01443537");
    test_tree_put_text(&folder, "LOC_synset_mapping.txt",
                       "n01443537 goldfish, Carassius auratus\n"
                       "n01440764 tench, Tinca tinca");
    test_tree_put_text(&folder, "ILSVRC/ImageSets/CLS-LOC/train_loc.txt",
                       "n01440764/n01440764_10 1\n");
    test_tree_put_text(&folder, "ILSVRC/ImageSets/CLS-LOC/test.txt",
                       "ILSVRC2012_test_00000001 1\n");
    read_list(DET_IMAGENET_LOC, "val", 1);
    ck_assert_str_eq(set.images[0].file_name,
                     "ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_00000001.JPEG");
    ck_assert_str_eq(class_of(0), "goldfish, Carassius auratus");
    ck_assert_int_eq(set.annotations[0].category_id, 2);
    read_list(DET_IMAGENET_LOC, "train_loc", 1);
    ck_assert_str_eq(class_of(0), "tench, Tinca tinca");
    refuse(DET_IMAGENET_LOC, "test", DET_ERROR_DATASET,
           "no XML file of the list test");
}
END_TEST

START_TEST(hostile)
{
    char path[TEST_FOLDER_PATH];
    put_xml(DET "val/1.xml", "1", "n07");
    test_folder_path(path, &folder, DET "val/2.xml");
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    refuse(DET_IMAGENET_DET, NULL, DET_ERROR_READ, "symbolic link");
    test_tree_put_text(&folder, "ImageSets/DET/val.txt", "1\n2\n");
    refuse(DET_IMAGENET_DET, "val", DET_ERROR_READ, "symbolic link");
    test_tree_put_text(&folder, "ImageSets/DET/val.txt",
                       "1\n../../../../../etc/passwd\n");
    refuse(DET_IMAGENET_DET, "val", DET_ERROR_READ, "'..'");
    test_tree_put_text(&folder, "ImageSets/DET/val.txt", "1\n/etc/passwd\n");
    read_list(DET_IMAGENET_DET, "val", 2); /* it stays below val/ */
    ck_assert_uint_eq(set.num_annotations, 1);
    test_tree_put_text(&folder, DET "val/1.xml", "<annotation>\n<object>");
    refuse(DET_IMAGENET_DET, "val", DET_ERROR_DATASET,
           "Annotations/DET/val/1.xml: line 2: ");
}
END_TEST

START_TEST(recognised)
{
    det_context *context;
    det_dataset *loaded;
    put_xml(DET "val/1.xml", "1", "n07");
    ck_assert_int_eq(det_context_create(&context), DET_OK);
    ck_assert_int_eq(det_dataset_load(context, folder.path, NULL, &loaded),
                     DET_OK);
    ck_assert_str_eq(det_dataset_folder(loaded), folder.path);
    ck_assert(!det_dataset_is_classification(loaded));
    det_dataset_destroy(&loaded);
    det_context_destroy(&context);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("imagenet_folder");
    TCase *tests = tcase_create("imagenet_folder");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, detection);
    tcase_add_test(tests, names_of_classes);
    tcase_add_test(tests, localization);
    tcase_add_test(tests, hostile);
    tcase_add_test(tests, recognised);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
