# SPDX-License-Identifier: MIT
"""Peers whose process is new in each turn, as a user starts it."""
import os

import peers

# Of each engine: what start.py is told, and what was saved before.
WAYS = {"torch": ("torch", "script"), "onnxruntime": ("onnxruntime",),
        "openvino": ("openvino", "openvino,cached")}


class Starter:
    repeats = 1

    def __init__(self, name, python, arguments, threads):
        self.name, self.peak = name, 0
        self.call = python, arguments, threads
        self.turn()  # files into the system's cache

    def turn(self):
        self.found, ms, peak = peers.start(*self.call)
        self.peak = max(self.peak, peak)
        return ms

    def result(self):
        return self.found

    def close(self):
        return self.peak


def files_of(setting, engine, python):
    """The file of each way, made if they are not there."""
    if engine != "torch":
        return [setting.onnx] * len(WAYS[engine])
    number = setting.options.pythons["torch"].index(python)
    stem = setting.file("%s-torch%d" % (setting.work.model, number))
    files = [stem + ".pickle", stem + ".script"]
    if not all(map(os.path.exists, files)):
        peers.helper(python, "start.py", "save", setting.model, *files)
    return files


def make(setting, say):
    setting.export()
    made = []
    for engine, python in setting.engines():
        version = peers.version(python, engine)
        for way, path in zip(WAYS[engine], files_of(setting, engine, python)):
            arguments = [way.split(",")[0], path, setting.photo,
                         str(setting.threads)]
            if way.endswith("cached"):
                arguments.append(setting.file("cache"))
            try:
                made.append(Starter("%s, %s" % (version, way), python,
                                    arguments, setting.threads))
            except peers.Broken as error:
                say("  %s, %s cannot: %s" % (version, way, error))
    return made
