# SPDX-License-Identifier: MIT
"""Where things are, and a work in them."""
import os

import inputs
import peers


class Setting:
    """A work with its files; `options` are versus_runtimes.py's."""

    def __init__(self, options, work, threads):
        self.options, self.work, self.threads = options, work, threads
        self.kind = "detect" if work.kind == "start" else work.kind
        self.model = os.path.join(options.models, work.model + ".safetensors")
        self.onnx = self.file("%s-%s.onnx" % (work.model, self.kind))
        self.photo = inputs.make_photo(options.photo, options.folder, work)

    def file(self, name):
        return os.path.join(self.options.folder, name)

    def export(self):
        if not os.path.exists(self.onnx):
            peers.helper(self.options.pythons["torch"][0], "onnx_export.py",
                         self.model, self.kind, self.photo,
                         *map(str, self.work.size), str(self.work.count),
                         self.onnx)

    def specification(self, engine, way):
        """What worker.py is told."""
        return {"engine": engine, "kind": self.kind, "size": self.work.size,
                "model": self.model, "count": self.work.count,
                "onnx": self.onnx, "photo": self.photo,
                "threads": self.threads, "configuration": way}

    def engines(self):
        """(engine, Python) of each other runtime."""
        for engine, pythons in self.options.pythons.items():
            for python in pythons:
                yield engine, python
