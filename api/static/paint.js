// Paints the chart of a unit's page on the canvases that uPlot gives: limits, conditions, stays, doors and mains.

export const MICRO = 1000000;
export const ROW = 24;
export const FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif';
export const INK = "#33404c";
const COLOURS = {
  "within": { fill: "#d5e8dc", edge: "#7fae95", ink: "#2b5f4a" },
  "too-warm": { fill: "#f2c4bd", edge: "#c4553f", ink: "#8c1c10" },
  "too-cold": { fill: "#c3d6f6", edge: "#3f6fc4", ink: "#173f8a" },
  "never-measured": { fill: "hatched", edge: "#8b939b", ink: "#40464c" },
  "awaited": { fill: "dotted", edge: "#5a5fa5", ink: "#3c4080" },
};

// What is drawn: the trace as the server gave it, the words and the names of places in the page's language.
export const scene = { trace: null, words: {}, places: {} };

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

export function clipped(plot, paint) {
  const context = plot.ctx;
  context.save();
  context.beginPath();
  context.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  context.clip();
  paint(context);
  context.restore();
}

// Writes the first of the texts that fits, or none.
function label(context, texts, left, right, middle, ink, size) {
  context.font = `600 ${pixel(size)}px ${FONT}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  const text = texts.find((one) => context.measureText(one).width + pixel(8) <= right - left);
  if (text !== undefined) {
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
  for (const probe of scene.trace.probes) {
    if (!first.has(probe.now.place)) {
      first.set(probe.now.place, probe);
    }
  }
  return [...first.values()];
}

function staysIn(place) {
  return scene.trace.stays.filter((stay) => stay.place === place);
}

function sameLimits() {
  const spelled = new Set(scene.trace.probes.map((probe) => JSON.stringify(probe.limits)));
  return spelled.size === 1;
}

export function drawLimits(plot, context) {
  const { left, width } = plot.bbox;
  for (const probe of deciding()) {
    const high = plot.valToPos(probe.limits.high_micro_celsius / MICRO, "y", true);
    const low = plot.valToPos(probe.limits.low_micro_celsius / MICRO, "y", true);
    const stretches = sameLimits()
      ? [[left, left + width]]
      : staysIn(probe.now.place).map((stay) => stretch(plot, stay.possible_from_ms, stay.possible_to_ms ?? scene.trace.to_ms));
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

export function drawConditions(plot, context) {
  const filling = patterns(context);
  const { top, height } = plot.bbox;
  const labels = [];
  // A gateway sends every few seconds: the last few are always on their way and say nothing.
  const told = (probe) => probe.spans.filter((span) => span.condition !== "within"
    && (span.condition !== "awaited" || span.to_ms - span.from_ms > probe.hold_ms));
  for (const span of deciding().flatMap(told)) {
    const part = stretch(plot, span.from_ms, span.to_ms);
    if (part === null) {
      continue;
    }
    const wide = Math.max(part[1] - part[0], pixel(1.5));
    fillOf(context, span.condition, filling);
    context.globalAlpha = 0.62;
    context.fillRect(part[0], top, wide, height);
    context.globalAlpha = 1;
    labels.push({ middle: (part[0] + part[1]) / 2, text: scene.words[span.condition], ink: COLOURS[span.condition].ink });
  }
  drawLabels(plot, context, labels);
}

// A colour never stands alone: the word stands above its stretch, unless another word is already there.
function drawLabels(plot, context, labels) {
  const { left, top, width } = plot.bbox;
  context.font = `600 ${pixel(12)}px ${FONT}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.lineJoin = "round";
  let free = left;
  for (const { middle, text, ink } of labels) {
    const half = context.measureText(text).width / 2 + pixel(3);
    const at = Math.min(Math.max(middle, left + half), left + width - half);
    if (at - half < free) {
      continue;
    }
    context.strokeStyle = "rgba(255, 255, 255, 0.85)";
    context.lineWidth = pixel(4);
    context.strokeText(text, at, top + pixel(11));
    context.fillStyle = ink;
    context.fillText(text, at, top + pixel(11));
    free = at + half;
  }
}

