/* SPDX-License-Identifier: MIT */
/* On the CPU, or on the device that DETECT_TEST_DEVICE names. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_PASTE
#include "compute/engine.h"
#include "maskseg/mask_runs.h"
#include "tests/golden/detectron2_golden.h"
#include "tests/golden/geometry_inputs.h"

enum { PHOTO_H = 40, PHOTO_W = 56, MAX_SIDE = DET_PASTE_MOST_SIDE };
enum { MOST_MASKS = 40 };

/* A small mask and where it goes. */
struct small_mask {
    const float *data; /* [side, side] */
    int32_t side;
    struct det_box box;
};

/* -------------------------------------------------------------------- a run */

enum where { ON_DEVICE, ON_HOST, BY_TURNS };

/* What is pasted: masks of one side. */
struct job {
    const struct small_mask *masks; /* [count] */
    int32_t count;
    enum det_paste_rule rule;
    int32_t width, height; /* of the photos */
    int32_t per_photo;     /* masks; 0: all are of one */
    enum where where;      /* a photo's masks are */
    size_t most_words;     /* of a round; 0: the device's own number */
    struct det_mask_paster *paster;
    struct det_rle *out; /* [count] */
};

/* Photo by photo, of which each has a range of the rows, and its last mask is
 * the first row of that; behind each photo is one without masks. */
struct batch {
    struct det_placed_masks photos[2 * MOST_MASKS];
    int32_t count;
    struct det_mask_place places[MOST_MASKS];
};

static void add_photo(struct batch *batch, const struct job *job, int32_t first,
                      const struct det_tensor *rows)
{
    const int32_t rest = job->count - first;
    const bool all = job->per_photo == 0 || job->per_photo > rest;
    struct det_placed_masks *photo = &batch->photos[batch->count];
    *photo = (struct det_placed_masks){.masks = *rows,
                                       .places = &batch->places[first],
                                       .count = all ? rest : job->per_photo,
                                       .rule = job->rule,
                                       .width = job->width,
                                       .height = job->height,
                                       .out = &job->out[first]};
    photo->masks.data += first * det_tensor_stride(rows);
    photo->masks.n = photo->count;
    for (int32_t i = 0; i < photo->count; i++)
        batch->places[first + i] = (struct det_mask_place){
            photo->count - 1 - i, job->masks[first + i].box};
    photo[1] = *photo;
    photo[1].count = 0;
    batch->count += 2;
}

static void fill_batch(struct batch *batch, const struct job *job,
                       const struct det_tensor *on_host,
                       const struct det_tensor *on_device)
{
    batch->count = 0;
    for (int32_t first = 0; first < job->count;
         first += batch->photos[batch->count - 2].count)
        add_photo(batch, job, first,
                  job->where == ON_HOST ||
                          (job->where == BY_TURNS && batch->count % 4)
                      ? on_host
                      : on_device);
}

static void fill_rows(float *rows, const struct job *job,
                      const struct batch *batch)
{
    const int32_t side = job->masks[0].side, size = side * side;
    for (int32_t k = 0; k < batch->count; k++) {
        const struct det_placed_masks *photo = &batch->photos[k];
        const int32_t first = (int32_t)(photo->out - job->out);
        for (int32_t i = 0; i < photo->count; i++)
            memcpy(rows + (first + photo->places[i].row) * size,
                   job->masks[first + i].data, (size_t)size * sizeof *rows);
    }
}

static det_status run_job(struct det_compute *compute, void *user)
{
    const struct job *job = user;
    const int32_t side = job->masks[0].side;
    struct batch batch;
    struct det_tensor on_host, on_device;
    DET_TRY(det_host_tensor_take(compute, &on_host, job->count, side, side, 1));
    DET_TRY(
        det_host_tensor_take(compute, &on_device, job->count, side, side, 1));
    if (!det_planning(compute)) {
        fill_batch(&batch, job, &on_host, &on_device);
        fill_rows(on_host.data, job, &batch);
        fill_rows(on_device.data, job, &batch);
    }
    DET_TRY(det_tensor_move_to_device(compute, &on_device));
    on_host.on_host = true; /* of the CPU's, too */
    if (!det_planning(compute)) {
        fill_batch(&batch, job, &on_host, &on_device);
        DET_TRY(det_mask_runs(compute, job->paster, batch.photos, batch.count));
    }
    return DET_OK;
}

