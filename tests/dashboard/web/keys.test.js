// Where keys lead.

import assert from "node:assert/strict";
import { test } from "node:test";

import { arrow, stepTo } from "#web/keys.js";

const LAST = 22; // 23 tiles in rows of 5
const at = (key, from, more = {}) => stepTo({ key, ...more }, from, LAST, 5);

test("arrows go along a row and from row to row", () => {
  assert.deepEqual(["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"].map((key) => at(key, 7)), [8, 6, 12, 2]);
});

test("home, end and pages of four rows", () => {
  assert.deepEqual(["Home", "End", "PageDown", "PageUp"].map((key) => at(key, 21)), [0, 22, 22, 1]);
});

test("no key leads out of the list", () => {
  assert.deepEqual([at("ArrowLeft", 0), at("ArrowUp", 3), at("ArrowRight", LAST), at("ArrowDown", 20)], [0, 0, LAST, LAST]);
});

test("enter and space stay", () => {
  assert.deepEqual([at("Enter", 4), at(" ", 4)], [4, 4]);
});

test("other keys and the browser's own shortcuts lead nowhere", () => {
  assert.deepEqual([at("a", 4), at("Tab", 4), at("ArrowLeft", 4, { altKey: true })], [null, null, null]);
  assert.deepEqual([arrow({ key: "Home" }), arrow({ key: "ArrowUp", ctrlKey: true })], [null, null]);
});

test("on a map up is a row less and right a column more", () => {
  assert.deepEqual([arrow({ key: "ArrowUp" }), arrow({ key: "ArrowRight" })], [[-1, 0], [0, 1]]);
});
