/* SPDX-License-Identifier: MIT */
#include "datasets/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { DETAIL_SIZE = 512 };

struct row {
    const char *code, *subject, *effect, *advice;
};

static const struct row rows[DET_FIND_KINDS] = {
    [DET_FIND_NO_IMAGES] = {"no-images", "",
                            "There are no images: every number is -1.",
                            "Look whether this is the right file."},
    [DET_FIND_NO_CATEGORIES] = {"no-categories", "",
                                "There are no categories: every number is -1.",
                                "List the classes under \"categories\"."},
    [DET_FIND_NO_OBJECTS] =
        {"no-objects", "",
         "There is nothing to find in any image: every number is -1.",
         "Take a file with annotations; those of test sets are not published."},
    [DET_FIND_IMAGE_ID_TWICE] =
        {"image-id-twice", "image",
         "Two images have one id, so objects and results of both count for "
         "whichever is kept: AP is wrong.",
         "Give every image an id of its own."},
    [DET_FIND_CATEGORY_ID_TWICE] =
        {"category-id-twice", "category",
         "Two categories have one id: their objects are judged as one class.",
         "Give every category an id of its own."},
    [DET_FIND_ANNOTATION_ID_TWICE] =
        {"annotation-id-twice", "annotation",
         "COCO's tools keep only the last object of an id and count it once "
         "for each: the others can never be found, so AP is too low.",
         "Number the annotations anew, from 1 on."},
    [DET_FIND_ANNOTATION_ID_ZERO] =
        {"annotation-id-zero", "annotation",
         "COCO's tools take a match with id 0 for none: this object is never "
         "found and what finds it is a false positive.",
         "Number the annotations from 1 on."},
    [DET_FIND_IMAGE_UNKNOWN] =
        {"image-unknown", "annotation",
         "The annotation's image_id is no image's id: it is passed over.",
         "Look whether images and annotations come from the same file."},
    [DET_FIND_CATEGORY_UNKNOWN] =
        {"category-unknown", "annotation",
         "The annotation's category_id is no category's id: it is passed "
         "over.",
         "Add the category, or correct the id; class indices from 0 on are "
         "often taken for ids."},
    [DET_FIND_IMAGE_MISSING] =
        {"image-missing", "image",
         "The image's file cannot be opened: nothing is found in it, so AP is "
         "0 when all are missing, and a run stops.",
         "Correct the folder; names in the annotations are below it."},
    [DET_FIND_IMAGE_BROKEN] =
        {"image-broken", "image",
         "The file is neither JPEG nor PNG, or its header is broken: a run "
         "stops there.",
         "Fetch or convert the image again."},
    [DET_FIND_IMAGE_SIZE] =
        {"image-size", "image",
         "The file has another size than the annotations say: boxes lie in "
         "the wrong place, and masks of two sizes never overlap (AP 0).",
         "Use the images that were annotated, or scale the annotations."},
    [DET_FIND_IMAGE_TURNED] =
        {"image-turned", "image",
         "EXIF says that the picture is to be turned, the annotations give "
         "its size before that: boxes lie beside the objects.",
         "Turn the pixels and drop the EXIF tag, or annotate anew."},
    [DET_FIND_BOX_MISSING] =
        {"box-missing", "annotation",
         "There is no \"bbox\": COCO's tools stop, and the object cannot be "
         "found by its box.",
         "Add [x, y, width, height], for instance around the mask."},
    [DET_FIND_BOX_NOT_FINITE] =
        {"box-not-finite", "annotation",
         "The box has a number that is infinite or none: it overlaps nothing.",
         "Correct the box."},
    [DET_FIND_BOX_EMPTY] =
        {"box-empty", "annotation",
         "The box has no width or no height: its IoU with anything is 0, so "
         "it is always missed.",
         "Drop it; x1, y1, x2, y2 may have been written for x, y, w, h."},
    [DET_FIND_BOX_OUTSIDE] =
        {"box-outside", "annotation",
         "The box lies outside the image: it is always missed.",
         "Look whether the coordinates are pixels of this image."},
    [DET_FIND_POLYGON_NONE] =
        {"polygon-none", "annotation",
         "The segmentation is an empty list: there is no mask to draw, and "
         "segm stops.",
         "Draw the outline, or drop the key."},
    [DET_FIND_POLYGON_SHORT] =
        {"polygon-short", "annotation",
         "A polygon is no list of 3 or more pairs of numbers: it has no "
         "inside, and segm stops.",
         "Drop the polygon or the object."},
    [DET_FIND_POLYGON_FAR] =
        {"polygon-far", "annotation",
         "A polygon has coordinates far outside any image: segm stops.",
         "Look whether the coordinates are pixels."},
    [DET_FIND_RUNS_SUM] =
        {"runs-broken", "annotation",
         "The run lengths are no mask (they must sum to height x width): segm "
         "stops; COCO's own decoder writes past its memory here.",
         "Encode the mask again."},
    [DET_FIND_MASK_SIZE] =
        {"mask-size", "annotation",
         "The mask's \"size\" is not the image's: IoU with any result is -1, "
         "so it is always missed by segm.",
         "\"size\" is [height, width]; they are often swapped."},
    [DET_FIND_MASK_NO_SIZE] =
        {"mask-no-size", "annotation",
         "Polygons of an image without width and height cannot be drawn: segm "
         "AP is 0.",
         "Add the image's width and height."},
    [DET_FIND_AREA_MISSING] =
        {"area-missing", "annotation",
         "There is no \"area\": COCO's tools stop, and the object belongs to "
         "no size, so it is never counted.",
         "Add the mask's area, or width x height."},
    [DET_FIND_AREA_BELOW_ZERO] =
        {"area-below-zero", "annotation",
         "The area is below 0, outside every range of sizes: the object is "
         "never counted.",
         "Correct the area."},
    [DET_FIND_CATEGORY_ONLY_CROWD] =
        {"category-only-crowd", "category",
         "All objects of the class are crowds, which are not counted: its AP "
         "is -1, left out of the mean.",
         "Expect -1, or clear iscrowd where single objects are marked."},
    [DET_FIND_CATEGORY_ID_ZERO] =
        {"category-id-zero", "category",
         "The class has id 0, which models of torchvision use for background: "
         "they never report it.",
         "Number the categories from 1 on."},
    [DET_FIND_CATEGORY_NO_NAME] =
        {"category-no-name", "category",
         "The class has no name; numbers are right, reports are hard to read.",
         "Add \"name\"."},
    [DET_FIND_CATEGORY_NAME_TWICE] =
        {"category-name-twice", "category",
         "Two classes have one name: objects found as the one are false "
         "positives for the other.",
         "Join them, or name them apart."},
    [DET_FIND_IMAGE_NO_NAME] =
        {"image-no-name", "image",
         "The image has no file_name: a detector cannot be run on it.",
         "Add \"file_name\"."},
    [DET_FIND_IMAGE_NAME_TWICE] =
        {"image-name-twice", "image",
         "Two images are one file: what is found in it is judged against each "
         "half of the objects, so AP is too low.",
         "Join the two, or correct the name."},
    [DET_FIND_IMAGE_NO_SIZE] =
        {"image-no-size", "image",
         "The image's width and height are not given: its boxes cannot be "
         "checked.",
         "Add \"width\" and \"height\"."},
    [DET_FIND_BOX_STICKS_OUT] =
        {"box-sticks-out", "annotation",
         "The box reaches more than a pixel beyond the image; detectors clip "
         "theirs, so IoU is below 1.",
         "Clip the boxes."},
    [DET_FIND_POLYGON_BOX] =
        {"polygon-of-4", "annotation",
         "A polygon has 4 numbers, which COCO's tools take for a box x, y, w, "
         "h.",
         "Write all corners."},
    [DET_FIND_MASK_MISSING] =
        {"mask-missing", "annotation",
         "Other objects have masks, this one has none: segm stops or counts "
         "it as missed.",
         "Draw the outline, or judge boxes only (--task=bbox)."},
    [DET_FIND_MASK_EMPTY] = {"mask-empty", "annotation",
                             "The mask has no pixel: segm always misses it.",
                             "Drop the object or draw it again."},
    [DET_FIND_AREA_ZERO] =
        {"area-zero", "annotation",
         "The area is 0: the object is counted among the small ones.",
         "Write the mask's area, or width x height."},
    [DET_FIND_AREA_TOO_LARGE] =
        {"area-too-large", "annotation",
         "The area is larger than the box: the object may be counted among "
         "the wrong sizes (APs, APm, APl).",
         "Write the mask's area in pixels."},
    [DET_FIND_OBJECT_TWICE] =
        {"object-twice", "annotation",
         "The image has the same box of the same class more than once: one "
         "of them is missed by any detector that removes duplicates.",
         "Drop the copies."},
    [DET_FIND_CATEGORY_UNUSED] =
        {"category-unused", "category",
         "The class has no object: its AP is -1, left out of the mean.",
         "Nothing, when that is meant."},
    [DET_FIND_NO_BOXES] =
        {"no-boxes", "",
         "Classification: no boxes.  No annotation has a box, an area or a "
         "mask, so classes of images can be judged, detections cannot.",
         "Nothing, when that is meant; else add \"bbox\" and \"area\"."},
    [DET_FIND_NO_MASKS] = {"no-masks", "",
                           "No object has a mask: only boxes can be judged.",
                           "Use --task=bbox."},
    [DET_FIND_NO_SMALL] = {"no-small-objects", "",
                           "No object is small (area to 32 x 32): APs and ARs "
                           "are -1.",
                           "Expect -1."},
    [DET_FIND_NO_MEDIUM] = {"no-medium-objects", "",
                            "No object is medium (area 32 x 32 to 96 x 96): "
                            "APm and ARm are -1.",
                            "Expect -1."},
    [DET_FIND_NO_LARGE] = {"no-large-objects", "",
                           "No object is large (area from 96 x 96): APl and "
                           "ARl are -1.",
                           "Expect -1."},
    [DET_FIND_IMAGE_UNUSED] =
        {"image-unused", "image",
         "The image has no annotation: all that is found in it is false.",
         "Nothing, when it is a background image."},
};

