/* SPDX-License-Identifier: MIT */
#include "apps/image_ahead.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apps/interrupt.h"
#include "apps/progress.h"

enum { MOST_WORKERS = 8 };

/* A place of the ring: image i is decoded into place i % ahead. */
struct place {
    struct ahead_image decoded;
    bool ready;
};

struct image_ahead {
    struct image_ahead_config config;
    size_t next;          /* image that is asked for */
    size_t begun;         /* images that somebody decodes or has decoded */
    bool stopping;        /* nobody asks for more */
    struct place *places; /* [ahead] */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t workers[MOST_WORKERS];
    int running; /* of them */
};

int image_ahead_workers(const char *device)
{
    if (!device || strcmp(device, "cpu") == 0)
        return 0;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > MOST_WORKERS ? MOST_WORKERS : (int)cores;
}

static struct ahead_image decode(const struct image_ahead *ahead, size_t index)
{
    const struct image_ahead_config *config = &ahead->config;
    struct ahead_image out = {0};
    const double start = progress_clock();
    out.status = config->load(config->user, config->context, index, &out.image);
    if (out.status != DET_OK)
        snprintf(out.message, sizeof out.message, "%s",
                 det_context_message(config->context));
    out.seconds = progress_clock() - start;
    return out;
}

/* ------------------------------------------------------------------ workers */

/* The place of the image that is to be decoded next, or NULL: no more are
 * wanted.  The lock is held. */
static struct place *wait_for_room(struct image_ahead *ahead)
{
    const struct image_ahead_config *config = &ahead->config;
    while (!ahead->stopping && ahead->begun < config->count &&
           ahead->begun >= ahead->next + config->ahead)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    return ahead->stopping || ahead->begun == config->count
               ? NULL
               : &ahead->places[ahead->begun % config->ahead];
}

static void *work(void *user)
{
    struct image_ahead *ahead = user;
    struct place *place;
    pthread_mutex_lock(&ahead->lock);
    while ((place = wait_for_room(ahead))) {
        const size_t index = ahead->begun++;
        pthread_mutex_unlock(&ahead->lock);
        const struct ahead_image decoded = decode(ahead, index);
        pthread_mutex_lock(&ahead->lock);
        place->decoded = decoded;
        place->ready = true;
        pthread_cond_broadcast(&ahead->changed);
    }
    pthread_mutex_unlock(&ahead->lock);
    return NULL;
}

/* A signal does not wake who waits: it looks for one ten times a second. */
static bool wait_until_ready(struct image_ahead *ahead,
                             const struct place *place)
{
    while (!place->ready && !interrupt_signal()) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&ahead->changed, &ahead->lock, &until);
    }
    return place->ready;
}

static bool take_decoded(struct image_ahead *ahead, struct ahead_image *out)
{
    struct place *place = &ahead->places[ahead->next % ahead->config.ahead];
    pthread_mutex_lock(&ahead->lock);
    const bool ready = wait_until_ready(ahead, place);
    if (ready) {
        *out = place->decoded;
        *place = (struct place){.ready = false};
        ahead->next++;
        pthread_cond_broadcast(&ahead->changed);
    }
    pthread_mutex_unlock(&ahead->lock);
    return ready;
}

bool image_ahead_next(struct image_ahead *ahead, struct ahead_image *out)
{
    if (ahead->running > 0)
        return take_decoded(ahead, out);
    *out = decode(ahead, ahead->next++);
    return true;
}

/* --------------------------------------------------------- opening, closing */

/* With fewer threads than wanted, or none, it is slower and no less right. */
static void start_workers(struct image_ahead *ahead)
{
    const int wanted = ahead->config.workers;
    while (ahead->running < wanted && ahead->running < MOST_WORKERS &&
           pthread_create(&ahead->workers[ahead->running], NULL, work, ahead) ==
               0)
        ahead->running++;
}

enum exit_code image_ahead_open(struct image_ahead **out,
                                const struct image_ahead_config *config,
                                struct console *console)
{
    struct image_ahead *ahead = calloc(1, sizeof *ahead);
    struct place *places = calloc(config->ahead, sizeof *places);
    *out = NULL;
    if (!ahead || !places) {
        free(ahead);
        free(places);
        console_error(console, "out of memory");
        return EXIT_MEMORY;
    }
    ahead->config = *config;
    ahead->places = places;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    start_workers(ahead);
    *out = ahead;
    return EXIT_DONE;
}

static void stop_workers(struct image_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->stopping = true;
    pthread_cond_broadcast(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    while (ahead->running > 0)
        pthread_join(ahead->workers[--ahead->running], NULL);
}

void image_ahead_close(struct image_ahead **ahead)
{
    struct image_ahead *a = *ahead;
    if (!a)
        return;
    stop_workers(a);
    for (size_t i = 0; i < a->config.ahead; i++)
        det_image_destroy(&a->places[i].decoded.image);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->lock);
    free(a->places);
    free(a);
    *ahead = NULL;
}
