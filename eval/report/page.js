/* SPDX-License-Identifier: MIT */
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const runs = data.runs;
const comparing = runs.length > 1;
const KINDS = ["Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"];
const MEANING = {
    Cls: "found in the right place, but called something else",
    Loc: "the right class, but the place is off (IoU 0.1 to 0.5)",
    Both: "neither the class nor the place",
    Dupe: "an object that a better result has already found",
    Bkg: "there is nothing (IoU up to 0.1)",
    Miss: "objects that no result came near",
    FP: "without any false positive",
    FN: "without any object left unfound",
};

/* ------------------------------------------------------------- building */

/* Whatever comes from files goes into text nodes and attributes only. */
function fill(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes || {})) {
        if (key.startsWith("on"))
            node.addEventListener(key.slice(2), value);
        else if (value !== null && value !== undefined && value !== false)
            node.setAttribute(key, value === true ? "" : String(value));
    }
    node.append(...children.filter((child) => child !== null));
    return node;
}

function el(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

/* The namespace is taken from the page, which must hold no address. */
const SVG = document.getElementById("namespace").namespaceURI;

function svg(tag, attributes, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

function byId(id) {
    return document.getElementById(id);
}

function show(id, ...children) {
    byId(id).replaceChildren(...children.filter((child) => child !== null));
}

/* -1 and null stand for "nothing to measure". */
function isKnown(value) {
    return value !== null && value !== undefined && value >= 0;
}

function figure(value, digits = 3) {
    return isKnown(value) ? value.toFixed(digits) : "–";
}

function difference(a, b) {
    return isKnown(a) && isKnown(b) ? b - a : null;
}

function signed(value, digits = 3) {
    if (value === null)
        return "–";
    const text = Math.abs(value).toFixed(digits);
    return Number(text) === 0 ? "±" + text : (value > 0 ? "+" : "−") + text;
}

function trend(value) {
    return value === null || Math.abs(value) < 0.0005 ? ""
        : value > 0 ? "up" : "down";
}

function plural(count, word, many) {
    const text = count.toLocaleString("en");
    return `${text} ${count === 1 ? word : many || word + "s"}`;
}

function className(index) {
    return index === undefined ? "?" : data.classes[index].name;
}

/* ------------------------------------------------------------- the head */

function showHead() {
    const objects = data.classes.reduce((sum, c) => sum + c.objects, 0);
    show("subtitle", [
        data.task === "masks" ? "masks" : "boxes",
        plural(data.images, "image"), plural(objects, "object"),
        plural(data.classes.length, "class", "classes"),
        `up to ${plural(data.limit, "result")} an image`,
    ].join(" · "));
    show("runs", ...runs.map((run, i) => el("span", {},
        el("i", {class: `swatch run${i}`}),
        comparing ? el("b", {}, "AB"[i], " ") : null, run.name,
        el("span", {class: "note"}, ` ${plural(run.results, "result")}` +
            (run.unknown ? `, ${run.unknown} of unknown categories` : "")))));
}

function meter(value, run, most = 1) {
    const width = Math.max(0, Math.min(100, 100 * (value || 0) / most));
    return el("div", {class: "meter"},
        el("i", {class: `run${run}`, style: `width:${width}%`}));
}

function showNumbers() {
    show("number-tiles", ...runs[0].numbers.map((number, i) => {
        const other = comparing ? runs[1].numbers[i].value : null;
        const change = difference(number.value, other);
        return el("div", {class: "tile"},
            el("div", {class: "name"}, number.name),
            el("div", {class: "value"}, figure(number.value)),
            comparing ? el("div", {class: "other"},
                el("span", {class: "run1"}, figure(other)), " ",
                el("span", {class: trend(change)}, signed(change))) : null,
            meter(number.value, 0), comparing ? meter(other, 1) : null);
    }));
}

/* --------------------------------------------------------------- charts */

const WIDE = {width: 560, height: 380, left: 40, top: 10, right: 10,
    bottom: 36};

/* Axes of a chart, and functions from values to places. */
function axes(box, x, y) {
    const w = box.width - box.left - box.right;
    const h = box.height - box.top - box.bottom;
    const chart = {
        w, h,
        x: (value) => box.left + w * (value - x.low) / (x.high - x.low),
        y: (value) => box.top + h * (1 - (value - y.low) / (y.high - y.low)),
        root: svg("svg", {viewBox: `0 0 ${box.width} ${box.height}`,
            role: "img"}),
    };
    for (const tick of y.ticks)
        chart.root.append(
            svg("line", {class: "grid", x1: box.left, x2: box.left + w,
                y1: chart.y(tick.at), y2: chart.y(tick.at)}),
            svg("text", {x: box.left - 6, y: chart.y(tick.at) + 4,
                "text-anchor": "end"}, tick.text));
    for (const tick of x.ticks)
        chart.root.append(svg("text", {x: chart.x(tick.at),
            y: box.top + h + 15, "text-anchor": "middle"}, tick.text));
    chart.root.append(
        svg("path", {class: "axis",
            d: `M${box.left} ${box.top}v${h}h${w}`}),
        svg("text", {x: box.left + w / 2, y: box.height - 3,
            "text-anchor": "middle"}, x.name));
    return chart;
}

function fractions(name) {
    const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) =>
        ({at, text: at.toFixed(1)}));
    return {low: 0, high: 1, ticks, name};
}

