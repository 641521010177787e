# SPDX-License-Identifier: MIT
"""One work by all engines, in turns."""
import detections
import ours
import residents
import starters


def agreement(theirs, reference):
    """In words: detections matched strictly and loosely, or the largest
    difference."""
    if isinstance(reference, dict):
        strict, loose = (detections.matched(theirs, reference, tolerance)
                         for tolerance in (detections.PARITY, detections.LOOSE))
        return "%d, %d of %d" % (strict, loose, len(theirs["scores"]))
    return "%.0e" % detections.difference(theirs[:1], reference)


def take_turns(setting, others, say):
    """Rows of all engines, ours first."""
    repeats = max(other.repeats for other in others)
    rows = [{"name": name, "ms": []} for name in
            ["ours"] + [other.name for other in others]]
    peaks = []
    for i in range(setting.options.rounds):
        ms, peak = ours.measure(setting, repeats)
        peaks.append(peak)
        rows[0]["ms"].append(ms)
        for row, other in zip(rows[1:], others):
            row["ms"].append(other.turn())
        say("  round %d: " % (i + 1)
            + ", ".join("%.1f" % row["ms"][-1] for row in rows) + " ms")
    rows[0]["mib"] = max(peaks)
    return rows


def finish(setting, others, rows):
    """Whether all found the same, and their memory."""
    reference = ours.result(setting)
    rows[0]["agreement"] = "" if reference is None else "reference"
    for row, other in zip(rows[1:], others):
        found = other.result()
        is_first = reference is None
        reference = found[:1] if is_first else reference
        row["agreement"] = ("reference" if is_first
                            else agreement(found, reference))
        row["mib"] = other.close()


def compare(setting, say):
    """{"work", "threads", "target", "engines": [...]}"""
    work = setting.work
    say("%s, %d threads" % (work.name, setting.threads))
    make = starters.make if work.kind == "start" else residents.make
    others = make(setting, say)
    if not others:
        raise SystemExit("%s: no other engine can" % work.name)
    rows = take_turns(setting, others, say)
    finish(setting, others, rows)
    return {"work": work.name, "kind": setting.work.kind, "target": work.target,
            "threads": setting.threads, "engines": rows}
