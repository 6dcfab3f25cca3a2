// The table behind a chart's lines: one column of instants, one of degrees for each probe.
import { MICRO } from "./paint.js";

// In uPlot.join: a null goes on over all instants at which only other probes measured. Without it a break would be as
// narrow as the other probes' next readings are near, and the line would run on through it.
const BREAK_GOES_ON = 2;

export function columns(probes) {
  const tables = probes.map((probe) => [
    probe.taken_ms.map((ms) => ms / 1000),
    probe.micro_celsius.map((micro) => (micro === null ? null : micro / MICRO)),
  ]);
  return tables.length === 1 ? tables[0] : uPlot.join(tables, tables.map(() => [0, BREAK_GOES_ON]));
}