static det_status try_job(struct job *job, struct det_message *message)
{
    struct det_engine engine;
    struct det_mask_paster paster = {.most_words = job->most_words};
    const struct det_engine_options options = {
        .device = getenv("DETECT_TEST_DEVICE"), .threads = 2};
    job->paster = &paster;
    det_status status = det_engine_create(&engine, &options, message);
    if (status == DET_OK)
        status = det_engine_run(&engine, run_job, job);
    det_engine_destroy(&engine);
    det_mask_paster_destroy(&paster);
    return status;
}

static void do_job(struct job *job)
{
    struct det_message message = {0};
    ck_assert_msg(try_job(job, &message) == DET_OK, "%s", message.text);
}

struct bitmap {
    bool set[PHOTO_H][PHOTO_W];
};

static struct bitmap paste(const struct small_mask *mask,
                           enum det_paste_rule rule)
{
    struct det_rle rle = {0};
    struct bitmap out = {0};
    do_job(&(struct job){mask, 1, rule, PHOTO_W, PHOTO_H, .out = &rle});
    uint32_t pixel = 0;
    for (size_t i = 0; i < rle.count; i++)
        for (uint32_t n = 0; n < rle.counts[i]; n++, pixel++)
            out.set[pixel % PHOTO_H][pixel / PHOTO_H] = i % 2;
    ck_assert_uint_eq(pixel, PHOTO_H * PHOTO_W);
    det_rle_destroy(&rle);
    return out;
}

/* ------------------------------------------------------------------- golden */

struct golden_case {
    int32_t side;
    struct det_box box;
    const uint64_t *torchvision, *detectron2; /* a row each, x of low bit 0 */
};

#define EXPECTED(n) golden_paste_torchvision_##n, golden_paste_detectron2_##n

static const struct golden_case golden_cases[] = {
    {28, {10.3f, 5.7f, 41.2f, 33.9f}, EXPECTED(0)},
    {28, {-7.4f, -3.2f, 20.8f, 18.6f}, EXPECTED(1)},
    {28, {40.6f, 25.1f, 71.3f, 52.9f}, EXPECTED(2)},
    {14, {3, 20.25f, 55, 23.5f}, EXPECTED(3)},
    {28, {17.2f, 9.1f, 17.9f, 9.6f}, EXPECTED(4)},
    {14, {30, 12, 34, 15}, EXPECTED(5)},
    {28, {0, 0, 56, 40}, EXPECTED(6)},
    {14, {-30, -20, 90, 70}, EXPECTED(7)},
    {28, {55.2f, 39.1f, 56, 40}, EXPECTED(8)},
    {28, {23.5f, 11.5f, 24.5f, 30}, EXPECTED(9)},
};

static void check_golden(const struct golden_case *c, int index,
                         enum det_paste_rule rule, const uint64_t *expected)
{
    float values[28 * 28];
    struct random_numbers random = {51 + (uint32_t)index};
    for (int32_t i = 0; i < c->side * c->side; i++)
        values[i] = random_uniform(&random, 0, 1);
    const struct bitmap out =
        paste(&(struct small_mask){values, c->side, c->box}, rule);
    for (int y = 0; y < PHOTO_H; y++)
        for (int x = 0; x < PHOTO_W; x++)
            ck_assert_msg(out.set[y][x] == (expected[y] >> x & 1),
                          "rule %d, mask %d: pixel %d, %d is %d", (int)rule,
                          index, x, y, out.set[y][x]);
}

START_TEST(as_torchvision)
{
    check_golden(&golden_cases[_i], _i, DET_PASTE_TORCHVISION,
                 golden_cases[_i].torchvision);
}
END_TEST

