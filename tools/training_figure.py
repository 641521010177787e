#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The figure of "Deep Residual Learning" (He et al. 2015, figure 6) from runs
of detect-train: plain nets on the left, residual ones on the right.

    tools/training_figure.py -o FIGURE.svg plain20=RUN plain56=RUN \\
        resnet20=RUN resnet56=RUN

A name is a kind and a depth; names that begin with "plain" are plain nets.
Thin dashed lines are training errors (means over some hundred steps), bold
ones test errors, at whose ends the last values stand.  Needs nothing but RUN's
metrics.jsonl, also of runs that are not finished.
"""
import argparse
import json
import math
import os
import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1040, 470
TOP, BOTTOM, LEFT, RIGHT, BETWEEN = 52, 92, 62, 84, 16
COLOURS = ["#d9730d", "#2563d0", "#15803d", "#c026a8", "#0e8fa3", "#6d4bc3"]
SMOOTH_PARTS = 80  # a mean is over this part of a run, before and after
STYLE = """
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;
font-size:13px;fill:#4a5565}
.head{font-size:16px;font-weight:600;fill:#1c2430}
.value{font-weight:600}
.mid{text-anchor:middle}.end{text-anchor:end}
.grid{stroke:#e3e8ee;fill:none}.axis{stroke:#8792a2;fill:none}
.train{fill:none;stroke-width:1.2;stroke-dasharray:5 3}
.test{fill:none;stroke-width:2.8;stroke-linejoin:round;stroke-linecap:round}
"""


class Run:
    """Errors of a run in per cent, as lists of (iteration, error)."""

    def __init__(self, text):
        self.name, separator, folder = text.partition("=")
        depth = re.fullmatch(r"[A-Za-z_-]+(\d+)", self.name)
        if not separator or not depth:
            sys.exit(f"{text}: not of the form KIND and DEPTH=RUN, as "
                     "resnet20=runs/a")
        self.depth = int(depth.group(1))
        self.is_plain = self.name.startswith("plain")
        self.train, self.test = [], []
        path = os.path.join(folder, "metrics.jsonl")
        try:
            with open(path, encoding="utf-8") as file:
                for line in file:
                    self.add(line)
        except OSError as error:
            sys.exit(f"{path}: {error.strerror}")
        if not self.test:
            sys.exit(f"{path}: has no test error (\"error_val\") yet")

    def add(self, line):
        try:
            values = json.loads(line)
        except ValueError:
            return  # a last line that is being written
        for name, points in (("error", self.train), ("error_val", self.test)):
            if isinstance(values.get(name), (int, float)):
                points.append((values["iteration"], 100 * values[name]))

    def smooth_train(self):
        reach = len(self.train) // SMOOTH_PARTS
        out = []
        for i, (at, _) in enumerate(self.train):
            part = self.train[max(0, i - reach):i + reach + 1]
            out.append((at, sum(error for _, error in part) / len(part)))
        return out


def round_step(span, wanted):
    power = 10 ** math.floor(math.log10(span / wanted))
    return min((power * digit for digit in (1, 2, 5, 10)),
               key=lambda step: abs(span / step - wanted))


def ticks(span, wanted):
    step = round_step(span, wanted)
    return [step * i for i in range(int(span / step + 1e-9) + 1)]


def spread(places, distance):
    """Moved apart, as little as is needed, in the same order."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    out = list(places)
    for _ in range(100):
        for a, b in zip(order, order[1:]):
            short = distance - (out[b] - out[a])
            if short > 1e-6:
                out[a] -= short / 2
                out[b] += short / 2
    return out


class Panel:
    def __init__(self, runs, title, left, width, last, top_error):
        self.runs, self.title = sorted(runs, key=lambda run: run.depth), title
        self.left, self.width = left, width
        self.height = HEIGHT - TOP - BOTTOM
        self.last, self.top_error = last, top_error
        self.out = []

    def x(self, iteration):
        return self.left + self.width * iteration / self.last

    def y(self, error):
        return TOP + self.height * (1 - error / self.top_error)

    def text(self, x, y, text, kind="", more=""):
        self.out.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}"{more}>'
                        f"{escape(text)}</text>")

    def axes(self):
        base = TOP + self.height
        for error in ticks(self.top_error, 5):
            self.out.append(f'<path class="grid" d="M{self.left} '
                            f'{self.y(error):.1f}h{self.width:.1f}"/>')
            self.text(self.left - 8, self.y(error) + 4, f"{error:g}", "end")
        for thousands in ticks(self.last / 1000, 6):
            x = self.x(1000 * thousands)
            self.out.append(f'<path class="axis" d="M{x:.1f} {base}v5"/>')
            self.text(x, base + 20, f"{thousands:g}", "mid")
        self.out.append(f'<path class="axis" d="M{self.left} {TOP}'
                        f'v{self.height}h{self.width:.1f}"/>')
        self.text(self.left + self.width / 2, base + 40,
                  "iterations (thousands)", "mid")
        self.text(0, 0, "error (%)", "mid",
                  f' transform="translate({self.left - 40} '
                  f'{TOP + self.height / 2}) rotate(-90)"')
        self.text(self.left, TOP - 16, self.title, "head")

    def line(self, points, kind, colour):
        path = "L".join(f"{self.x(at):.1f} {self.y(error):.1f}"
                        for at, error in points)
        self.out.append(f'<path class="{kind}" stroke="{colour}" d="M{path}"/>')

    def lines(self, colours):
        # What lies above the highest error that is shown is cut off.
        box = (f'x="{self.left}" y="{TOP}" width="{self.width + 3:.1f}" '
               f'height="{self.height + 2}"')
        view = (f"{self.left} {TOP} {self.width + 3:.1f} {self.height + 2}")
        self.out.append(f'<svg {box} viewBox="{view}">')
        for run in self.runs:
            if run.train:
                self.line(run.smooth_train(), "train", colours[run.depth])
        for run in self.runs:
            self.line(run.test, "test", colours[run.depth])
        self.out.append("</svg>")

    def values(self, colours):
        ends = spread([self.y(min(run.test[-1][1], self.top_error))
                       for run in self.runs], 34)
        for run, y in zip(self.runs, ends):
            x = self.x(max(at for at, _ in run.train[-1:] + run.test[-1:])) + 8
            paint = f' style="fill:{colours[run.depth]}"'
            self.text(x, y - 3, f"{run.depth} layers", "", paint)
            self.text(x, y + 13, f"{run.test[-1][1]:.2f} %", "value", paint)

    def draw(self, colours):
        self.axes()
        self.lines(colours)
        self.values(colours)
        return self.out


