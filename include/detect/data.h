/* SPDX-License-Identifier: MIT */
/*
 * libdetect: data sets of detection and instance segmentation.
 *
 *     det_dataset_load -> det_dataset_check, det_dataset_measure,
 *     det_dataset_split, det_dataset_save
 *
 * The rules of detect/detect.h hold: statuses, messages, ownership.  Reports
 * and texts refer to their data set, which must outlive them.
 */
#ifndef DETECT_DATA_H
#define DETECT_DATA_H

#include <detect/detect.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ----------------------------------------------------------------- loading */

/* Images, categories and annotations; immutable once loaded. */
typedef struct det_dataset det_dataset;

typedef struct det_dataset_options {
    size_t struct_size; /* set by det_dataset_options_init */
    const char *format; /* a det_dataset_format_name; NULL: recognised */
    const char *list;   /* of formats with several: "train", "val"; NULL: all,
                           but folder refuses several, and cifar10 and cifar100
                           take "train" */
    const char *images; /* folder of the images, for formats that do not say
                           their sizes (yolo); NULL: "images" beside them */
    int keep_repeated;  /* load images and categories whose id was there before
                           (the first counts), for det_dataset_check to report;
                           0: refuse them */
} det_dataset_options;

DET_API void det_dataset_options_init(det_dataset_options *options);

/* Names of the formats, in order; NULL past the last.
 *   coco          a JSON file of instances
 *   voc           Annotations/NAME.xml, lists ImageSets/Main/LIST.txt; or SBD's
 *                 inst/NAME.mat, lists LIST.txt
 *   yolo          classes.txt and labels/
 *   labelme       NAME.json
 *   folder        CLASS/.../NAME.jpg, .jpeg, .png; lists are folders with such
 *                 in them (torchvision's ImageFolder, ImageNet's classes)
 *   cifar10       data_batch_*.bin ("train"), test_batch.bin ("test"); a file
 *   cifar100      train.bin, test.bin; a file
 *   imagenet-det  Annotations/DET/.../NAME.xml, lists ImageSets/DET/LIST.txt
 *   imagenet-loc  Annotations/CLS-LOC/..., lists ImageSets/CLS-LOC/LIST.txt
 * Ids of categories count from 0 in folder, cifar10 and cifar100, which are for
 * classification: an annotation for each image, without a box. */
DET_API const char *det_dataset_format_name(size_t index);

/* Read a file or folder.  `options` may be NULL.  What is wrong with it is
 * DET_ERROR_DATASET with the position.  Message kept by `context`. */
DET_API det_status det_dataset_load(det_context *context, const char *path,
                                    const det_dataset_options *options,
                                    det_dataset **out);
DET_API void det_dataset_destroy(det_dataset **dataset);

/* ----------------------------------------------------------------- looking */

DET_API size_t det_dataset_image_count(const det_dataset *dataset);
DET_API size_t det_dataset_category_count(const det_dataset *dataset);
DET_API size_t det_dataset_annotation_count(const det_dataset *dataset);

/* Non-0 when there are annotations and none has a box, an area or a mask: they
 * are classes of whole images. */
DET_API int det_dataset_is_classification(const det_dataset *dataset);

/* The path that was loaded when the images are below it or in it (formats
 * folder, cifar10, cifar100, imagenet-det, imagenet-loc); NULL: elsewhere. */
DET_API const char *det_dataset_folder(const det_dataset *dataset);

/* An image in the file's order; texts are owned by the data set. */
typedef struct det_dataset_image {
    int64_t id;
    int32_t width, height; /* pixels; 0 when the file does not say */
    const char *file_name; /* "" when it does not say */
} det_dataset_image;

/* 0 past the last. */
DET_API int det_dataset_get_image(const det_dataset *dataset, size_t index,
                                  det_dataset_image *out);

typedef struct det_dataset_category {
    int64_t id;
    const char *name;          /* "" when the file does not say */
    const char *supercategory; /* likewise */
} det_dataset_category;

