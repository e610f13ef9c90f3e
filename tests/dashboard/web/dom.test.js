// How an element is mounted: made once for its root, told when its data are others. Roots are plain objects here.

import assert from "node:assert/strict";
import { test } from "node:test";

import { memo, mount } from "#web/dom.js";

class Recorder {
  constructor(root) {
    this.root = root;
    root.made = (root.made ?? 0) + 1;
    root.seen = [];
    this.choices = [{ close: () => { root.choiceClosed = true; } }];
  }

  update(data) {
    this.root.seen.push(data);
    Object.assign(this.root, { send: this.send, ask: this.ask });
  }

  close() { this.root.closed = true; }
}

function mounted(root, data, more = {}) {
  return mount(Recorder)({ data, parentElement: { querySelector: () => root }, ...more });
}

test("an element is made once for its root and told of other data only", () => {
  const show = mount(Recorder), root = {}, parentElement = { querySelector: () => root };
  for (const data of [{ a: 1 }, { a: 1 }, { a: 2 }]) show({ data, parentElement });
  assert.equal(root.made, 1);
  assert.deepEqual(root.seen, [{ a: 1 }, { a: 2 }]);
});

test("two roots have two elements", () => {
  const [one, other] = [{}, {}];
  mounted(one, 1);
  mounted(other, 2);
  assert.deepEqual([one.seen, other.seen], [[1], [2]]);
});

test("what is sent goes through the newest setters, though the data are the same", () => {
  const root = {}, sent = [];
  mounted(root, 1, { setStateValue: () => sent.push("old"), setTriggerValue: () => sent.push("old") });
  mounted(root, 1, { setStateValue: (...it) => sent.push(it), setTriggerValue: (...it) => sent.push(it) });
  root.send("tile", 3);
  root.ask("act", "stop");
  assert.deepEqual(sent, [["tile", 3], ["act", "stop"]]);
});

test("leaving the page closes the element and its choices", () => {
  const root = {}, leave = mounted(root, 1);
  leave();
  assert.equal(root.closed, true);
  assert.equal(root.choiceClosed, true);
});

test("a memo keeps its names apart", () => {
  const changed = memo();
  assert.deepEqual([changed("a", [1]), changed("a", [1]), changed("b", [1]), changed("a", [2])], [true, false, true, true]);
});