START_TEST(as_detectron2)
{
    check_golden(&golden_cases[_i], _i, DET_PASTE_DETECTRON2,
                 golden_cases[_i].detectron2);
}
END_TEST

/* ---------------------------------------------------------------------- MNC */

/* cv2.resize of `size` pixels: where pixel p takes its value from. */
static double opencv_place(int p, int side, int size)
{
    const double at = (p + 0.5) * side / size - 0.5;
    return fmin(fmax(at, 0.0), side - 1.0);
}

static double opencv_value(const struct small_mask *mask, int y, int x)
{
    const int side = mask->side;
    const double v = opencv_place(y - (int)mask->box.y1, side,
                                  (int)mask->box.y2 - (int)mask->box.y1);
    const double u = opencv_place(x - (int)mask->box.x1, side,
                                  (int)mask->box.x2 - (int)mask->box.x1);
    const int row = (int)fmin(v, side - 2.0), column = (int)fmin(u, side - 2.0);
    const float *m = mask->data + row * side + column;
    const double upper = (double)m[0] + (u - column) * (double)(m[1] - m[0]);
    const double lower =
        (double)m[side] + (u - column) * (double)(m[side + 1] - m[side]);
    return upper + (v - row) * (lower - upper);
}

START_TEST(as_mnc)
{
    static const struct det_box boxes[] = {
        {10, 5, 41, 33},  {0, 0, PHOTO_W, PHOTO_H},
        {20, 30, 27, 34}, {55, 39, 56, 40},
        {3, 7, 4, 39},    {12, 9, 33, 30}};
    float values[21 * 21];
    struct random_numbers random = {71 + (uint32_t)_i};
    const struct small_mask mask = {values, 21, boxes[_i]};
    for (int i = 0; i < 21 * 21; i++)
        values[i] = random_uniform(&random, 0, 0.8f);
    const struct bitmap out = paste(&mask, DET_PASTE_MNC);
    for (int y = 0; y < PHOTO_H; y++)
        for (int x = 0; x < PHOTO_W; x++) {
            const bool inside =
                (float)x >= mask.box.x1 && (float)x < mask.box.x2 &&
                (float)y >= mask.box.y1 && (float)y < mask.box.y2;
            const double value = inside ? opencv_value(&mask, y, x) : 0.0;
            if (fabs(value - 0.4) > 1e-5)
                ck_assert_msg(out.set[y][x] == (value > 0.4),
                              "pixel %d, %d is %d", x, y, out.set[y][x]);
        }
}
END_TEST

/* ------------------------------------------------------------------ by hand */

struct flat_mask {
    float values[MAX_SIDE * MAX_SIDE];
    struct small_mask mask;
};

static void init_flat(struct flat_mask *flat, int32_t side, float value,
                      struct det_box box)
{
    for (int32_t i = 0; i < side * side; i++)
        flat->values[i] = value;
    flat->mask = (struct small_mask){flat->values, side, box};
}

static int count_set(const struct bitmap *bitmap)
{
    int count = 0;
    for (int y = 0; y < PHOTO_H; y++)
        for (int x = 0; x < PHOTO_W; x++)
            count += bitmap->set[y][x];
    return count;
}

/* A full mask fills its box and nothing else: with a border of 0 around the
 * mask, 0.5 is reached at the box's sides. */
START_TEST(full_mask_fills_its_box)
{
    static const int sides[] = {14, 28, MAX_SIDE};
    struct flat_mask flat;
    init_flat(&flat, sides[_i], 1, (struct det_box){10, 8, 38, 22});
    const struct bitmap out = paste(&flat.mask, DET_PASTE_DETECTRON2);
    for (int y = 0; y < PHOTO_H; y++)
        for (int x = 0; x < PHOTO_W; x++)
            ck_assert_msg(out.set[y][x] ==
                              (x >= 10 && x < 38 && y >= 8 && y < 22),
                          "pixel %d, %d is %d", x, y, out.set[y][x]);
}
END_TEST

/* torchvision: more than one half, Detectron2: one half or more.  Inside of a
 * box of 28 x 28 pixels every pixel is one place of the mask, but for the last
 * bit of its coordinate, which mixes 0 into the first row and column; torch's
 * grid_sample counts 729 too. */
