/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <png.h> /* needs stdio.h */

#include "datasets/voc_xml.h"

#define BLOOD SOURCE_ROOT "/../shared/data/bccd"

static det_status parse(struct det_dataset *out, struct det_voc_names *names,
                        const char *xml, struct det_message *message)
{
    const size_t size = strlen(xml);
    char *exact = malloc(size + 1);
    ck_assert_ptr_nonnull(exact);
    memcpy(exact + 1, xml, size); /* no final 0 to lean on */
    const det_status status =
        det_voc_parse(out, names, "007", exact + 1, size, message);
    free(exact);
    return status;
}

#define OBJECT(name, more, box)                                                \
    "<object><name>" name "</name>" more "<bndbox>" box "</bndbox></object>"
#define BOX(x1, y1, x2, y2)                                                    \
    "<xmin>" x1 "</xmin><ymin>" y1 "</ymin><xmax>" x2 "</xmax><ymax>" y2       \
    "</ymax>"

/* The order of elements is free; parts of objects are no objects; boxes count
 * from 1 and have their last pixels inside. */
START_TEST(an_annotation)
{
    struct det_dataset dataset = {0};
    struct det_voc_names names = {0};
    struct det_message message = {.text = ""};
    const char *xml =
        "<?xml version=\"1.0\"?><annotation><filename>a &amp; b.jpg</filename>"
        "<size><depth>3</depth><height>375</height><width>500</width></"
        "size>" OBJECT(
            "person",
            "<difficult>1</difficult><part><name>head</name><bndbox>" BOX(
                "1", "1", "9", "9") "</bndbox></part>",
            BOX("11", "21", "30", "60.5"))
            OBJECT("dog", "<pose>Left</pose>",
                   "<ymax>2</ymax><xmax> 2 </xmax><ymin>1</ymin><xmin>1</xmin>")
                OBJECT("person", "", BOX("1", "1", "1", "1")) "</annotation>";
    if (parse(&dataset, &names, xml, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(dataset.num_images, 1);
    ck_assert_int_eq(dataset.images[0].id, 1);
    ck_assert_str_eq(dataset.images[0].file_name, "a & b.jpg");
    ck_assert_int_eq(dataset.images[0].width, 500);
    ck_assert_int_eq(dataset.images[0].height, 375);
    ck_assert_uint_eq(dataset.num_annotations, 3);
    ck_assert_uint_eq(names.count, 2);
    ck_assert_str_eq(names.items[1], "dog");
    const struct det_annotation *a = dataset.annotations;
    static const double boxes[3][4] = {
        {10, 20, 20, 40.5}, {0, 0, 2, 2}, {0, 0, 1, 1}};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(a[i].id, i + 1);
        ck_assert_int_eq(a[i].image_id, 1);
        ck_assert_int_eq(a[i].category_id, i == 1);
        ck_assert_int_eq(a[i].is_difficult, i == 0);
        for (int k = 0; k < 4; k++)
            ck_assert_double_eq(a[i].box[k], boxes[i][k]);
        ck_assert_double_eq(a[i].area, boxes[i][2] * boxes[i][3]);
    }
    free(names.items);
    det_dataset_clear(&dataset);
}
END_TEST

START_TEST(refused)
{
    static const struct {
        const char *xml, *said;
    } cases[] = {
        {"", "line 1: "},
        {"<annotation>", "line 1: "},
        {"<html></html>", "not a VOC annotation"},
        {"<annotation>\n\n<size><width>x</width></size></annotation>",
         "line 3: expected a number"},
        {"<annotation><size><width>-1</width></size></annotation>", "range"},
        {"<annotation><size><width>1e300</width></size></annotation>", "range"},
        {"<annotation><object></object></annotation>", "without a <name>"},
        {"<annotation>" OBJECT("a", "", "") "</annotation>",
         "without all of <xmin>"},
        {"<annotation>" OBJECT("a", "",
                               BOX("1", "2", "1e999", "4")) "<"
                                                            "/annotation>",
         "expected a number"},
        {"<annotation>" OBJECT("a", "", BOX("1", "2", "nan", "4")) "</annota"
                                                                   "tion>",
         "expected a number"},
        {"<!DOCTYPE a [<!ENTITY x \"y\">]><annotation>&x;</annotation>",
         "declares entities"},
        {"<!DOCTYPE a [<!ENTITY x SYSTEM \"/etc/passwd\">]><annotation/>",
         "declares entities"},
        {"<a><b></a></b>", "line 1"},
        {"<annotation><b><b><b><b><b><b><b><b><b><b><b><b><b><b><b><b><b><b>",
         "nested too deep"},
    };
    struct det_dataset dataset = {0};
    struct det_voc_names names = {0};
    struct det_message message = {.text = ""};
    const det_status status = parse(&dataset, &names, cases[_i].xml, &message);
    if (status != DET_ERROR_DATASET || !strstr(message.text, cases[_i].said))
        ck_abort_msg("status %d, \"%s\", which does not say \"%s\"",
                     (int)status, message.text, cases[_i].said);
    free(names.items);
    det_dataset_clear(&dataset);
}
END_TEST

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* Lists choose and order; a list may not name files elsewhere. */
START_TEST(folders)
{
    char folder[] = "/tmp/voc-XXXXXX", command[128], path[512];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    static const char *parts[] = {"Annotations", "ImageSets", "ImageSets/Main"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
    write_file(folder, "Annotations/b.xml",
               "<annotation>" OBJECT("dog", "",
                                     BOX("1", "1", "2", "2")) "<"
                                                              "/annotation>");
    write_file(folder, "Annotations/a.xml",
               "<annotation>" OBJECT("bird", "",
                                     BOX("1", "1", "2", "2")) "<"
                                                              "/annotation>");
    write_file(folder, "ImageSets/Main/one.txt", "b  -1\n\n");
    write_file(folder, "ImageSets/Main/evil.txt", "../../etc/passwd\n");
    struct det_dataset dataset;
    struct det_message message = {.text = ""};
    if (det_voc_open(&dataset, folder, NULL, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(dataset.num_images, 2);
    ck_assert_str_eq(dataset.images[0].file_name, "a.jpg");
    ck_assert_uint_eq(dataset.num_categories, 20); /* both are VOC's */
    ck_assert_str_eq(dataset.categories[0].name, "aeroplane");
    ck_assert_int_eq(dataset.annotations[0].category_id, 3);  /* bird */
    ck_assert_int_eq(dataset.annotations[1].category_id, 12); /* dog */
    det_dataset_clear(&dataset);
    ck_assert_int_eq(det_voc_open(&dataset, folder, "one", &message), DET_OK);
    ck_assert_uint_eq(dataset.num_images, 1);
    ck_assert_str_eq(dataset.images[0].file_name, "b.jpg");
    det_dataset_clear(&dataset);
    ck_assert_int_ne(det_voc_open(&dataset, folder, "evil", &message), DET_OK);
    ck_assert_int_ne(det_voc_open(&dataset, folder, "../one", &message),
                     DET_OK);
    ck_assert_int_ne(det_voc_open(&dataset, folder, "none", &message), DET_OK);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* 6 x 4 pixels, 4 bits each: object 1 is 2 x 2, object 3 is 1 pixel, object 2
 * is not drawn, 15 stands for nothing that is listed. */
static void write_indices(const char *folder, const char *name)
{
    static const uint8_t rows[4][3] = {
        {0x11, 0x00, 0x00}, {0x11, 0x0f, 0x00}, {0, 0, 0}, {0, 0, 0x03}};
    static const png_color palette[16];
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    png_struct *png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_info *info = png_create_info_struct(png);
    ck_assert(file && png && info);
    png_init_io(png, file);
    png_set_IHDR(png, info, 6, 4, 4, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_PLTE(png, info, palette, 16);
    png_write_info(png, info);
    for (int y = 0; y < 4; y++)
        png_write_row(png, rows[y]);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fclose(file);
}

#define SIZED(width)                                                           \
    "<annotation><size><width>" width                                          \
    "</width><height>4</height></size>" OBJECT("dog", "",                      \
                                               BOX("1", "1", "2", "2"))        \
        OBJECT("cat", "", BOX("1", "1", "2", "2"))                             \
            OBJECT("dog", "", BOX("6", "4", "6", "4")) "</annotation>"

START_TEST(instance_masks)
{
    char folder[] = "/tmp/voc-XXXXXX", command[128], path[512];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    static const char *parts[] = {"Annotations", "SegmentationObject"};
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        ck_assert_int_eq(mkdir(path, 0700), 0);
    }
    write_file(folder, "Annotations/a.xml", SIZED("6"));
    write_file(folder, "Annotations/b.xml", SIZED("6")); /* has no picture */
    write_indices(folder, "SegmentationObject/a.png");
    struct det_dataset dataset;
    struct det_message message = {.text = ""};
    if (det_voc_open(&dataset, folder, NULL, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    static const double areas[] = {4, 4, 1, 4, 4, 1};
    ck_assert_uint_eq(dataset.num_annotations, 6);
    for (int i = 0; i < 6; i++) {
        const struct det_annotation *a = &dataset.annotations[i];
        ck_assert_double_eq(a->area, areas[i]);
        ck_assert_int_eq(a->segmentation.kind, i == 0 || i == 2
                                                   ? DET_SEGMENTATION_TEXT
                                                   : DET_SEGMENTATION_NONE);
    }
    struct det_segmentation_scratch scratch = {0};
    struct det_rle mask;
    ck_assert_int_eq(det_segmentation_mask(&mask, &scratch,
                                           &dataset.annotations[0].segmentation,
                                           6, 4, &message),
                     DET_OK);
    const det_mask view = det_rle_view(&mask);
    const struct det_rle_box box = det_rle_bounding_box(&view);
    ck_assert(box.x == 0 && box.y == 0 && box.w == 2 && box.h == 2);
    det_rle_destroy(&mask);
    det_segmentation_scratch_destroy(&scratch);
    det_dataset_clear(&dataset);

    write_file(folder, "Annotations/a.xml", SIZED("7"));
    ck_assert_int_eq(det_voc_open(&dataset, folder, NULL, &message),
                     DET_ERROR_DATASET);
    ck_assert_ptr_nonnull(strstr(message.text, "SegmentationObject/a.png: a "
                                               "picture of 6 x 4"));
    write_file(folder, "SegmentationObject/a.png", "no picture");
    ck_assert_int_eq(det_voc_open(&dataset, folder, NULL, &message),
                     DET_ERROR_DATASET);
    ck_assert_ptr_nonnull(strstr(message.text, "broken PNG"));
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(blood_cells)
{
    struct det_dataset dataset;
    struct det_message message = {.text = ""};
    if (access(BLOOD, R_OK) != 0) {
        printf("skipped: " BLOOD " is not here\n");
        return;
    }
    if (det_voc_open(&dataset, BLOOD, "val", &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_gt(dataset.num_images, 50);
    det_dataset_clear(&dataset);
    if (det_voc_open(&dataset, BLOOD, NULL, &message) != DET_OK)
        ck_abort_msg("%s", message.text);
    ck_assert_uint_eq(dataset.num_images, 364);
    ck_assert_uint_eq(dataset.num_annotations, 4888);
    ck_assert_uint_eq(dataset.num_categories, 3);
    ck_assert_str_eq(dataset.categories[0].name, "Platelets");
    det_dataset_clear(&dataset);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("voc_xml");
    TCase *tests = tcase_create("voc_xml");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_annotation);
    tcase_add_loop_test(tests, refused, 0, 14);
    tcase_add_test(tests, folders);
    tcase_add_test(tests, instance_masks);
    tcase_add_test(tests, blood_cells);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
