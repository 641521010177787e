/* SPDX-License-Identifier: MIT */
/* One annotation file, by expat. */
#include "datasets/voc_xml.h"

#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/memory.h"

enum { DEEPEST = 16, LONGEST_PATH = 256, LONGEST_TEXT = 1024 };
enum { LARGEST_SIDE = 1 << 20, MOST_CLASSES = 100000 };

struct parser {
    struct det_dataset *out;
    struct det_voc_names *names;
    struct det_message *message;
    XML_Parser xml;
    det_status status;        /* of the first thing that went wrong */
    char path[LONGEST_PATH];  /* "annotation/object/name" */
    size_t ends[DEEPEST + 1]; /* lengths of the path at each depth */
    int depth;
    char text[LONGEST_TEXT]; /* of the innermost element so far */
    size_t text_size;
    struct det_data_image image;
    struct det_annotation object;
    double corners[4]; /* xmin, ymin, xmax, ymax of the object */
};

/* Keep the first failure, with its line, and stop. */
static void stop(struct parser *p, const char *what)
{
    if (p->status != DET_OK)
        return;
    p->status = det_fail(p->message, DET_ERROR_DATASET, "line %lu: %s",
                         (unsigned long)XML_GetCurrentLineNumber(p->xml), what);
    XML_StopParser(p->xml, XML_FALSE);
}

static void stop_with(struct parser *p, det_status status)
{
    if (p->status != DET_OK || status == DET_OK)
        return;
    p->status = status;
    XML_StopParser(p->xml, XML_FALSE);
}

/* -------------------------------------------------------------------- values
 */

static double number(struct parser *p)
{
    double value;
    const char *text = p->text;
    while (*text == ' ' || *text == '\n' || *text == '\t' || *text == '\r')
        text++;
    const size_t length = det_decimal_read(&value, text, strlen(text));
    if (length == 0 || isinf(value) ||
        text[length + strspn(text + length, " \n\t\r")] != '\0') {
        stop(p, "expected a number");
        return 0;
    }
    return value;
}

static int32_t side(struct parser *p)
{
    const double value = number(p);
    if (!(value >= 0 && value <= LARGEST_SIDE)) {
        stop(p, "an image's side out of range");
        return 0;
    }
    return (int32_t)value;
}

/* Place of a name among those that occurred. */
static size_t place_of(struct parser *p, const char *name)
{
    struct det_voc_names *names = p->names;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return i;
    if (names->count == MOST_CLASSES) {
        stop(p, "too many classes");
        return 0;
    }
    if (names->count == names->capacity) {
        const size_t capacity = names->capacity ? 2 * names->capacity : 32;
        const det_status status = det_reallocate(
            &names->items, capacity, sizeof *names->items, p->message);
        stop_with(p, status);
        if (status != DET_OK)
            return 0;
        names->capacity = capacity;
    }
    stop_with(p, det_text_pool_add(&p->out->texts, &names->items[names->count],
                                   name, strlen(name), p->message));
    return p->status == DET_OK ? names->count++ : 0;
}

/* ------------------------------------------------------------------- elements
 */

static void begin_object(struct parser *p)
{
    p->object = (struct det_annotation){.category_id = -1};
    for (int i = 0; i < 4; i++)
        p->corners[i] = NAN;
}

static void end_object(struct parser *p)
{
    const double *c = p->corners;
    if (p->object.category_id < 0)
        stop(p, "an object without a <name>");
    if (isnan(c[0]) || isnan(c[1]) || isnan(c[2]) || isnan(c[3]))
        stop(p, "an object without all of <xmin> <ymin> <xmax> <ymax>");
    struct det_annotation *a = &p->object;
    a->id = (int64_t)p->out->num_annotations + 1;
    a->image_id = (int64_t)p->out->num_images + 1;
    a->box[0] = c[0] - 1;
    a->box[1] = c[1] - 1;
    a->box[2] = c[2] - c[0] + 1;
    a->box[3] = c[3] - c[1] + 1;
    a->area = a->box[2] * a->box[3];
    if (p->status == DET_OK)
        stop_with(p, det_dataset_add_annotation(p->out, a, p->message));
}

static void take_file_name(struct parser *p)
{
    if (strlen(p->text) > 0)
        stop_with(p, det_text_pool_add(&p->out->texts, &p->image.file_name,
                                       p->text, strlen(p->text), p->message));
}

static void take_name(struct parser *p)
{
    p->object.category_id = (int64_t)place_of(p, p->text);
}

static void take_width(struct parser *p)
{
    p->image.width = side(p);
}

static void take_height(struct parser *p)
{
    p->image.height = side(p);
}

