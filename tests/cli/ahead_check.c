/* SPDX-License-Identifier: MIT */
/* Images come in order however many threads decode them, those that fail with
 * their messages, and a reader that stops early leaves nothing behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/image_ahead.h"

enum { IMAGES = 40 };

static int failures;

static void holds(bool condition, const char *what, int workers, size_t index)
{
    if (condition)
        return;
    printf("%s: %d workers, image %zu\n", what, workers, index);
    failures++;
}

/* A grey pixel. */
static const unsigned char picture[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
    0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
    0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00,
    0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x68, 0x00, 0x00, 0x00,
    0x82, 0x00, 0x81, 0xda, 0x45, 0x08, 0x3b, 0x00, 0x00, 0x00, 0x00, 0x49,
    0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

static bool is_wrong(size_t index)
{
    return index % 3 != 0;
}

static void name_wrong(char *out, size_t size, size_t index)
{
    snprintf(out, size, "/nonexistent/%zu.png", index);
}

static det_status load(void *user, det_context *context, size_t index,
                       det_image **out)
{
    char path[48];
    (void)user;
    if (!is_wrong(index))
        return det_image_load_memory(context, picture, sizeof picture, NULL,
                                     out);
    name_wrong(path, sizeof path, index);
    return det_image_load_file(context, path, NULL, out);
}

static struct image_ahead *open_ahead(det_context *context, int workers,
                                      size_t ahead)
{
    struct console console = {.program = "ahead_check"};
    struct image_ahead *out;
    const struct image_ahead_config config = {.load = load,
                                              .context = context,
                                              .count = IMAGES,
                                              .ahead = ahead,
                                              .workers = workers};
    if (image_ahead_open(&out, &config, &console) != EXIT_DONE)
        exit(EXIT_FAILURE);
    return out;
}

static void check_one(struct image_ahead *images, int workers, size_t index)
{
    struct ahead_image got;
    char path[48] = "";
    if (is_wrong(index))
        name_wrong(path, sizeof path, index);
    holds(image_ahead_next(images, &got), "comes", workers, index);
    holds(is_wrong(index) == (got.status != DET_OK), "status", workers, index);
    holds(is_wrong(index) == !got.image, "image", workers, index);
    holds(strncmp(got.message, path, strlen(path)) == 0, "message", workers,
          index);
    det_image_destroy(&got.image);
}

static void check(det_context *context, int workers, size_t ahead, size_t taken)
{
    struct image_ahead *images = open_ahead(context, workers, ahead);
    for (size_t i = 0; i < taken; i++)
        check_one(images, workers, i);
    image_ahead_close(&images);
    holds(!images, "is closed", workers, taken);
}

int main(void)
{
    det_context *context;
    if (det_context_create(&context) != DET_OK)
        return EXIT_FAILURE;
    for (int workers = 0; workers <= 4; workers += 2)
        for (size_t ahead = 1; ahead <= 5; ahead += 2) {
            check(context, workers, ahead, IMAGES);
            check(context, workers, ahead, IMAGES / 2);
            check(context, workers, ahead, 0);
        }
    det_context_destroy(&context);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
