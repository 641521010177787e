# SPDX-License-Identifier: MIT
"""The shortest programs that find the objects of one photo, as JSON.

usage: start.py torch|script|onnxruntime|openvino MODEL PHOTO THREADS [CACHE]

MODEL: a pickled module, a TorchScript file, ONNX.  `save MODEL.safetensors
PICKLE SCRIPT` makes the first two.
"""
import json
import sys


def torch_detections(open_model, path, photo):
    import detections
    import inputs
    import torch
    torch.set_num_threads(int(sys.argv[4]))
    model = open_model(path)
    with torch.inference_mode():
        out = model([torch.from_numpy(inputs.read_photo(photo))])
    out = out[1][0] if isinstance(out, tuple) else out[0]
    masks = out["masks"].numpy() > 0.5 if "masks" in out else None
    return detections.describe(detections.encoder(), out["boxes"].numpy(),
                               out["labels"].numpy(), out["scores"].numpy(),
                               masks)


def pickled(path):
    import networks  # noqa: F401, where classes are looked for
    import torch
    try:
        return torch.load(path, weights_only=False)
    except TypeError:  # torch 1, which knows no such argument
        return torch.load(path)


def scripted(path):
    import torch
    import torchvision  # noqa: F401, its operators
    return torch.jit.load(path)


def onnx_detections(engine, path, photo):
    import detections
    import inputs
    spec = {"onnx": path, "kind": "detect", "photo": photo,
            "threads": int(sys.argv[4]), "cache": (sys.argv + [""])[5]}
    return engine.prepare(spec, {"image": inputs.read_photo(photo)},
                          detections.encoder())()


def save(model, pickle, script):
    import networks
    import torch
    network = networks.fold_norms(networks.load(model, "detect"))
    torch.save(network, pickle)
    torch.jit.script(network).save(script)


def find(way, path, photo):
    if way == "torch":
        return torch_detections(pickled, path, photo)
    if way == "script":
        return torch_detections(scripted, path, photo)
    if way == "onnxruntime":
        import onnxruntime_engine as engine
    else:
        import openvino_engine as engine
    return onnx_detections(engine, path, photo)


if __name__ == "__main__":
    if sys.argv[1] == "save":
        save(*sys.argv[2:])
    else:
        print(json.dumps(find(*sys.argv[1:4])))
