/* SPDX-License-Identifier: MIT */
#include "compute/cuda/graph_cuda.h"

#include "compute/cuda/device_cuda.h"

enum {
    RANK = 4,
    MOST_NODES = 4, /* convolution, residual, bias, ReLU */
    MOST_DESCRIPTORS = 24,
    MOST_CONFIGS = 64, /* that the heuristics propose */
    MOST_NOTES = 16,   /* of one engine */
    ALIGNMENT = 16     /* bytes, of every tensor */
};

/* ------------------------------------------------------ making descriptors */

/* Descriptors in the making; one `status` for all calls, the first that
 * failed. */
struct builder {
    struct det_device *device;
    const struct det_conv_problem *problem;
    cudnnStatus_t status;
    cudnnBackendDescriptor_t made[MOST_DESCRIPTORS];
    int count;
    cudnnBackendDescriptor_t nodes[MOST_NODES];
    int64_t num_nodes;
    int64_t proposed; /* configurations, so far */
    size_t lacking;   /* workspace that one wanted and there was not; 0: none */
};

static void note(struct builder *b, cudnnStatus_t status)
{
    if (b->status == CUDNN_STATUS_SUCCESS)
        b->status = status;
}

/* A new one, which the builder destroys; NULL once something failed. */
static cudnnBackendDescriptor_t make(struct builder *b,
                                     cudnnBackendDescriptorType_t type)
{
    cudnnBackendDescriptor_t out = NULL;
    if (b->status != CUDNN_STATUS_SUCCESS)
        return NULL;
    if (b->count == MOST_DESCRIPTORS) {
        note(b, CUDNN_STATUS_INTERNAL_ERROR);
        return NULL;
    }
    note(b, cudnnBackendCreateDescriptor(type, &out));
    if (out)
        b->made[b->count++] = out;
    return out;
}

static void set(struct builder *b, cudnnBackendDescriptor_t of,
                cudnnBackendAttributeName_t name,
                cudnnBackendAttributeType_t type, int64_t count,
                const void *values)
{
    if (b->status == CUDNN_STATUS_SUCCESS)
        note(b, cudnnBackendSetAttribute(of, name, type, count, values));
}

static void set_descriptor(struct builder *b, cudnnBackendDescriptor_t of,
                           cudnnBackendAttributeName_t name,
                           cudnnBackendDescriptor_t value)
{
    set(b, of, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value);
}

static void set_longs(struct builder *b, cudnnBackendDescriptor_t of,
                      cudnnBackendAttributeName_t name, int64_t count,
                      const int64_t *values)
{
    set(b, of, name, CUDNN_TYPE_INT64, count, values);
}

static void finalize(struct builder *b, cudnnBackendDescriptor_t of)
{
    if (b->status == CUDNN_STATUS_SUCCESS)
        note(b, cudnnBackendFinalize(of));
}

static void destroy_made(struct builder *b)
{
    while (b->count > 0)
        cudnnBackendDestroyDescriptor(b->made[--b->count]);
}

/* ----------------------------------------------------------------- tensors */

/* What a plan is given and gives is of the problem's elements, but for a
 * gradient of weights that is of floats; in between are floats. */
static cudnnDataType_t data_type(const struct builder *b,
                                 enum det_graph_tensor name)
{
    const struct det_conv_problem *p = b->problem;

    static const cudnnDataType_t types[] = {
        [DET_ELEMENT_FP32] = CUDNN_DATA_FLOAT,
        [DET_ELEMENT_BF16] = CUDNN_DATA_BFLOAT16,
        [DET_ELEMENT_FP16] = CUDNN_DATA_HALF};
    if (name >= DET_GRAPH_SUM)
        return CUDNN_DATA_FLOAT;
    return types[name == DET_GRAPH_WEIGHT ? p->weight_element : p->element];
}

