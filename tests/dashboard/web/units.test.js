// Where the units of a feature map lie on the picture.

import assert from "node:assert/strict";
import { test } from "node:test";

import { boxOf, colours, placeOf, pointed, stepFrom, unitAt, valueAt } from "#web/units.js";

// Five by seven units, eight pixels apart, the first in the middle of pixels 3 (down) and 7 (across).
const GRID = { height: 5, width: 7, stride: 8, start: [3, 7] };

test("a unit is found at the place where it looks", () => {
  assert.deepEqual(unitAt([3 + 2 * 8, 7 + 4 * 8], GRID), [2, 4]);
  assert.deepEqual(unitAt([3 + 2 * 8 + 3, 7 + 4 * 8 - 3], GRID), [2, 4]);
  assert.deepEqual(placeOf([2, 4], GRID), [19, 39]);
});

test("outside the units the nearest at the edge is found", () => {
  assert.deepEqual([unitAt([-50, 1000], GRID), unitAt([1000, -50], GRID)], [[0, 6], [4, 0]]);
});

test("the boxes of units lie side by side around their middles", () => {
  const one = boxOf([1, 2], GRID), next = boxOf([1, 3], GRID);
  assert.equal(one.left + one.width, next.left);
  // The middle of pixel 23 is 23.5 pixels from the edge.
  assert.equal(one.left + one.width / 2, 7 + 2 * 8 + 0.5);
  assert.deepEqual(boxOf([0, 0], GRID, 11), { top: -2, left: 2, height: 11, width: 11 });
});

test("arrow keys walk from unit to unit and stay inside", () => {
  assert.deepEqual(stepFrom({ key: "ArrowDown" }, [1, 1], GRID), [2, 1]);
  assert.deepEqual(stepFrom({ key: "ArrowLeft" }, [1, 0], GRID), [1, 0]);
  assert.equal(stepFrom({ key: "Tab" }, [1, 1], GRID), null);
});

test("the pointer's place is a share of what the canvas shows, down before across", () => {
  const canvas = { getBoundingClientRect: () => ({ left: 100, top: 50, width: 440, height: 220 }) };
  assert.deepEqual(pointed({ clientX: 210, clientY: 160 }, canvas, { height: 10, width: 20 }), [5, 5]);
});

test("a value gets the colour at its share of the palette; with a clear zero, strength is its root", () => {
  const palette = [[0, 0, 0], [100, 110, 120], [255, 250, 245]], scale = { low: 0, high: 4 };
  assert.deepEqual([...colours([2, 9], scale, palette, false)], [100, 110, 120, 255, 255, 250, 245, 255]);
  assert.deepEqual([...colours([0, 1], scale, palette, true)].filter((_, i) => i % 4 === 3), [0, 128]);
});

test("a value is read at its row and column", () => {
  assert.equal(valueAt([0, 1, 2, 2.71935, 4, 5], [1, 0], { width: 3 }), "2.719");
});
