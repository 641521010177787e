/* SPDX-License-Identifier: MIT */
#include "train/config.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/memory.h"
#include "detector/preset.h"

enum kind {
    WHOLE,    /* int64_t */
    REAL,     /* double */
    SWITCH,   /* bool, 0 or 1 */
    TRIPLE,   /* double[3] */
    SCHEDULE, /* enum det_schedule_kind */
    STAGES,   /* int */
    PARTS     /* milestones */
};

struct setting {
    const char *name;
    enum kind kind;
    size_t offset;
    double low, high;
    const char *meaning;
};

#define AT(field) offsetof(struct det_train_config, field)

static const struct setting settings[] = {
    {"seed", WHOLE, AT(seed), 0, 1e15, "of all random choices"},
    {"threads", WHOLE, AT(threads), 0, 256,
     "that compute; 0: one for each processor"},
    {"workers", WHOLE, AT(workers), 1, 64, "threads that load images"},
    {"epochs", REAL, AT(epochs), 1e-6, 1e6, "passes over the images"},
    {"iterations", WHOLE, AT(iterations), 0, 1e12, "steps; 0: by epochs"},
    {"batch", WHOLE, AT(batch), 1, 65536,
     "images that are learned from at once"},
    {"accumulate", WHOLE, AT(accumulate), 1, 65536,
     "batches of one step, whose gradients are averaged"},
    {"lr", REAL, AT(schedule.rate), 0, 1e3, "highest learning rate"},
    {"schedule", SCHEDULE, AT(schedule.kind), 0, 2,
     "steps, cosine or constant"},
    {"milestones", PARTS, AT(schedule.milestones), 0, 1,
     "parts of the run at which the rate falls"},
    {"gamma", REAL, AT(schedule.gamma), 0, 1, "by which it falls"},
    {"lr_floor", REAL, AT(schedule.floor), 0, 1,
     "of the cosine, a part of the rate"},
    {"warmup", WHOLE, AT(schedule.warmup_iterations), 0, 1e9,
     "first steps, in which the rate rises"},
    {"warmup_factor", REAL, AT(schedule.warmup_factor), 0, 1,
     "from which it rises"},
    {"in_order", SWITCH, AT(in_order), 0, 1,
     "convolutions and RoIAlign sum in torch's order: slower"},
    {"momentum", REAL, AT(sgd.momentum), 0, 1, "of the steps"},
    {"nesterov", SWITCH, AT(sgd.nesterov), 0, 1, "momentum as Nesterov's"},
    {"weight_decay", REAL, AT(sgd.weight_decay), 0, 1, "pull towards 0"},
    {"decay_norms", SWITCH, AT(parameters.decay_norms), 0, 1,
     "of norms and biases, too"},
    {"clip_norm", REAL, AT(sgd.clip_norm), 0, 1e9, "longest gradient; 0: any"},
    {"ema", REAL, AT(ema), 0, 0.9999999,
     "decay of averages of the weights, which become the model; 0: none"},
    {"batch_norm", SWITCH, AT(parameters.batch_norm), 0, 1,
     "statistics of the batch; 0: those of the model, fixed"},
    {"recompute_norms", WHOLE, AT(recompute_norms), 0, 1e9,
     "images for the norms' statistics before a run with fixed ones, else "
     "after it; 0: none"},
    {"freeze", STAGES, AT(parameters.freeze_stages), 0, 5,
     "first stages that stay as they are"},
    {"mean", TRIPLE, AT(mean), 0, 255, "of the images' channels"},
    {"std", TRIPLE, AT(std), 1e-6, 255, "likewise"},
    {"pad", WHOLE, AT(pad), 0, 1024, "by which crops may hang over"},
    {"min_scale", WHOLE, AT(min_scale), 0, 8192,
     "smallest shorter side; 0: as it is"},
    {"max_scale", WHOLE, AT(max_scale), 0, 8192, "largest shorter side"},
    {"max_size", WHOLE, AT(max_size), 1, 32768, "longest side"},
    {"test_min_size", WHOLE, AT(test_min_size), 0, 16384,
     "shorter side for the model that was learned; 0: its architecture's"},
    {"test_max_size", WHOLE, AT(test_max_size), 0, 32768,
     "longer side for it, likewise"},
    {"crop", WHOLE, AT(crop), 0, 8192,
     "side of random squares for a detector; 0: whole images"},
    {"pad_sides", WHOLE, AT(pad_sides), 0, 1024,
     "multiple that a detector's padded sides are: a GPU plans for fewer "
     "sizes; 0: the network's"},
    {"flip", SWITCH, AT(flip), 0, 1, "left and right by chance"},
    {"flip_vertical", SWITCH, AT(flip_vertical), 0, 1,
     "top and bottom by chance"},
    {"rotate", SWITCH, AT(rotate), 0, 1, "by quarter turns"},
    {"pca", SWITCH, AT(pca), 0, 1, "colours along ImageNet's components"},
    {"jitter", REAL, AT(jitter), 0, 1,
     "of brightness, contrast and saturation"},
    {"rpn_batch", WHOLE, AT(rpn_batch), 1, 65536, "anchors of an image"},
    {"roi_batch", WHOLE, AT(roi_batch), 1, 65536, "regions of an image"},
    {"roi_positive", REAL, AT(roi_positive), 0, 1,
     "part of them that may be objects"},
    {"context", SWITCH, AT(context), 0, 1,
     "the whole image's features beside each region's; with batch_norm=0"},
    {"class_agnostic", SWITCH, AT(class_agnostic), 0, 1,
     "one box regressor for all classes; 0: one for each"},
    {"five_stages", SWITCH, AT(five_stages), 0, 1, "of a cascade; 0: three"},
    {"rpn_smooth_l1_beta", REAL, AT(rpn_beta), 0, 1e3,
     "where the loss of anchors' deltas turns from square to line; 0: L1"},
    {"roi_smooth_l1_beta", REAL, AT(roi_beta), 0, 1e3,
     "likewise of regions' deltas"},
    {"pre_nms", WHOLE, AT(pre_nms), 1, 100000, "proposals of a level"},
    {"post_nms", WHOLE, AT(post_nms), 1, 100000, "proposals of an image"},
    {"save_every", WHOLE, AT(save_every), 0, 1e12,
     "steps; 0: after each epoch"},
    {"validate_every", WHOLE, AT(validate_every), 0, 1e12,
     "steps; 0: after each epoch"},
    {"log_every", WHOLE, AT(log_every), 1, 1e9,
     "steps of a line in metrics.jsonl"},
    {"keep", WHOLE, AT(keep), 1, 1000, "checkpoints"},
    {"max_bad", REAL, AT(max_bad), 0, 1,
     "part of the images that may be unreadable"},
    {"cache", WHOLE, AT(cache), 0, 1 << 20,
     "MiB of decoded images that are kept"},
};

