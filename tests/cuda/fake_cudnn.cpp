/* SPDX-License-Identifier: MIT */
/* cuDNN's graph API for convolutions and what follows them, by plain loops.
 * Attributes are kept as they are set; finalized descriptors do not change. */
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include <cudnn.h>

#include "tests/cuda/emulation.h"
#include "tests/cuda/fake_element.h"
#include "tests/cuda/fake_gpu.h"

struct cudnnContext {
    cudaStream_t stream;
};

namespace
{

struct object;
using reference = std::shared_ptr<object>;

struct value {
    cudnnBackendAttributeType_t type;
    int64_t count;
    std::vector<unsigned char> bytes;
    std::vector<reference> objects;
};

struct object {
    cudnnBackendDescriptorType_t type;
    bool finalized = false;
    std::map<int, value> values;
};

struct handle {
    reference is;
};

constexpr int engines = 3; /* for each graph; the first is of tensor cores */

bool refuses_fused, refuses_all, refuses_mixed;
size_t wanted_workspace;
bool on_tensor_cores; /* the graph that is running: floats are TF32 */

size_t size_of(cudnnBackendAttributeType_t type)
{
    switch (type) {
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
        return 8;
    case CUDNN_TYPE_BOOLEAN:
        return sizeof(bool);
    default:
        return 4;
    }
}

const value *find(const reference &of, int name)
{
    const auto at = of->values.find(name);
    return at == of->values.end() ? nullptr : &at->second;
}

template <typename T> std::vector<T> all(const reference &of, int name)
{
    const value *v = find(of, name);
    std::vector<T> out(v ? size_t(v->count) : 0);
    if (v)
        std::memcpy(out.data(), v->bytes.data(), out.size() * sizeof(T));
    return out;
}

bool is_set(const reference &of, int name)
{
    const value *v = find(of, name);
    return v && v->bytes[0] != 0;
}

reference one(const reference &of, int name)
{
    const value *v = find(of, name);
    return v && !v->objects.empty() ? v->objects[0] : nullptr;
}

/* ------------------------------------------------------------------ tensors */

struct tensor {
    cudaDataType_t type;
    std::vector<int64_t> sides, strides;
    int64_t id;
    bool inside;
    void *data;
};

using places = std::map<int64_t, void *>;
using temporaries = std::map<int64_t, std::vector<float>>;

cudaDataType_t type_of(cudnnDataType_t type)
{
    return type == CUDNN_DATA_BFLOAT16 ? CUDA_R_16BF
           : type == CUDNN_DATA_HALF   ? CUDA_R_16F
                                       : CUDA_R_32F;
}

tensor read_tensor(const reference &of)
{
    tensor t;
    t.type = type_of(all<cudnnDataType_t>(of, CUDNN_ATTR_TENSOR_DATA_TYPE)[0]);
    t.sides = all<int64_t>(of, CUDNN_ATTR_TENSOR_DIMENSIONS);
    t.strides = all<int64_t>(of, CUDNN_ATTR_TENSOR_STRIDES);
    t.id = all<int64_t>(of, CUDNN_ATTR_TENSOR_UNIQUE_ID)[0];
    t.inside = is_set(of, CUDNN_ATTR_TENSOR_IS_VIRTUAL);
    return t;
}

tensor bind_tensor(const reference &of, const places &given,
                   temporaries &inside)
{
    tensor t = read_tensor(of);
    if (t.inside) {
        std::vector<float> &room = inside[t.id];
        room.resize(size_t(t.sides[0] * t.strides[0]));
        t.data = room.data();
    } else {
        t.data = given.at(t.id);
    }
    return t;
}

size_t place(const tensor &t, int64_t n, int64_t c, int64_t y, int64_t x)
{
    return size_t(n * t.strides[0] + c * t.strides[1] + y * t.strides[2] +
                  x * t.strides[3]);
}

float at(const tensor &t, int64_t n, int64_t c, int64_t y, int64_t x)
{
    return read_element(t.data, t.type, place(t, n, c, y, x));
}

/* A side of 1 is repeated. */
float repeated(const tensor &t, int64_t n, int64_t c, int64_t y, int64_t x)
{
    return at(t, t.sides[0] == 1 ? 0 : n, t.sides[1] == 1 ? 0 : c,
              t.sides[2] == 1 ? 0 : y, t.sides[3] == 1 ? 0 : x);
}

/* --------------------------------------------------------------- operations */

struct steps {
    std::vector<int64_t> pads, strides, dilations;
};

steps read_steps(const reference &convolution)
{
    return {all<int64_t>(convolution, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS),
            all<int64_t>(convolution, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES),
            all<int64_t>(convolution, CUDNN_ATTR_CONVOLUTION_DILATIONS)};
}

/* visit(n, k, oy, ox, c in group, r, s, channel, iy, ix) for all products. */
template <typename Visit>
void each_product(const tensor &in, const tensor &weight, const tensor &out,
                  const steps &how, Visit visit)
{
    const int64_t group_in = weight.sides[1];
    const int64_t groups = in.sides[1] / group_in;
    const int64_t group_out = out.sides[1] / groups;
    for (int64_t n = 0; n < out.sides[0]; n++)
        for (int64_t y = 0; y < out.sides[2]; y++)
            for (int64_t x = 0; x < out.sides[3]; x++)
                for (int64_t r = 0; r < weight.sides[2]; r++)
                    for (int64_t s = 0; s < weight.sides[3]; s++) {
                        const int64_t iy = y * how.strides[0] - how.pads[0] +
                                           r * how.dilations[0];
                        const int64_t ix = x * how.strides[1] - how.pads[1] +
                                           s * how.dilations[1];
                        if (iy < 0 || ix < 0 || iy >= in.sides[2] ||
                            ix >= in.sides[3])
                            continue;
                        for (int64_t k = 0; k < out.sides[1]; k++) {
                            const int64_t first = k / group_out * group_in;
                            for (int64_t c = 0; c < group_in; c++)
                                visit(n, k, y, x, c, r, s, first + c, iy, ix);
                        }
                    }
}

/* Sums in double, kept where the results go once all are there. */
struct sums {
    explicit sums(const tensor &t)
        : of(t), value(size_t(t.sides[0] * t.strides[0]))
    {
    }
    double &at(int64_t n, int64_t c, int64_t y, int64_t x)
    {
        return value[place(of, n, c, y, x)];
    }
    void store()
    {
        for (size_t i = 0; i < value.size(); i++)
            write_element(of.data, of.type, i, float(value[i]));
    }
    const tensor &of;
    std::vector<double> value;
};

/* The factors that a tensor has, read once for the many products of each. */
struct floats {
    explicit floats(const tensor &t)
        : of(t), value(size_t(t.sides[0] * t.strides[0]))
    {
        for (size_t i = 0; i < value.size(); i++)
            value[i] = read_element(t.data, t.type, i);
        if (on_tensor_cores && t.type == CUDA_R_32F)
            for (float &factor : value)
                factor = rounded_to_tf32(factor);
    }
    double at(int64_t n, int64_t c, int64_t y, int64_t x) const
    {
        return double(value[place(of, n, c, y, x)]);
    }
    const tensor &of;
    std::vector<float> value;
};

void forward(const tensor &in, const tensor &weight, const tensor &out,
             const steps &how)
{
    sums to(out);
    const floats maps(in), weights(weight);
    each_product(in, weight, out, how,
                 [&](int64_t n, int64_t k, int64_t y, int64_t x, int64_t c,
                     int64_t r, int64_t s, int64_t channel, int64_t iy,
                     int64_t ix) {
                     to.at(n, k, y, x) +=
                         maps.at(n, channel, iy, ix) * weights.at(k, c, r, s);
                 });
    to.store();
}

void backward_data(const tensor &in, const tensor &weight, const tensor &out,
                   const steps &how)
{
    sums to(in);
    const floats gradients(out), weights(weight);
    each_product(in, weight, out, how,
                 [&](int64_t n, int64_t k, int64_t y, int64_t x, int64_t c,
                     int64_t r, int64_t s, int64_t channel, int64_t iy,
                     int64_t ix) {
                     to.at(n, channel, iy, ix) +=
                         gradients.at(n, k, y, x) * weights.at(k, c, r, s);
                 });
    to.store();
}

void backward_weight(const tensor &in, const tensor &weight, const tensor &out,
                     const steps &how)
{
    sums to(weight);
    const floats gradients(out), maps(in);
    each_product(in, weight, out, how,
                 [&](int64_t n, int64_t k, int64_t y, int64_t x, int64_t c,
                     int64_t r, int64_t s, int64_t channel, int64_t iy,
                     int64_t ix) {
                     to.at(k, c, r, s) +=
                         gradients.at(n, k, y, x) * maps.at(n, channel, iy, ix);
                 });
    to.store();
}

/* What a ReLU is told to do with NaN; not to keep it, unless it is told. */
bool keeps_nan(const reference &how)
{
    const auto told =
        all<cudnnNanPropagation_t>(how, CUDNN_ATTR_POINTWISE_NAN_PROPAGATION);
    return !told.empty() && told[0] == CUDNN_PROPAGATE_NAN;
}

void pointwise(const reference &op, const places &given, temporaries &inside)
{
    const reference how = one(op, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
    const auto mode =
        all<cudnnPointwiseMode_t>(how, CUDNN_ATTR_POINTWISE_MODE)[0];
    const bool nan_stays = keeps_nan(how);
    const tensor in = bind_tensor(one(op, CUDNN_ATTR_OPERATION_POINTWISE_XDESC),
                                  given, inside);
    const tensor out = bind_tensor(
        one(op, CUDNN_ATTR_OPERATION_POINTWISE_YDESC), given, inside);
    const reference second = one(op, CUDNN_ATTR_OPERATION_POINTWISE_BDESC);
    const tensor more = second ? bind_tensor(second, given, inside) : in;
    const auto relu = [&](float value) {
        return value > 0.0f || (nan_stays && value != value) ? value : 0.0f;
    };
    for (int64_t n = 0; n < out.sides[0]; n++)
        for (int64_t c = 0; c < out.sides[1]; c++)
            for (int64_t y = 0; y < out.sides[2]; y++)
                for (int64_t x = 0; x < out.sides[3]; x++) {
                    const float value = at(in, n, c, y, x);
                    write_element(out.data, out.type, place(out, n, c, y, x),
                                  mode == CUDNN_POINTWISE_ADD
                                      ? value + repeated(more, n, c, y, x)
                                      : relu(value));
                }
}

void run_node(const reference &op, const places &given, temporaries &inside)
{
    const auto t = [&](int name) {
        return bind_tensor(one(op, name), given, inside);
    };
    switch (op->type) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
        return forward(
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X),
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W),
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y),
            read_steps(
                one(op, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC)));
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
        return backward_data(
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX),
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W),
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY),
            read_steps(
                one(op, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC)));
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR:
        return backward_weight(
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X),
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW),
            t(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY),
            read_steps(one(
                op, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC)));
    default:
        return pointwise(op, given, inside);
    }
}

