// What the chart of each kind of page shows: bands, conditions, and the rows below the lines.
import { COLOURS } from "./paint.js";

const CERTAIN = { fill: "#0f4c81", ink: "#ffffff" };
const POSSIBLE = { fill: "#fff7e8", edge: "#c79d4c", ink: "#6f4300", dash: [4, 3] };
const UNKNOWN = { fill: "hatched", edge: "#8b939b", ink: "#40464c" };
const LANES = {
  door: { fill: "#5b6b7a", ink: "#ffffff" },
  lid: { fill: "#5b6b7a", ink: "#ffffff" },
  defrost: { fill: "#9fd0e6", edge: "#2f7fa3", ink: "#12455c" },
  mains: { fill: "#e9d3a2", edge: "#8a5300", ink: "#6f4300" },
  ups: { fill: "#f4e7c9", edge: "#8a5300", ink: "#6f4300", dash: [4, 3] },
  motion: { fill: "#e6c9e6", edge: "#7d3c7d", ink: "#5a235a" },
};
const FINDINGS = {
  "too-warm": COLOURS["too-warm"],
  "too-cold": COLOURS["too-cold"],
  "unmeasured": UNKNOWN,
  "sensor-fault": { fill: "#f3e7b8", edge: "#8a6d1a", ink: "#665010" },
};

// Per place the first probe decides; its spans colour the whole height.
function deciding(trace) {
  const first = new Map();
  for (const probe of trace.probes) {
    if (!first.has(probe.now.place)) {
      first.set(probe.now.place, probe);
    }
  }
  return [...first.values()];
}

// Where a unit was in several places, a line and a lane name theirs.
export function probeName({ trace, words, places }, { now }) {
  const several = new Set(trace.probes.map((probe) => probe.now.place)).size > 1;
  const role = words[`role.${now.role}`];
  return several ? `${places[now.place] ?? now.place} · ${role}` : role;
}

export function placeIndex({ places }, { now }) {
  return Math.max(0, Object.keys(places).indexOf(now.place));
}

function strips(scene) {
  const { trace, words } = scene;
  return trace.probes.map((probe) => ({
    name: probeName(scene, probe),
    bars: probe.spans.map((span) => {
      const { fill, edge, ink } = COLOURS[span.condition];
      const look = { fill, edge: span.condition === "within" ? null : edge, ink };
      return { from: span.from_ms, to: span.to_ms, look, texts: [words[span.condition]] };
    }),
  }));
}

// A gateway sends every few seconds: the last few are always on their way and say nothing.
function told(trace) {
  return deciding(trace).flatMap((probe) => probe.spans.filter((span) => span.condition !== "within"
    && (span.condition !== "awaited" || span.to_ms - span.from_ms > probe.hold_ms)));
}

function stayBars({ trace, words, places }, stay) {
  const name = places[stay.place] ?? stay.place;
  const leave = stay.possible_to_ms ?? trace.to_ms;
  const possible = (from, to) => ({ from, to, look: POSSIBLE, texts: [`${name} · ${words.possible}`, words.possible] });
  if (stay.certain_from_ms === null) {
    return [possible(stay.possible_from_ms, leave)];
  }
  const to = stay.certain_to_ms ?? leave;
  const certain = { from: stay.certain_from_ms, to, look: CERTAIN, texts: [`${name} · ${words.certain}`, name] };
  return [certain, possible(stay.possible_from_ms, stay.certain_from_ms), possible(to, leave)];
}

function markBars({ trace, words }) {
  const bars = [];
  let lost = null;
  const mains = (from, to) => ({ from, to, look: LANES.mains, texts: [words["mains-lost"]] });
  for (const mark of trace.marks) {
    if (mark.kind === "mains-lost") {
      lost = mark.taken_ms;
    } else if (mark.kind === "mains-restored" && lost !== null) {
      bars.push(mains(lost, mark.taken_ms));
      lost = null;
    } else if (mark.kind === "door-opened") {
      bars.push({ from: mark.taken_ms, to: mark.taken_ms + 60000, look: LANES.door, texts: [] });
    }
  }
  return lost === null ? bars : [...bars, mains(lost, trace.to_ms)];
}

function sameLimits(trace) {
  return new Set(trace.probes.map((probe) => JSON.stringify(probe.limits))).size === 1;
}

export function unitChart(scene) {
  const { trace, words } = scene;
  const stays = trace.stays.map((stay) => [stay.place, stay.possible_from_ms, stay.possible_to_ms ?? trace.to_ms]);
  const whole = [[trace.from_ms, trace.to_ms]];
  const in_place = (place) => stays.filter(([name]) => name === place).map(([, from, to]) => [from, to]);
  const away = trace.away.map((part) => ({ from: part.from_ms, to: part.to_ms, look: UNKNOWN, texts: [words.away] }));
  return {
    bands: deciding(trace).map((probe) => ({
      limits: probe.limits, stretches: sameLimits(trace) ? whole : in_place(probe.now.place),
    })),
    conditions: told(trace),
    veiled: stays.map(([, from, to]) => [from, to]),
    rows: [
      { name: words.stays, bars: [...away, ...trace.stays.flatMap((stay) => stayBars(scene, stay))] },
      ...strips(scene),
      ...(trace.marks.length > 0 ? [{ name: words.doors, bars: markBars(scene) }] : []),
    ],
  };
}

const LATEST_MS = 300000;

function laneRow({ words }, lane) {
  const spans = lane.spans.filter((span) => span.known || span.to_ms - span.from_ms > LATEST_MS);
  return {
    name: words[`lane.${lane.kind}`],
    bars: spans.map((span, index) => ({
      from: span.from_ms,
      to: span.to_ms,
      look: span.known ? LANES[lane.kind] : UNKNOWN,
      texts: [words[span.known ? `unusual.${lane.kind}` : lane.cut && index === 0 ? "unknown" : "awaited"]],
    })),
  };
}

// Findings that overlap stand below one another.
function findingRows({ trace, words }) {
  const rows = [];
  for (const finding of trace.findings) {
    const kind = finding.direction ?? finding.kind;
    const bar = {
      from: finding.start_ms,
      to: finding.end_ms ?? trace.to_ms,
      look: FINDINGS[kind],
      texts: [`${words[`finding.${kind}`]} ${finding.id}`, finding.id],
    };
    const free = rows.find((row) => row.bars.every((other) => other.to <= bar.from || bar.to <= other.from));
    if (free) {
      free.bars.push(bar);
    } else {
      rows.push({ name: rows.length === 0 ? words.findings : "", bars: [bar] });
    }
  }
  return rows;
}

export function placeChart(scene) {
  const { trace } = scene;
  return {
    bands: deciding(trace).map((probe) => ({ limits: probe.limits, stretches: [[trace.from_ms, trace.to_ms]] })),
    conditions: told(trace),
    veiled: null,
    rows: [
      ...strips(scene),
      ...findingRows(scene),
      ...trace.lanes.filter((lane) => lane.kind !== null).map((lane) => laneRow(scene, lane)),
    ],
  };
}