// Before it came and after it left the line goes on, but veiled: that time says nothing about this unit.
export function drawVeil(plot, context) {
  const inside = scene.trace.stays.map((stay) => [stay.possible_from_ms, stay.possible_to_ms ?? scene.trace.to_ms]);
  inside.sort((one, other) => one[0] - other[0]);
  let at = scene.trace.from_ms;
  for (const [from, to] of [...inside, [scene.trace.to_ms, scene.trace.to_ms]]) {
    const part = from > at ? stretch(plot, at, from) : null;
    if (part !== null) {
      context.fillStyle = "rgba(255, 255, 255, 0.72)";
      context.fillRect(part[0], plot.bbox.top, part[1] - part[0], plot.bbox.height);
    }
    at = Math.max(at, to);
  }
}

export function rowNames() {
  return [
    scene.words.stays,
    ...scene.trace.probes.map((probe) => scene.words[`role.${probe.now.role}`]),
    ...(scene.trace.marks.length > 0 ? [scene.words.doors] : []),
  ];
}

function rowTop(plot, index) {
  return plot.bbox.top + pixel(ROW * index + 3);
}

function drawBar(plot, context, row, from, to, look, ...texts) {
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
  label(context, texts, part[0], part[0] + wide, top + high / 2, look.ink, 11.5);
}

export function drawStays(plot, context) {
  const { edge, ink } = COLOURS["never-measured"];
  const away = { fill: patterns(context).hatched, edge, ink };
  for (const part of scene.trace.away) {
    drawBar(plot, context, 0, part.from_ms, part.to_ms, away, scene.words.away);
  }
  const possible = { fill: "#fff7e8", edge: "#c79d4c", ink: "#6f4300", dash: [pixel(4), pixel(3)] };
  const certain = { fill: "#0f4c81", ink: "#ffffff" };
  for (const stay of scene.trace.stays) {
    const name = scene.places[stay.place] ?? stay.place;
    const leave = stay.possible_to_ms ?? scene.trace.to_ms;
    const from = stay.certain_from_ms ?? leave;
    const to = stay.certain_to_ms ?? leave;
    if (stay.certain_from_ms !== null) {
      drawBar(plot, context, 0, from, to, certain, `${name} · ${scene.words.certain}`, name);
      drawBar(plot, context, 0, stay.possible_from_ms, from, possible, scene.words.possible);
      drawBar(plot, context, 0, to, leave, possible, `${name} · ${scene.words.possible}`, scene.words.possible);
    } else {
      drawBar(plot, context, 0, stay.possible_from_ms, leave, possible, `${name} · ${scene.words.possible}`, scene.words.possible);
    }
  }
}

export function drawStrips(plot, context) {
  const filling = patterns(context);
  scene.trace.probes.forEach((probe, index) => {
    for (const span of probe.spans) {
      const { fill, edge, ink } = COLOURS[span.condition];
      const look = { fill: filling[fill] ?? fill, edge: span.condition === "within" ? null : edge, ink };
      drawBar(plot, context, index + 1, span.from_ms, span.to_ms, look, scene.words[span.condition]);
    }
  });
}

export function drawMarks(plot, context) {
  const row = scene.trace.probes.length + 1;
  const top = rowTop(plot, row);
  const high = pixel(ROW - 6);
  let lost = null;
  for (const mark of scene.trace.marks) {
    if (mark.kind === "mains-lost") {
      lost = mark.taken_ms;
    } else if (mark.kind === "mains-restored" && lost !== null) {
      drawBar(plot, context, row, lost, mark.taken_ms, { fill: "#e9e2d2", edge: "#8a5300", ink: "#6f4300" }, scene.words["mains-lost"]);
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
    drawBar(plot, context, row, lost, scene.trace.to_ms, { fill: "#e9e2d2", edge: "#8a5300", ink: "#6f4300" }, scene.words["mains-lost"]);
  }
}

export function drawRowNames(plot) {
  const context = plot.ctx;
  context.font = `${pixel(11.5)}px ${FONT}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillStyle = INK;
  rowNames().forEach((name, index) => {
    context.fillText(name, plot.bbox.left - pixel(8), rowTop(plot, index) + pixel(ROW - 6) / 2);
  });
}