enum { SETTINGS = sizeof settings / sizeof settings[0], LINE = 160 };

static const char *const schedule_names[] = {
    [DET_SCHEDULE_STEPS] = "steps",
    [DET_SCHEDULE_COSINE] = "cosine",
    [DET_SCHEDULE_CONSTANT] = "constant",
};

/* ----------------------------------------------------------------- defaults */

/* torchvision's, models/detection/rpn.py and roi_heads.py, and of Faster
 * R-CNN's own code for the RPN (sigma 3).  Fast R-CNN has 1 (Girshick 2015,
 * equation 3), Detectron2 0 for both (SMOOTH_L1_BETA in config/defaults.py). */
static const double smooth_l1_beta = 1.0 / 9.0;

/* He et al. 2015, section 4.2: 64,000 iterations of 128. */
static void init_cifar(struct det_train_config *c)
{
    c->epochs = 164;
    c->batch = 128;
    c->pad = 4;
    c->cache = 512;
}

/* Section 3.4. */
static void init_imagenet(struct det_train_config *c)
{
    c->epochs = 120;
    c->batch = 256;
    c->schedule.milestones[0] = 0.25;
    c->schedule.milestones[1] = 0.5;
    c->schedule.milestones[2] = 0.75;
    c->schedule.num_milestones = 3;
    c->min_scale = 256;
    c->max_scale = 480;
    c->pca = true;
}

/* Detectron2's Base-RCNN-FPN.yaml, for one image a step. */
static void init_detector(struct det_train_config *c)
{
    c->epochs = 12;
    c->batch = 1;
    c->schedule.rate = 0.00125;
    c->schedule.milestones[0] = 2.0 / 3.0;
    c->schedule.milestones[1] = 8.0 / 9.0;
    c->schedule.warmup_iterations = 1000;
    c->schedule.warmup_factor = 0.001;
    c->parameters.batch_norm = false;
    c->parameters.freeze_stages = 2;
    c->parameters.decay_norms = false;
    c->min_scale = 640;
    c->max_scale = 800;
    c->cache = 1024;
}

