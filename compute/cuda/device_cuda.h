/* SPDX-License-Identifier: MIT */
/*
 * One GPU as one user of it sees it: a stream on which everything happens in
 * order, the handles of the vendor's libraries, and what they need besides.
 * Nothing waits for the GPU but det_device_wait and copies to the host.
 */
#ifndef COMPUTE_CUDA_DEVICE_CUDA_H
#define COMPUTE_CUDA_DEVICE_CUDA_H

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "compute/compute.h"
#include "compute/cuda/moments_cuda.h"
#include "compute/cuda/recording_cuda.h"
#include "compute/cuda/staging_cuda.h"
#include "compute/device.h"

/* Scratch of the vendor's kernels and of own sums, bytes: at first, and at
 * most, where a convolution asks for more.  Kernels that want more than that
 * are not chosen. */
enum { DET_CUDA_WORKSPACE = 64 << 20, DET_CUDA_MOST_WORKSPACE = 1 << 30 };

struct det_device {
    int index; /* of the GPU */
    struct det_device_options options;
    cudaStream_t stream;
    cudnnHandle_t dnn;
    cublasLtHandle_t blas;
    void *workspace; /* memory of the device */
    size_t workspace_size;
    struct det_staging staging;
    struct det_sums sums;
    struct det_recordings recordings;
    struct det_moments moments;
    struct det_conv_plans *plans;    /* convolution_cuda.c */
    struct det_gemm_plans *products; /* gemm_cuda.c */
};

det_status det_device_open_cuda(struct det_device **out,
                                const struct det_device_options *options,
                                struct det_message *message);
void det_device_close_cuda(struct det_device **device);

/* At least so many bytes of workspace; after a failure it is as it was. */
det_status det_device_grow_cuda(struct det_device *device, size_t bytes,
                                struct det_message *message);

/* Until all that was asked for is done; sums of losses arrive with it. */
det_status det_device_wait_cuda(struct det_device *device,
                                struct det_message *message);

/* What a call of the vendor's returned as a status, with the name of the call,
 * the code and what to do. */
det_status det_cuda_check(struct det_message *message, cudaError_t error,
                          const char *call);
det_status det_cudnn_check(struct det_message *message, cudnnStatus_t error,
                           const char *call);
det_status det_cublas_check(struct det_message *message, cublasStatus_t error,
                            const char *call);

/* Behind the launch of a kernel of this operator. */
det_status det_launched(const struct det_compute *compute, const char *name);

#endif
