# SPDX-License-Identifier: MIT
"""Peers whose process stays: loaded once, told to run."""
import json
import os
import statistics
import tempfile

import numpy
import peers

VISIT_MS = 1500  # of work in each turn, at least one run

# Of each engine; torch_engine.py says what these are.
WAYS = {"torch": ("eager", "folded", "folded,channels_last", "script",
                  "script,channels_last", "compile"),
        "onnxruntime": ("all",), "openvino": ("latency",)}


class Resident:
    def __init__(self, worker, way, ms):
        self.worker, self.ms = worker, ms
        self.name = "%s, %s" % (worker.version, way)
        self.repeats = max(1, min(10, round(VISIT_MS / ms)))

    def turn(self):
        if self.repeats > 1:
            self.worker.run(1)  # caches were another's
        return statistics.median(self.worker.run(self.repeats))

    def result(self):
        """Detections, or an array."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "result")
            self.worker.save(path)
            with open(path, "rb") as file:
                is_json = file.read(1) == b"{"
            if not is_json:
                return numpy.load(path)
            with open(path) as file:
                return json.load(file)

    def close(self):
        return self.worker.close()


def ways_of(setting, engine):
    wanted = setting.options.ways
    return [way for way in WAYS[engine]
            if engine != "torch" or not wanted or way in wanted]


def time_of(worker):
    """Milliseconds; of short works the better of two."""
    ms, = worker.run(1)
    return min(ms, *worker.run(1)) if ms < VISIT_MS else ms


def attempts(setting, engine, python, say):
    for way in ways_of(setting, engine):
        try:
            worker = peers.Worker(python, setting.specification(engine, way))
            ms = time_of(worker)
        except peers.Broken as error:
            say("  %s, %s cannot: %s" % (engine, way, error))
            continue
        say("  tried %s, %s: %.1f ms" % (worker.version, way, ms))
        yield Resident(worker, way, ms)


def fastest(setting, engine, python, say):
    """The fastest way of an engine, None if there is none."""
    best = None
    for resident in attempts(setting, engine, python, say):
        slower = resident
        if best is None or resident.ms < best.ms:
            slower, best = best, resident
        if slower:
            slower.close()
    return best


def make(setting, say):
    setting.export()
    each = [fastest(setting, engine, python, say)
            for engine, python in setting.engines()]
    return [resident for resident in each if resident]
