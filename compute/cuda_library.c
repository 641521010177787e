/* SPDX-License-Identifier: MIT */
#include "compute/cuda_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "compute/cuda/ops_cuda.h"

#if DET_CUDA == 2 /* of an emulated GPU: part of this library */

const struct det_ops *det_cuda_ops(struct det_message *message)
{
    (void)message;
    return &det_ops_cuda;
}

#elif DET_CUDA == 1

#define LIBRARY "libdetect-cuda.so.0"

/* Beside the file that this code is in, else where the system looks.  It stays
 * loaded: the vendor's libraries cannot be unloaded. */
static void *load(void)
{
    Dl_info self;
    char path[4096];
    if (dladdr(&det_ops_find, &self) && self.dli_fname) {
        const char *slash = strrchr(self.dli_fname, '/');
        const int folder = slash ? (int)(slash - self.dli_fname) + 1 : 0;
        const int length = snprintf(path, sizeof path, "%.*s%s", folder,
                                    self.dli_fname, LIBRARY);
        void *library = length > 0 && length < (int)sizeof path
                            ? dlopen(path, RTLD_NOW | RTLD_LOCAL)
                            : NULL;
        if (library)
            return library;
    }
    return dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
}

const struct det_ops *det_cuda_ops(struct det_message *message)
{
    void *library = load();
    const struct det_ops *ops = library ? dlsym(library, "det_ops_cuda") : NULL;
    if (!ops)
        det_fail(message, DET_ERROR_DEVICE,
                 "the library for the GPU does not load: %s", dlerror());
    return ops;
}

#else

const struct det_ops *det_cuda_ops(struct det_message *message)
{
    det_fail(message, DET_ERROR_DEVICE,
             "this build is without the GPU: it was configured where CUDA and "
             "cuDNN are not, or with -Dcuda=disabled");
    return NULL;
}

#endif
