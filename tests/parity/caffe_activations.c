/* SPDX-License-Identifier: MIT */
/*
 * usage: caffe_activations MODEL.safetensors IN.f32 HEIGHT WIDTH OUT.f32
 *
 * IN is [HEIGHT, WIDTH, 3], the network's input as it is.  OUT becomes a
 * classifier's logits, or a detector's first map as [C, H, W].
 */
#include <stdio.h>
#include <stdlib.h>

#include "compute/engine.h"
#include "detector/classifier.h"
#include "detector/model.h"

struct request {
    const struct det_network *network;
    const char *in, *out;
    int32_t h, w;
};

static void die(const char *what)
{
    fprintf(stderr, "caffe_activations: %s\n", what);
    exit(2);
}

static void read_input(const struct det_tensor *image, const char *path)
{
    const size_t count = (size_t)det_tensor_count(image);
    FILE *file = fopen(path, "rb");
    if (!file || fread(image->data, sizeof(float), count, file) != count)
        die("the input cannot be read");
    fclose(file);
}

static void write_output(const struct det_tensor *map, const char *path)
{
    FILE *file = fopen(path, "wb");
    for (int32_t k = 0; file && k < map->c; k++)
        for (int32_t i = 0; i < map->h * map->w; i++)
            fwrite(&map->data[(int64_t)i * map->c + k], sizeof(float), 1, file);
    if (!file || fclose(file) != 0)
        die("the output cannot be written");
}

static det_status run(struct det_compute *compute, void *user)
{
    const struct request *r = user;
    struct det_feature_maps maps = {.count = 1};
    struct det_tensor image;
    DET_TRY(det_tensor_take(compute, &image, 1, r->h, r->w, 3));
    if (!det_planning(compute))
        read_input(&image, r->in);
    if (r->network->architecture->kind == DET_MODEL_CLASSIFIER)
        DET_TRY(
            det_classifier_forward(compute, r->network, &maps.maps[0], &image));
    else
        DET_TRY(det_backbone_forward(compute, &r->network->backbone, &maps,
                                     &image));
    if (!det_planning(compute))
        write_output(&maps.maps[0], r->out);
    det_feature_maps_give(compute, &maps);
    return DET_OK;
}

int main(int argc, char **argv)
{
    static struct det_message message;
    struct det_engine engine;
    det_context *context = NULL;
    det_model *model = NULL;
    if (argc != 6)
        die("usage: MODEL.safetensors IN.f32 HEIGHT WIDTH OUT.f32");
    if (det_context_create(&context) != DET_OK ||
        det_model_load(context, argv[1], &model) != DET_OK)
        die(det_context_message(context));
    if (det_engine_create(&engine, &(struct det_engine_options){0}, &message) !=
        DET_OK)
        die(message.text);
    struct request request = {.network = &model->network,
                              .in = argv[2],
                              .h = (int32_t)strtol(argv[3], NULL, 10),
                              .w = (int32_t)strtol(argv[4], NULL, 10),
                              .out = argv[5]};
    engine.compute.message = &message;
    if (det_engine_run(&engine, run, &request) != DET_OK)
        die(message.text);
    det_engine_destroy(&engine);
    det_model_destroy(&model);
    det_context_destroy(&context);
    return 0;
}