/* --------------------------------------------------------------- curves */

/* [value, how often, ...] in 1/10,000 to 101 precisions. */
function unfold(steps) {
    const values = [];
    for (let i = 0; i < steps.length; i += 2)
        for (let k = 0; k < steps[i + 1]; k++)
            values.push(steps[i] / 10000);
    return values;
}

function mean(values) {
    return values.length
        ? values.reduce((sum, v) => sum + v, 0) / values.length : -1;
}

function hue(index) {
    const part = data.ious.length > 1 ? index / (data.ious.length - 1) : 0;
    return `hsl(${Math.round(215 + 125 * part)} 65% 55%)`;
}

function curvesOf(run) {
    const chosen = byId("curve-class").value;
    const source = chosen === "" ? run : run.classes[Number(chosen)];
    return source.curves.map(unfold);
}

function pathOf(chart, values) {
    return values.map((value, i) =>
        `${i ? "L" : "M"}${chart.x(i / 100).toFixed(1)} ` +
        chart.y(value).toFixed(1)).join("");
}

function drawCurves(all) {
    const chart = axes(WIDE, fractions("recall"), fractions("precision"));
    chart.root.setAttribute("aria-label", "Precision against recall");
    all.forEach((curves, run) => curves.forEach((values, t) => {
        if (values.length)
            chart.root.append(svg("path", {
                class: `curve${run ? " second" : ""}`, "data-iou": t,
                stroke: hue(t), d: pathOf(chart, values)},
                svg("title", {}, `${runs[run].name}: IoU ${data.ious[t]}`)));
    }));
    chart.root.append(svg("text", {x: WIDE.left + 6, y: WIDE.top + 4,
        class: "readout"}));
    chart.root.addEventListener("pointermove", (event) =>
        readCurves(chart, all, event));
    return chart.root;
}

function readCurves(chart, all, event) {
    const box = chart.root.getBoundingClientRect();
    const at = (event.clientX - box.left) * WIDE.width / box.width;
    const recall = Math.round(100 * (at - WIDE.left) / chart.w);
    if (recall < 0 || recall > 100)
        return;
    const shown = all.map((curves) =>
        curves.length && curves[0].length ? figure(curves[0][recall]) : "–");
    byId("curve-note").textContent = `At recall ${figure(recall / 100, 2)} ` +
        `and IoU ${data.ious[0]}: precision ${shown.join(" and ")}`;
}

function markCurve(chosen) {
    for (const curve of document.querySelectorAll("#curve-chart .curve"))
        curve.classList.toggle("faded",
            chosen !== null && curve.dataset.iou !== String(chosen));
}

function curveLegend(all) {
    const heads = comparing ? ["A", "B"] : ["AP"];
    return el("table", {},
        el("thead", {}, el("tr", {}, el("th", {}, "IoU"),
            ...heads.map((head, i) =>
                el("th", {class: comparing ? `run${i}` : ""}, head)))),
        el("tbody", {}, ...data.ious.map((iou, t) => el("tr", {
            onpointerenter: () => markCurve(t),
            onpointerleave: () => markCurve(null)},
            el("td", {}, el("i", {class: "swatch",
                style: `background:${hue(t)}`}), figure(iou, 2)),
            ...all.map((curves) => el("td", {}, figure(mean(curves[t]))))))));
}