/* [n, c, h, w] of cuDNN, the channels of a place together. */
static cudnnBackendDescriptor_t
tensor(struct builder *b, enum det_graph_tensor name, const int64_t sides[RANK])
{
    cudnnBackendDescriptor_t out = make(b, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
    const int64_t strides[RANK] = {sides[1] * sides[2] * sides[3], 1,
                                   sides[3] * sides[1], sides[1]};
    const int64_t id = name, alignment = ALIGNMENT;
    const bool inside = name >= DET_GRAPH_SUM;
    const cudnnDataType_t type = data_type(b, name);
    set(b, out, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
    set_longs(b, out, CUDNN_ATTR_TENSOR_DIMENSIONS, RANK, sides);
    set_longs(b, out, CUDNN_ATTR_TENSOR_STRIDES, RANK, strides);
    set_longs(b, out, CUDNN_ATTR_TENSOR_UNIQUE_ID, 1, &id);
    set_longs(b, out, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 1, &alignment);
    set(b, out, CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, 1, &inside);
    finalize(b, out);
    return out;
}

static cudnnBackendDescriptor_t in_tensor(struct builder *b)
{
    const struct det_conv_problem *p = b->problem;
    const int64_t sides[RANK] = {p->n, p->shape.in_channels, p->in_h, p->in_w};
    return tensor(b, DET_GRAPH_IN, sides);
}

static cudnnBackendDescriptor_t weight_tensor(struct builder *b)
{
    const struct det_conv_shape *s = &b->problem->shape;
    const int64_t sides[RANK] = {s->out_channels, s->in_channels / s->groups,
                                 s->kernel_h, s->kernel_w};
    return tensor(b, DET_GRAPH_WEIGHT, sides);
}

/* The output, or anything of its shape. */
static cudnnBackendDescriptor_t out_tensor(struct builder *b,
                                           enum det_graph_tensor name)
{
    const struct det_conv_problem *p = b->problem;
    const int64_t sides[RANK] = {p->n, p->shape.out_channels, p->out_h,
                                 p->out_w};
    return tensor(b, name, sides);
}

static cudnnBackendDescriptor_t bias_tensor(struct builder *b)
{
    const int64_t sides[RANK] = {1, b->problem->shape.out_channels, 1, 1};
    return tensor(b, DET_GRAPH_BIAS, sides);
}

/* ------------------------------------------------------------------- nodes */

static cudnnBackendDescriptor_t convolution(struct builder *b)
{
    cudnnBackendDescriptor_t out =
        make(b, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    const struct det_conv_shape *s = &b->problem->shape;
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    const int64_t rank = RANK - 2;
    const int64_t pads[] = {s->pad, s->pad};
    const int64_t strides[] = {s->stride, s->stride};
    const int64_t dilations[] = {s->dilation, s->dilation};
    set(b, out, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1,
        &type);
    set(b, out, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE,
        1, &mode);
    set_longs(b, out, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 1, &rank);
    set_longs(b, out, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, rank, pads);
    set_longs(b, out, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, rank, pads);
    set_longs(b, out, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, rank, strides);
    set_longs(b, out, CUDNN_ATTR_CONVOLUTION_DILATIONS, rank, dilations);
    finalize(b, out);
    return out;
}

/* The attributes of a pass, which have names of their own in each. */
struct pass_names {
    cudnnBackendDescriptorType_t type;
    cudnnBackendAttributeName_t alpha, beta, convolution, in, weight, out;
};

static const struct pass_names passes[] = {
    [DET_CONV_FORWARD] =
        {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
         CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
         CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
         CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
         CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
         CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
         CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y},
    [DET_CONV_BACKWARD_DATA] =
        {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY},
    [DET_CONV_BACKWARD_WEIGHT] =
        {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY},
};

static void add_convolution(struct builder *b, cudnnBackendDescriptor_t out)
{
    const struct pass_names *names = &passes[b->problem->pass];
    cudnnBackendDescriptor_t node = make(b, names->type);
    const float one = 1.0f, zero = 0.0f;
    set_descriptor(b, node, names->convolution, convolution(b));
    set_descriptor(b, node, names->in, in_tensor(b));
    set_descriptor(b, node, names->weight, weight_tensor(b));
    set_descriptor(b, node, names->out, out);
    set(b, node, names->alpha, CUDNN_TYPE_FLOAT, 1, &one);
    set(b, node, names->beta, CUDNN_TYPE_FLOAT, 1, &zero);
    finalize(b, node);
    b->nodes[b->num_nodes++] = node;
}

/* NaN stays NaN behind a ReLU, as on the CPU. */
static cudnnBackendDescriptor_t pointwise(struct builder *b,
                                          cudnnPointwiseMode_t mode)
{
    cudnnBackendDescriptor_t out = make(b, CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    const cudnnNanPropagation_t keep = CUDNN_PROPAGATE_NAN;
    set(b, out, CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, 1, &mode);
    set(b, out, CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, 1, &type);
    if (mode == CUDNN_POINTWISE_RELU_FWD)
        set(b, out, CUDNN_ATTR_POINTWISE_NAN_PROPAGATION,
            CUDNN_TYPE_NAN_PROPOGATION, 1, &keep);
    finalize(b, out);
    return out;
}

/* out = mode(in, second); `second` is NULL where there is one operand only */
static void add_pointwise(struct builder *b, cudnnPointwiseMode_t mode,
                          cudnnBackendDescriptor_t in,
                          cudnnBackendDescriptor_t second,
                          cudnnBackendDescriptor_t out)
{
    cudnnBackendDescriptor_t node =
        make(b, CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    set_descriptor(b, node, CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR,
                   pointwise(b, mode));
    set_descriptor(b, node, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, in);
    if (second)
        set_descriptor(b, node, CUDNN_ATTR_OPERATION_POINTWISE_BDESC, second);
    set_descriptor(b, node, CUDNN_ATTR_OPERATION_POINTWISE_YDESC, out);
    finalize(b, node);
    b->nodes[b->num_nodes++] = node;
}

/* The residual before the bias: the order that cuDNN has ready-made kernels
 * for. */
static void add_nodes(struct builder *b)
{
    const struct det_conv_problem *p = b->problem;
    cudnnBackendDescriptor_t at, next;
    int left = p->residual + p->bias + p->relu;
    at = out_tensor(b, left > 0 ? DET_GRAPH_SUM : DET_GRAPH_OUT);
    add_convolution(b, at);
    if (p->residual) {
        next = out_tensor(b, --left > 0 ? DET_GRAPH_AFTER_ADD : DET_GRAPH_OUT);
        add_pointwise(b, CUDNN_POINTWISE_ADD, at,
                      out_tensor(b, DET_GRAPH_RESIDUAL), next);
        at = next;
    }
    if (p->bias) {
        next = out_tensor(b, --left > 0 ? DET_GRAPH_AFTER_BIAS : DET_GRAPH_OUT);
        add_pointwise(b, CUDNN_POINTWISE_ADD, at, bias_tensor(b), next);
        at = next;
    }
    if (p->relu)
        add_pointwise(b, CUDNN_POINTWISE_RELU_FWD, at, NULL,
                      out_tensor(b, DET_GRAPH_OUT));
}

static cudnnBackendDescriptor_t graph_of(struct builder *b)
{
    add_nodes(b);
    cudnnBackendDescriptor_t out =
        make(b, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
    set(b, out, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1,
        &b->device->dnn);
    set(b, out, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR,
        b->num_nodes, b->nodes);
    finalize(b, out);
    return out;
}

/* ---------------------------------------------------------- choosing a plan */

static bool is_unwanted(const struct det_device_options *options,
                        cudnnBackendNumericalNote_t said)
{
    switch (said) {
    case CUDNN_NUMERICAL_NOTE_TENSOR_CORE: /* of floats they are TF32's */
        return options->precision == DET_PRECISION_FP32;
    case CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS: /* TF32's may say so */
        return options->precision != DET_PRECISION_TF32;
    case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
        return true;
    case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC:
        return options->deterministic;
    default:
        return false;
    }
}

/* What an engine says of itself goes with the options. */
static bool has_good_numbers(const struct det_device *device,
                             cudnnBackendDescriptor_t engine)
{
    cudnnBackendNumericalNote_t notes[MOST_NOTES];
    int64_t count = 0;
    if (cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                 CUDNN_TYPE_NUMERICAL_NOTE, MOST_NOTES, &count,
                                 notes) != CUDNN_STATUS_SUCCESS)
        return false;
    for (int64_t i = 0; i < count && i < MOST_NOTES; i++)
        if (is_unwanted(&device->options, notes[i]))
            return false;
    return true;
}

/* It makes its code when it is planned, which takes a second for each shape. */
static bool is_compiled_late(cudnnBackendDescriptor_t engine)
{
    cudnnBackendBehaviorNote_t notes[MOST_NOTES];
    int64_t count = 0;
    if (cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
                                 CUDNN_TYPE_BEHAVIOR_NOTE, MOST_NOTES, &count,
                                 notes) != CUDNN_STATUS_SUCCESS)
        return false;
    for (int64_t i = 0; i < count && i < MOST_NOTES; i++)
        if (notes[i] == CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION)
            return true;
    return false;
}

static bool is_allowed(const struct det_device *device,
                       cudnnBackendDescriptor_t config, bool late)
{
    cudnnBackendDescriptor_t engine = NULL;
    int64_t count = 0;
    if (cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR,
                                     &engine) != CUDNN_STATUS_SUCCESS)
        return false;
    const bool allowed =
        cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE,
                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count,
                                 &engine) == CUDNN_STATUS_SUCCESS &&
        has_good_numbers(device, engine) && (late || !is_compiled_late(engine));
    cudnnBackendDestroyDescriptor(engine);
    return allowed;
}

/* What the plan wants to work in; that it cannot be had is no error yet:
 * another one may want less. */
static bool has_room(struct builder *b, cudnnBackendDescriptor_t plan)
{
    int64_t count = 0, bytes = 0;
    if (cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                 CUDNN_TYPE_INT64, 1, &count,
                                 &bytes) != CUDNN_STATUS_SUCCESS ||
        bytes > DET_CUDA_MOST_WORKSPACE)
        return false;
    if (det_device_grow_cuda(b->device, (size_t)bytes, NULL) == DET_OK)
        return true;
    b->lacking = (size_t)bytes;
    return false;
}

/* The plan of an engine's configuration; NULL where it cannot run. */
static cudnnBackendDescriptor_t plan_of_config(struct builder *b,
                                               cudnnBackendDescriptor_t config)
{
    cudnnBackendDescriptor_t plan = NULL;
    if (cudnnBackendCreateDescriptor(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR,
                                     &plan) != CUDNN_STATUS_SUCCESS)
        return NULL;
    if (cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE,
                                 CUDNN_TYPE_HANDLE, 1,
                                 &b->device->dnn) == CUDNN_STATUS_SUCCESS &&
        cudnnBackendSetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG,
                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
                                 &config) == CUDNN_STATUS_SUCCESS &&
        cudnnBackendFinalize(plan) == CUDNN_STATUS_SUCCESS && has_room(b, plan))
        return plan;
    cudnnBackendDestroyDescriptor(plan);
    return NULL;
}

