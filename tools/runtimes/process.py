# SPDX-License-Identifier: MIT
"""A process: what it prints, its time and its memory."""
import os
import subprocess
import tempfile
import time


class Failed(Exception):
    """Its exit code was not 0; the end of its stderr."""


def peak_of(child):
    """MiB at the peak of a child that ends."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / 1024


def finished(command, environment=None):
    """stdout, milliseconds and MiB."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE,
                                 stderr=errors, env=environment)
        text = child.stdout.read()
        peak = peak_of(child)
        ms = 1e3 * (time.perf_counter() - start)
        child.stdout.close()
        if child.returncode:
            errors.seek(0)
            raise Failed("%s: %s" % (os.path.basename(command[0]), " ".join(
                errors.read().decode(errors="replace").split())[-400:]))
    return text, ms, peak