function showCurves() {
    const all = runs.map(curvesOf);
    const nothing = all.every((curves) => curves.every((c) => !c.length));
    show("curve-chart", drawCurves(all));
    show("curve-legend", curveLegend(all), comparing
        ? el("p", {class: "note"}, "A is solid, B is dashed.") : null);
    show("curve-note", nothing ? "There is no object of this class." : "");
}

function chooseClass(index) {
    byId("curve-class").value = String(index);
    showCurves();
    showTable();
}

function initCurves() {
    const order = data.classes.map((c, i) => i).sort((a, b) =>
        className(a).localeCompare(className(b)));
    show("curve-class", el("option", {value: ""}, "all classes"),
        ...order.map((i) => el("option", {value: i}, className(i))));
    byId("curve-class").addEventListener("change", () => {
        showCurves();
        showTable();
    });
    showCurves();
}

/* ------------------------------------------------------------ the table */

const sorting = {column: 0, down: false};

function cell(run, key) {
    return (k) => runs[run].classes[k][key];
}

/* Each column: its name, value of class k, and how it is shown. */
function makeColumns() {
    const columns = [{name: "Class", value: className, text: (v) => v}];
    for (const [key, name] of [["ap", "AP"], ["ap50", "AP50"],
        ["ap75", "AP75"], ["ar", "AR"]]) {
        columns.push({name: comparing ? `${name} A` : name,
            value: cell(0, key), text: (v) => figure(v)});
        if (comparing)
            columns.push(
                {name: `${name} B`, value: cell(1, key),
                    text: (v) => figure(v)},
                {name: "Δ", change: true, text: (v) => signed(v),
                    value: (k) => difference(cell(0, key)(k),
                        cell(1, key)(k))});
    }
    columns.push({name: "Objects", value: (k) => data.classes[k].objects,
        text: (v) => v.toLocaleString("en")});
    runs.forEach((run, i) => columns.push({
        name: comparing ? `Results ${"AB"[i]}` : "Results",
        value: cell(i, "results"), text: (v) => v.toLocaleString("en")}));
    return columns;
}

const columns = makeColumns();

/* What is unknown comes last, whichever way. */
function sortedClasses() {
    const wanted = byId("class-find").value.trim().toLowerCase();
    const value = columns[sorting.column].value;
    const order = sorting.down ? -1 : 1;
    const isMissing = (v) => v === null || v === -1;
    return data.classes.map((c, i) => i)
        .filter((k) => className(k).toLowerCase().includes(wanted))
        .sort((a, b) => {
            const x = value(a), y = value(b);
            if (typeof x === "string")
                return order * x.localeCompare(y);
            if (isMissing(x) || isMissing(y))
                return isMissing(x) - isMissing(y);
            return order * (x - y);
        });
}

function sortBy(column) {
    const isText = column === 0;
    sorting.down = sorting.column === column ? !sorting.down : !isText;
    sorting.column = column;
    showTable();
}

function tableHead() {
    return el("thead", {}, el("tr", {}, ...columns.map((column, i) =>
        el("th", {scope: "col", "aria-sort": i !== sorting.column ? "none"
            : sorting.down ? "descending" : "ascending"},
            el("button", {type: "button", onclick: () => sortBy(i)},
                column.name)))));
}

function tableRow(k) {
    const chosen = byId("curve-class").value === String(k);
    return el("tr", {class: chosen ? "chosen" : "",
        onclick: () => chooseClass(k)},
        ...columns.map((column) => {
            const value = column.value(k);
            return el("td", {class: column.change ? trend(value) : ""},
                column.text(value));
        }));
}

function showTable() {
    const classes = sortedClasses();
    show("class-table", tableHead(),
        el("tbody", {}, ...classes.map(tableRow)));
    show("class-count", plural(classes.length, "class", "classes"));
}

