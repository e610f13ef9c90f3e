// What the playground's window computes, against numbers worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SlidingWindow } from "../../../dashboard/analyses/playground/sliding_window.js";

// The input counts from 0 to 24; its kernel takes what lies right of the middle less what lies left of it.
const COUNTING = [0, 1, 2, 3, 4].map((y) => [0, 1, 2, 3, 4].map((x) => 5 * y + x));
const RIGHT_LESS_LEFT = [[0, 0, 0], [-1, 0, 1], [0, 0, 0]];

function sliding(more) {
  return new SlidingWindow({
    operation: "convolution", channels: 1, filters: 1, stride: 1, padding: 0, input: [COUNTING], uneven: [COUNTING],
    kernels: [[RIGHT_LESS_LEFT]], ...more,
  });
}

test("a convolution without a border: nine places, each two to the right less two to the left", () => {
  const window = sliding();
  assert.equal(window.side, 3);
  assert.deepEqual(window.outputs(0), Array(9).fill(2));
});

test("a border of zeros keeps the size; at its ends one neighbour is zero", () => {
  const window = sliding({ padding: 1 });
  assert.equal(window.side, 5);
  // The second row is 5 to 9: 6 - 0 at the left end, 0 - 8 at the right one.
  assert.deepEqual(window.outputs(0).slice(5, 10), [6, 2, 2, 2, -8]);
});

test("a stride of two takes every second place", () => {
  const window = sliding({ stride: 2, kernels: [[[[0, 0, 0], [0, 1, 0], [0, 0, 0]]]] });
  assert.equal(window.side, 2);
  assert.deepEqual(window.outputs(0), [6, 8, 16, 18]);
});

test("several channels add up", () => {
  const window = sliding({ channels: 2, input: [COUNTING, COUNTING], kernels: [[RIGHT_LESS_LEFT, RIGHT_LESS_LEFT]] });
  assert.deepEqual(window.outputs(0), Array(9).fill(4));
  assert.equal(window.channelSum(0, 1, 4), 2);
});

test("pooling takes the largest or the mean of two by two", () => {
  assert.deepEqual(sliding({ operation: "max", stride: 2 }).outputs(0), [6, 8, 16, 18]);
  assert.deepEqual(sliding({ operation: "average", stride: 2 }).outputs(0), [3, 5, 13, 15]);
});

test("a convolution is linear, the largest number is not", () => {
  assert.ok(sliding().linearity(0).same.every(Boolean));
  assert.ok(!sliding({ operation: "max" }).linearity(0).same.every(Boolean));
});

test("an input moved by the stride moves the output by one", () => {
  const uneven = COUNTING.map((row) => row.map((value) => (value * 7) % 11));
  assert.deepEqual(sliding({ input: [uneven] }).movesAlong(0), { places: 6, same: true });
  assert.deepEqual(sliding({ operation: "max", stride: 2, uneven: [uneven] }).movesAlong(0), { places: 2, same: true });
});