/* Configurations as the heuristics rank them; returns how many. */
static int64_t propose(struct builder *b, cudnnBackendDescriptor_t graph,
                       cudnnBackendHeurMode_t mode,
                       cudnnBackendDescriptor_t configs[MOST_CONFIGS])
{
    cudnnBackendDescriptor_t heuristics =
        make(b, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    int64_t count = 0;
    set_descriptor(b, heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
    set(b, heuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1,
        &mode);
    finalize(b, heuristics);
    if (b->status == CUDNN_STATUS_SUCCESS)
        note(b,
             cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                      CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                      MOST_CONFIGS, &count, configs));
    if (b->status != CUDNN_STATUS_SUCCESS)
        return 0;
    return count < MOST_CONFIGS ? count : MOST_CONFIGS;
}

/* How a plan is looked for. */
struct way {
    cudnnBackendHeurMode_t mode;
    bool late; /* engines that are compiled late, too */
};

/* The first that is allowed and can be planned, not before number `first`. */
static cudnnBackendDescriptor_t choose(struct builder *b,
                                       cudnnBackendDescriptor_t graph,
                                       const struct way *way, int64_t first)
{
    cudnnBackendDescriptor_t configs[MOST_CONFIGS] = {0}, plan = NULL;
    for (int i = 0; i < MOST_CONFIGS; i++)
        if (b->status == CUDNN_STATUS_SUCCESS)
            note(b, cudnnBackendCreateDescriptor(
                        CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &configs[i]));
    const int64_t count = propose(b, graph, way->mode, configs);
    for (int64_t i = 0; i < count && !plan; i++)
        if (b->proposed++ >= first &&
            is_allowed(b->device, configs[i], way->late))
            plan = plan_of_config(b, configs[i]);
    for (int i = 0; i < MOST_CONFIGS; i++)
        if (configs[i])
            cudnnBackendDestroyDescriptor(configs[i]);
    return plan;
}

/* What a graph that is not for this library's kernels is answered with. */
static bool is_refusal(cudnnStatus_t status)
{
    return CUDNN_STATUS_CATEGORY(status) ==
           CUDNN_STATUS_CATEGORY(CUDNN_STATUS_NOT_SUPPORTED);
}

det_status det_graph_plan(struct det_compute *compute,
                          cudnnBackendDescriptor_t *plan, int64_t *next,
                          const struct det_conv_problem *problem)
{
    static const struct way ways[] = {{CUDNN_HEUR_MODE_A, false},
                                      {CUDNN_HEUR_MODE_FALLBACK, false},
                                      {CUDNN_HEUR_MODE_A, true}};
    const bool is_bare = det_conv_problem_is_bare(problem);
    struct builder b = {.device = compute->device, .problem = problem};
    const cudnnBackendDescriptor_t graph = graph_of(&b);
    const int most = b.status != CUDNN_STATUS_SUCCESS ? 0 : is_bare ? 3 : 1;
    *plan = NULL;
    for (int i = 0; i < most && !*plan; i++) {
        *plan = choose(&b, graph, &ways[i], *next);
        if (is_refusal(b.status))
            b.status = CUDNN_STATUS_SUCCESS;
    }
    *next = b.proposed;
    destroy_made(&b);
    /* With something behind the sum it may not work for any reason: the sum
     * alone is tried then, and tells. */
    if (*plan || !is_bare)
        return DET_OK;
    DET_TRY(det_device_grow_cuda(compute->device, b.lacking, compute->message));
    return det_cudnn_check(compute->message, b.status,
                           "a plan of a convolution");
}

/* ------------------------------------------------------------------ running */

enum { OPERANDS = 5 };

/* Names and places of those that there are; returns how many. */
static int64_t list_operands(int64_t names[OPERANDS], void *places[OPERANDS],
                             const struct det_conv_operands *operands)
{
    const struct {
        enum det_graph_tensor name;
        const void *place;
    } all[OPERANDS] = {{DET_GRAPH_IN, operands->in},
                       {DET_GRAPH_WEIGHT, operands->weight},
                       {DET_GRAPH_OUT, operands->out},
                       {DET_GRAPH_RESIDUAL, operands->residual},
                       {DET_GRAPH_BIAS, operands->bias}};
    int64_t count = 0;
    for (int i = 0; i < OPERANDS; i++)
        if (all[i].place) {
            names[count] = all[i].name;
            places[count++] = (void *)(uintptr_t)all[i].place;
        }
    return count;
}

cudnnStatus_t det_graph_run(struct det_device *device,
                            cudnnBackendDescriptor_t plan,
                            const struct det_conv_operands *operands)
{
    struct builder b = {.device = device};
    int64_t names[OPERANDS];
    void *places[OPERANDS];
    const int64_t count = list_operands(names, places, operands);
    cudnnBackendDescriptor_t pack =
        make(&b, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    set_longs(&b, pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, count, names);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR,
        count, places);
    set(&b, pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1,
        &device->workspace);
    finalize(&b, pack);
    if (b.status == CUDNN_STATUS_SUCCESS)
        note(&b, cudnnBackendExecute(device->dnn, plan, pack));
    destroy_made(&b);
    return b.status;
}