reference engine_of(const reference &plan)
{
    return one(one(plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG),
               CUDNN_ATTR_ENGINECFG_ENGINE);
}

int index_of(const reference &plan)
{
    return int(
        all<int64_t>(engine_of(plan), CUDNN_ATTR_ENGINE_GLOBAL_INDEX)[0]);
}

void run_graph(const reference &plan, const places &given)
{
    const reference graph =
        one(engine_of(plan), CUDNN_ATTR_ENGINE_OPERATION_GRAPH);
    temporaries inside;
    on_tensor_cores = index_of(plan) == 0;
    for (const reference &op :
         find(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS)->objects)
        run_node(op, given, inside);
}

template <typename T>
value value_of(cudnnBackendAttributeType_t type, const T &bytes)
{
    value v = {type, 1, {}, {}};
    v.bytes.resize(sizeof bytes);
    std::memcpy(v.bytes.data(), &bytes, sizeof bytes);
    return v;
}

reference make_config(const reference &graph, int64_t index)
{
    const auto engine = std::make_shared<object>();
    engine->type = CUDNN_BACKEND_ENGINE_DESCRIPTOR;
    engine->finalized = true;
    engine->values[CUDNN_ATTR_ENGINE_OPERATION_GRAPH] = {
        CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, {}, {graph}};
    engine->values[CUDNN_ATTR_ENGINE_GLOBAL_INDEX] =
        value_of(CUDNN_TYPE_INT64, index);
    if (index == 0)
        engine->values[CUDNN_ATTR_ENGINE_NUMERICAL_NOTE] = value_of(
            CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
    const auto config = std::make_shared<object>();
    config->type = CUDNN_BACKEND_ENGINECFG_DESCRIPTOR;
    config->finalized = true;
    config->values[CUDNN_ATTR_ENGINECFG_ENGINE] = {
        CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, {}, {engine}};
    return config;
}

bool is_bare(const reference &graph)
{
    return find(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS)->count == 1;
}

cudnnDataType_t type_of(const reference &op, int name)
{
    return all<cudnnDataType_t>(one(op, name), CUDNN_ATTR_TENSOR_DATA_TYPE)[0];
}

/* A gradient of weights that is not what it is made from. */
bool is_mixed(const reference &graph)
{
    const reference op = find(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS)->objects[0];
    return op->type ==
               CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR &&
           type_of(op, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW) !=
               type_of(op, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X);
}

cudnnStatus_t give_configs(const reference &heuristics, int64_t room,
                           int64_t *count, void *out)
{
    const reference graph =
        one(heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
    if (refuses_all || (refuses_fused && !is_bare(graph)) ||
        (refuses_mixed && is_mixed(graph)))
        return CUDNN_STATUS_NOT_SUPPORTED;
    *count = room < engines ? room : engines;
    for (int64_t i = 0; i < *count; i++)
        static_cast<handle **>(out)[i]->is = make_config(graph, i);
    return CUDNN_STATUS_SUCCESS;
}

} // namespace

extern "C" {

void fake_gpu_refuse_fused(bool refuse)
{
    refuses_fused = refuse;
}

void fake_gpu_refuse_all(bool refuse)
{
    refuses_all = refuse;
}

void fake_gpu_want_workspace(size_t bytes)
{
    wanted_workspace = bytes;
}

void fake_gpu_refuse_mixed(bool refuse)
{
    refuses_mixed = refuse;
}

cudnnStatus_t cudnnCreate(cudnnHandle_t *out)
{
    if (fake_gpu_fails("cudnnCreate"))
        return CUDNN_STATUS_NOT_INITIALIZED;
    *out = new cudnnContext{nullptr};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t context)
{
    delete context;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t context, cudaStream_t stream)
{
    context->stream = stream;
    return CUDNN_STATUS_SUCCESS;
}

const char *cudnnGetErrorString(cudnnStatus_t)
{
    return "an emulated error";
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type,
                                           cudnnBackendDescriptor_t *out)
{
    const auto made = std::make_shared<object>();
    made->type = type;
    *out = new handle{made};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t of)
{
    delete static_cast<handle *>(of);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t of,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type,
                                       int64_t count, const void *values)
{
    const reference &to = static_cast<handle *>(of)->is;
    if (to->finalized)
        return CUDNN_STATUS_NOT_INITIALIZED;
    value v = {type, count, {}, {}};
    if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
        for (int64_t i = 0; i < count; i++) {
            const reference &is = static_cast<handle *const *>(values)[i]->is;
            if (!is->finalized)
                return CUDNN_STATUS_BAD_PARAM;
            v.objects.push_back(is);
        }
    } else {
        v.bytes.resize(size_t(count) * size_of(type));
        std::memcpy(v.bytes.data(), values, v.bytes.size());
    }
    to->values[name] = v;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t of)
{
    if (fake_gpu_fails("cudnnBackendFinalize"))
        return CUDNN_STATUS_INTERNAL_ERROR;
    static_cast<handle *>(of)->is->finalized = true;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t const of,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type,
                                       int64_t room, int64_t *count, void *out)
{
    const reference &from = static_cast<handle *>(of)->is;
    if (!from->finalized)
        return CUDNN_STATUS_NOT_INITIALIZED;
    if (name == CUDNN_ATTR_ENGINEHEUR_RESULTS)
        return give_configs(from, room, count, out);
    if (name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE) {
        *static_cast<int64_t *>(out) =
            index_of(from) < engines - 1 ? int64_t(wanted_workspace) : 0;
        return CUDNN_STATUS_SUCCESS;
    }
    const value *v = find(from, name);
    *count = v ? v->count : 0;
    if (v && type == CUDNN_TYPE_BACKEND_DESCRIPTOR)
        static_cast<handle **>(out)[0]->is = v->objects[0];
    else if (v && v->count <= room)
        std::memcpy(out, v->bytes.data(), v->bytes.size());
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t context,
                                  cudnnBackendDescriptor_t plan,
                                  cudnnBackendDescriptor_t pack)
{
    const reference what = static_cast<handle *>(plan)->is;
    const reference given = static_cast<handle *>(pack)->is;
    const auto ids = all<int64_t>(given, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
    const auto data = all<void *>(given, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
    places where;
    if (fake_gpu_fails("cudnnBackendExecute") ||
        fake_gpu_is_broken(index_of(what)))
        return CUDNN_STATUS_EXECUTION_FAILED;
    for (size_t i = 0; i < ids.size(); i++)
        where[ids[i]] = data[i];
    emulation::enqueue(context->stream, [=] { run_graph(what, where); });
    return CUDNN_STATUS_SUCCESS;
}

} /* extern "C" */
