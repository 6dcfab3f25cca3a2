// The chart of a page: temperature above, what the time was like and what happened below, on one axis.
// Pressed or dragged on a place's page it chooses a moment, for which the page then lists what was inside.
import {
  FONT, INK, MICRO, ROW,
  clipped, drawConditions, drawFrame, drawLimitLines, drawLimits, drawMoment, drawRowNames, drawRows, drawVeil,
} from "./paint.js";
import { columns } from "./columns.js";
import { placeChart, placeIndex, probeName, unitChart } from "./rows.js";

const box = document.getElementById("chart");
const words = JSON.parse(box.dataset.words);
const scene = { trace: null, words, places: JSON.parse(box.dataset.places ?? "{}") };
const chartOf = box.dataset.kind === "place" ? placeChart : unitChart;
const framed = box.dataset.frame ? JSON.parse(box.dataset.frame) : null;
const zone = box.dataset.zone;
const readout = document.getElementById("readout");
const moment = document.getElementById("moment");

// By place, in the order of the legend; a unit is seldom in more.
const LINES = {
  load: { strokes: ["#0f4c81", "#7d3c7d", "#8a5300", "#0f6b6b"], width: 2 },
  air: { strokes: ["#8795a3", "#b48fb4", "#bf9f6d", "#7fb0b0"], width: 1.25 },
};

function lineLook(probe) {
  const { strokes, width } = LINES[probe.now.role];
  return { stroke: strokes[placeIndex(scene, probe) % strokes.length], width };
}

let upper = null;
let lower = null;
let shape = "";
let shown = null;

const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
const second = new Intl.DateTimeFormat("en-GB", {
  timeZone: zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

// Degrees exactly as measured, like the server writes them: never rounded across a limit.
function celsius(micro) {
  const size = Math.abs(micro);
  const rest = String(size % MICRO).padStart(6, "0").replace(/0+$/, "");
  return `${micro < 0 ? "-" : ""}${Math.floor(size / MICRO)}.${rest || "0"}`;
}

// The line of the probe that decides lies on top.
function drawn() {
  return [...scene.trace.probes].reverse();
}

function gutter() {
  const brush = document.createElement("canvas").getContext("2d");
  brush.font = `11.5px ${FONT}`;
  return Math.ceil(Math.max(52, ...shown.rows.map((row) => brush.measureText(row.name).width + 14)));
}

function xScale() {
  return { time: true, range: () => [scene.trace.from_ms / 1000, scene.trace.to_ms / 1000] };
}

function yRange() {
  let low = Infinity;
  let high = -Infinity;
  for (const { limits, micro_celsius } of scene.trace.probes) {
    const seen = micro_celsius.filter((micro) => micro !== null);
    low = seen.reduce((least, micro) => Math.min(least, micro), Math.min(low, limits.low_micro_celsius ?? Infinity));
    high = seen.reduce((most, micro) => Math.max(most, micro), Math.max(high, limits.high_micro_celsius));
  }
  low = Math.min(low, high - MICRO);
  return [Math.floor(low / MICRO) - 0.8, Math.ceil(high / MICRO) + 0.8];
}

function timeTexts(plot, splits) {
  let before = "";
  return splits.map((at) => {
    const date = day.format(at * 1000);
    const text = date === before ? clock.format(at * 1000) : `${clock.format(at * 1000)}\n${date.slice(5)}`;
    before = date;
    return text;
  });
}

function common() {
  return {
    width: box.clientWidth,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), zone),
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "page" }, points: { show: false } },
    scales: { x: xScale() },
  };
}

const GRID = { stroke: "#e6ebf0", width: 1 };

function over(plot, context) {
  drawLimitLines(plot, context, shown.bands);
  if (shown.veiled !== null) {
    drawVeil(plot, context, shown.veiled, [scene.trace.from_ms, scene.trace.to_ms]);
  }
  onBoth(plot, context);
}

function onBoth(plot, context) {
  if (framed !== null) {
    drawFrame(plot, context, [framed[0], framed[1] ?? scene.trace.to_ms]);
  }
  if (moment?.dataset.chosen) {
    drawMoment(plot, context, Number(moment.value));
  }
}

function upperOptions() {
  const lines = drawn().map((probe) => ({
    label: probeName(scene, probe),
    ...lineLook(probe),
    points: { show: false },
    spanGaps: false,
  }));
  const base = common();
  return {
    ...base,
    height: box.clientWidth < 560 ? 250 : 320,
    scales: { ...base.scales, y: { range: yRange } },
    series: [{}, ...lines],
    axes: [
      { size: 6, ticks: { show: false }, grid: GRID, values: (plot, splits) => splits.map(() => ""), space: 70 },
      { size: gutter(), stroke: INK, font: `12px ${FONT}`, grid: GRID, ticks: { show: false }, values: (plot, splits) => splits.map((at) => `${at} °C`) },
    ],
    hooks: {
      drawClear: [(plot) => clipped(plot, (context) => {
        drawLimits(plot, context, shown.bands);
        drawConditions(plot, context, shown.conditions, words);
      })],
      draw: [(plot) => clipped(plot, (context) => over(plot, context))],
      setCursor: [tell],
      ready: [choosing],
    },
  };
}

