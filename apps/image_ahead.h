/* SPDX-License-Identifier: MIT */
/* Images in order, decoded by threads while the ones before are looked at. */
#ifndef APPS_IMAGE_AHEAD_H
#define APPS_IMAGE_AHEAD_H

#include "apps/console.h"
#include "apps/exit_code.h"
#include "detect/detect.h"

/* Decode image `index`; called by several threads at once.  Message kept by
 * `context`. */
typedef det_status (*image_load_fn)(void *user, det_context *context,
                                    size_t index, det_image **out);

struct image_ahead_config {
    image_load_fn load;
    void *user;
    det_context *context;
    size_t count; /* of images */
    size_t ahead; /* decoded ones that wait at most, at least 1 */
    int workers;  /* threads; 0: an image is decoded when it is asked for */
};

struct image_ahead;

/* What became of one. */
struct ahead_image {
    det_image *image; /* the taker's; NULL after a failure */
    det_status status;
    char message[256]; /* of the failure */
    double seconds;    /* that decoding took */
};

/* How many threads decode for a device, by its name (NULL: the CPU): the CPU's
 * cores have enough to do. */
int image_ahead_workers(const char *device);

/* EXIT_MEMORY after one line on stderr. */
enum exit_code image_ahead_open(struct image_ahead **out,
                                const struct image_ahead_config *config,
                                struct console *console);
void image_ahead_close(struct image_ahead **ahead);

/* The next one.  False: a signal came while it was waited for. */
bool image_ahead_next(struct image_ahead *ahead, struct ahead_image *out);

#endif