/* In the file's order; 0 past the last. */
DET_API int det_dataset_get_category(const det_dataset *dataset, size_t index,
                                     det_dataset_category *out);

/* Decode an image of the data set.  Its file_name is looked up below `folder`
 * (NULL: det_dataset_folder) and nowhere else: neither ".." nor a symbolic link
 * leads out.  Another size than the data set says is DET_ERROR_DATASET.  The
 * pixels of cifar10 and cifar100 are in the data set, whatever the folder.
 * Message kept by `context`. */
DET_API det_status det_dataset_load_image(det_context *context,
                                          const det_dataset *dataset,
                                          size_t index, const char *folder,
                                          const det_image_options *options,
                                          det_image **out);

/* The objects of an image as if they had been detected: label is the place of
 * the category, score is 1 (0 for a crowd), smallest first; objects of unknown
 * categories and those without a finite box, as in classification, are left
 * out.  Masks are drawn in
 * the said size; one that cannot be drawn is NULL.  `*out` is independent of
 * the data set.  Message kept by `context`. */
DET_API det_status det_dataset_objects(det_context *context,
                                       const det_dataset *dataset, size_t index,
                                       det_result **out);

/* ---------------------------------------------------------------- checking */

typedef enum det_severity {
    DET_SEVERITY_INFO = 0,    /* worth knowing */
    DET_SEVERITY_WARNING = 1, /* some number will be lower than it should be,
                                 or -1 */
    DET_SEVERITY_ERROR = 2    /* AP will be 0 or wrong, or a run will stop */
} det_severity;

enum { DET_FINDING_IDS = 8 };

/* One thing that is found wrong, however often. */
typedef struct det_finding {
    det_severity severity;
    const char *code;    /* "annotation-id-zero"; never changes */
    const char *subject; /* what was counted and whose ids these are: "image",
                            "annotation", "category", or "" */
    size_t count;
    int64_t ids[DET_FINDING_IDS]; /* the first ones */
    size_t id_count;
    const char *detail; /* of the first one: a name, a size; or "" */
    const char *effect; /* what it is, and what it does to AP */
    const char *advice; /* what to do */
} det_finding;

typedef struct det_check_report det_check_report;

/* Look for every cause of an AP of 0 or -1.  With `folder` (may be NULL) the
 * images' headers are read, from below that folder only.  Success means that
 * the check was done, whatever it found.  Message kept by `context`. */
DET_API det_status det_dataset_check(det_context *context,
                                     const det_dataset *dataset,
                                     const char *folder,
                                     det_check_report **out);
DET_API void det_check_report_destroy(det_check_report **report);

/* Worst first; 0 past the last. */
DET_API int det_check_report_finding(const det_check_report *report,
                                     size_t index, det_finding *out);
DET_API size_t det_check_report_count(const det_check_report *report,
                                      det_severity severity);

/* -------------------------------------------------------------- statistics */

/* Objects are annotations that are no crowd.  Sizes by COCO's ranges of area:
 * small below 32 x 32 pixels, large from 96 x 96 on. */
typedef struct det_category_stats {
    int64_t id;
    const char *name;
    size_t objects, crowds;
    size_t images; /* with an object or a crowd of it */
    size_t small, medium, large;
    double mean_area; /* pixels; 0 without objects */
} det_category_stats;

typedef struct det_histogram_bin {
    const char *name; /* "1:2 - 1:1", "3 - 4" */
    size_t count;
} det_histogram_bin;

typedef enum det_histogram {
    DET_HISTOGRAM_ASPECT = 0,    /* objects by width : height of their boxes */
    DET_HISTOGRAM_PER_IMAGE = 1, /* images by number of objects */
    DET_HISTOGRAM_SIZE = 2       /* objects by the root of their area, pixels */
} det_histogram;

typedef struct det_dataset_stats det_dataset_stats;