START_TEST(one_half)
{
    struct flat_mask flat;
    init_flat(&flat, 28, 0.5f, (struct det_box){4, 4, 32, 32});
    struct bitmap out = paste(&flat.mask, DET_PASTE_TORCHVISION);
    ck_assert_int_eq(count_set(&out), 0);
    out = paste(&flat.mask, DET_PASTE_DETECTRON2);
    ck_assert_int_eq(count_set(&out), 27 * 27);
}
END_TEST

START_TEST(empty_mask)
{
    struct flat_mask flat;
    init_flat(&flat, 28, 0, (struct det_box){4, 4, 32, 32});
    const struct bitmap out = paste(&flat.mask, (enum det_paste_rule)_i);
    ck_assert_int_eq(count_set(&out), 0);
}
END_TEST

START_TEST(outside_the_photo)
{
    static const struct det_box boxes[] = {
        {-90, 5, -60, 20}, {70, 5, 90, 20}, {5, -90, 20, -60}, {5, 60, 20, 90}};
    struct flat_mask flat;
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        init_flat(&flat, 28, 1, boxes[i]);
        const struct bitmap out = paste(&flat.mask, (enum det_paste_rule)_i);
        ck_assert_int_eq(count_set(&out), 0);
    }
}
END_TEST

/* Boxes without a side, huge ones and NaN: anything but undefined. */
START_TEST(odd_boxes)
{
    static const struct det_box boxes[] = {{10, 10, 10, 20},
                                           {10, 10, 10, 10},
                                           {0, 0, 1, 1},
                                           {1e9f, 0, 2e9f, 9},
                                           {-1e30f, -1e30f, 1e30f, 1e30f},
                                           {NAN, 0, 10, 10},
                                           {0, 0, NAN, NAN},
                                           {20, 20, 10, 10},
                                           {-INFINITY, 0, INFINITY, 9}};
    struct flat_mask flat;
    for (size_t i = 0; i < sizeof boxes / sizeof boxes[0]; i++) {
        init_flat(&flat, 28, 1, boxes[i]);
        paste(&flat.mask, (enum det_paste_rule)_i);
    }
    init_flat(&flat, 28, 1, boxes[2]);
    const struct bitmap out = paste(&flat.mask, DET_PASTE_DETECTRON2);
    ck_assert_int_eq(count_set(&out), 1);
    ck_assert(out.set[0][0]);
}
END_TEST

START_TEST(sides_are_checked)
{
    static float values[(MAX_SIDE + 1) * (MAX_SIDE + 1)];
    struct det_message text = {0};
    struct det_rle rle = {0};
    const struct small_mask mask = {values, MAX_SIDE + 1, {0, 0, 9, 9}};
    struct job job = {&mask,   1,       (enum det_paste_rule)_i,
                      PHOTO_W, PHOTO_H, .out = &rle};
    ck_assert_int_eq(try_job(&job, &text), DET_ERROR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(text.text, "63 x 63"));
}
END_TEST

/* ------------------------------------------------------------------- rounds */

enum { SIDE = 14 };

/* Some are outside of the photo, or without a side. */
static void draw_masks(struct small_mask masks[MOST_MASKS],
                       float values[MOST_MASKS][SIDE * SIDE])
{
    struct random_numbers random = {7};
    for (int i = 0; i < MOST_MASKS; i++) {
        const float x = floorf(random_uniform(&random, -40, PHOTO_W));
        const float y = floorf(random_uniform(&random, -30, PHOTO_H));
        const float w = floorf(random_uniform(&random, 0, 60));
        const float h = floorf(random_uniform(&random, 0, 40));
        for (int k = 0; k < SIDE * SIDE; k++)
            values[i][k] = random_uniform(&random, 0.2f, 0.8f);
        masks[i] = (struct small_mask){values[i], SIDE, {x, y, x + w, y + h}};
    }
}

static void destroy_all(struct det_rle *rles)
{
    for (int i = 0; i < MOST_MASKS; i++)
        det_rle_destroy(&rles[i]);
}