void det_finding_describe(det_finding *finding, enum det_finding_kind kind)
{
    const struct row *row = &rows[kind];
    finding->severity = kind >= DET_FIND_CATEGORY_UNUSED ? DET_SEVERITY_INFO
                        : kind >= DET_FIND_CATEGORY_ONLY_CROWD
                            ? DET_SEVERITY_WARNING
                            : DET_SEVERITY_ERROR;
    finding->code = row->code;
    finding->subject = row->subject;
    finding->effect = row->effect;
    finding->advice = row->advice;
    if (!finding->detail)
        finding->detail = "";
}

void det_findings_add(struct det_findings *findings, enum det_finding_kind kind,
                      int64_t id)
{
    det_finding *finding = &findings->of[kind];
    finding->count++;
    if (rows[kind].subject[0] && finding->id_count < DET_FINDING_IDS)
        finding->ids[finding->id_count++] = id;
}

det_status det_findings_add_detail(struct det_findings *findings,
                                   enum det_finding_kind kind, int64_t id,
                                   const char *format, ...)
{
    char text[DETAIL_SIZE];
    va_list arguments;
    det_findings_add(findings, kind, id);
    if (findings->of[kind].detail)
        return DET_OK;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return det_text_pool_add(findings->texts, &findings->of[kind].detail, text,
                             strlen(text), findings->message);
}
