/* SPDX-License-Identifier: MIT */
/* Trainers for tests; what fails, fails the Check test that called. */
#ifndef TESTS_TRAINER_RUN_H
#define TESTS_TRAINER_RUN_H

#include "tests/test_folder.h"
#include "train/trainer.h"

struct trainer_request {
    const char *architecture;
    const det_dataset *data; /* to learn from and to be judged by */
    const char *images;      /* folder */
    const char *init;        /* or NULL */
    const char *settings[2]; /* the later ones count; blanks between them */
    const char *device;      /* or NULL */
    det_precision precision;
};

/* A context and the data set that `name` is in the folder; and their end, with
 * the folder's. */
void trainer_run_open(det_context **context, det_dataset **data,
                      const struct test_folder *folder, const char *name);
void trainer_run_close(det_context **context, det_dataset **data,
                       struct test_folder *folder);

det_trainer *trainer_run_create(det_context *context,
                                const struct trainer_request *request);
void trainer_run_steps(det_trainer *trainer, int64_t times);
double trainer_run_metric(const det_trainer *trainer, const char *name);

#endif
