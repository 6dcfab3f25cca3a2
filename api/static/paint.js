// Paints a chart on the canvases that uPlot gives: limits, conditions, rows of bars, and the moment that was chosen.
// It knows nothing of pages: what is to be drawn is handed in.

export const MICRO = 1000000;
export const ROW = 24;
export const FONT = 'system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif';
export const INK = "#33404c";
export const COLOURS = {
  "within": { fill: "#d5e8dc", edge: "#7fae95", ink: "#2b5f4a" },
  "too-warm": { fill: "#f2c4bd", edge: "#c4553f", ink: "#8c1c10" },
  "too-cold": { fill: "#c3d6f6", edge: "#3f6fc4", ink: "#173f8a" },
  "never-measured": { fill: "hatched", edge: "#8b939b", ink: "#40464c" },
  "awaited": { fill: "dotted", edge: "#5a5fa5", ink: "#3c4080" },
};

function pixel(value) {
  return value * uPlot.pxRatio;
}

export function patterns(context) {
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

function band(plot, limits) {
  const open = limits.low_micro_celsius === null;
  const { top, height } = plot.bbox;
  return {
    open,
    high: plot.valToPos(limits.high_micro_celsius / MICRO, "y", true),
    low: open ? top + height : plot.valToPos(limits.low_micro_celsius / MICRO, "y", true),
  };
}

// A band for each probe that decides, over the stretches of time in which its limits hold; below the grid.
export function drawLimits(plot, context, bands) {
  for (const { limits, stretches } of bands) {
    const { high, low } = band(plot, limits);
    for (const part of stretches.map(([from, to]) => stretch(plot, from, to)).filter(Boolean)) {
      context.fillStyle = "#eaf5ee";
      context.fillRect(part[0], high, part[1] - part[0], low - high);
    }
  }
}

// The limits themselves, above the grid.
export function drawLimitLines(plot, context, bands) {
  context.strokeStyle = "#3f7a58";
  context.lineWidth = pixel(1.25);
  context.setLineDash([pixel(6), pixel(4)]);
  for (const { limits, stretches } of bands) {
    const { open, high, low } = band(plot, limits);
    for (const part of stretches.map(([from, to]) => stretch(plot, from, to)).filter(Boolean)) {
      for (const level of open ? [high] : [high, low]) {
        context.beginPath();
        context.moveTo(part[0], level);
        context.lineTo(part[1], level);
        context.stroke();
      }
    }
  }
  context.setLineDash([]);
}

// Each condition that is not "within" colours the whole height; its word stands above it.
export function drawConditions(plot, context, spans, words) {
  const filling = patterns(context);
  const { top, height } = plot.bbox;
  const labels = [];
  for (const span of spans) {
    const part = stretch(plot, span.from_ms, span.to_ms);
    if (part === null) {
      continue;
    }
    const { fill, ink } = COLOURS[span.condition];
    context.fillStyle = filling[fill] ?? fill;
    context.globalAlpha = 0.62;
    context.fillRect(part[0], top, Math.max(part[1] - part[0], pixel(1.5)), height);
    context.globalAlpha = 1;
    labels.push({ middle: (part[0] + part[1]) / 2, text: words[span.condition], ink });
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

// Time that does not count here goes on, but veiled.
export function drawVeil(plot, context, inside, [fromMs, toMs]) {
  const ordered = [...inside].sort((one, other) => one[0] - other[0]);
  let at = fromMs;
  for (const [from, to] of [...ordered, [toMs, toMs]]) {
    const part = from > at ? stretch(plot, at, from) : null;
    if (part !== null) {
      context.fillStyle = "rgba(255, 255, 255, 0.72)";
      context.fillRect(part[0], plot.bbox.top, part[1] - part[0], plot.bbox.height);
    }
    at = Math.max(at, to);
  }
}

// The stretch of time that the page is about.
export function drawFrame(plot, context, [fromMs, toMs]) {
  const part = stretch(plot, fromMs, toMs);
  if (part === null) {
    return;
  }
  context.strokeStyle = INK;
  context.lineWidth = pixel(1.5);
  for (const at of part) {
    context.beginPath();
    context.moveTo(at, plot.bbox.top);
    context.lineTo(at, plot.bbox.top + plot.bbox.height);
    context.stroke();
  }
}

// The moment that was chosen.
export function drawMoment(plot, context, atMs) {
  const { left, top, width, height } = plot.bbox;
  const at = Math.min(Math.max(plot.valToPos(atMs / 1000, "x", true), left), left + width);
  context.strokeStyle = "#b3261a";
  context.lineWidth = pixel(2);
  context.beginPath();
  context.moveTo(at, top);
  context.lineTo(at, top + height);
  context.stroke();
}

function rowTop(plot, index) {
  return plot.bbox.top + pixel(ROW * index + 3);
}

function drawBar(plot, context, row, bar, filling) {
  const part = stretch(plot, bar.from, bar.to);
  if (part === null) {
    return;
  }
  const { fill, edge, ink, dash } = bar.look;
  const top = rowTop(plot, row);
  const high = pixel(ROW - 6);
  const wide = Math.max(part[1] - part[0], pixel(2));
  context.fillStyle = filling[fill] ?? fill;
  context.fillRect(part[0], top, wide, high);
  if (edge) {
    context.strokeStyle = edge;
    context.lineWidth = pixel(1);
    context.setLineDash((dash ?? []).map(pixel));
    context.strokeRect(part[0] + pixel(0.5), top + pixel(0.5), wide - pixel(1), high - pixel(1));
    context.setLineDash([]);
  }
  label(context, bar.texts, part[0], part[0] + wide, top + high / 2, ink, 11.5);
}

// Each row has a name and bars: { from, to, look: { fill, edge, ink, dash }, texts: the longest first }.
export function drawRows(plot, context, rows) {
  const filling = patterns(context);
  rows.forEach((row, index) => row.bars.forEach((bar) => drawBar(plot, context, index, bar, filling)));
}

export function drawRowNames(plot, rows) {
  const context = plot.ctx;
  context.font = `${pixel(11.5)}px ${FONT}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillStyle = INK;
  rows.forEach((row, index) => {
    context.fillText(row.name, plot.bbox.left - pixel(8), rowTop(plot, index) + pixel(ROW - 6) / 2);
  });
}