function initTable() {
    byId("class-find").addEventListener("input", showTable);
    sortBy(1);
}

/* --------------------------------------------------------------- errors */

function errorRow(kind, gains, counts, most) {
    return el("div", {class: "error-row"},
        el("span", {class: `kind kind-${kind}`}, kind),
        el("div", {}, ...gains.map((gain, i) => meter(gain, i, most))),
        el("div", {class: "figures"}, ...gains.map((gain, i) => el("div",
            {class: comparing ? `run${i}` : ""},
            `${signed(gain, 3)} AP`,
            counts ? el("span", {class: "note"},
                ` · ${counts[i].toLocaleString("en")}`) : null))),
        el("div", {class: "what"}, MEANING[kind]));
}

function showErrors() {
    const tides = runs.map((run) => run.tide);
    const special = [["FP", "falsePositive"], ["FN", "falseNegative"]];
    const most = Math.max(0.01, ...tides.flatMap((tide) =>
        [...tide.errors.map((e) => e.gain), tide.falsePositive,
            tide.falseNegative]));
    show("error-bars",
        ...KINDS.map((kind, i) => errorRow(kind,
            tides.map((tide) => tide.errors[i].gain),
            tides.map((tide) => tide.errors[i].count), most)),
        ...special.map(([kind, key]) => errorRow(kind,
            tides.map((tide) => tide[key]), null, most)),
        el("p", {class: "note"}, "AP now: " + tides.map((tide, i) =>
            `${figure(tide.ap)} (${plural(tide.right, "object")} found)`)
            .join(" and ") + ". Here a class in which something is found " +
            "but nothing is there counts as 0."));
}

/* ------------------------------------------------------------ confusion */

let confusionRun = 0;

/* Buttons of which one is pressed. */
function choice(names, chosen, choose) {
    return names.map((name, i) => el("button", {type: "button",
        "aria-pressed": String(i === chosen), onclick: () => choose(i)},
        name));
}

function runChoice(chosen, choose) {
    return comparing ? choice(runs.map((run) => run.name), chosen, choose)
        : [];
}

function confusionLabels(confusion) {
    const labels = confusion.classes.map(className);
    if (confusion.others)
        labels.push("(others)");
    return labels.concat(["(nothing)"]);
}

function shorten(text) {
    return text.length > 15 ? text.slice(0, 14) + "…" : text;
}

function readCell(confusion, labels, row, column) {
    const size = labels.length;
    const count = confusion.cells[row * size + column];
    const last = size - 1;
    let text = `${labels[row]} taken for ${labels[column]}`;
    if (row === last && column === last)
        text = "nothing taken for nothing is not counted";
    else if (row === last)
        text = `${labels[column]} found where nothing is`;
    else if (column === last)
        text = `${labels[row]} not found`;
    else if (row === column)
        text = `${labels[row]} found as such`;
    const others = confusion.others && row === column && row === last - 1
        ? ` (${confusion.othersWrong} of them as another of these classes)`
        : "";
    byId("confusion-readout").textContent =
        `${count.toLocaleString("en")} × ${text}${others}`;
}

function confusionCell(confusion, labels, row, column, place) {
    const size = labels.length, last = size - 1;
    const cells = confusion.cells.slice(row * size, row * size + size);
    const total = cells.reduce((sum, n) => sum + n, 0);
    const share = total ? cells[column] / total : 0;
    const group = row === last || column === last ? "nothing"
        : row === column ? "hit" : "mistake";
    const node = svg("rect", {class: "cell", ...place});
    const read = () => {
        for (const old of document.querySelectorAll("#confusion .over"))
            old.classList.remove("over");
        node.classList.add("over");
        readCell(confusion, labels, row, column);
    };
    if (!cells[column])
        return fill(node, {onpointerenter: read, onclick: read}, []);
    fill(node, {class: `cell ${group}`, onpointerenter: read, onclick: read,
        "fill-opacity": (0.12 + 0.88 * Math.sqrt(share)).toFixed(3)}, []);
    return node;
}

