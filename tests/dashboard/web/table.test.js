// What the columns of a table are sorted by.

import assert from "node:assert/strict";
import { test } from "node:test";

import { numberIn, sorted } from "#web/table.js";

test("numbers as the pages write them", () => {
  const cells = ["97.1 %", "−0.3", "+2.4", "2,048 of 4,000", "1e-05", "0.000125", "12"];
  assert.deepEqual(cells.map(numberIn), [97.1, -0.3, 2.4, 2048, 1e-5, 0.000125, 12]);
});

test("lengths of time in seconds", () => {
  const cells = ["40 ms", "2.4 s", "3 min 5 s", "2 h 10 min", "4 d 2 h"];
  assert.deepEqual(cells.map(numberIn), [0.04, 2.4, 185, 7800, 352800]);
});

test("no number at all", () => {
  assert.deepEqual(["–", "", "fine-tuning"].map(numberIn), [null, null, null]);
});

test("highest or lowest first, what has no number last, equal ones as they were", () => {
  const rows = ["b 1", "a –", "c 3", "d 1"], number = (row) => numberIn(row.slice(2));
  assert.deepEqual(sorted(rows, number, true), ["c 3", "b 1", "d 1", "a –"]);
  assert.deepEqual(sorted(rows, number, false), ["b 1", "d 1", "c 3", "a –"]);
});
