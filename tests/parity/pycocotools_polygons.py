#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every run of our polygons against pycocotools'.

usage: pycocotools_polygons.py POLYGON_RUNS [COUNT]

Small and large, far outside the image, thin, steep, with repeated points and
half pixels.  Exit code 77 without pycocotools.
"""
import random
import subprocess
import sys

try:
    from pycocotools import mask as mask_api
except ImportError:
    print("skipped: pycocotools is not installed")
    sys.exit(77)


def coordinate(rng, side):
    kind = rng.randrange(6)
    if kind == 0:
        return float(rng.randint(-2, side + 2))
    if kind == 1:
        return rng.randint(-2, 2 * side) / 2
    if kind == 2:
        return rng.uniform(-20 * side, 20 * side)
    if kind == 3:
        return rng.choice([-1e5, -5000.3, 3333.3, 1e5])
    return round(rng.uniform(-1, side + 1), rng.randint(0, 3))


def polygon(rng):
    width, height = rng.choice([(1, 1), (9, 8), (64, 48), (640, 480), (3, 99)])
    points = []
    for _ in range(rng.randint(3, 12)):
        if points and rng.random() < 0.1:
            points.append(rng.choice(points))
        elif points and rng.random() < 0.2:
            x, y = points[-1]
            points.append((x + rng.choice([0, 0.1, 0.5]),
                           coordinate(rng, height)))
        else:
            points.append((coordinate(rng, width), coordinate(rng, height)))
    return width, height, [c for point in points for c in point]


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    rng = random.Random(7)
    polygons = [polygon(rng) for _ in range(count)]
    lines = "".join(f"{w} {h} {' '.join(map(repr, xy))}\n"
                    for w, h, xy in polygons)
    ours = subprocess.run([sys.argv[1]], input=lines, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split("\n")
    runs = 0
    for (w, h, xy), text in zip(polygons, ours):
        expected = mask_api.frPyObjects([xy], h, w)[0]["counts"].decode()
        runs += len(expected)
        if text != expected:
            print(f"{w} x {h}, {xy}:\n  ours   {text}\n  theirs {expected}")
            return 1
    print(f"{count} polygons, {runs} characters of runs: all the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
