// Two claims about an operation, checked on the numbers that stand there: is it linear, and does it move along?

import { add } from "#web/dom.js";

export const shown = (n) => String(Math.round(n * 100) / 100).replace("-", "−");
const close = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
const turned = (rows) => rows[0].map((_, x) => rows.map((row) => row[x]).reverse());

function outputs(walk, map, rows) {
  return Array.from({ length: walk.side ** 2 }, (_, at) => walk.result(map, at, rows));
}

// Linear: the output of a sum is the sum of the outputs. The second input is the first one turned.
function linearity(walk, map) {
  const first = walk.rows, second = first.map(turned);
  const both = first.map((rows, c) => rows.map((row, y) => row.map((value, x) => value + second[c][y][x])));
  const [one, other] = [outputs(walk, map, first), outputs(walk, map, second)];
  return { apart: one.map((value, i) => value + other[i]), together: outputs(walk, map, both) };
}

// Moved by one stride to the right, an output moves by one place: compared where its window stays inside the input.
function movesAlong(walk, map) {
  const { stride, side } = walk;
  const moved = walk.rows.map((rows) => rows.map((row) => row.map((_, x) => row[x - stride] ?? 0)));
  const [before, after] = [outputs(walk, map, walk.rows), outputs(walk, map, moved)];
  const seen = before.map((_, at) => at).filter((at) => {
    const column = at % side;
    return column + 1 < side && (column + 1) * stride - walk.border + walk.size <= walk.rows[0].length;
  });
  return { places: seen.length, same: seen.every((at) => close(before[at], after[at + 1])) };
}

function smallGrid(parent, title, values, side, against) {
  const box = add(parent, "div");
  add(box, "p", "name quiet", title);
  const cells = add(box, "div", "cells small");
  cells.style.gridTemplateColumns = `repeat(${side}, var(--cell))`;
  values.forEach((value, i) => add(cells, "span", close(value, against[i]) ? "" : "won", shown(value)));
}

export function checkClaims(walk, root, map) {
  const { apart, together } = linearity(walk, map), moved = movesAlong(walk, map);
  const different = apart.filter((value, i) => !close(value, together[i])).length;
  root.replaceChildren();
  add(root, "h4", "", "Is it linear?");
  const pair = add(root, "div", "pair");
  smallGrid(pair, "outputs of this input and of it turned, added", apart, walk.side, together);
  smallGrid(pair, "output of both inputs added", together, walk.side, apart);
  add(root, "p", "linear", different ? `No: ${different} of ${apart.length} numbers differ.`
    : "Yes: to add before is to add behind.");
  add(root, "h4", "", "Does it move along?");
  const step = `The input moved by ${walk.stride} to the right moves the output by 1`;
  add(root, "p", "along", !moved.places ? "Here no window stays inside the input once it is moved."
    : moved.same ? `Yes. ${step}: the same numbers, one place further.${walk.pools ? "" : " One set of weights serves every place."}`
      : `No. ${step}, with other numbers.`);
}
