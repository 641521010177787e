/* SPDX-License-Identifier: MIT */
/*
 * Where the views of test-time augmentation put boxes and masks: a network is
 * played that finds one box in one view, and is asked for its mask in all.
 */
#include <check.h>
#include <stdlib.h>

#include "compute/compute.h"
#include "detector/augmented_run.h"

enum { WIDTH = 83, HEIGHT = 61, SIDE = 5, VIEWS = 4 };

struct player {
    int finds_in;  /* the view that finds the box; the others find none */
    int runs;      /* so far: VIEWS without masks, then VIEWS for masks */
    bool in_photo; /* the box is one of the photo, mirrored or not */
    struct det_box found;
    struct det_box asked[VIEWS];
    struct det_input_size size[VIEWS];
    float masks[SIDE * SIDE];
};

static float mask_at(int view, int place)
{
    return (float)(view * 100 + place);
}

static det_status play(void *user, const struct det_pipeline *pipeline,
                       struct det_pipeline_result *out,
                       const det_pixels *pixels)
{
    static float score = 0.5f;
    static int32_t label = 3;
    struct player *player = user;
    const int view = player->runs++ % VIEWS;
    *out = (struct det_pipeline_result){
        .size = det_input_size_for(pipeline->members[0].settings,
                                   pixels->height, pixels->width),
        .in_photo = player->in_photo};
    ck_assert_int_eq(pipeline->mirrored, view % 2);
    ck_assert_int_eq(pipeline->without_masks, !pipeline->given);
    player->size[view] = out->size;
    if (!pipeline->given) {
        out->detections =
            (struct det_detections){.boxes = &player->found,
                                    .scores = &score,
                                    .labels = &label,
                                    .count = view == player->finds_in};
        return DET_OK;
    }
    ck_assert_int_eq(pipeline->given->count, 1);
    player->asked[view] = pipeline->given->boxes[0];
    for (int i = 0; i < SIDE * SIDE; i++)
        player->masks[i] = mask_at(view, i);
    out->masks = (struct det_tensor){.data = player->masks,
                                     .n = 1,
                                     .h = SIDE,
                                     .w = SIDE,
                                     .c = 1,
                                     .capacity = 1,
                                     .on_host = true};
    return DET_OK;
}

/* The result of two scales, each also mirrored. */
static void run(struct player *player, const char *preset,
                struct det_augmented *augmented)
{
    static struct det_architecture architecture = {.masks = true};
    static struct det_network network = {.architecture = &architecture};
    struct det_settings settings = {
        .preset = *det_preset_find(preset),
        .pad_multiple = 32,
        .augmentation = {.scales = {100, 150}, .count = 2, .mirrored = true},
        .detections = {.nms_threshold = 0.5, .max_detections = 10}};
    settings.detections.reading.coder.counting = settings.preset.box_counting;
    const struct det_member member = {&network, &settings, 0};
    struct det_message message = {0};
    struct det_compute compute = {.message = &message};
    const struct det_pipeline pipeline = {
        .compute = &compute, .members = &member, .num_members = 1};
    const struct det_pipeline_runner runner = {play, player};
    const det_pixels pixels = {.width = WIDTH, .height = HEIGHT};
    struct det_pipeline_result out;
    player->in_photo = settings.preset.decodes_in_photo;
    ck_assert_int_eq(
        det_augmented_run(augmented, &out, &pipeline, &runner, &pixels),
        DET_OK);
    ck_assert_int_eq(player->runs, 2 * VIEWS);
    ck_assert_int_eq(out.detections.count, 1);
    ck_assert_int_eq(out.detections.labels[0], 3);
    ck_assert_float_eq(out.detections.scores[0], 0.5f);
    ck_assert(out.in_photo);
}

static void check_box(struct det_box box, struct det_box expected)
{
    ck_assert_float_eq_tol(box.x1, expected.x1, 1e-3f);
    ck_assert_float_eq_tol(box.y1, expected.y1, 1e-3f);
    ck_assert_float_eq_tol(box.x2, expected.x2, 1e-3f);
    ck_assert_float_eq_tol(box.y2, expected.y2, 1e-3f);
}

static const char *const presets[] = {"torchvision", "detectron2", "detectron"};

/* The mask is wanted where the box was found, in each view, preset by preset.
 */
START_TEST(there_and_back)
{
    for (int view = 0; view < VIEWS; view++) {
        struct player player = {.finds_in = view, .found = {7, 11, 31, 43}};
        struct det_augmented augmented;
        run(&player, presets[_i], &augmented);
        const float factor =
            player.in_photo ? (float)player.size[view].factor : 1.0f;
        check_box(player.asked[view],
                  (struct det_box){7 * factor, 11 * factor, 31 * factor,
                                   43 * factor});
        det_augmented_destroy(&augmented);
    }
}
END_TEST

/* Of 83 columns, 7 to 31 inclusive are 51 to 75 from the other side; edges at 7
 * and 31 are edges at 52 and 76. */
START_TEST(mirrored_columns)
{
    struct player player = {.finds_in = 1, .found = {7, 11, 31, 43}};
    struct det_augmented augmented;
    run(&player, "detectron", &augmented);
    check_box(augmented.boxes[0], (struct det_box){51, 11, 75, 43});
    det_augmented_destroy(&augmented);

    player = (struct player){.finds_in = 1};
    const float x = 136.0f / WIDTH, y = 100.0f / HEIGHT; /* 100 / 61 * 83 */
    player.found = (struct det_box){7 * x, 11 * y, 31 * x, 43 * y};
    run(&player, "detectron2", &augmented);
    ck_assert_int_eq(player.size[1].resized_w, 136);
    check_box(augmented.boxes[0], (struct det_box){52, 11, 76, 43});
    det_augmented_destroy(&augmented);
}
END_TEST

/* Of an odd side the middle column stays. */
START_TEST(mean_of_masks)
{
    struct player player = {.found = {7, 11, 31, 43}};
    struct det_augmented augmented;
    run(&player, "torchvision", &augmented);
    ck_assert_int_eq(augmented.side, SIDE);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            const int plain = y * SIDE + x, turned = y * SIDE + SIDE - 1 - x;
            const float sum = mask_at(0, plain) + mask_at(1, turned) +
                              mask_at(2, plain) + mask_at(3, turned);
            ck_assert_float_eq_tol(augmented.masks[plain], sum / VIEWS, 1e-3f);
        }
    det_augmented_destroy(&augmented);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("augmented_views");
    TCase *tests = tcase_create("augmented_views");
    tcase_add_loop_test(tests, there_and_back, 0, 3);
    tcase_add_test(tests, mirrored_columns);
    tcase_add_test(tests, mean_of_masks);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
