# SPDX-License-Identifier: MIT
"""OpenVINO's CPU plugin, told to stay in float32."""
import onnx_detector
import openvino


def version():
    return "openvino " + openvino.get_version().split("-")[0]


def compiled(spec, tensors):
    """All its sizes fixed, so that its plan is for them."""
    core = openvino.Core()
    model = core.read_model(spec["onnx"])
    model.reshape({name: list(x.shape) for name, x in tensors.items()})
    settings = {"PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": spec["threads"],
                "INFERENCE_PRECISION_HINT": "f32"}
    if spec.get("cache"):
        settings["CACHE_DIR"] = spec["cache"]
    return core.compile_model(model, "CPU", settings)


def prepare(spec, tensors, encode):
    network = compiled(spec, tensors)
    request = network.create_infer_request()
    ports = list(network.outputs)

    def run(given):
        out = request.infer(given, share_inputs=True)
        return [out[port] for port in ports]

    if spec["kind"] == "detect":
        return onnx_detector.detector(spec["photo"], run, encode)
    return lambda: run(tensors)[0]