function drawConfusion(confusion) {
    const labels = confusionLabels(confusion);
    const size = labels.length, left = 110, top = 96;
    const step = Math.min(60, 620 / size);
    const root = svg("svg", {role: "img", "aria-label": "Confusion matrix",
        viewBox: `0 0 ${left + step * size + 4} ${top + step * size + 4}`});
    labels.forEach((label, i) => {
        const middle = step * i + step / 2;
        root.append(
            svg("text", {x: left - 6, y: top + middle + 4,
                "text-anchor": "end"}, shorten(label),
                svg("title", {}, label)),
            svg("text", {transform:
                `translate(${left + middle + 3} ${top - 6}) rotate(-55)`},
                shorten(label), svg("title", {}, label)));
    });
    for (let row = 0; row < size; row++)
        for (let column = 0; column < size; column++)
            root.append(confusionCell(confusion, labels, row, column,
                {x: left + step * column, y: top + step * row, width: step,
                    height: step}));
    return root;
}

function showConfusion() {
    const confusion = runs[confusionRun].confusion;
    show("confusion-controls", ...runChoice(confusionRun, (run) => {
        confusionRun = run;
        showConfusion();
    }));
    show("confusion-chart", drawConfusion(confusion));
    show("confusion-readout", "Point at a cell to read it.");
    show("confusion-note", "Rows: what is there; columns: what it was taken " +
        `for. Results with a score of at least ${confusion.score}, IoU at ` +
        "least 0.5. A cell is the darker the larger its share of the row.");
}

/* ----------------------------------------------------- scores and sizes */

const SMALL = {width: 420, height: 230, left: 46, top: 10, right: 8,
    bottom: 36};

function compact(count) {
    return count >= 1e6 ? `${+(count / 1e6).toPrecision(3)}M`
        : count >= 1e4 ? `${+(count / 1e3).toPrecision(3)}k` : String(count);
}

/* 1, 2 or 5 times a power of ten, at least `least` and 1. */
function roundStep(least) {
    let power = 1;
    while (10 * power < least)
        power *= 10;
    return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least);
}

function countAxis(most) {
    const isLog = byId("log-scale").checked;
    if (!isLog) {
        const step = roundStep(most / 5);
        const ticks = [];
        for (let at = 0; at <= most; at += step)
            ticks.push({at, text: compact(at)});
        return {axis: {low: 0, high: Math.max(1, most), ticks, name: ""},
            place: (n) => n};
    }
    const high = Math.max(1, Math.ceil(Math.log10(most + 1)));
    const ticks = [];
    for (let i = 0; i <= high; i++)
        ticks.push({at: i, text: compact(i ? 10 ** i : 0)});
    return {axis: {low: 0, high, ticks, name: ""},
        place: (n) => Math.log10(n + 1)};
}

/* Bars of two parts for each run, side by side. */
function histogram(title, names, pairs, labels, xName) {
    const bins = pairs[0][0].length;
    const most = Math.max(...pairs.map(([good, bad]) =>
        Math.max(...good.map((n, i) => n + bad[i]))));
    const {axis, place} = countAxis(most);
    const chart = axes(SMALL, {low: 0, high: bins, ticks: labels,
        name: xName}, axis);
    const width = 0.86 / pairs.length;
    pairs.forEach(([good, bad], run) => good.forEach((n, i) => {
        const x = chart.x(i + 0.07 + width * run);
        const w = Math.max(1, chart.x(width) - chart.x(0) - 0.5);
        const parts = [[0, n, "right"], [n, n + bad[i], "wrong"]];
        for (const [low, high, group] of parts)
            if (high > low)
                chart.root.append(svg("rect", {class: group, x, width: w,
                    "fill-opacity": run ? 0.55 : 1,
                    y: chart.y(place(high)),
                    height: chart.y(place(low)) - chart.y(place(high))},
                    svg("title", {}, `${runs[run].name}: ${high - low} ` +
                        names[group === "right" ? 0 : 1])));
    }));
    return el("div", {class: "chart"}, el("h3", {}, title),
        el("p", {class: "note"},
            el("i", {class: "swatch right"}), `${names[0]} `,
            el("i", {class: "swatch wrong"}), names[1],
            comparing ? "; the second run is paler" : ""), chart.root);
}

