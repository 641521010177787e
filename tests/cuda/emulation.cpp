/* SPDX-License-Identifier: MIT */
#include "tests/cuda/emulation.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <ucontext.h>

#include "tests/cuda/fake_gpu.h"

dim3 threadIdx, blockIdx, blockDim, gridDim;

using works = std::deque<std::function<void()>>;

struct CUstream_st {
    works work;
    works recorded; /* while it is captured */
    bool capturing, invalid;
};

struct CUgraph_st {
    works work;
};

struct CUgraphExec_st {
    works work;
};

struct CUevent_st {
    bool happened; /* since it was recorded last */
    std::chrono::steady_clock::time_point at;
};

namespace
{

[[noreturn]] void die(const char *what)
{
    std::fprintf(stderr, "emulated GPU: %s\n", what);
    std::abort();
}

/* ---------------------------------------------------------- threads, blocks */

constexpr size_t stack_bytes = 64 << 10;

struct fiber {
    ucontext_t context;
    std::vector<unsigned char> stack;
    bool ended;
};

ucontext_t scheduler;
std::vector<fiber> fibers;
fiber *running; /* NULL: threads that do not wait for each other */
const std::function<void()> *body;

void run_fiber()
{
    (*body)();
    running->ended = true;
    swapcontext(&running->context, &scheduler);
}

void start_fiber(fiber &f)
{
    f.stack.resize(stack_bytes);
    f.ended = false;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.data();
    f.context.uc_stack.ss_size = f.stack.size();
    f.context.uc_link = nullptr;
    makecontext(&f.context, run_fiber, 0);
}

/* All threads up to their next barrier or end; whether they ended. */
bool run_phase(unsigned count)
{
    unsigned ended = 0;
    for (unsigned t = 0; t < count; t++) {
        threadIdx = dim3(t);
        running = &fibers[t];
        swapcontext(&scheduler, &running->context);
        ended += running->ended;
    }
    running = nullptr;
    if (ended != 0 && ended != count)
        die("some threads of a block ended where others wait");
    return ended == count;
}

void run_block(const emulation::shape &how, const std::function<void()> &thread)
{
    const unsigned count = how.block.x;
    if (!how.waits) {
        for (unsigned t = 0; t < count; t++) {
            threadIdx = dim3(t);
            thread();
        }
        return;
    }
    if (fibers.size() < count)
        fibers.resize(count);
    body = &thread;
    for (unsigned t = 0; t < count; t++)
        start_fiber(fibers[t]);
    while (!run_phase(count))
        ;
}

/* ------------------------------------------------------------------- memory */

std::map<void *, size_t> device_blocks, pinned_blocks;
std::set<cudaStream_t> streams;
size_t device_bytes;

void protect_device(int access)
{
    for (const auto &block : device_blocks)
        if (mprotect(block.first, block.second, access) != 0)
            die("mprotect failed");
}

void drain(cudaStream_t stream)
{
    if (stream->work.empty())
        return;
    protect_device(PROT_READ | PROT_WRITE);
    while (!stream->work.empty()) {
        stream->work.front()();
        stream->work.pop_front();
    }
    protect_device(PROT_NONE);
}

/* Work of a stream that is captured does not happen. */
void put(cudaStream_t stream, std::function<void()> work)
{
    (stream->capturing ? stream->recorded : stream->work)
        .push_back(std::move(work));
}

/* What waits, allocates or frees has no place in a capture, which it spoils. */
bool spoils_capture()
{
    bool any = false;
    for (cudaStream_t stream : streams) {
        stream->invalid = stream->invalid || stream->capturing;
        any = any || stream->capturing;
    }
    return any;
}

/* Freeing waits for all that was asked for. */
void drain_all()
{
    for (cudaStream_t stream : streams)
        drain(stream);
}

bool is_pinned(const void *memory)
{
    auto block = pinned_blocks.upper_bound(const_cast<void *>(memory));
    if (block == pinned_blocks.begin())
        return false;
    --block;
    return memory < static_cast<char *>(block->first) + block->second;
}

/* ------------------------------------------------------ failures on order */

size_t gpu_bytes = size_t(8) << 30;
int gpus = 1;
const char *failing;
int calls_before, broken;
std::map<std::string, int> calls; /* so far, by name */
cudaError_t last_error = cudaSuccess;

cudaError_t answer(cudaError_t error)
{
    if (error != cudaSuccess)
        last_error = error;
    return error;
}

} // namespace

bool fake_gpu_fails(const char *call)
{
    calls[call]++;
    return failing && std::strcmp(failing, call) == 0 && calls_before-- == 0;
}

int fake_gpu_calls(const char *call)
{
    return calls[call];
}

void fake_gpu_fail(const char *call, int after)
{
    failing = call;
    calls_before = after;
}

void fake_gpu_break(int count)
{
    broken = count;
}

bool fake_gpu_is_broken(int index)
{
    return index < broken;
}

void fake_gpu_set(int count, size_t bytes)
{
    gpus = count;
    gpu_bytes = bytes;
}

size_t fake_gpu_used()
{
    return device_bytes;
}

/* -------------------------------------------------------------- for kernels */

void __syncthreads()
{
    if (!running)
        die("a barrier in a kernel that was started without");
    fiber *self = running;
    const dim3 index = threadIdx;
    swapcontext(&self->context, &scheduler);
    threadIdx = index;
}

void emulation::enqueue(cudaStream_t stream, std::function<void()> work)
{
    put(stream, std::move(work));
}

bool emulation::may_launch()
{
    if (!fake_gpu_fails("launch"))
        return true;
    last_error = cudaErrorLaunchFailure;
    return false;
}

