import assert from "node:assert/strict";
import { test } from "node:test";
import { lies, say, smooth, stopsOf } from "#web/points.js";

// Listing 5.24 of F. Chollet, "Deep Learning with Python", 2017.
function booksSmoothing(points, factor) {
  const found = [];
  for (const point of points) found.push(found.length ? found.at(-1) * factor + point * (1 - factor) : point);
  return found;
}

test("lines are smoothed as the book smooths them, and a gap stays a gap", () => {
  const values = Array.from({ length: 40 }, (_, i) => 0.7 + Math.sin(7 * i) / 9);
  for (const factor of [0, 0.5, 0.8, 0.95]) assert.deepEqual(smooth(values, factor), booksSmoothing(values, factor));
  assert.deepEqual(smooth([1, null, 3], 0.75), [1, null, 1.5]);
});

test("numbers are said as their axis writes them", () => {
  assert.equal(say(0.12345, ".0%"), "12.3 %");
  assert.equal(say(1234.5678), "1235");
  assert.equal(say("conv"), "conv");
});

test("points above one place are one stop, in order, without gaps and without what has no words", () => {
  const data = [
    { name: "a", x: [1, 3], y: [10, 30], customdata: ["first", "third"] },
    { name: "b", x: [1, 2], y: [null, 20], text: ["", "twenty"] },
    { name: "ring", x: [2], y: [20], hoverinfo: "skip" },
    { name: "hidden", x: [2], y: [20], visible: "legendonly" },
  ];
  const told = stopsOf({ data }).map(({ x, points }) => [x, points.map(({ trace, value, id }) => [trace.name, value, id])]);
  assert.deepEqual(told, [[1, [["a", 10, "first"]]], [2, [["b", "twenty", undefined]]], [3, [["a", 30, "third"]]]]);
});

test("the cells of a matrix are stops row by row, whichever trace they are of", () => {
  const [x, y] = [["cat", "dog"], ["cat", "dog"]];
  const wrong = { x, y, z: [[null, 0.5], [null, null]], text: [["", "1"], ["", ""]], customdata: [[0, "0-1"], [0, 0]] };
  const right = { x, y, z: [[0.9, null], [null, 1]], text: [["3", ""], ["", "4"]], customdata: [["0-0", 0], [0, "1-1"]] };
  const stops = stopsOf({ data: [wrong, right] });
  assert.deepEqual(stops.map((s) => [s.y, s.x, s.points[0].value, s.points[0].id]),
    [["cat", "dog", "1", "0-1"], ["cat", "cat", "3", "0-0"], ["dog", "dog", "4", "1-1"]]);
});

test("values that lie beside their names are read by name", () => {
  const trace = { name: "share", x: [0.5, 0.9], y: ["Mean", "Accuracy"] };
  assert.ok(lies(trace) && !lies({ x: ["Mean"], y: [0.5] }));
  assert.deepEqual(stopsOf({ data: [trace] }).map(({ x, points }) => [x, points[0].value]), [["Mean", 0.5], ["Accuracy", 0.9]]);
});