function reliability() {
    const chart = axes(SMALL, fractions("mean score"), fractions("right"));
    chart.root.append(svg("line", {class: "diagonal", x1: chart.x(0),
        y1: chart.y(0), x2: chart.x(1), y2: chart.y(1)}));
    runs.forEach((run, i) => {
        const bins = run.calibration.bins.filter((bin) => bin[0] > 0);
        const most = Math.max(1, ...bins.map((bin) => bin[0]));
        const inside = (score) => Math.min(1, Math.max(0, score));
        chart.root.append(svg("path", {class: `line${i}`,
            d: bins.map(([, right, score], k) => `${k ? "L" : "M"}` +
                `${chart.x(inside(score))} ${chart.y(right)}`).join("")}));
        for (const [count, right, score] of bins)
            chart.root.append(svg("circle", {class: `bar${i}`,
                cx: chart.x(inside(score)), cy: chart.y(right),
                r: 2.5 + 4 * Math.sqrt(count / most)},
                svg("title", {}, `${run.name}: ${count} results with a ` +
                    `mean score of ${figure(score)}, ${figure(right)} right`)));
    });
    return el("div", {class: "chart"}, el("h3", {}, "Calibration"),
        el("p", {class: "note"}, "Share of right results against their " +
            "score. Expected calibration error: " + runs.map((run) =>
            figure(run.calibration.error)).join(" and ")), chart.root);
}

function showScores() {
    const pairs = (good, bad) => runs.map((run) =>
        [run.histograms[good], run.histograms[bad]]);
    const scores = [0, 5, 10, 15, 20].map((at) =>
        ({at, text: (at / 20).toFixed(2)}));
    const sizes = data.sizeEdges.map((edge, at) => ({at, text: edge}));
    const side = "side, pixels (root of the area)";
    show("score-charts", reliability(),
        histogram("Results by score", ["right", "wrong"],
            pairs("rightScores", "wrongScores"), scores, "score"),
        histogram("Objects by size", ["found", "not found"],
            pairs("foundSizes", "missedSizes"), sizes, side),
        histogram("Results by size", ["right", "wrong"],
            pairs("rightSizes", "wrongSizes"), sizes, side));
}

/* -------------------------------------------------------------- gallery */

const PAGE = 48;
const gallery = {run: 0, kind: "", class: "", shown: PAGE, at: 0};

function entryClasses(entry) {
    return [entry.found, entry.truth].filter((shape) => shape)
        .map((shape) => shape.class);
}

function isOfClass(entry) {
    return gallery.class === "" ||
        entryClasses(entry).includes(Number(gallery.class));
}

/* The worst first: kinds take turns as in the file's choice. */
function entries() {
    const groups = KINDS.map((kind) => runs[gallery.run].gallery
        .filter((e) => e.kind === kind && isOfClass(e))
        .filter(() => gallery.kind === "" || gallery.kind === kind)
        .sort((a, b) => kind === "Miss" ? area(b) - area(a)
            : b.score - a.score));
    const list = [];
    for (let i = 0; groups.some((group) => i < group.length); i++)
        list.push(...groups.filter((g) => i < g.length).map((g) => g[i]));
    return list;
}

function area(entry) {
    return entry.truth.box[2] * entry.truth.box[3];
}

function outline(shape, name, region, cells) {
    const [x, y, w, h] = shape.box;
    const frame = svg("rect", {class: shape.path ? `${name} frame` : name,
        x, y, width: Math.max(w, 0), height: Math.max(h, 0)});
    if (!shape.path)
        return [frame];
    return [frame, svg("path", {class: name, d: shape.path, transform:
        `translate(${region[0]} ${region[1]}) ` +
        `scale(${region[2] / cells[0]} ${region[3] / cells[1]})`})];
}

/* As det_crop_size. */
function cellsOf(region) {
    const longest = Math.max(region[2], region[3]);
    const scale = longest > 160 ? 160 / longest : 1;
    return [region[2], region[3]].map((side) =>
        Math.max(1, Math.round(side * scale)));
}