void emulation::run_grid(const shape &how, const std::function<void()> &thread)
{
    if (how.grid.x == 0 || how.block.x == 0 || how.block.x > 1024)
        die("a grid or block of an impossible size");
    gridDim = how.grid;
    blockDim = how.block;
    for (unsigned z = 0; z < how.grid.z; z++)
        for (unsigned y = 0; y < how.grid.y; y++)
            for (unsigned x = 0; x < how.grid.x; x++) {
                blockIdx = dim3(x, y, z);
                run_block(how, thread);
            }
}

/* -------------------------------------------------------------- the runtime */

extern "C" {

cudaError_t cudaMalloc(void **out, size_t bytes)
{
    *out = nullptr;
    if (spoils_capture())
        return answer(cudaErrorStreamCaptureUnsupported);
    if (fake_gpu_fails("cudaMalloc") || bytes > gpu_bytes - device_bytes)
        return answer(cudaErrorMemoryAllocation);
    void *memory = mmap(nullptr, bytes ? bytes : 1, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return answer(cudaErrorMemoryAllocation);
    device_blocks[memory] = bytes ? bytes : 1;
    device_bytes += bytes;
    *out = memory;
    return cudaSuccess;
}

cudaError_t cudaFree(void *memory)
{
    if (!memory)
        return cudaSuccess;
    if (spoils_capture())
        return answer(cudaErrorStreamCaptureUnsupported);
    drain_all();
    const auto block = device_blocks.find(memory);
    if (block == device_blocks.end())
        die("cudaFree of what is not the device's");
    device_bytes -= block->second;
    munmap(memory, block->second);
    device_blocks.erase(block);
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **out, size_t bytes)
{
    *out = fake_gpu_fails("cudaMallocHost") ? nullptr
                                            : std::malloc(bytes ? bytes : 1);
    if (*out)
        pinned_blocks[*out] = bytes ? bytes : 1;
    return answer(*out ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaFreeHost(void *memory)
{
    drain_all();
    pinned_blocks.erase(memory);
    std::free(memory);
    return cudaSuccess;
}

/* Of other memory of the host than pinned, the bytes are read at once. */
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes,
                            enum cudaMemcpyKind kind, cudaStream_t stream)
{
    if (fake_gpu_fails("cudaMemcpyAsync"))
        return answer(cudaErrorInvalidValue);
    if (kind == cudaMemcpyHostToDevice && !is_pinned(from)) {
        const auto *first = static_cast<const unsigned char *>(from);
        const std::vector<unsigned char> now(first, first + bytes);
        put(stream, [=] { std::memcpy(to, now.data(), bytes); });
        return cudaSuccess;
    }
    if (bytes > 0)
        put(stream, [=] { std::memcpy(to, from, bytes); });
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes,
                            cudaStream_t stream)
{
    if (fake_gpu_fails("cudaMemsetAsync"))
        return answer(cudaErrorInvalidValue);
    if (bytes > 0)
        put(stream, [=] { std::memset(to, value, bytes); });
    return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *out, unsigned)
{
    if (fake_gpu_fails("cudaStreamCreate"))
        return answer(cudaErrorUnknown);
    *out = new CUstream_st{};
    streams.insert(*out);
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    streams.erase(stream);
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    if (spoils_capture())
        return answer(cudaErrorStreamCaptureUnsupported);
    drain(stream);
    if (fake_gpu_fails("cudaStreamSynchronize"))
        return answer(cudaErrorIllegalAddress);
    return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream,
                                   enum cudaStreamCaptureMode)
{
    if (fake_gpu_fails("cudaStreamBeginCapture") || stream->capturing)
        return answer(cudaErrorIllegalState);
    stream->recorded.clear();
    stream->capturing = true;
    stream->invalid = false;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *out)
{
    *out = nullptr;
    if (!stream->capturing)
        return answer(cudaErrorIllegalState);
    stream->capturing = false;
    if (fake_gpu_fails("cudaStreamEndCapture") || stream->invalid)
        return answer(cudaErrorStreamCaptureInvalidated);
    *out = new CUgraph_st{std::move(stream->recorded)};
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *out, cudaGraph_t graph,
                                 unsigned long long)
{
    *out = nullptr;
    if (fake_gpu_fails("cudaGraphInstantiate"))
        return answer(cudaErrorMemoryAllocation);
    *out = new CUgraphExec_st{graph->work};
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream)
{
    if (fake_gpu_fails("cudaGraphLaunch"))
        return answer(cudaErrorLaunchFailure);
    for (const auto &work : graph->work)
        put(stream, work);
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph)
{
    drain_all();
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *out)
{
    if (fake_gpu_fails("cudaEventCreate"))
        return answer(cudaErrorUnknown);
    *out = new CUevent_st{};
    return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    event->happened = false;
    put(stream, [=] {
        event->happened = true;
        event->at = std::chrono::steady_clock::now();
    });
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t)
{
    drain_all();
    return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *out, cudaEvent_t from, cudaEvent_t to)
{
    if (!from->happened || !to->happened)
        return answer(cudaErrorNotReady);
    *out = std::chrono::duration<float, std::milli>(to->at - from->at).count();
    return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *count)
{
    *count = gpus;
    return answer(gpus > 0 ? cudaSuccess : cudaErrorNoDevice);
}

cudaError_t cudaSetDevice(int device)
{
    return answer(device < gpus ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaMemGetInfo(size_t *available, size_t *total)
{
    *total = gpu_bytes;
    *available = gpu_bytes - device_bytes;
    return cudaSuccess;
}

cudaError_t cudaGetLastError(void)
{
    const cudaError_t error = last_error;
    last_error = cudaSuccess;
    return error;
}

const char *cudaGetErrorString(cudaError_t error)
{
    return error == cudaErrorNoDevice ? "no CUDA-capable device is detected"
                                      : "an emulated error";
}

} /* extern "C" */