/* MNC lib/mnc_config.py: TRAIN.BATCH_SIZE, FG_FRACTION. */
static void init_cascade(struct det_train_config *c)
{
    c->roi_batch = 64;
    c->roi_positive = 0.3;
    c->five_stages = true;
}

void det_train_config_init(struct det_train_config *config,
                           const struct det_architecture *architecture)
{
    const struct det_preset *preset = det_preset_find(architecture->preset);
    *config = (struct det_train_config){
        .seed = 1,
        .workers = 2,
        .accumulate = 1,
        .schedule = {.kind = DET_SCHEDULE_STEPS,
                     .rate = 0.1,
                     .milestones = {0.5, 0.75},
                     .num_milestones = 2,
                     .gamma = 0.1},
        .sgd = {.momentum = 0.9, .weight_decay = 1e-4},
        .parameters = {.batch_norm = true,
                       .norm_momentum = 0.1f,
                       .decay_norms = true},
        .max_size = 1333,
        .flip = true,
        .rpn_batch = 256,
        .roi_batch = 512,
        .roi_positive = 0.25,
        .pre_nms = 2000,
        .post_nms = 1000,
        .rpn_beta = smooth_l1_beta,
        .roi_beta = smooth_l1_beta,
        .log_every = 20,
        .keep = 2,
        .max_bad = 0.01};
    for (int i = 0; i < 3; i++) {
        /* floats of at most 6 digits */
        config->mean[i] = rint(1e6 * (double)preset->mean[i]) / 1e6;
        config->std[i] = rint(1e6 * (double)preset->std[i]) / 1e6;
    }
    const struct det_resnet_row *row = det_resnet_find(architecture->depth);
    if (det_architecture_detects(architecture))
        init_detector(config);
    else if (row && row->cifar)
        init_cifar(config);
    else
        init_imagenet(config);
    if (architecture->cascade)
        init_cascade(config);
    if (architecture->kind == DET_MODEL_LOCALIZER)
        config->rpn_batch = 8; /* He et al. 2015, appendix C */
}

/* ------------------------------------------------------------------ reading */

/* A number that is the whole of [text, text + length). */
static bool read_number(double *out, const char *text, size_t length)
{
    return length > 0 && det_decimal_read(out, text, length) == length;
}

/* Numbers with commas between them; their count, or -1. */
static int read_numbers(double *out, int most, const char *text)
{
    int count = 0;
    if (!*text)
        return 0;
    for (;;) {
        const size_t length = strcspn(text, ",");
        if (count == most || !read_number(&out[count++], text, length))
            return -1;
        if (!text[length])
            return count;
        text += length + 1;
    }
}

static bool in_range(const struct setting *s, const double *values, int count)
{
    for (int i = 0; i < count; i++)
        if (!(values[i] >= s->low && values[i] <= s->high))
            return false;
    return true;
}

static bool set_schedule(struct det_train_config *config, const char *text)
{
    for (int i = 0; i <= DET_SCHEDULE_CONSTANT; i++)
        if (strcmp(schedule_names[i], text) == 0) {
            config->schedule.kind = (enum det_schedule_kind)i;
            return true;
        }
    return false;
}

static bool set_value(struct det_train_config *config, const struct setting *s,
                      const char *text)
{
    unsigned char *field = (unsigned char *)config + s->offset;
    double v[DET_MOST_MILESTONES] = {0};
    if (s->kind == SCHEDULE)
        return set_schedule(config, text);
    const int count = read_numbers(v, DET_MOST_MILESTONES, text);
    if (count < 0 || !in_range(s, v, count))
        return false;
    const bool is_whole = v[0] == (double)(int64_t)v[0];
    switch (s->kind) {
    case WHOLE:
        *(int64_t *)(void *)field = (int64_t)v[0];
        return count == 1 && is_whole;
    case STAGES:
        *(int *)(void *)field = (int)v[0];
        return count == 1 && is_whole;
    case SWITCH:
        *(bool *)(void *)field = v[0] != 0.0;
        return count == 1 && is_whole;
    case REAL:
        *(double *)(void *)field = v[0];
        return count == 1;
    case TRIPLE:
        memcpy(field, v, 3 * sizeof *v);
        return count == 3;
    case PARTS:
        memcpy(field, v, sizeof v);
        config->schedule.num_milestones = count;
        return true;
    case SCHEDULE:
        break;
    }
    return false;
}