/* Message kept by `context`. */
DET_API det_status det_dataset_measure(det_context *context,
                                       const det_dataset *dataset,
                                       det_dataset_stats **out);
DET_API void det_dataset_stats_destroy(det_dataset_stats **stats);

/* Of all categories: id -1, name "". */
DET_API void det_dataset_stats_total(const det_dataset_stats *stats,
                                     det_category_stats *out);
/* In the data set's order; 0 past the last. */
DET_API int det_dataset_stats_category(const det_dataset_stats *stats,
                                       size_t index, det_category_stats *out);
/* Bins in order; 0 past the last. */
DET_API int det_dataset_stats_bin(const det_dataset_stats *stats,
                                  det_histogram histogram, size_t index,
                                  det_histogram_bin *out);

/* -------------------------------------------------------- generated scenes */

/* Pictures that nobody has to label: shapes and glyphs of 16 classes on
 * textured grounds, over each other, with light, shadows and noise; their masks
 * are exact.  Scene k of a seed is always the same. */
typedef struct det_scene_options {
    size_t struct_size; /* set by det_scene_options_init */
    uint64_t seed;
    uint64_t first;        /* k of the first scene; its id is k + 1 */
    int32_t width, height; /* pixels; 320 x 320 */
    int32_t min_objects, max_objects; /* of one scene; 3 to 9 */
    /* Gets each picture as it is made; non-0 stops (DET_ERROR_CANCELLED).
     * NULL: the data set keeps the pictures, for det_dataset_load_image. */
    int (*picture)(void *user, const char *file_name, const det_pixels *pixels);
    void *user;
} det_scene_options;

DET_API void det_scene_options_init(det_scene_options *options);

/* `options` may be NULL.  Message kept by `context`. */
DET_API det_status det_scenes_make(det_context *context,
                                   const det_scene_options *options,
                                   size_t count, det_dataset **out);

/* ------------------------------------------------------- splitting, writing */

/* Deal the images out by chance: fractions [count] are above 0 and sum to at
 * most 1 (what is left gets part `count`); parts [images] receives 0 ..
 * count.  The same seed and the same image ids give the same parts, whatever
 * the order in the file.  Message kept by `context`. */
DET_API det_status det_dataset_split(det_context *context,
                                     const det_dataset *dataset,
                                     const double *fractions, size_t count,
                                     uint64_t seed, uint32_t *parts);

typedef struct det_dataset_save_options {
    size_t struct_size;    /* set by det_dataset_save_options_init */
    const char *format;    /* "coco" (default when NULL), "voc", "yolo",
                              "yolo-seg", "labelme" */
    const uint8_t *images; /* one byte for each image: non-0 are written;
                              NULL: all */
    int overwrite; /* replace files that are there; 0: DET_ERROR_WRITE */
} det_dataset_save_options;

DET_API void det_dataset_save_options_init(det_dataset_save_options *options);

/* What a format could not hold. */
typedef struct det_dataset_losses {
    size_t annotations; /* left out: unknown image or category, no box, or a
                           size that would be needed is unknown */
    size_t masks;       /* written as boxes only */
    size_t crowds;      /* whose flag was lost */
} det_dataset_losses;

/* Write annotations, never images.  coco: `path` is the file; others: a
 * folder, made when it is missing (voc: Annotations/NAME.xml and
 * ImageSets/Main/all.txt; yolo: labels/NAME.txt and classes.txt; labelme:
 * NAME.json).  NAMEs are made from the images' names so that none leaves the
 * folder.  Each file is complete or not there.  `options` and `losses` may be
 * NULL.  Message kept by `context`. */
DET_API det_status det_dataset_save(det_context *context,
                                    const det_dataset *dataset,
                                    const char *path,
                                    const det_dataset_save_options *options,
                                    det_dataset_losses *losses);

#ifdef __cplusplus
}
#endif
#endif
