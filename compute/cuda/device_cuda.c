/* SPDX-License-Identifier: MIT */
#include "compute/cuda/device_cuda.h"

#include <stdlib.h>

#include "base/memory.h"
#include "compute/cuda/convolution_cuda.h"
#include "compute/cuda/gemm_cuda.h"
#include "compute/cuda/memory_cuda.h"

/* ------------------------------------------------------------------- errors */

/* What a user can do. */
static const char *hint_of(cudaError_t error)
{
    switch (error) {
    case cudaErrorNoDevice:
        return ": this machine has no GPU that CUDA can use; leave out "
               "--device cuda";
    case cudaErrorInsufficientDriver:
        return ": the driver is older than the toolkit that this was built "
               "with, or there is none (nvidia-smi tells)";
    case cudaErrorMemoryAllocation:
        return ": use smaller photos (--min-size, --max-size)";
    case cudaErrorNoKernelImageForDevice:
        return ": this build has no code for this GPU; set -Dgpus";
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
        return ": the GPU's state is lost; close the session";
    default:
        return "";
    }
}

det_status det_cuda_check(struct det_message *message, cudaError_t error,
                          const char *call)
{
    if (error == cudaSuccess)
        return DET_OK;
    cudaGetLastError(); /* or the next call would report it again */
    return det_fail(message,
                    error == cudaErrorMemoryAllocation ? DET_ERROR_MEMORY
                                                       : DET_ERROR_DEVICE,
                    "%s: CUDA error %d, %s%s", call, (int)error,
                    cudaGetErrorString(error), hint_of(error));
}

det_status det_cudnn_check(struct det_message *message, cudnnStatus_t error,
                           const char *call)
{
    if (error == CUDNN_STATUS_SUCCESS)
        return DET_OK;
    return det_fail(message, DET_ERROR_DEVICE, "%s: cuDNN status %d, %s", call,
                    (int)error, cudnnGetErrorString(error));
}

det_status det_cublas_check(struct det_message *message, cublasStatus_t error,
                            const char *call)
{
    if (error == CUBLAS_STATUS_SUCCESS)
        return DET_OK;
    return det_fail(message, DET_ERROR_DEVICE, "%s: cuBLAS status %d, %s", call,
                    (int)error, cublasLtGetStatusString(error));
}

det_status det_launched(const struct det_compute *compute, const char *name)
{
    return det_cuda_check(compute->message, cudaGetLastError(), name);
}

/* --------------------------------------------------------- opening, closing */

static det_status choose_gpu(const struct det_device *device,
                             struct det_message *message)
{
    int count = 0;
    DET_TRY(det_cuda_check(message, cudaGetDeviceCount(&count),
                           "cudaGetDeviceCount"));
    if (device->index < 0 || device->index >= count)
        return det_fail(message, DET_ERROR_DEVICE,
                        "there is no GPU %d; this machine has %d, from 0 on",
                        device->index, count);
    return det_cuda_check(message, cudaSetDevice(device->index),
                          "cudaSetDevice");
}

static det_status open_libraries(struct det_device *device,
                                 struct det_message *message)
{
    DET_TRY(det_cuda_check(
        message,
        cudaStreamCreateWithFlags(&device->stream, cudaStreamNonBlocking),
        "cudaStreamCreate"));
    DET_TRY(det_cudnn_check(message, cudnnCreate(&device->dnn), "cudnnCreate"));
    DET_TRY(det_cudnn_check(message,
                            cudnnSetStream(device->dnn, device->stream),
                            "cudnnSetStream"));
    return det_cublas_check(message, cublasLtCreate(&device->blas),
                            "cublasLtCreate");
}

det_status det_device_grow_cuda(struct det_device *device, size_t bytes,
                                struct det_message *message)
{
    void *larger;
    if (bytes <= device->workspace_size)
        return DET_OK;
    DET_TRY(det_device_memory(&larger, bytes, message));
    cudaFree(device->workspace); /* waits for who uses it */
    device->workspace = larger;
    device->workspace_size = bytes;
    return DET_OK;
}

static det_status take_memory(struct det_device *device,
                              struct det_message *message)
{
    void *sums;
    DET_TRY(det_device_grow_cuda(device, DET_CUDA_WORKSPACE, message));
    DET_TRY(det_pinned_memory(&sums, DET_CUDA_SUMS * sizeof *device->sums.value,
                              message));
    device->sums.value = sums;
    DET_TRY(det_moments_create(&device->moments, message));
    DET_TRY(det_conv_plans_create(&device->plans, message));
    return det_gemm_plans_create(&device->products, message);
}

det_status det_device_open_cuda(struct det_device **out,
                                const struct det_device_options *options,
                                struct det_message *message)
{
    det_status status;
    DET_TRY(det_allocate(out, 1, sizeof **out, message));
    (*out)->index = options->index;
    (*out)->options = *options;
    DET_TRY_OR_FAIL(choose_gpu(*out, message));
    DET_TRY_OR_FAIL(open_libraries(*out, message));
    DET_TRY_OR_FAIL(take_memory(*out, message));
    return DET_OK;
fail:
    det_device_close_cuda(out);
    return status;
}

/* Of a device that was opened in part, too. */
void det_device_close_cuda(struct det_device **device)
{
    struct det_device *d = *device;
    if (!d)
        return;
    if (d->stream)
        cudaStreamSynchronize(d->stream);
    det_recordings_clear(&d->recordings);
    det_conv_plans_destroy(&d->plans);
    det_gemm_plans_destroy(&d->products);
    det_moments_destroy(&d->moments);
    det_staging_release(&d->staging);
    cudaFreeHost(d->sums.value);
    cudaFree(d->workspace);
    if (d->blas)
        cublasLtDestroy(d->blas);
    if (d->dnn)
        cudnnDestroy(d->dnn);
    if (d->stream)
        cudaStreamDestroy(d->stream);
    free(d);
    *device = NULL;
}

det_status det_device_wait_cuda(struct det_device *device,
                                struct det_message *message)
{
    DET_TRY(det_cuda_check(message, cudaStreamSynchronize(device->stream),
                           "cudaStreamSynchronize"));
    det_sums_arrive(&device->sums);
    det_staging_restart(&device->staging);
    return DET_OK;
}
