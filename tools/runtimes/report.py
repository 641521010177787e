# SPDX-License-Identifier: MIT
"""What was measured, as Markdown."""
import statistics

import works


def per_round(result):
    """(ours, the fastest other) of each round, ms."""
    mine, *others = (row["ms"] for row in result["engines"])
    return [(a, min(b)) for a, b in zip(mine, zip(*others))]


def ratios(result):
    """Median, least and greatest of the fastest other / ours."""
    each = [b / a for a, b in per_round(result)]
    return statistics.median(each), min(each), max(each)


def fastest(result):
    return min(result["engines"][1:], key=lambda row: statistics.median(
        row["ms"]))


def verdict(ratio, target):
    if target is None:
        return "-"
    return "%g %s" % (target, "reached" if ratio >= target else "missed")


def print_engines(result):
    print("\n%s, %d thread%s\n" % (result["work"], result["threads"],
                                   "s" * (result["threads"] > 1)))
    print("| engine | ms | least | most | / ours | MiB | same |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | --- |")
    mine = result["engines"][0]["ms"]
    for row in result["engines"]:
        print("| %s | %.1f | %.1f | %.1f | %.2f | %.0f | %s |" % (
            row["name"], statistics.median(row["ms"]), min(row["ms"]),
            max(row["ms"]), statistics.median(
                b / a for a, b in zip(mine, row["ms"])),
            row["mib"], row["agreement"]))


def print_summary(results):
    print("\n| work | threads | ours, ms | fastest other | its ms "
          "| other / ours | least | most | wanted |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | --- |")
    for result in results:
        best, median = fastest(result), statistics.median
        times = ratios(result)
        print("| %s | %d | %.1f | %s | %.1f | %.2f | %.2f | %.2f | %s |" % (
            result["work"], result["threads"],
            median(result["engines"][0]["ms"]), best["name"],
            median(best["ms"]), *times, verdict(times[0], result["target"])))


def print_memory(results):
    rows = [result for result in results if result["kind"] in
            ("detect", "start")]
    if not rows:
        return
    print("\n| peak memory | threads | ours, MiB | of the fastest other, MiB "
          "| share | of the smallest other, MiB | share | wanted |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    for result in rows:
        mine, *others = (row["mib"] for row in result["engines"])
        best, least = fastest(result)["mib"], min(others)
        wanted = "-"
        if result["kind"] == "detect":
            wanted = "%g %s" % (works.MEMORY_TARGET, "reached" if mine <=
                                works.MEMORY_TARGET * best else "missed")
        print("| %s | %d | %.0f | %.0f | %.2f | %.0f | %.2f | %s |" % (
            result["work"], result["threads"], mine, best, mine / best, least,
            mine / least, wanted))


def line(points):
    """a and b of y = a + b x, and the greatest distance from it / y."""
    count = len(points)
    x_mean = sum(x for x, _ in points) / count
    y_mean = sum(y for _, y in points) / count
    slope = (sum((x - x_mean) * (y - y_mean) for x, y in points)
             / sum((x - x_mean) ** 2 for x, _ in points))
    start = y_mean - slope * x_mean
    return start, slope, max(abs(start + slope * x - y) / y for x, y in points)


def print_line(name, points):
    """`points`: (x, result)."""
    names = ["ours"] + ["fastest other"]
    values = [(x, statistics.median(result["engines"][0]["ms"]),
               statistics.median(b for _, b in per_round(result)))
              for x, result in points]
    print("\n| %s | ours, ms | fastest other, ms | other / ours |"
          % works.UNITS[name])
    print("| ---: | ---: | ---: | ---: |")
    for x, mine, other in values:
        print("| %g | %.1f | %.1f | %.2f |" % (x, mine, other, other / mine))
    for i, who in enumerate(names, 1):
        start, slope, off = line([(row[0], row[i]) for row in values])
        print("%s%s: %.1f ms + %.2f ms for each of %s, within %.0f %%" % (
            "\n" if i == 1 else "", who, start, slope, works.UNITS[name],
            100 * off))
