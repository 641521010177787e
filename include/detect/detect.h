/* SPDX-License-Identifier: MIT */
/*
 * libdetect: region-based object detection and instance segmentation in C.
 *
 * The life of a program:
 *
 *     det_context_create -> det_model_load -> det_session_create
 *         -> det_image_load_file -> det_session_run -> det_result_detection
 *
 * Threads: a context and a model are immutable once set up and may be shared
 * by any number of threads; a session serves one thread at a time, so make one
 * for each thread.  Objects are destroyed in the reverse order of creation.
 *
 * Errors: every call that can fail returns a det_status.  The text belonging
 * to it (one line: what, where, what to do) is kept by the handle that is named
 * in the call's comment.  The library never exits, aborts or prints.
 *
 * Ownership: what a *_create, *_load* or *_run call hands out belongs to the
 * caller, who returns it with the matching *_destroy.  Every *_destroy accepts
 * NULL and a pointer to NULL, and leaves NULL behind.
 */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define DET_API __attribute__((visibility("default")))
#else
#define DET_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ status */

typedef enum det_status {
    DET_OK = 0,
    DET_ERROR_ARGUMENT = 1,   /* the caller passed something out of range */
    DET_ERROR_MEMORY = 2,     /* an allocation failed */
    DET_ERROR_READ = 3,       /* a file cannot be opened or read */
    DET_ERROR_WRITE = 4,      /* a file cannot be written */
    DET_ERROR_FORMAT = 5,     /* an image is broken or of an unknown kind */
    DET_ERROR_LIMIT = 6,      /* an input is larger than the limit set for it */
    DET_ERROR_MODEL = 7,      /* a model or weight file is refused */
    DET_ERROR_DEVICE = 8,     /* the device or back end is not available */
    DET_ERROR_NUMERIC = 9,    /* NaN or infinity where a number must be */
    DET_ERROR_CANCELLED = 10, /* a callback asked to stop */
    DET_ERROR_DATASET = 11    /* annotations or results are refused */
} det_status;

/* The status' name in lower case, e.g. "out of memory".  Never NULL. */
DET_API const char *det_status_name(det_status status);

/* The library's version, "major.minor.patch". */
DET_API const char *det_version(void);

/* ----------------------------------------------------------------- context */

/* Process-wide state: the log callback and the last error's text. */
typedef struct det_context det_context;

typedef enum det_log_level {
    DET_LOG_ERROR = 1,
    DET_LOG_WARNING = 2,
    DET_LOG_INFO = 3,
    DET_LOG_DEBUG = 4
} det_log_level;

/* `text` is one line without a newline, valid during the call.  May be called
 * from any thread that uses the context or something made from it. */
typedef void (*det_log_fn)(void *user, det_log_level level, const char *text);

DET_API det_status det_context_create(det_context **out);
DET_API void det_context_destroy(det_context **context);

/* Set before the context is shared.  NULL turns the log off (the default). */
DET_API void det_context_set_log(det_context *context, det_log_fn log,
                                 void *user);

/* How many threads load a model, 0 to 256 (DET_ERROR_ARGUMENT otherwise);
 * 0 (the default): one for each processor.  Set before the context is shared;
 * sessions have their own number. */
DET_API det_status det_context_set_threads(det_context *context,
                                           int32_t threads);

/* Text of the last failed call of *this thread* that named `context` as the
 * keeper of its message; "" when there was none.  Valid until this thread's
 * next call that fails. */
DET_API const char *det_context_message(const det_context *context);

/* ------------------------------------------------------------------ images */

typedef enum det_pixel_format {
    DET_PIXEL_RGB8 = 0,
    DET_PIXEL_BGR8 = 1,
    DET_PIXEL_GRAY8 = 2,
    DET_PIXEL_RGBA8 = 3 /* alpha is ignored here; files are laid on white */
} det_pixel_format;

/* Pixels in memory: rows from top to bottom, `stride` bytes apart. */
typedef struct det_pixels {
    const uint8_t *data;
    int32_t width;  /* pixels, >= 1 */
    int32_t height; /* pixels, >= 1 */
    size_t stride;  /* bytes from one row to the next, >= width * channels */
    det_pixel_format format;
} det_pixels;

/* A decoded image file, upright (EXIF orientation applied), 8-bit RGB. */
typedef struct det_image det_image;