function picture(entry, withShapes) {
    const [x, y, width, height] = entry.region;
    const root = svg("svg", {class: "picture", role: "img",
        "aria-label": withShapes ? "with outlines" : "as it is",
        viewBox: entry.region.join(" ")});
    root.append(entry.jpeg
        ? svg("image", {x, y, width, height, preserveAspectRatio: "none",
            href: `data:image/jpeg;base64,${entry.jpeg}`})
        : svg("rect", {class: "missing", x, y, width, height}));
    if (!withShapes)
        return root;
    const cells = cellsOf(entry.region);
    if (entry.truth)
        root.append(...outline(entry.truth, "truth", entry.region, cells));
    if (entry.found)
        root.append(...outline(entry.found, "found", entry.region, cells));
    return root;
}

/* A detector's scores may be anything. */
function scoreText(score) {
    return score === null ? "?" : score.toFixed(2);
}

function words(entry) {
    const list = [el("span", {class: `kind kind-${entry.kind}`}, entry.kind)];
    if (entry.found)
        list.push(" ", el("span", {class: "found-word"},
            `${className(entry.found.class)} ${scoreText(entry.score)}`));
    if (entry.truth)
        list.push(entry.found ? " on " : " ", el("span",
            {class: "truth-word"}, className(entry.truth.class)));
    if (entry.found && entry.truth)
        list.push(el("span", {class: "note"},
            ` IoU ${figure(entry.iou, 2)}`));
    return list;
}

function tile(entry, index) {
    return el("button", {class: "entry", type: "button",
        title: MEANING[entry.kind], onclick: () => openViewer(index)},
        el("div", {class: "pictures"}, picture(entry, true),
            picture(entry, false)),
        el("div", {class: "words"}, ...words(entry)));
}

function kindButtons() {
    const ofClass = runs[gallery.run].gallery.filter(isOfClass);
    const names = ["", ...KINDS];
    return choice(names.map((kind) => {
        const count = kind === "" ? ofClass.length
            : ofClass.filter((e) => e.kind === kind).length;
        return `${kind || "All"} ${count}`;
    }), names.indexOf(gallery.kind), (i) => {
        gallery.kind = names[i];
        gallery.shown = PAGE;
        showGallery();
    });
}

function classSelect() {
    const used = [...new Set(runs[gallery.run].gallery
        .flatMap(entryClasses))].sort((a, b) =>
        className(a).localeCompare(className(b)));
    const select = el("select", {id: "gallery-class", "aria-label": "Class",
        onchange: () => {
            gallery.class = select.value;
            gallery.shown = PAGE;
            showGallery();
        }}, el("option", {value: ""}, "all classes"),
        ...used.map((k) => el("option", {value: k}, className(k))));
    select.value = gallery.class;
    return select;
}

function chooseGalleryRun(run) {
    Object.assign(gallery, {run, kind: "", class: "", shown: PAGE});
    showGallery();
}

function showGallery() {
    const list = entries();
    show("gallery-controls", ...runChoice(gallery.run, chooseGalleryRun),
        classSelect(), ...kindButtons());
    show("gallery-count", `${plural(list.length, "error")} shown of the ` +
        "worst. Green: what is there; red: what was found." +
        (data.photos ? "" : " The photos were not given."));
    show("gallery-tiles", ...list.slice(0, gallery.shown).map(tile));
    byId("gallery-more").hidden = list.length <= gallery.shown;
}

/* --------------------------------------------------------------- viewer */

function facts(entry) {
    const image = entry.image ? `${entry.image} (id ${entry.id})`
        : `id ${entry.id}`;
    const list = [["Image", image], ["Error", MEANING[entry.kind]]];
    for (const [name, key] of [["Found", "found"], ["There", "truth"]])
        if (entry[key])
            list.push([name, `${className(entry[key].class)}, box ` +
                entry[key].box.map((v) => +v.toFixed(1)).join(", ")]);
    return list.flatMap(([name, text]) =>
        [el("dt", {}, name), el("dd", {}, text)]);
}

function openViewer(index) {
    const list = entries();
    if (!list.length)
        return;
    gallery.at = (index + list.length) % list.length;
    const entry = list[gallery.at];
    show("viewer-title", ...words(entry));
    show("viewer-pictures", picture(entry, true), picture(entry, false));
    show("viewer-facts", ...facts(entry));
    if (!byId("viewer").open)
        byId("viewer").showModal();
}