static void take_difficult(struct parser *p)
{
    p->object.is_difficult = number(p) != 0;
}

static void take_corner(struct parser *p)
{
    static const char *const corners[] = {"xmin", "ymin", "xmax", "ymax"};
    const char *element = strrchr(p->path, '/') + 1;
    for (int i = 0; i < 4; i++)
        if (strcmp(element, corners[i]) == 0)
            p->corners[i] = number(p);
}

/* What is done at the end of an element. */
static const struct {
    const char *path;
    void (*take)(struct parser *p);
} elements[] = {
    {"annotation/filename", take_file_name},
    {"annotation/size/width", take_width},
    {"annotation/size/height", take_height},
    {"annotation/object", end_object},
    {"annotation/object/name", take_name},
    {"annotation/object/difficult", take_difficult},
    {"annotation/object/bndbox/xmin", take_corner},
    {"annotation/object/bndbox/ymin", take_corner},
    {"annotation/object/bndbox/xmax", take_corner},
    {"annotation/object/bndbox/ymax", take_corner},
};

static void on_start(void *user, const XML_Char *name, const XML_Char **unused)
{
    struct parser *p = user;
    const size_t end = p->ends[p->depth], length = strlen(name);
    (void)unused;
    if (p->status != DET_OK)
        return;
    if (p->depth == DEEPEST || end + length + 2 > LONGEST_PATH) {
        stop(p, "nested too deep");
        return;
    }
    if (p->depth)
        p->path[end] = '/';
    memcpy(p->path + end + (p->depth > 0), name, length + 1);
    p->ends[++p->depth] = strlen(p->path);
    p->text_size = 0;
    p->text[0] = '\0';
    if (p->depth == 1 && strcmp(name, "annotation") != 0)
        stop(p, "not a VOC annotation: the first element must be "
                "<annotation>");
    if (strcmp(p->path, "annotation/object") == 0)
        begin_object(p);
}

static void on_end(void *user, const XML_Char *name)
{
    struct parser *p = user;
    (void)name;
    if (p->status != DET_OK)
        return;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (strcmp(p->path, elements[i].path) == 0)
            elements[i].take(p);
    p->path[p->ends[--p->depth]] = '\0';
    p->text_size = 0;
    p->text[0] = '\0';
}

static void on_text(void *user, const XML_Char *text, int length)
{
    struct parser *p = user;
    if (p->status != DET_OK)
        return;
    if ((size_t)length >= LONGEST_TEXT - p->text_size) {
        stop(p, "an element's text is too long");
        return;
    }
    memcpy(p->text + p->text_size, text, (size_t)length);
    p->text_size += (size_t)length;
    p->text[p->text_size] = '\0';
}

/* What could make a small file large, or read others, is refused. */
static void on_entity(void *user, const XML_Char *name, int is_parameter,
                      const XML_Char *value, int length, const XML_Char *base,
                      const XML_Char *system, const XML_Char *public_id,
                      const XML_Char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)length, (void)base;
    (void)system, (void)public_id, (void)notation;
    stop(user, "the file declares entities");
}

/* -------------------------------------------------------------------- a file
 */

static det_status parse(struct parser *p, const char *xml, size_t size)
{
    if (size > INT32_MAX)
        return det_fail(p->message, DET_ERROR_DATASET, "too large");
    XML_SetUserData(p->xml, p);
    XML_SetElementHandler(p->xml, on_start, on_end);
    XML_SetCharacterDataHandler(p->xml, on_text);
    XML_SetEntityDeclHandler(p->xml, on_entity);
    const enum XML_Status status = XML_Parse(p->xml, xml, (int)size, XML_TRUE);
    if (p->status != DET_OK)
        return p->status;
    if (status != XML_STATUS_OK)
        stop(p, XML_ErrorString(XML_GetErrorCode(p->xml)));
    return p->status;
}

det_status det_voc_parse(struct det_dataset *out, struct det_voc_names *names,
                         const char *name, const char *xml, size_t size,
                         struct det_message *message)
{
    struct parser *p;
    char file_name[512];
    DET_TRY(det_allocate(&p, 1, sizeof *p, message));
    p->out = out;
    p->names = names;
    p->message = message;
    p->image = (struct det_data_image){.id = (int64_t)out->num_images + 1,
                                       .file_name = file_name};
    snprintf(file_name, sizeof file_name, "%s.jpg", name);
    p->xml = XML_ParserCreate(NULL);
    det_status status =
        p->xml ? parse(p, xml, size) : det_fail_memory(message, sizeof *p);
    if (status == DET_OK)
        status = det_dataset_add_image(out, &p->image, message);
    if (p->xml)
        XML_ParserFree(p->xml);
    free(p);
    return status;
}