typedef struct det_image_options {
    size_t struct_size;  /* set by det_image_options_init */
    uint64_t max_pixels; /* larger images are DET_ERROR_LIMIT; 89,478,485 */
} det_image_options;

DET_API void det_image_options_init(det_image_options *options);

/* Reads up to `size` bytes into `buffer`; returns how many, 0 at the end,
 * negative on a read error. */
typedef int64_t (*det_read_fn)(void *user, void *buffer, size_t size);

/* Decode a JPEG or PNG.  `options` may be NULL.  Message kept by `context`. */
DET_API det_status det_image_load_file(det_context *context, const char *path,
                                       const det_image_options *options,
                                       det_image **out);
DET_API det_status det_image_load_memory(det_context *context, const void *data,
                                         size_t size,
                                         const det_image_options *options,
                                         det_image **out);
DET_API det_status det_image_load_callback(det_context *context,
                                           det_read_fn read, void *user,
                                           const det_image_options *options,
                                           det_image **out);
/* View of the pixels, owned by `image`. */
DET_API det_pixels det_image_pixels(const det_image *image);
DET_API void det_image_destroy(det_image **image);

/* ------------------------------------------------------------------ models */

/* What a network's maps and weights are, and how they are multiplied; products
 * are added as floats always.  Boxes, scores and masks are floats. */
typedef enum det_precision {
    DET_PRECISION_FP32 = 0, /* floats, as they are */
    DET_PRECISION_TF32 = 1, /* floats, multiplied with 10 bits behind the point:
                               several times as fast on GPUs, scores differ in
                               the third digit */
    DET_PRECISION_BF16 = 2, /* bfloat16: half the memory, 7 bits behind the
                               point; scores differ in the second digit */
    DET_PRECISION_FP16 = 3 /* IEEE 754 binary16: half the memory, 10 bits behind
                              the point, up to 65,504 */
} det_precision;

/* Immutable after loading; shared by any number of sessions and threads. */
typedef struct det_model det_model;

/* Load a model file (safetensors with this library's metadata; detect-convert
 * and det_convert make it).  Message kept by `context`. */
DET_API det_status det_model_load(det_context *context, const char *path,
                                  det_model **out);
/* The same for sessions on a device: "cpu", or "cuda" where the library was
 * built with it (DET_ERROR_DEVICE otherwise, or where there is no GPU; the
 * message tells which).  Its weights lie in that device's memory. */
DET_API det_status det_model_load_on(det_context *context, const char *path,
                                     const char *device, det_model **out);
/* The same with weights in bf16 or fp16, as its sessions then say as well
 * (det_session_options.precision); fp32 and tf32 have the same weights. */
DET_API det_status det_model_load_with_precision(det_context *context,
                                                 const char *path,
                                                 const char *device,
                                                 det_precision precision,
                                                 det_model **out);
DET_API void det_model_destroy(det_model **model);

DET_API const char *det_model_architecture(const det_model *model);
DET_API const char *det_model_preset(const det_model *model);
DET_API int det_model_has_masks(const det_model *model);

/* What a model is for. */
typedef enum det_model_kind {
    DET_MODEL_DETECTOR = 0,   /* sessions, below */
    DET_MODEL_CLASSIFIER = 1, /* names whole images: detect/classify.h */
    DET_MODEL_LOCALIZER = 2,  /* finds boxes of a class that is told:
                                 detect/localize.h */
    DET_MODEL_RESCORER = 3    /* judges such boxes one by one; likewise */
} det_model_kind;
DET_API det_model_kind det_model_kind_of(const det_model *model);

/* Labels run from 0 to det_model_label_count() - 1 and are the model's own
 * (torchvision: 0 is background, 1..90 are COCO ids). */
DET_API int32_t det_model_label_count(const det_model *model);
/* Name of a label, "" when it has none or is out of range. */
DET_API const char *det_model_label_name(const det_model *model, int32_t label);

/* ---------------------------------------------------------------- sessions */

typedef struct det_session det_session;

/* Stages of a run, in order; the names are those of det_stage_name. */
typedef enum det_stage {
    DET_STAGE_RESIZE = 0,
    DET_STAGE_BACKBONE = 1,
    DET_STAGE_RPN = 2,
    DET_STAGE_ROI = 3,
    DET_STAGE_MASK = 4,
    DET_STAGE_PASTE = 5,
    DET_STAGE_COUNT = 6
} det_stage;

DET_API const char *det_stage_name(det_stage stage);

/* Called before each stage; a non-zero return cancels the run. */
typedef int (*det_progress_fn)(void *user, det_stage stage);

