# SPDX-License-Identifier: MIT
"""torch: as torchvision gives the networks, and faster ways.

folded: norms in the convolutions; script: torch.jit's freezing and
optimize_for_inference, of a detector its trunk and head; channels_last: that
layout; compile: torch.compile with frozen weights.
"""
import detections
import inputs
import networks
import torch
import torchvision

def version():
    return "torch %s, torchvision %s" % (torch.__version__,
                                         torchvision.__version__)


def layout(x, settings):
    if "channels_last" in settings and x.dim() == 4:
        return x.contiguous(memory_format=torch.channels_last)
    return x


def quick(module, examples, settings):
    """Scripted or compiled, where `settings` say so."""
    if "compile" in settings:
        from torch._inductor import config
        config.freezing = True
        return torch.compile(module)
    if "script" in settings:
        with torch.no_grad():
            traced = torch.jit.freeze(torch.jit.trace(module, examples).eval())
            return torch.jit.optimize_for_inference(traced)
    return module


class Maps(torch.nn.Module):
    """A pyramid whose maps are a tuple, which can be traced."""

    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return tuple(self.body(x).values())


class Named(torch.nn.Module):
    """The maps under their names again."""

    def __init__(self, maps, names):
        super().__init__()
        self.maps, self.names = maps, names

    def forward(self, x):
        return dict(zip(self.names, self.maps(x)))


@torch.no_grad()
def quick_parts(model, settings, size, count):
    """A detector's trunk and, of C4, conv5; the rest is torchvision's."""
    image = layout(torch.zeros(1, 3, *(-side // 32 * -32 for side in size)),
                   settings)
    body = model.backbone
    if hasattr(body, "fpn"):
        maps = quick(Maps(body), (image,), settings)
        model.backbone = Named(maps, list(body(image)))
        return
    pooled = layout(torch.zeros(count, body.out_channels, 14, 14), settings)
    out_channels = body.out_channels
    model.backbone = quick(body, (image,), settings)
    model.backbone.out_channels = out_channels
    heads = model.roi_heads
    heads.box_head = quick(heads.box_head, (pooled,), settings)


def load(spec, settings):
    model = networks.load(spec["model"], spec["kind"])
    if "eager" not in settings:
        networks.fold_norms(model)
    if "channels_last" in settings:
        model = model.to(memory_format=torch.channels_last)
    return model


def detector(model, spec, settings, encode):
    if "script" in settings or "compile" in settings:
        quick_parts(model, settings, spec["size"], spec["count"])

    def detect():
        photo = torch.from_numpy(inputs.read_photo(spec["photo"]))
        with torch.inference_mode():
            out = model([layout(photo[None], settings)[0]])[0]
        masks = out["masks"].numpy() > 0.5 if "masks" in out else None
        return detections.describe(encode, out["boxes"].numpy(),
                                   out["labels"].numpy(),
                                   out["scores"].numpy(), masks)
    return detect


def prepare(spec, tensors, encode):
    """A call without arguments that does the work once."""
    settings = spec["configuration"].split(",")
    torch.set_num_threads(spec["threads"])
    model = load(spec, settings)
    if spec["kind"] == "detect":
        return detector(model, spec, settings, encode)
    given = tuple(layout(torch.from_numpy(x), settings)
                  for x in tensors.values())
    model = quick(model, given, settings)

    def run():
        with torch.inference_mode():
            return model(*given).numpy()
    return run