function initViewer() {
    const viewer = byId("viewer");
    byId("viewer-close").addEventListener("click", () => viewer.close());
    byId("viewer-previous").addEventListener("click", () =>
        openViewer(gallery.at - 1));
    byId("viewer-next").addEventListener("click", () =>
        openViewer(gallery.at + 1));
    viewer.addEventListener("click", (event) => {
        if (event.target === viewer)
            viewer.close();
    });
    viewer.addEventListener("keydown", (event) => {
        if (event.key === "ArrowLeft")
            openViewer(gallery.at - 1);
        if (event.key === "ArrowRight")
            openViewer(gallery.at + 1);
    });
    byId("gallery-more").addEventListener("click", () => {
        gallery.shown += PAGE;
        showGallery();
    });
}

/* ------------------------------------------------------------ self-test */

/* Browsers without a screen have no window narrower than 500 pixels, so a
 * small one's page is made narrower. */
function checkWidth(check) {
    const body = document.body;
    if (window.innerWidth <= 520)
        body.style.width = "400px";
    for (const part of [body, ...document.querySelectorAll("section")])
        check(part.scrollWidth <= part.clientWidth + 1,
            `${part.id || "the page"} is wider than ${part.clientWidth}`);
    body.style.width = "";
}

/* With "#selftest" the page is used as by a person; the title says how it
 * went. */
function selfTest() {
    const check = (condition, what) => {
        if (!condition)
            throw new Error(what);
    };
    const rows = () => [...document.querySelectorAll(
        "#class-table tbody td:first-child")].map((td) => td.textContent);
    const heads = document.querySelectorAll.bind(document,
        "#class-table thead button");
    check(document.scripts.length === 2, "a script came in with the data");
    check(byId("number-tiles").children.length > 0, "no numbers");
    checkWidth(check);

    heads()[0].click();
    const up = rows();
    heads()[0].click();
    check(up.length === data.classes.length, "classes are missing");
    check(up.join("\n") === rows().reverse().join("\n"), "not sorted");
    heads()[1].click();
    const ap = [...document.querySelectorAll(
        "#class-table tbody td:nth-child(2)")]
        .map((td) => parseFloat(td.textContent)).filter((v) => !isNaN(v));
    check(ap.every((v, i) => !i || v <= ap[i - 1]), "AP is not sorted");

    const row = document.querySelector("#class-table tbody tr");
    if (row) {
        row.click();
        check(byId("curve-class").value !== "", "no class was chosen");
    }
    document.querySelectorAll("#confusion .cell")[0]
        .dispatchEvent(new Event("pointerenter"));
    check(byId("confusion-readout").textContent.includes("×"),
        "a cell says nothing");
    byId("log-scale").click();

    const all = runs[0].gallery;
    const tiles = () => document.querySelectorAll("#gallery-tiles .entry");
    if (all.length) {
        const kind = all[0].kind;
        const count = all.filter((e) => e.kind === kind).length;
        document.querySelectorAll("#gallery-controls button")[
            (comparing ? 2 : 0) + 1 + KINDS.indexOf(kind)].click();
        check(tiles().length === Math.min(PAGE, count), "not filtered");
        const select = byId("gallery-class");
        select.value = String(entryClasses(all[0])[0]);
        select.dispatchEvent(new Event("change"));
        check(tiles().length > 0 && tiles().length <= count,
            "not filtered by class");
        tiles()[0].click();
        check(byId("viewer").open, "no picture was opened");
        check(byId("viewer-pictures").children.length === 2, "no pictures");
        byId("viewer-next").click();
        byId("viewer-close").click();
        check(!byId("viewer").open, "the viewer stays open");
    }
    return `sorted ${up.length} classes, filtered ${all.length} errors`;
}

function runSelfTest() {
    let outcome;
    try {
        outcome = `selftest passed: ${selfTest()}`;
    } catch (error) {
        outcome = `selftest failed: ${error.message}`;
    }
    document.title = outcome;
}

showHead();
showNumbers();
initCurves();
initTable();
showErrors();
showConfusion();
byId("log-scale").addEventListener("change", showScores);
showScores();
initViewer();
showGallery();
if (location.hash === "#selftest")
    runSelfTest();