static void check_equal(const struct det_rle *a, const struct det_rle *b)
{
    for (int i = 0; i < MOST_MASKS; i++) {
        ck_assert_uint_eq(a[i].count, b[i].count);
        ck_assert_mem_eq(a[i].counts, b[i].counts,
                         a[i].count * sizeof *a[i].counts);
    }
}

/* Whatever the rounds, down to a column each, the photos, and wherever the
 * masks are. */
START_TEST(rounds_do_not_show)
{
    static const size_t most_words[] = {0, 1, 2, 3, 50, 1000};
    static const int32_t per_photo[] = {0, 1, 7, 39};
    static float values[MOST_MASKS][SIDE * SIDE];
    struct small_mask masks[MOST_MASKS];
    struct det_rle whole[MOST_MASKS] = {{0}};
    struct job job = {masks,   MOST_MASKS, (enum det_paste_rule)_i,
                      PHOTO_W, PHOTO_H,    .out = whole};
    uint64_t area = 0;
    draw_masks(masks, values);
    do_job(&job);
    for (int k = 0; k < 6 * 4 * 3; k++) {
        struct det_rle parts[MOST_MASKS] = {{0}};
        job.out = parts;
        job.most_words = most_words[k % 6];
        job.per_photo = per_photo[k / 6 % 4];
        job.where = (enum where)(k / 24);
        do_job(&job);
        check_equal(whole, parts);
        destroy_all(parts);
    }
    for (int i = 0; i < MOST_MASKS; i++) {
        const det_mask view = det_rle_view(&whole[i]);
        area += det_mask_area(&view);
    }
    ck_assert_uint_gt(area, 1000);
    destroy_all(whole);
}
END_TEST

/* More pixels than a round of the host has bits: as in one round.  The corners
 * are cut, for the border of zeros. */
START_TEST(large_photo)
{
    struct flat_mask flat;
    struct det_rle rounds = {0}, one = {0};
    struct job job = {&flat.mask, 1,    DET_PASTE_DETECTRON2,
                      2100,       1600, .out = &rounds};
    init_flat(&flat, SIDE, 1, (struct det_box){3, 5, 2003, 1505});
    do_job(&job);
    job.out = &one;
    job.most_words = 1 << 20;
    do_job(&job);
    const det_mask view = det_rle_view(&rounds);
    ck_assert_uint_ge(det_mask_area(&view), 2000 * 1500 - 4 * 2000);
    ck_assert_uint_le(det_mask_area(&view), 2000 * 1500);
    ck_assert_uint_eq(rounds.count, one.count);
    ck_assert_mem_eq(rounds.counts, one.counts, one.count * sizeof *one.counts);
    det_rle_destroy(&rounds);
    det_rle_destroy(&one);
}
END_TEST

int main(void)
{
    const int cases = sizeof golden_cases / sizeof golden_cases[0];
    Suite *suite = suite_create("mask_runs");
    TCase *golden = tcase_create("golden");
    tcase_add_loop_test(golden, as_mnc, 0, 6);
    tcase_add_loop_test(golden, as_torchvision, 0, cases);
    tcase_add_loop_test(golden, as_detectron2, 0, cases);
    suite_add_tcase(suite, golden);
    TCase *hand = tcase_create("by hand");
    tcase_add_loop_test(hand, full_mask_fills_its_box, 0, 3);
    tcase_add_test(hand, one_half);
    tcase_add_loop_test(hand, empty_mask, 0, 3);
    tcase_add_loop_test(hand, outside_the_photo, 0, 3);
    tcase_add_loop_test(hand, odd_boxes, 0, 3);
    tcase_add_loop_test(hand, sides_are_checked, 0, 3);
    suite_add_tcase(suite, hand);
    TCase *rounds = tcase_create("rounds");
    tcase_set_timeout(rounds, 120);
    tcase_add_loop_test(rounds, rounds_do_not_show, 0, 3);
    tcase_add_test(rounds, large_photo);
    suite_add_tcase(suite, rounds);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
