# SPDX-License-Identifier: MIT
"""ONNX Runtime's CPU provider, which has no other precision than the graph's."""
import onnx_detector
import onnxruntime
import works


def version():
    return "onnxruntime " + onnxruntime.__version__


def session(spec, tensors):
    """All its sizes fixed, so that its plan is for them."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = spec["threads"]
    options.inter_op_num_threads = 1
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
    for name, axes in works.OPEN_SIZES[spec["kind"]].items():
        for axis, size in axes.items():
            options.add_free_dimension_override_by_name(
                size, tensors[name].shape[axis])
    return onnxruntime.InferenceSession(spec["onnx"], options,
                                        ["CPUExecutionProvider"])


def prepare(spec, tensors, encode):
    network = session(spec, tensors)
    if spec["kind"] == "detect":
        return onnx_detector.detector(
            spec["photo"], lambda given: network.run(None, given), encode)
    return lambda: network.run(None, tensors)[0]