static det_status refuse_name(const char *name, int length,
                              struct det_message *message)
{
    return det_fail(message, DET_ERROR_ARGUMENT,
                    "there is no setting \"%.*s\"; detect-train "
                    "--list-settings names those that there are",
                    length, name);
}

static det_status set_named(struct det_train_config *config, const char *name,
                            size_t length, const char *value,
                            struct det_message *message)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        struct det_train_config changed = *config;
        if (strlen(s->name) != length || strncmp(s->name, name, length) != 0)
            continue;
        if (!set_value(&changed, s, value))
            return det_fail(message, DET_ERROR_ARGUMENT, "%s=%s: %s (%g to %g)",
                            s->name, value, s->meaning, s->low, s->high);
        *config = changed;
        return DET_OK;
    }
    return refuse_name(name, (int)length, message);
}

det_status det_train_config_set(struct det_train_config *config,
                                const char *assignment,
                                struct det_message *message)
{
    const char *equals = strchr(assignment, '=');
    if (!equals)
        return det_fail(message, DET_ERROR_ARGUMENT, "\"%s\" is not name=value",
                        assignment);
    return set_named(config, assignment, (size_t)(equals - assignment),
                     equals + 1, message);
}

det_status det_train_config_read(struct det_train_config *config,
                                 const char *text, struct det_message *message)
{
    while (*text) {
        char line[LINE];
        const size_t length = strcspn(text, "\n");
        if (length >= sizeof line)
            return det_fail(message, DET_ERROR_MODEL, "a setting of %zu bytes",
                            length);
        memcpy(line, text, length);
        line[length] = 0;
        if (length > 0)
            DET_TRY(det_train_config_set(config, line, message));
        text += length + (text[length] == '\n');
    }
    return DET_OK;
}

/* ------------------------------------------------------------------ writing */

/* Text of its own, whatever the locale's decimal point is. */
static int put_numbers(char *out, size_t size, const double *values, int count)
{
    size_t length = 0;
    out[0] = 0;
    for (int i = 0; i < count; i++) {
        char digits[32];
        det_decimal_format(digits, values[i]);
        length += (size_t)snprintf(out + length, size - length, "%s%s",
                                   i ? "," : "", digits);
    }
    return (int)length;
}

static void put_value(char *out, size_t size,
                      const struct det_train_config *config,
                      const struct setting *s)
{
    const unsigned char *field = (const unsigned char *)config + s->offset;
    switch (s->kind) {
    case WHOLE:
        snprintf(out, size, "%" PRId64, *(const int64_t *)(const void *)field);
        break;
    case STAGES:
        snprintf(out, size, "%d", *(const int *)(const void *)field);
        break;
    case SWITCH:
        snprintf(out, size, "%d", *(const bool *)(const void *)field);
        break;
    case REAL:
        put_numbers(out, size, (const double *)(const void *)field, 1);
        break;
    case TRIPLE:
        put_numbers(out, size, (const double *)(const void *)field, 3);
        break;
    case PARTS:
        put_numbers(out, size, config->schedule.milestones,
                    config->schedule.num_milestones);
        break;
    case SCHEDULE:
        snprintf(out, size, "%s", schedule_names[config->schedule.kind]);
        break;
    }
}

det_status det_train_config_text(char **out,
                                 const struct det_train_config *config,
                                 struct det_message *message)
{
    size_t length = 0;
    DET_TRY(det_allocate(out, (size_t)SETTINGS * 2 * LINE, 1, message));
    for (size_t i = 0; i < SETTINGS; i++) {
        char value[LINE];
        put_value(value, sizeof value, config, &settings[i]);
        length += (size_t)snprintf(*out + length,
                                   (size_t)SETTINGS * 2 * LINE - length,
                                   "%s=%s\n", settings[i].name, value);
    }
    return DET_OK;
}

bool det_train_config_describe(size_t index, const char **name,
                               const char **meaning)
{
    if (index >= SETTINGS)
        return false;
    *name = settings[index].name;
    *meaning = settings[index].meaning;
    return true;
}