/* What happens to a box that overlaps a better one of its class. */
typedef enum det_suppression {
    DET_SUPPRESSION_HARD = 0,    /* above nms_threshold it is dropped */
    DET_SUPPRESSION_LINEAR = 1,  /* Soft-NMS: above it, score * (1 - IoU) */
    DET_SUPPRESSION_GAUSSIAN = 2 /* Soft-NMS: score * exp(-IoU^2 / sigma) */
} det_suppression;

/* Where the maximum of a region's two scales is taken. */
typedef enum det_scale_merge {
    DET_SCALE_MERGE_CONV5 = 0, /* after conv5_x: "RoI pooling and subsequent
                                  layers are performed on both" */
    DET_SCALE_MERGE_POOLED = 1 /* after pooling, at half the cost; always so in
                                  networks without conv5_x behind it */
} det_scale_merge;

enum { DET_MOST_PROPOSALS = 20000 };

/* A negative number (or 0 where noted) means "as the model says". */
typedef struct det_session_options {
    size_t struct_size;     /* set by det_session_options_init */
    const char *device;     /* the model's own (default when NULL) */
    int32_t threads;        /* 0: one for each processor */
    int32_t min_size;       /* shorter side after resizing, pixels; 0: model */
    int32_t max_size;       /* longer side after resizing, pixels; 0: model */
    int32_t proposals;      /* RPN proposals kept, at most DET_MOST_PROPOSALS;
                               0: model */
    int32_t max_detections; /* per image, and by Caffe's and Detectron's rules
                               all that score as the last; 0: model */
    double score_threshold; /* 0..1; negative: model */
    double nms_threshold;   /* IoU 0..1 of the final NMS; negative: model */
    det_progress_fn progress;
    void *progress_user;

    det_suppression suppression; /* of the final NMS */
    double soft_nms_sigma;       /* above 0; 0: 0.5 (Bodla et al. 2017) */
    int nms_across_classes; /* non-0: boxes of all classes suppress each other
                             */

    /* The test-time procedure of He et al. 2015, appendix B. */
    int32_t refinements;   /* rounds of iterative localization, 0..16: regions
                              are pooled again from the boxes they became, old
                              and new boxes together go through an NMS of 0.3
                              (unless nms_threshold says otherwise) */
    double vote_threshold; /* box voting: boxes become the mean of those of
                              their class with this IoU, weighted by scores;
                              0..1; negative: 0.5 with refinements, else none */
    const int32_t *scales; /* multi-scale testing, rising shorter sides.  Of a
                              network with one map (C4, VGG-16) 2 to 5: each
                              region is pooled from the two at which it is
                              nearest 224 x 224 pixels; proposals come from
                              min_size.  Of others (FPN, DC5) 1 to 16: the photo
                              is looked at at each, and mirrored as well; boxes
                              of all go through one NMS, masks are means
                              (Detectron2's test-time augmentation) */
    size_t scale_count;    /* 0: none */
    det_scale_merge scale_merge; /* networks with one map */
    int not_mirrored;            /* non-0: of others, without mirror images */

    int in_order; /* non-0: convolutions sum tap by tap, in the order of torch's
                     CPU kernels, of which they then have the bits where these
                     are AVX2's, C4's all follow the pooling of RoIs, and
                     RoIAlign sums sample by sample; slower */
    det_precision precision; /* of a GPU; the CPU has floats only.  bf16 and
                                fp16 are of models that were loaded so */
} det_session_options;

DET_API void det_session_options_init(det_session_options *options);

/* `options` may be NULL.  `model` must outlive the session.  Message kept by
 * the model's context. */
DET_API det_status det_session_create(const det_model *model,
                                      const det_session_options *options,
                                      det_session **out);

/* 1 to 8 models that decide together (He et al. 2015, appendix B): each
 * proposes regions; scores, box deltas and masks are the mean of what all say
 * of the union.  They must have the same preset, classes and sizes; a backbone
 * that several have in common runs once.  The rest is as with one; message kept
 * by the first model's context. */
DET_API det_status det_session_create_ensemble(
    const det_model *const *models, size_t count,
    const det_session_options *options, det_session **out);
DET_API void det_session_destroy(det_session **session);

/* Text of this session's last failed call. */
DET_API const char *det_session_message(const det_session *session);

/* ----------------------------------------------------------------- results */

