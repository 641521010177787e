/* SPDX-License-Identifier: MIT */
/* The smallest use of the library: find the objects in one image.
 *
 *     cc detect_one.c $(pkg-config --cflags --libs detect) -o detect_one
 *     ./detect_one model.safetensors photo.jpg
 */
#include <stdio.h>

#include <detect/detect.h>

static void print_objects(const det_model *model, const det_result *result)
{
    for (size_t i = 0; i < det_result_count(result); i++) {
        const det_detection *d = det_result_detection(result, i);
        printf("%s (class %d) %.3f at %.1f,%.1f, %.1f x %.1f\n",
               det_model_label_name(model, d->label), (int)d->label,
               (double)d->score, (double)d->x, (double)d->y, (double)d->w,
               (double)d->h);
    }
}

int main(int argc, char **argv)
{
    det_context *context = NULL;
    det_model *model = NULL;
    det_session *session = NULL;
    det_image *image = NULL;
    det_result *result = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: detect_one MODEL IMAGE\n");
        return 2;
    }
    if (det_context_create(&context) != DET_OK)
        return 1;
    det_status status = det_model_load(context, argv[1], &model);
    if (status == DET_OK)
        status = det_session_create(model, NULL, &session);
    if (status == DET_OK)
        status = det_image_load_file(context, argv[2], NULL, &image);
    const char *message = det_context_message(context);
    if (status == DET_OK) {
        det_pixels pixels = det_image_pixels(image);
        status = det_session_run(session, &pixels, &result);
        message = det_session_message(session);
    }
    if (status == DET_OK)
        print_objects(model, result);
    else
        fprintf(stderr, "detect_one: %s\n", message);

    det_result_destroy(&result);
    det_image_destroy(&image);
    det_session_destroy(&session);
    det_model_destroy(&model);
    det_context_destroy(&context);
    return status == DET_OK ? 0 : 1;
}
