// What is chosen in the browser, and how the page's script is told until it answers.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Choice } from "#web/choice.js";

let told, choice, element;

// A minute; a timer that is set by another counts from when that one went off.
function pass() {
  for (let i = 0; i < 600; i += 1) mock.timers.tick(100);
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  told = [];
  element = {};
  choice = new Choice(element, (value) => told.push(value), 100);
  choice.hear("a");
});

test("what is chosen holds at once and is told after it settles", () => {
  choice.make("b");
  assert.equal(choice.value, "b");
  assert.deepEqual(told, []);
  mock.timers.tick(100);
  assert.deepEqual(told, ["b"]);
});

test("of choices in quick succession only the last is told", () => {
  for (const value of ["b", "c", "d"]) {
    choice.make(value);
    mock.timers.tick(60);
  }
  mock.timers.tick(100);
  assert.deepEqual(told, ["d"]);
});

test("an answer that has not heard of the choice changes nothing; one that names it ends the telling", () => {
  choice.make("b", 0);
  mock.timers.tick(1);
  assert.equal(choice.hear("a"), "b");
  assert.equal(choice.hear("b"), "b");
  pass();
  assert.deepEqual(told, ["b"]);
});

test("a choice without an answer is told four times; then what the page says holds", () => {
  choice.make("b", 0);
  pass();
  assert.deepEqual(told, ["b", "b", "b", "b"]);
  assert.equal(choice.value, "b");
  assert.equal(choice.hear("a"), "a");
});

test("once answered, the page may say otherwise", () => {
  choice.make("b", 0);
  mock.timers.tick(1);
  choice.hear("b");
  assert.equal(choice.hear("c"), "c");
});

test("back to what holds before it is told: nothing is told", () => {
  choice.make("b");
  choice.make("a");
  pass();
  assert.deepEqual(told, []);
});

test("back to what held while the answer is on its way: told, and the late answer does not win", () => {
  choice.make("b", 0);
  mock.timers.tick(1);
  choice.make("a", 0);
  mock.timers.tick(1);
  assert.equal(choice.hear("b"), "a");
  assert.equal(choice.hear("a"), "a");
  assert.deepEqual(told, ["b", "a"]);
});

test("numbers and their words are the same value", () => {
  choice.make(3, 0);
  mock.timers.tick(1);
  choice.hear("3");
  pass();
  assert.deepEqual(told, [3]);
});

test("a choice that leaves the page tells nothing more", () => {
  choice.make("b");
  choice.close();
  pass();
  assert.deepEqual(told, []);
});

test("of an element: told as its state of that name, and ended with the element", () => {
  element.send = (...sent) => told.push(sent);
  const named = new Choice(element, "tile");
  named.make(7);
  mock.timers.tick(1);
  assert.deepEqual(told, [["tile", 7]]);
  assert.deepEqual(element.choices, [choice, named]);
});
