// Where tiles lie on their sheet.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cut } from "#web/sheet.js";

const SHEET = { columns: 4, rows: 3, edge: 65, gap: 2 };

// CSS puts a background so that (pane - picture) * share is left of it; worked back, the pixel at the tile's left edge.
function left(i, axis, shown) {
  const { scale, place } = cut(i, SHEET);
  const picture = (parseFloat(scale[axis]) / 100) * shown;
  const offset = ((picture - shown) * parseFloat(place[axis])) / 100;
  const pixels = [SHEET.columns, SHEET.rows][axis] * (SHEET.edge + SHEET.gap);
  return (offset * pixels) / picture;
}

test("a tile begins half a pixel inside its place, whatever its size on the screen", () => {
  for (const shown of [44, 76, 132]) {
    for (const i of [0, 3, 6, 11]) {
      assert.ok(Math.abs(left(i, 0, shown) - ((i % 4) * 67 + 0.5)) < 1e-6);
      assert.ok(Math.abs(left(i, 1, shown) - (Math.floor(i / 4) * 67 + 0.5)) < 1e-6);
    }
  }
});

test("a tile shows its pixels less half a one on each side", () => {
  const { scale } = cut(5, SHEET);
  assert.ok(Math.abs(parseFloat(scale[0]) / 100 - (4 * 67) / 64) < 1e-9);
  assert.ok(Math.abs(parseFloat(scale[1]) / 100 - (3 * 67) / 64) < 1e-9);
});
