/* SPDX-License-Identifier: MIT */
#ifndef BASE_ON_DEVICE_H
#define BASE_ON_DEVICE_H

/* Of small functions in headers that kernels of the GPU call, too. */
#ifdef __CUDACC__
#define DET_ON_DEVICE __host__ __device__
#else
#define DET_ON_DEVICE
#endif

#endif
