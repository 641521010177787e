# SPDX-License-Identifier: MIT
"""Other runtimes' processes: made, told to work, stopped between turns."""
import json
import os
import signal
import subprocess
import sys

import process

HERE = os.path.dirname(os.path.abspath(__file__))


class Broken(Exception):
    """An engine cannot do it; the text says why."""


def environment(threads):
    return dict(os.environ, OMP_NUM_THREADS=str(threads),
                MKL_NUM_THREADS=str(threads),
                ONEDNN_DEFAULT_FPMATH_MODE="STRICT", PYTHONWARNINGS="ignore")


class Worker:
    """An engine that waits for its turns, stopped so that none of its threads
    spins in another's."""

    def __init__(self, python, spec):
        self.child = subprocess.Popen(
            [python, os.path.join(HERE, "worker.py"), json.dumps(spec)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
            env=environment(spec["threads"]))
        self.peak = None
        self.version = self.answer()["version"]

    def answer(self):
        told = json.loads(self.child.stdout.readline()
                          or '{"error": "the process ended"}')
        if "error" in told:
            self.close()
            raise Broken(told["error"])
        self.child.send_signal(signal.SIGSTOP)
        return told

    def ask(self, command):
        self.child.send_signal(signal.SIGCONT)
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        return self.answer()

    def run(self, repeats):
        return self.ask("run %d" % repeats)["ms"]

    def save(self, path):
        self.ask("answer " + path)

    def close(self):
        """MiB at its peak."""
        if self.peak is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.stdin.close()
            self.peak = process.peak_of(self.child)
            self.child.stdout.close()
        return self.peak


def start(python, arguments, threads):
    """From nothing to detections: these, milliseconds, MiB."""
    try:
        text, ms, peak = process.finished(
            [python, os.path.join(HERE, "start.py"), *arguments],
            environment(threads))
    except process.Failed as error:
        raise Broken(str(error)) from None
    return json.loads(text), ms, peak


def helper(python, script, *arguments):
    """One of the scripts here that make files."""
    print("%s: %s" % (script, arguments[-1]), file=sys.stderr)
    process.finished([python, os.path.join(HERE, script), *arguments],
                     environment(os.cpu_count()))


def version(python, engine):
    text, _, _ = process.finished(
        [python, "-c", "import sys; sys.path.insert(0, sys.argv[1]); "
         "import %s_engine as e; print(e.version())" % engine, HERE],
        environment(1))
    return text.decode().strip()
