/* SPDX-License-Identifier: MIT */
/*
 * libdetect: learning.
 *
 *     det_dataset_load -> det_trainer_create -> det_trainer_step ...,
 *     det_trainer_validate, det_trainer_save -> det_trainer_export
 *
 * The rules of detect/detect.h hold: statuses, messages, ownership.  The same
 * seed, settings and number of threads give the same bits, also when a run was
 * interrupted and goes on from its last checkpoint.
 */
#ifndef DETECT_TRAIN_H
#define DETECT_TRAIN_H

#include <detect/eval.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct det_trainer det_trainer;

/* An image that cannot be read was passed over.  Called from any thread, one
 * at a time. */
typedef void (*det_bad_image_callback)(void *user, const char *image,
                                       const char *text);

/* Asked between the operators of a step and the images of a validation, and
 * several times a second while samples are waited for; a non-zero return ends
 * the call with DET_ERROR_CANCELLED.  The trainer is then as it was before the
 * call: it can be saved, or go on. */
typedef int (*det_stop_callback)(void *user);

typedef struct det_train_options {
    size_t struct_size;            /* set by det_train_options_init */
    const char *architecture;      /* a det_architecture_name */
    const char *device;            /* "cpu" (default when NULL) */
    const det_dataset *data;       /* to learn from */
    const char *images;            /* folder of its images */
    const det_dataset *validation; /* to be judged by; NULL: none */
    const char *validation_images;
    const char *init; /* weights to begin with, any that det_convert reads;
                         those that fit by name and shape are taken */
    const char *const *settings; /* "name=value", see det_train_setting */
    size_t setting_count;
    det_bad_image_callback bad_image; /* may be NULL */
    void *user;
    det_stop_callback stop; /* may be NULL; given `user`, too */
    /* what a rescorer learns from, and is judged by: boxes of the classes that
     * each image has, as det_localizer_propose gives them */
    const det_results *proposals, *validation_proposals;
    det_precision precision; /* of a GPU; the CPU has floats only.  Parameters,
                                their gradients and checkpoints are floats in
                                any: a run may go on with another */
} det_train_options;

DET_API void det_train_options_init(det_train_options *options);

/* Name and meaning of a setting, in order; 0 past the last. */
DET_API int det_train_setting(size_t index, const char **name,
                              const char **meaning);

/* The data sets and results must outlive it.  Message kept by `context`. */
DET_API det_status det_trainer_create(det_context *context,
                                      const det_train_options *options,
                                      det_trainer **out);
DET_API void det_trainer_destroy(det_trainer **trainer);

/* Text of its last failed call. */
DET_API const char *det_trainer_message(const det_trainer *trainer);

/* All settings in use, "name=value" a line. */
DET_API const char *det_trainer_settings(const det_trainer *trainer);

/* Steps done, and in the whole run. */
DET_API int64_t det_trainer_iteration(const det_trainer *trainer);
DET_API int64_t det_trainer_iterations(const det_trainer *trainer);
/* Steps of one pass over the images, and between lines of metrics, checkpoints
 * and validations. */
DET_API int64_t det_trainer_epoch(const det_trainer *trainer);
DET_API int64_t det_trainer_log_every(const det_trainer *trainer);
DET_API int64_t det_trainer_save_every(const det_trainer *trainer);
DET_API int64_t det_trainer_validate_every(const det_trainer *trainer);
/* Parameters that are learned. */
DET_API size_t det_trainer_parameter_count(const det_trainer *trainer);
DET_API size_t det_trainer_bad_images(const det_trainer *trainer);

/* One step.  DET_ERROR_NUMERIC: a loss or gradient is NaN or infinite, which is
 * named together with the images, and the step is not done.  In fp16 losses are
 * scaled: a gradient that overflows halves the scale, and the step counts as
 * done with the parameters as they were (running statistics of norms have gone
 * on); it is an error where the scale is 1 already. */
DET_API det_status det_trainer_step(det_trainer *trainer);

/* Judge by the validation data.  With the setting recompute_norms the first
 * validation or export after the last step begins with the norms' statistics.
 */
DET_API det_status det_trainer_validate(det_trainer *trainer);

/* What is known since the last step or validation: "total_loss", "lr", ...,
 * "error_val".  0 past the last. */
DET_API int det_trainer_metric(const det_trainer *trainer, size_t index,
                               const char **name, double *value);

/* A checkpoint in the folder `run`, complete or not there. */
DET_API det_status det_trainer_save(det_trainer *trainer, const char *run);
/* Go on from the newest whole one; *found is 0 when there is none. */
DET_API det_status det_trainer_resume(det_trainer *trainer, const char *run,
                                      int *found);
/* The model file. */
DET_API det_status det_trainer_export(det_trainer *trainer, const char *path);

#ifdef __cplusplus
}
#endif
#endif
