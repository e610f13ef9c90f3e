// The numbers of a Plotly figure: what keys stop at, what a table says, how a line is smoothed.

import { fewDigits } from "./numbers.js";

// Each value moves so much less away from what came before; a gap stays a gap. The twin of smooth() in Python.
export function smooth(values, factor) {
  let last = null;
  return values.map((value) => {
    if (value === null) return null;
    last = last === null ? value : last * factor + value * (1 - factor);
    return last;
  });
}

// A number as its axis writes it.
export function say(value, format) {
  if (typeof value !== "number") return String(value ?? "");
  return format?.includes("%") ? `${(100 * value).toFixed(1)} %` : fewDigits(value);
}

// Whether a trace's values go to the right, each beside its name.
export function lies(trace) { return !trace.z && typeof trace.y[0] === "string"; }

function cellsOf(trace) {
  return trace.z.flatMap((row, i) => row.map((value, j) => ({ pointNumber: [i, j], x: trace.x[j], y: trace.y[i], value,
    text: trace.text?.[i][j], id: trace.customdata?.[i][j] })));
}

function pointsOf(trace) {
  const [places, values] = lies(trace) ? [trace.y, trace.x] : [trace.x, trace.y];
  return places.map((x, i) => ({ pointNumber: i, x, y: null, value: values[i], text: trace.text?.[i], id: trace.customdata?.[i] }));
}

// What the keys stop at and the table has a row for: all points above one place of the axis, or one cell of a matrix.
export function stopsOf(figure) {
  const stops = new Map();
  figure.data.forEach((trace, curveNumber) => {
    if (trace.hoverinfo === "skip" || trace.visible === "legendonly") return;
    for (const { x, y, ...point } of trace.z ? cellsOf(trace) : pointsOf(trace)) {
      if (point.value === null) continue;
      const name = JSON.stringify([y, x]);
      if (!stops.has(name)) stops.set(name, { x, y, points: [] });
      stops.get(name).points.push({ trace, curveNumber, ...point, value: point.text || point.value });
    }
  });
  return [...stops.values()].sort((a, b) => (typeof a.x === "number" && a.y === null ? a.x - b.x : 0));
}