def legend(depths, colours):
    out, x, y = [], LEFT, HEIGHT - 20
    items = [(f"{depth} layers", "test", colours[depth]) for depth in depths]
    items += [("test error", "test", "#4a5565"),
              ("training error", "train", "#4a5565")]
    for name, kind, colour in items:
        out.append(f'<path class="{kind}" stroke="{colour}" d="M{x} {y - 4}h30"/>'
                   f'<text x="{x + 38}" y="{y}">{name}</text>')
        x += 38 + 8 * len(name) + 22
    return out


def draw(runs):
    depths = sorted({run.depth for run in runs})
    colours = {d: COLOURS[i % len(COLOURS)] for i, d in enumerate(depths)}
    groups = [(title, [run for run in runs if run.is_plain == is_plain])
              for title, is_plain in (("plain nets", True),
                                      ("residual nets", False))]
    groups = [group for group in groups if group[1]]
    last = max(points[-1][0] for run in runs for points in (run.train, run.test)
               if points)
    # As in the paper the first, high errors are cut off for the last to show.
    highest = 1.8 * max(run.test[-1][1] for run in runs)
    step = round_step(highest, 5)
    top_error = min(100, step * math.ceil(highest / step))
    width = (WIDTH - BETWEEN * (len(groups) - 1)) / len(groups)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" '
           f'height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
           "<title>Training and test error of plain and residual nets</title>",
           f"<style>{STYLE}</style>",
           '<rect width="100%" height="100%" rx="8" fill="#fff"/>']
    for i, (title, group) in enumerate(groups):
        left = round(i * (width + BETWEEN)) + LEFT
        panel = Panel(group, title, left, width - LEFT - RIGHT, last, top_error)
        out += panel.draw(colours)
    out += legend(depths, colours)
    return "\n".join(out + ["</svg>", ""])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", dest="out", required=True, metavar="FIGURE.svg")
    parser.add_argument("runs", nargs="+", metavar="NAME=RUN", type=Run)
    options = parser.parse_args()
    with open(options.out, "w", encoding="utf-8") as file:
        file.write(draw(options.runs))
    for run in options.runs:
        train = f"{run.smooth_train()[-1][1]:6.2f}" if run.train else "     -"
        print(f"{run.name:12} iteration {run.test[-1][0]:6}  training{train} %  "
              f"test {run.test[-1][1]:6.2f} %")


if __name__ == "__main__":
    main()
