/* SPDX-License-Identifier: MIT */
/*
 * libdetect: where the time goes, layer by layer, and what the device could do.
 *
 *     det_session_create -> det_session_watch_layers -> det_session_run
 *
 * The rules of detect/detect.h hold: statuses, messages, ownership.
 */
#ifndef DETECT_MEASURE_H
#define DETECT_MEASURE_H

#include <detect/classify.h>
#include <detect/detect.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run of a convolution or of a linear layer; a network runs some of them
 * several times, on maps of different sizes. */
typedef struct det_layer_cost {
    const char *name;      /* torchvision's, without ".weight"; as long as it
                              is watched */
    const char *algorithm; /* of a CPU: "winograd", "pointwise" or
                              "direct", "linear", "transposed", "select" */
    int32_t in[4], out[4]; /* images or regions, height, width, channels */
    int32_t kernel;        /* its height */
    double seconds;        /* with bias, norm, residual and ReLU */
    double gflop;          /* 1e9 multiplications and additions of a direct
                              algorithm */
    double done_gflop;     /* those of the products that really were formed,
                              also beyond the map's edge; not what
                              transforms of Winograd's algorithm add */
} det_layer_cost;

/* Valid during the call, which comes from the thread that runs the network. */
typedef void (*det_layer_fn)(void *user, const det_layer_cost *cost);

/* Tell `watch` of each layer that a run computes; NULL: of none any more.  On a
 * GPU the layers, which then wait for each other, take longer together than
 * without.  Message kept by the session. */
DET_API det_status det_session_watch_layers(det_session *session,
                                            det_layer_fn watch, void *user);
/* Likewise; message kept by the classifier. */
DET_API det_status det_classifier_watch_layers(det_classifier *classifier,
                                               det_layer_fn watch, void *user);

/* What no program can surpass: fused multiply-adds in registers, in the widest
 * vectors that the library's kernels use on this CPU. */
typedef struct det_cpu_limit {
    int32_t threads;     /* that did it */
    double gflops;       /* 1e9 multiplications and additions a second, of all
                            threads together, the best of some turns */
    const char *vectors; /* "AVX-512", "AVX2" or "128 bits" */
} det_cpu_limit;

/* Takes a third of a second.  `threads`, 0 to 256: 0 is one for each
 * processor, DET_ERROR_ARGUMENT otherwise; it has no message. */
DET_API det_status det_cpu_limit_measure(int32_t threads, det_cpu_limit *out);

/* How fast a device's library of matrix products is: 1e9 multiplications and
 * additions a second of large ones in this precision, the best of some; what
 * convolutions of a GPU can come near to.  ("cpu": as det_cpu_limit_measure.)
 * Takes some hundred MB of a GPU's memory for a moment.  Message kept by
 * `context`. */
DET_API det_status det_device_limit_measure(det_context *context,
                                            const char *device,
                                            det_precision precision,
                                            double *gflops);

/* OpenBLAS, which forms the products of training's gradients on a CPU. */
typedef struct det_cpu_blas {
    const char *core;   /* its name for the CPU whose kernels it took */
    const char *better; /* much faster ones that this CPU has what it takes
                           for: a value for OPENBLAS_CORETYPE in the
                           environment; NULL: none */
} det_cpu_blas;

/* Both are as long as the process. */
DET_API det_cpu_blas det_cpu_blas_read(void);

#ifdef __cplusplus
}
#endif
#endif
