/* SPDX-License-Identifier: MIT */
/* Memory of the device, and of the host for what goes between them.  Where
 * there is too little, the message says how much was asked for, how much there
 * is, and what fits. */
#ifndef COMPUTE_CUDA_MEMORY_CUDA_H
#define COMPUTE_CUDA_MEMORY_CUDA_H

#include <stddef.h>

#include "base/message.h"

/* Returned with cudaFree; *out is NULL on failure. */
det_status det_device_memory(void **out, size_t bytes,
                             struct det_message *message);

/* Pinned; returned with cudaFreeHost. */
det_status det_pinned_memory(void **out, size_t bytes,
                             struct det_message *message);

#endif
