"use strict";
// The chart of a unit's page: temperature above, what the time was like and where the unit was below, on one axis.
(() => {
  const box = document.getElementById("chart");
  if (box === null) {
    return;
  }
  const words = JSON.parse(box.dataset.words);
  const places = JSON.parse(box.dataset.places);
  const zone = box.dataset.zone;
  const readout = document.getElementById("readout");

  const MICRO = 1000000;
  const ROW = 24;
  const FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif';
  const INK = "#33404c";
  const COLOURS = {
    "within": { fill: "#d5e8dc", edge: "#7fae95", ink: "#2b5f4a" },
    "too-warm": { fill: "#f2c4bd", edge: "#c4553f", ink: "#8c1c10" },
    "too-cold": { fill: "#c3d6f6", edge: "#3f6fc4", ink: "#173f8a" },
    "never-measured": { fill: "hatched", edge: "#8b939b", ink: "#40464c" },
    "awaited": { fill: "dotted", edge: "#5a5fa5", ink: "#3c4080" },
  };
  const LINES = { load: { stroke: "#0f4c81", width: 2 }, air: { stroke: "#8795a3", width: 1.25 } };

  let trace = null;
  let upper = null;
  let lower = null;
  let shape = "";

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

  function pixel(value) {
    return value * uPlot.pxRatio;
  }

  function patterns(context) {
    const tile = (size, paint) => {
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = Math.round(pixel(size));
      const brush = canvas.getContext("2d");
      brush.scale(canvas.width / size, canvas.height / size);
      paint(brush, size);
      return context.createPattern(canvas, "repeat");
    };
    return {
      hatched: tile(8, (brush, size) => {
        brush.fillStyle = "#f3f4f5";
        brush.fillRect(0, 0, size, size);
        brush.strokeStyle = "#a3abb3";
        brush.lineWidth = 1.2;
        brush.beginPath();
        for (const shift of [-size, 0, size]) {
          brush.moveTo(shift, size);
          brush.lineTo(shift + size, 0);
        }
        brush.stroke();
      }),
      dotted: tile(6, (brush, size) => {
        brush.fillStyle = "#f2f2fb";
        brush.fillRect(0, 0, size, size);
        brush.fillStyle = "#7a7fc0";
        brush.beginPath();
        brush.arc(size / 2, size / 2, 1.1, 0, 2 * Math.PI);
        brush.fill();
      }),
    };
  }

  // Left and right pixel of a stretch of time inside the plot, or null if it is not on it.
  function stretch(plot, fromMs, toMs) {
    const { left, width } = plot.bbox;
    const begin = Math.max(left, plot.valToPos(fromMs / 1000, "x", true));
    const end = Math.min(left + width, plot.valToPos(toMs / 1000, "x", true));
    return end > begin ? [begin, end] : null;
  }

  function clipped(plot, paint) {
    const context = plot.ctx;
    context.save();
    context.beginPath();
    context.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
    context.clip();
    paint(context);
    context.restore();
  }

  function label(context, text, left, right, middle, ink, size) {
    context.font = `600 ${pixel(size)}px ${FONT}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    if (context.measureText(text).width + pixel(8) <= right - left) {
      context.fillStyle = ink;
      context.fillText(text, (left + right) / 2, middle);
    }
  }

  function fillOf(context, condition, filling) {
    const fill = COLOURS[condition].fill;
    context.fillStyle = filling[fill] ?? fill;
  }

  // Per place the first probe decides; its spans colour the whole height.
  function deciding() {
    const first = new Map();
    for (const probe of trace.probes) {
      if (!first.has(probe.now.place)) {
        first.set(probe.now.place, probe);
      }
    }
    return [...first.values()];
  }

  // The line of the probe that decides lies on top.
  function drawn() {
    return [...trace.probes].reverse();
  }

  function staysIn(place) {
    return trace.stays.filter((stay) => stay.place === place);
  }

  function sameLimits() {
    const spelled = new Set(trace.probes.map((probe) => JSON.stringify(probe.limits)));
    return spelled.size === 1;
  }

  function drawLimits(plot, context) {
    const { left, width } = plot.bbox;
    for (const probe of deciding()) {
      const high = plot.valToPos(probe.limits.high_micro_celsius / MICRO, "y", true);
      const low = plot.valToPos(probe.limits.low_micro_celsius / MICRO, "y", true);
      const stretches = sameLimits()
        ? [[left, left + width]]
        : staysIn(probe.now.place).map((stay) => stretch(plot, stay.possible_from_ms, stay.possible_to_ms ?? trace.to_ms));
      for (const part of stretches.filter(Boolean)) {
        context.fillStyle = "#eaf5ee";
        context.fillRect(part[0], high, part[1] - part[0], low - high);
        context.strokeStyle = "#4c8a68";
        context.lineWidth = pixel(1);
        context.setLineDash([pixel(5), pixel(4)]);
        for (const level of [high, low]) {
          context.beginPath();
          context.moveTo(part[0], level);
          context.lineTo(part[1], level);
          context.stroke();
        }
        context.setLineDash([]);
      }
    }
  }

  function drawConditions(plot, context) {
    const filling = patterns(context);
    const { top, height } = plot.bbox;
    for (const span of deciding().flatMap((probe) => probe.spans)) {
      const part = span.condition === "within" ? null : stretch(plot, span.from_ms, span.to_ms);
      if (part === null) {
        continue;
      }
      const wide = Math.max(part[1] - part[0], pixel(1.5));
      fillOf(context, span.condition, filling);
      context.globalAlpha = 0.62;
      context.fillRect(part[0], top, wide, height);
      context.globalAlpha = 1;
      label(context, words[span.condition], part[0], part[1], top + pixel(11), COLOURS[span.condition].ink, 12);
    }
  }

  // Before it came and after it left the line goes on, but veiled: that time says nothing about this unit.
  function drawVeil(plot, context) {
    const inside = trace.stays.map((stay) => [stay.possible_from_ms, stay.possible_to_ms ?? trace.to_ms]);
    inside.sort((one, other) => one[0] - other[0]);
    let at = trace.from_ms;
    for (const [from, to] of [...inside, [trace.to_ms, trace.to_ms]]) {
      const part = from > at ? stretch(plot, at, from) : null;
      if (part !== null) {
        context.fillStyle = "rgba(255, 255, 255, 0.72)";
        context.fillRect(part[0], plot.bbox.top, part[1] - part[0], plot.bbox.height);
      }
      at = Math.max(at, to);
    }
  }

  function rowNames() {
    return [
      words.stays,
      ...trace.probes.map((probe) => words[`role.${probe.now.role}`]),
      ...(trace.marks.length > 0 ? [words.doors] : []),
    ];
  }

  function rowTop(plot, index) {
    return plot.bbox.top + pixel(ROW * index + 3);
  }

  function drawBar(plot, context, row, from, to, look, text) {
    const part = stretch(plot, from, to);
    if (part === null) {
      return;
    }
    const top = rowTop(plot, row);
    const high = pixel(ROW - 6);
    const wide = Math.max(part[1] - part[0], pixel(2));
    context.fillStyle = look.fill;
    context.fillRect(part[0], top, wide, high);
    if (look.edge) {
      context.strokeStyle = look.edge;
      context.lineWidth = pixel(1);
      context.setLineDash(look.dash ?? []);
      context.strokeRect(part[0] + pixel(0.5), top + pixel(0.5), wide - pixel(1), high - pixel(1));
      context.setLineDash([]);
    }
    label(context, text, part[0], part[0] + wide, top + high / 2, look.ink, 11.5);
  }

  function drawStays(plot, context) {
    const possible = { fill: "#fff7e8", edge: "#c79d4c", ink: "#6f4300", dash: [pixel(4), pixel(3)] };
    const certain = { fill: "#0f4c81", ink: "#ffffff" };
    for (const stay of trace.stays) {
      const name = places[stay.place] ?? stay.place;
      const leave = stay.possible_to_ms ?? trace.to_ms;
      const from = stay.certain_from_ms ?? leave;
      const to = stay.certain_to_ms ?? leave;
      if (stay.certain_from_ms !== null) {
        drawBar(plot, context, 0, from, to, certain, `${name} · ${words.certain}`);
        drawBar(plot, context, 0, stay.possible_from_ms, from, possible, words.possible);
        drawBar(plot, context, 0, to, leave, possible, `${name} · ${words.possible}`);
      } else {
        drawBar(plot, context, 0, stay.possible_from_ms, leave, possible, `${name} · ${words.possible}`);
      }
    }
  }

  function drawStrips(plot, context) {
    const filling = patterns(context);
    trace.probes.forEach((probe, index) => {
      for (const span of probe.spans) {
        const { fill, edge, ink } = COLOURS[span.condition];
        const look = { fill: filling[fill] ?? fill, edge: span.condition === "within" ? null : edge, ink };
        drawBar(plot, context, index + 1, span.from_ms, span.to_ms, look, words[span.condition]);
      }
    });
  }

  function drawMarks(plot, context) {
    const row = trace.probes.length + 1;
    const top = rowTop(plot, row);
    const high = pixel(ROW - 6);
    let lost = null;
    for (const mark of trace.marks) {
      if (mark.kind === "mains-lost") {
        lost = mark.taken_ms;
      } else if (mark.kind === "mains-restored" && lost !== null) {
        drawBar(plot, context, row, lost, mark.taken_ms, { fill: "#e9e2d2", edge: "#8a5300", ink: "#6f4300" }, words["mains-lost"]);
        lost = null;
      } else if (mark.kind === "door-opened") {
        const part = stretch(plot, mark.taken_ms, mark.taken_ms + 60000);
        context.fillStyle = INK;
        if (part !== null) {
          context.fillRect(part[0], top, pixel(2), high);
        }
      }
    }
    if (lost !== null) {
      drawBar(plot, context, row, lost, trace.to_ms, { fill: "#e9e2d2", edge: "#8a5300", ink: "#6f4300" }, words["mains-lost"]);
    }
  }

  function drawRowNames(plot) {
    const context = plot.ctx;
    context.font = `${pixel(11.5)}px ${FONT}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.fillStyle = INK;
    rowNames().forEach((name, index) => {
      context.fillText(name, plot.bbox.left - pixel(8), rowTop(plot, index) + pixel(ROW - 6) / 2);
    });
  }

  function gutter() {
    const brush = document.createElement("canvas").getContext("2d");
    brush.font = `11.5px ${FONT}`;
    return Math.ceil(Math.max(52, ...rowNames().map((name) => brush.measureText(name).width + 14)));
  }

  function xScale() {
    return { time: true, range: () => [trace.from_ms / 1000, trace.to_ms / 1000] };
  }

  function yRange() {
    let low = Infinity;
    let high = -Infinity;
    for (const probe of trace.probes) {
      const seen = probe.micro_celsius.filter((micro) => micro !== null);
      low = seen.reduce((least, micro) => Math.min(least, micro), Math.min(low, probe.limits.low_micro_celsius));
      high = seen.reduce((most, micro) => Math.max(most, micro), Math.max(high, probe.limits.high_micro_celsius));
    }
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
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: "unit" }, points: { show: false } },
      scales: { x: xScale() },
    };
  }

  const GRID = { stroke: "#e6ebf0", width: 1 };

  function upperOptions() {
    const lines = drawn().map((probe) => ({
      label: words[`role.${probe.now.role}`],
      ...LINES[probe.now.role],
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
        drawClear: [(plot) => clipped(plot, (context) => { drawLimits(plot, context); drawConditions(plot, context); })],
        draw: [(plot) => clipped(plot, (context) => drawVeil(plot, context))],
        setCursor: [tell],
      },
    };
  }

  function lowerOptions() {
    const base = common();
    const axis = 42;
    return {
      ...base,
      height: ROW * rowNames().length + 6 + axis,
      scales: { ...base.scales, y: { range: [0, 1] } },
      series: [{}, { show: false }],
      padding: [0, null, 0, null],
      axes: [
        { size: axis, stroke: INK, font: `12px ${FONT}`, grid: GRID, ticks: { stroke: "#c3ccd5", size: 4 }, values: timeTexts, space: 70 },
        { size: gutter(), values: () => [], splits: () => [], grid: { show: false }, ticks: { show: false } },
      ],
      hooks: {
        draw: [
          (plot) => clipped(plot, (context) => { drawStrips(plot, context); drawStays(plot, context); drawMarks(plot, context); }),
          drawRowNames,
        ],
      },
    };
  }

  function tell(plot) {
    const at = plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, "x") : null;
    if (at === null) {
      readout.textContent = "\u00a0";
      return;
    }
    const told = trace.probes.map((probe) => `${words[`role.${probe.now.role}`]} ${valueAt(probe, at * 1000)}`);
    readout.textContent = `${day.format(at * 1000)} ${second.format(at * 1000)} · ${told.join(" · ")}`;
  }

  // What the probe said last before an instant, as long as a reading speaks for it.
  function valueAt(probe, atMs) {
    let found = null;
    for (let index = 0; index < probe.taken_ms.length && probe.taken_ms[index] <= atMs; index += 1) {
      found = index;
    }
    const micro = found === null || atMs - probe.taken_ms[found] > probe.hold_ms ? null : probe.micro_celsius[found];
    return micro === null ? words.unknown : `${celsius(micro)} °C`;
  }

  function columns() {
    const tables = drawn().map((probe) => [
      probe.taken_ms.map((ms) => ms / 1000),
      probe.micro_celsius.map((micro) => (micro === null ? null : micro / MICRO)),
    ]);
    return tables.length === 1 ? tables[0] : uPlot.join(tables);
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
    if (trace.probes.length === 0) {
      message(words.empty);
      return;
    }
    const edges = [[trace.from_ms / 1000, trace.to_ms / 1000], [0, 0]];
    const now = JSON.stringify([trace.probes.map((probe) => probe.now.id), rowNames().length, box.clientWidth]);
    if (upper !== null && now === shape) {
      upper.setData(columns());
      lower.setData(edges);
      return;
    }
    shape = now;
    clear();
    upper = new uPlot(upperOptions(), columns(), box);
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
      trace = await response.json();
      show();
    } catch {
      if (trace === null) {
        message(words.failed);
      }
    }
  }

  document.addEventListener("page-refreshed", load);
  new ResizeObserver(() => {
    if (trace !== null && upper !== null && upper.width !== box.clientWidth) {
      show();
    }
  }).observe(box);
  load();
})();
