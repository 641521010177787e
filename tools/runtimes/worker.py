# SPDX-License-Identifier: MIT
"""An engine in a process of its own, that works when it is told to.

The specification is the first argument, as JSON.  Answers are lines of JSON on
stdout: first {"version"}, or {"error"}; then to "run N" {"ms": [...]}, to
"answer FILE" {} once the last result is in FILE.
"""
import importlib
import json
import os
import sys
import time


def own_stdout():
    """What an engine prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


def save(result, path):
    import numpy
    if isinstance(result, dict):
        with open(path, "w") as file:
            json.dump(result, file)
    else:
        with open(path, "wb") as file:
            numpy.save(file, result)


def timed(work):
    start = time.perf_counter()
    result = work()
    return result, 1e3 * (time.perf_counter() - start)


def serve(work, say):
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "run":
            times = []
            for _ in range(int(argument)):
                result, ms = timed(work)
                times.append(ms)
            say({"ms": times})
        elif command == "answer":
            save(result, argument)
            say({})
        else:
            return


def main():
    answers = own_stdout()

    def say(answer):
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    spec = json.loads(sys.argv[1])
    try:
        import detections
        import inputs
        engine = importlib.import_module(spec["engine"] + "_engine")
        tensors = inputs.tensors(spec["kind"], spec["photo"], spec["size"],
                                 spec["count"])
        work = engine.prepare(spec, tensors, detections.encoder())
        work()
    except Exception as error:  # whatever a runtime throws is its answer
        text = " ".join(str(error).split())
        say({"error": "%s: %s" % (type(error).__name__, text[:400])})
        return
    say({"version": engine.version()})
    serve(work, say)


if __name__ == "__main__":
    main()
