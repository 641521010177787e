# SPDX-License-Identifier: MIT
"""The works that versus_runtimes.py times, and what each should reach."""
import collections

# kind: classify, trunk (conv1..conv4), head (conv5 and the mean), regions
# (RoIAlign before it), detect (JPEG to boxes and masks), start (a process).
# size: height and width of the network's input; count: images or regions.
# target: how many times as fast as the fastest peer, None where nobody asked.
Work = collections.namedtuple("Work", "name kind model size count target")

CLASSIFIER = "resnet101"
C4 = "fasterrcnn_resnet101_c4"
MASK = "maskrcnn_resnet50_fpn"

WORKS = (
    Work("classify-1", "classify", CLASSIFIER, (224, 224), 1, 1.5),
    Work("classify-8", "classify", CLASSIFIER, (224, 224), 8, 1.5),
    Work("trunk", "trunk", C4, (600, 1000), 1, 1.6),
    Work("head", "head", C4, (600, 1000), 300, 1.8),
    Work("regions", "regions", C4, (600, 1000), 300, None),
    Work("c4", "detect", C4, (600, 1000), 300, 1.8),
    Work("mask", "detect", MASK, (800, 1066), 1000, 1.6),
    Work("start-c4", "start", C4, (600, 1000), 300, 3),
    Work("start-mask", "start", MASK, (800, 1066), 1000, 3),
)

# Cost against pixels and against proposals: (x, work) of each line.
SIZES = ((300, 500), (450, 750), (600, 1000), (750, 1250))
COUNTS = (50, 100, 200, 300)
LINES = {
    "pixels": tuple(
        (size[0] * size[1] / 1e6,
         Work("%dx%d" % size, "trunk", C4, size, 1, None)) for size in SIZES),
    "proposals": tuple(
        (count, Work("%d regions" % count, "regions", C4, (600, 1000), count,
                     None)) for count in COUNTS),
}
UNITS = {"pixels": "million pixels", "proposals": "regions"}

MEMORY_TARGET = 0.4  # of the fastest peer's peak, of works of kind detect


# Names of the open dimensions of what is exported: by kind, input and axis.
OPEN_SIZES = {
    "classify": {"images": {0: "count"}},
    "trunk": {"images": {2: "height", 3: "width"}},
    "head": {"pooled": {0: "count"}},
    "regions": {"features": {2: "height", 3: "width"}, "boxes": {0: "count"}},
    "detect": {},
}


def names():
    return [work.name for work in WORKS] + list(LINES)


def chosen(wanted):
    """Works and lines of these names, all of them where there are none."""
    for name in wanted:
        if name not in names():
            raise SystemExit("--only %s: choose from %s"
                             % (name, ", ".join(names())))
    return ([work for work in WORKS if not wanted or work.name in wanted],
            [line for line in LINES if not wanted or line in wanted])
