/* SPDX-License-Identifier: MIT */
/*
 * PASCAL VOC's XML, written.  Its boxes name the first and the last pixel,
 * counted from 1 (VOC2012 devkit, section 4.2); numbers keep their fractions.
 */
#include "datasets/save.h"
#include "datasets/text_writer.h"

static void put_element(FILE *out, const char *indent, const char *name,
                        const char *text)
{
    det_put(out, "%s<%s>", indent, name);
    det_put_xml(out, text);
    det_put(out, "</%s>\n", name);
}

static void put_edge(FILE *out, const char *name, double value)
{
    det_put(out, "\t\t\t<%s>", name);
    det_put_number(out, value);
    det_put(out, "</%s>\n", name);
}

static void put_object(struct det_saving *s, FILE *out,
                       const struct det_annotation *a)
{
    const struct det_data_category *category =
        &s->dataset->categories[a->category];
    fputs("\t<object>\n", out);
    if (category->name[0])
        put_element(out, "\t\t", "name", category->name);
    else
        det_put(out, "\t\t<name>category %lld</name>\n",
                (long long)category->id);
    fputs("\t\t<pose>Unspecified</pose>\n\t\t<truncated>0</truncated>\n", out);
    /* what is not to be counted is what "difficult" is for */
    det_put(out, "\t\t<difficult>%d</difficult>\n\t\t<bndbox>\n",
            a->is_difficult || a->is_crowd);
    put_edge(out, "xmin", a->box[0] + 1);
    put_edge(out, "ymin", a->box[1] + 1);
    put_edge(out, "xmax", a->box[0] + a->box[2]);
    put_edge(out, "ymax", a->box[1] + a->box[3]);
    fputs("\t\t</bndbox>\n\t</object>\n", out);
    s->losses.crowds += a->is_crowd;
    s->losses.masks += a->segmentation.kind != DET_SEGMENTATION_NONE;
}

static det_status write_image(struct det_saving *s, FILE *out, size_t i)
{
    const struct det_data_image *image = &s->dataset->images[i];
    fputs("<annotation>\n\t<folder>JPEGImages</folder>\n", out);
    put_element(out, "\t", "filename", image->file_name);
    det_put(out,
            "\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</height>\n"
            "\t\t<depth>3</depth>\n\t</size>\n\t<segmented>0</segmented>\n",
            image->width, image->height);
    for (size_t k = s->groups->start[i]; k < s->groups->start[i + 1]; k++) {
        const struct det_annotation *a = det_saving_object(s, k);
        if (a)
            put_object(s, out, a);
    }
    fputs("</annotation>\n", out);
    return DET_OK;
}

static void write_list(struct det_saving *s, FILE *out)
{
    for (size_t i = 0; i < s->dataset->num_images; i++)
        if (det_saving_has(s, i))
            det_put(out, "%s\n", s->names->stems[i]);
}

const struct det_folder_format det_voc_format = {
    .sub_folder = "Annotations",
    .extension = "xml",
    .write_image = write_image,
    .rest_sub_folder = "ImageSets/Main",
    .rest_name = "all",
    .rest_extension = "txt",
    .write_rest = write_list,
};