function lowerOptions() {
  const base = common();
  const axis = 42;
  return {
    ...base,
    height: ROW * shown.rows.length + 6 + axis,
    scales: { ...base.scales, y: { range: [0, 1] } },
    series: [{}, { show: false }],
    padding: [0, null, 0, null],
    axes: [
      { size: axis, stroke: INK, font: `12px ${FONT}`, grid: GRID, ticks: { stroke: "#c3ccd5", size: 4 }, values: timeTexts, space: 70 },
      { size: gutter(), values: () => [], splits: () => [], grid: { show: false }, ticks: { show: false } },
    ],
    hooks: {
      draw: [
        (plot) => clipped(plot, (context) => {
          drawRows(plot, context, shown.rows);
          onBoth(plot, context);
        }),
        (plot) => drawRowNames(plot, shown.rows),
      ],
      ready: [choosing],
    },
  };
}

// A moment is chosen by pressing or dragging; the slider below the chart does the same for the keyboard.
function choosing(plot) {
  if (moment === null) {
    return;
  }
  plot.over.classList.add("choosing");
  const choose = (event) => {
    const at = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x") * 1000;
    moment.value = String(Math.round(Math.min(Math.max(at, scene.trace.from_ms), Number(moment.max))));
    moment.dispatchEvent(new Event("input", { bubbles: true }));
  };
  plot.over.addEventListener("pointerdown", (event) => {
    if (event.button === 0) {
      plot.over.setPointerCapture(event.pointerId);
      choose(event);
    }
  });
  plot.over.addEventListener("pointermove", (event) => {
    if (plot.over.hasPointerCapture(event.pointerId)) {
      choose(event);
    }
  });
}

function redraw() {
  upper?.redraw(false);
  lower?.redraw(false);
}

moment?.addEventListener("input", () => {
  moment.dataset.chosen = "true";
  moment.setAttribute("aria-valuetext", stamp(Number(moment.value)));
  redraw();
});

function tell(plot) {
  const at = plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null;
  if (at === null) {
    readout.textContent = "\u00a0";
    return;
  }
  const told = scene.trace.probes.map((probe) => `${probeName(scene, probe)} ${valueAt(probe, at * 1000)}`);
  readout.textContent = `${stamp(at * 1000)} · ${told.join(" · ")}`;
}

function stamp(ms) {
  return `${day.format(ms)} ${second.format(ms)}`;
}

// What the probe said last before an instant. A break in the line is unknown, except while a reading still speaks.
// Where only the extremes are drawn, the reading may be an older one: then its own time stands beside it.
function valueAt(probe, atMs) {
  let at = probe.taken_ms.findLastIndex((ms) => ms <= atMs);
  if (at > 0 && probe.micro_celsius[at] === null && atMs - probe.taken_ms[at - 1] <= probe.hold_ms) {
    at -= 1;
  }
  if (at < 0 || probe.micro_celsius[at] === null) {
    return words.unknown;
  }
  const taken = probe.taken_ms[at];
  const text = `${celsius(probe.micro_celsius[at])} °C`;
  return atMs - taken > probe.hold_ms ? `${text} (${stamp(taken)})` : text;
}

function message(text) {
  clear();
  box.classList.add("settled");
  const paragraph = document.createElement("p");
  paragraph.className = "message";
  paragraph.textContent = text;
  box.replaceChildren(paragraph);
}

function clear() {
  upper?.destroy();
  lower?.destroy();
  upper = lower = null;
  box.replaceChildren();
}

function show() {
  if (scene.trace.probes.length === 0) {
    message(words.empty);
    return;
  }
  shown = chartOf(scene);
  const edges = [[scene.trace.from_ms / 1000, scene.trace.to_ms / 1000], [0, 0]];
  const now = JSON.stringify([scene.trace.probes.map((probe) => probe.now.id), shown.rows.map((row) => row.name), box.clientWidth]);
  if (upper !== null && now === shape) {
    upper.setData(columns(drawn()));
    lower.setData(edges);
    return;
  }
  shape = now;
  clear();
  upper = new uPlot(upperOptions(), columns(drawn()), box);
  lower = new uPlot(lowerOptions(), edges, box);
  box.classList.add("settled");
  box.dataset.drawn = "true";
}

async function load() {
  try {
    const response = await fetch(document.getElementById("chart-source").dataset.trace);
    if (!response.ok) {
      throw new Error(`the trace answered ${response.status}`);
    }
    scene.trace = await response.json();
    show();
  } catch {
    if (scene.trace === null) {
      message(words.failed);
    }
  }
}

document.addEventListener("page-refreshed", load);
new ResizeObserver(() => {
  if (scene.trace !== null && upper !== null && upper.width !== box.clientWidth) {
    show();
  }
}).observe(box);
load();