/* COCO run-length mask over the whole image: runs of 0 and 1 in turn, starting
 * with 0, down the columns, first column first. */
typedef struct det_mask {
    int32_t width;
    int32_t height;
    size_t count;           /* number of runs */
    const uint32_t *counts; /* run lengths; they sum to width * height */
} det_mask;

typedef struct det_detection {
    int32_t label;
    float score;          /* 0..1 */
    float x, y, w, h;     /* box in pixels of the image given */
    const det_mask *mask; /* NULL for models without masks */
} det_detection;

typedef struct det_result det_result;

/* Detect in one image.  Detections come best score first; there may be none.
 * `*out` is the caller's and independent of the session.  Message kept by
 * `session`. */
DET_API det_status det_session_run(det_session *session,
                                   const det_pixels *pixels, det_result **out);

enum { DET_MOST_IMAGES = 64 }; /* at once */

/* Detect in several images at once, which makes good use of a GPU: `results`
 * [count], those of det_session_run for each, or, after a failure, all NULL.
 * Images of one size have the results that they have alone (with in_order to
 * the last bit: otherwise another way to sum may be faster for several); those
 * that differ in size are padded to the largest, as torchvision and Detectron2
 * do it, which moves scores and boxes a little.  A result's stage costs are its
 * share of the batch's. */
DET_API det_status det_session_run_batch(det_session *session,
                                         const det_pixels *pixels, size_t count,
                                         det_result **results);
DET_API void det_result_destroy(det_result **result);

DET_API size_t det_result_count(const det_result *result);
/* Owned by `result`; NULL when `index` is out of range. */
DET_API const det_detection *det_result_detection(const det_result *result,
                                                  size_t index);

typedef struct det_stage_cost {
    double seconds;
    double gflop; /* 1e9 multiplications and additions of a direct algorithm */
} det_stage_cost;

DET_API det_stage_cost det_result_stage_cost(const det_result *result,
                                             det_stage stage);

/* Fill `out` (height rows, `stride` bytes apart) with 0 and 1. */
DET_API det_status det_mask_decode(const det_mask *mask, uint8_t *out,
                                   size_t stride);
DET_API uint64_t det_mask_area(const det_mask *mask);

/* COCO's compressed text of the run lengths.  Writes at most `size` bytes with
 * a final 0 and returns the full length without it (as snprintf does). */
DET_API size_t det_mask_text(const det_mask *mask, char *text, size_t size);

/* -------------------------------------------------------------- conversion */

typedef struct det_convert_options {
    size_t struct_size;       /* set by det_convert_options_init */
    const char *architecture; /* NULL: recognised from the tensors */
    const char *preset;       /* NULL: the architecture's own */
    const char *classes_path; /* text file, one name a line, label 0 first;
                                 NULL: built-in names by number of labels */
    const float *mean, *std;  /* [3] each, of the network's channels in order,
                                 of pixels / 255 or, for Detectron2's and
                                 Caffe's weights, of pixels; NULL: the
                                 architecture's own */
    int half; /* non-0: write weights in half precision (norms and biases stay
                 single), which halves the file */
    const char *mean_path; /* in place of `mean`: Caffe's .binaryproto, the
                              means over its places are taken; NULL: none */
} det_convert_options;

DET_API void det_convert_options_init(det_convert_options *options);

/* Import torchvision .pth (zip or legacy), Detectron2 and Detectron .pkl,
 * .caffemodel, .caffemodel.h5, or safetensors with torchvision's names, and
 * write a model file at `out_path` (complete or not at all).  What a model file
 * says of itself is kept where `options` say nothing else.  Nothing in the
 * input is ever executed.  Message kept by `context`. */
DET_API det_status det_convert(det_context *context, const char *in_path,
                               const char *out_path,
                               const det_convert_options *options);

/* One tensor of a weight file; all pointers valid during the call. */
typedef struct det_weight_info {
    const char *name;
    const char *dtype; /* as safetensors spells it: "F32", "I64", ... */
    const int64_t *shape;
    int32_t rank;
} det_weight_info;
typedef void (*det_weight_fn)(void *user, const det_weight_info *info);

/* Call `fn` for every tensor of any importable file, in the file's order. */
DET_API det_status det_list_weights(det_context *context, const char *path,
                                    det_weight_fn fn, void *user);

/* Names of all known architectures, in order; NULL past the last. */
DET_API const char *det_architecture_name(size_t index);

#ifdef __cplusplus
}
#endif
#endif
