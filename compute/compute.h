/* SPDX-License-Identifier: MIT */
/* What an operator needs to run: the device's table, memory, threads. */
#ifndef COMPUTE_COMPUTE_H
#define COMPUTE_COMPUTE_H

#include <stdbool.h>

#include "base/message.h"
#include "compute/arena.h"
#include "compute/tensor.h"

struct det_device;
struct det_layer_watch;
struct det_mirror;
struct det_ops;
struct det_tape;

enum { DET_MOST_THREADS = 256, DET_MOST_MOMENTS = 16 };

struct det_compute {
    const struct det_ops *ops;
    struct det_device *device;        /* of the table; the CPU's is NULL */
    struct det_arena *arena;          /* of the device's memory */
    struct det_arena *host;           /* of the host's; NULL: it is the same */
    const struct det_mirror *mirrors; /* of parameters; see mirror.h */
    int num_mirrors;
    struct det_message *message; /* of the session */
    struct det_tape *tape;       /* of training; NULL: nothing is recorded */
    enum det_element element;    /* of a network's maps and weights */
    int threads;                 /* 1 to DET_MOST_THREADS */
    bool recording; /* the device takes down what it is asked for, and whom it
                       calls must not ask it for more (stop) */
    bool playing;   /* a recording is: operators compute nothing */
    bool in_order; /* convolutions sum tap by tap and RoIAlign sample by sample,
                      in torch's order, where other ways are faster */
    int (*stop)(void *user); /* asked whenever a tensor is taken: non-zero is
                                DET_ERROR_CANCELLED; may be NULL */
    void *stop_user;
    const struct det_layer_watch *watch; /* of layers; NULL: nobody looks, and
                                            it costs nothing */
    double flops; /* multiplications and additions so far, as a
                     direct algorithm would need them */
    double moments[DET_MOST_MOMENTS]; /* seconds of the host's clock, which a
                                         CPU's are (compute/moments.h) */
};

/* While planning, operators check shapes and take memory but compute nothing:
 * the network's one definition also measures the memory it needs. */
static inline bool det_planning(const struct det_compute *compute)
{
    return compute->arena->memory == NULL;
}

/* Whether operators compute nothing: also while what they would do is played
 * from a recording (compute/recording.h). */
static inline bool det_idle(const struct det_compute *compute)
{
    return compute->playing || det_planning(compute);
}

/* For what the host writes and reads: boxes, indices, targets. */
static inline struct det_arena *
det_host_arena(const struct det_compute *compute)
{
    return compute->host ? compute->host : compute->arena;
}

/* The table of a device by its name ("cpu", "cuda"), or NULL. */
const struct det_ops *det_ops_for(const char *device);

/* The same; NULL is the CPU, and one that this build has not is an error that
 * lists those it has. */
det_status det_ops_find(const struct det_ops **out, const char *device,
                        struct det_message *message);

/* A new tensor of [n, h, w, c] floats from the arena; capacity = n. */
det_status det_tensor_take(struct det_compute *compute, struct det_tensor *out,
                           int32_t n, int32_t h, int32_t w, int32_t c);

/* A new tensor of [like->n, h, w, c] with the capacity and the elements of
 * `like`. */
det_status det_tensor_take_like(struct det_compute *compute,
                                struct det_tensor *out,
                                const struct det_tensor *like, int32_t h,
                                int32_t w, int32_t c);

/* [n, h, w, c] floats of the host's memory. */
det_status det_host_tensor_take(struct det_compute *compute,
                                struct det_tensor *out, int32_t n, int32_t h,
                                int32_t w, int32_t c);

/* What the host reads of a tensor of floats: a copy in its memory, or where the
 * device shares that, the tensor itself.  The values are there after det_wait,
 * as long as the tensor is. */
det_status det_host_view_take(struct det_compute *compute,
                              struct det_tensor *out,
                              const struct det_tensor *tensor);
void det_host_view_give(struct det_compute *compute, struct det_tensor *view);

/* What the host did to a view, back into the tensor that it is of. */
det_status det_host_view_write(struct det_compute *compute,
                               const struct det_tensor *view,
                               const struct det_tensor *tensor);

/* A tensor that the host wrote becomes one of the device. */
det_status det_tensor_move_to_device(struct det_compute *compute,
                                     struct det_tensor *tensor);

/* A tensor of floats of the device becomes one of the compute's elements, as a
 * network's maps are. */
det_status det_tensor_round(struct det_compute *compute,
                            struct det_tensor *tensor);

/* Until the device has done what it was asked for. */
det_status det_wait(struct det_compute *compute);

/* A copy that is to be returned too: the memory stays until both are. */
struct det_tensor det_tensor_hold(struct det_compute *compute,
                                  const struct det_tensor *tensor);

/* Whether its memory is nobody else's. */
bool det_tensor_is_sole(const struct det_compute *compute,
                        const struct det_tensor *tensor);

/* Return its memory and clear it. */
void det_tensor_give(struct det_compute *compute, struct det_tensor *tensor);

#endif
