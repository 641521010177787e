/* SPDX-License-Identifier: MIT */
#include "train/loader.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"

enum { MOST_TRIES = 64 }; /* places looked at for one sample */

static const long stop_interval = 100000000; /* nanoseconds between questions */

/* Where a sample waits. */
struct slot {
    bool ready;
    det_status status;
    struct det_sample sample;
};

struct det_loader {
    struct det_loader_config config;
    pthread_t *threads;
    int num_threads;
    pthread_mutex_t lock;
    pthread_cond_t has_room, is_ready;
    bool stopping;
    struct slot *slots;      /* [ahead], by place */
    uint64_t started, taken; /* places, from first_place on */
    uint8_t *is_bad;         /* [images] */
    size_t num_bad;
    struct det_message failure; /* of the first sample that failed for good */
    double waited;
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ------------------------------------------------------------------ workers */

/* Errors of one image, not of the machine. */
static bool is_image_error(det_status status)
{
    return status == DET_ERROR_READ || status == DET_ERROR_FORMAT ||
           status == DET_ERROR_LIMIT || status == DET_ERROR_DATASET;
}

/* Count an image once; whether there are not too many yet. */
static bool note_bad(struct det_loader *loader, size_t image, const char *text)
{
    pthread_mutex_lock(&loader->lock);
    if (!loader->is_bad[image]) {
        loader->is_bad[image] = 1;
        loader->num_bad++;
        if (loader->config.report)
            loader->config.report(loader->config.user, image, text);
    }
    const bool few = (double)loader->num_bad <=
                     loader->config.most_bad * (double)loader->config.images;
    pthread_mutex_unlock(&loader->lock);
    return few;
}

static det_status fail_bad(const struct det_loader *loader,
                           struct det_message *message)
{
    struct det_message last = *message;
    return det_fail(message, DET_ERROR_DATASET,
                    "%zu of %zu images cannot be read, more than the %g %% "
                    "that are passed over; the last one: %s",
                    loader->num_bad, loader->config.images,
                    100.0 * loader->config.most_bad, last.text);
}

/* A later place's sample where this one's cannot be read; far away, so that
 * the neighbours do not become twins. */
static det_status make(struct det_loader *loader, uint64_t place,
                       struct det_sample *out, struct det_message *message)
{
    const struct det_loader_config *c = &loader->config;
    for (int i = 0; i < MOST_TRIES; i++) {
        size_t image = 0;
        const uint64_t other = place + (uint64_t)i * (c->images / 3 + 1);
        const det_status status = c->make(c->user, other, out, &image, message);
        if (status == DET_OK || !is_image_error(status))
            return status;
        if (!note_bad(loader, image, message->text))
            return fail_bad(loader, message);
    }
    return fail_bad(loader, message);
}

/* The next place to work on, when there is room for it. */
static bool take_place(struct det_loader *loader, uint64_t *place)
{
    pthread_mutex_lock(&loader->lock);
    while (!loader->stopping &&
           loader->started - loader->taken >= (uint64_t)loader->config.ahead)
        pthread_cond_wait(&loader->has_room, &loader->lock);
    const bool go_on = !loader->stopping;
    *place = loader->started;
    loader->started += go_on;
    pthread_mutex_unlock(&loader->lock);
    return go_on;
}

static void put(struct det_loader *loader, uint64_t place, det_status status,
                const struct det_sample *sample,
                const struct det_message *message)
{
    struct slot *slot = &loader->slots[place % (uint64_t)loader->config.ahead];
    pthread_mutex_lock(&loader->lock);
    if (status != DET_OK && !loader->failure.text[0])
        loader->failure = *message;
    slot->status = status;
    slot->sample = *sample;
    slot->ready = true;
    pthread_cond_broadcast(&loader->is_ready);
    pthread_mutex_unlock(&loader->lock);
}

static void *work(void *user)
{
    struct det_loader *loader = user;
    struct det_message message = {0};
    uint64_t place;
    while (take_place(loader, &place)) {
        struct det_sample sample = {0};
        const det_status status =
            make(loader, loader->config.first_place + place, &sample, &message);
        put(loader, place, status, &sample, &message);
    }
    return NULL;
}

/* ----------------------------------------------------------------- life time
 */

/* Signals go to the program's own thread. */
static det_status start_threads(struct det_loader *loader,
                                struct det_message *message)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (loader->num_threads < loader->config.workers &&
           pthread_create(&loader->threads[loader->num_threads], NULL, work,
                          loader) == 0)
        loader->num_threads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (loader->num_threads == 0)
        return det_fail(message, DET_ERROR_MEMORY,
                        "no thread can be started to load images");
    return DET_OK;
}

/* One that can be waited for by the clock that never jumps. */
static void init_timed(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

static det_status init(struct det_loader *loader,
                       const struct det_loader_config *config,
                       struct det_message *message)
{
    loader->config = *config;
    pthread_mutex_init(&loader->lock, NULL);
    pthread_cond_init(&loader->has_room, NULL);
    init_timed(&loader->is_ready);
    DET_TRY(det_allocate(&loader->slots, (size_t)config->ahead,
                         sizeof *loader->slots, message));
    DET_TRY(det_allocate(&loader->is_bad, config->images, 1, message));
    DET_TRY(det_allocate(&loader->threads, (size_t)config->workers,
                         sizeof *loader->threads, message));
    return start_threads(loader, message);
}

det_status det_loader_create(struct det_loader **out,
                             const struct det_loader_config *config,
                             struct det_message *message)
{
    det_status status;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    DET_TRY_OR_FAIL(init(*out, config, message));
    return DET_OK;
fail:
    det_loader_destroy(out);
    return status;
}

void det_loader_destroy(struct det_loader **loader)
{
    struct det_loader *l = *loader;
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_broadcast(&l->has_room);
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < l->num_threads; i++)
        pthread_join(l->threads[i], NULL);
    for (int i = 0; l->slots && i < l->config.ahead; i++)
        if (l->slots[i].ready)
            det_sample_destroy(&l->slots[i].sample);
    pthread_cond_destroy(&l->is_ready);
    pthread_cond_destroy(&l->has_room);
    pthread_mutex_destroy(&l->lock);
    free(l->slots);
    free(l->is_bad);
    free(l->threads);
    free(l);
    *loader = NULL;
}

/* ------------------------------------------------------------------- taking */

static bool is_stopped(const struct det_loader *loader)
{
    const struct det_loader_config *c = &loader->config;
    return c->stop && c->stop(c->stop_user) != 0;
}

/* Until the sample is there; false: it is not waited for any longer. */
static bool wait_for(struct det_loader *loader, const struct slot *slot)
{
    struct timespec until;
    while (!slot->ready && !is_stopped(loader)) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += stop_interval;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&loader->is_ready, &loader->lock, &until);
    }
    return slot->ready;
}

det_status det_loader_next(struct det_loader *loader, struct det_sample *out,
                           struct det_message *message)
{
    struct slot *slot =
        &loader->slots[loader->taken % (uint64_t)loader->config.ahead];
    const double start = seconds();
    pthread_mutex_lock(&loader->lock);
    if (!wait_for(loader, slot)) {
        pthread_mutex_unlock(&loader->lock);
        return det_fail(message, DET_ERROR_CANCELLED,
                        "cancelled while waiting for data");
    }
    const det_status status = slot->status;
    *out = slot->sample;
    *slot = (struct slot){0};
    loader->taken++;
    loader->waited += seconds() - start;
    if (status != DET_OK)
        det_fail(message, status, "%s", loader->failure.text);
    pthread_cond_signal(&loader->has_room);
    pthread_mutex_unlock(&loader->lock);
    return status;
}

double det_loader_waited(const struct det_loader *loader)
{
    return loader->waited;
}

size_t det_loader_bad_images(struct det_loader *loader)
{
    pthread_mutex_lock(&loader->lock);
    const size_t count = loader->num_bad;
    pthread_mutex_unlock(&loader->lock);
    return count;
}
