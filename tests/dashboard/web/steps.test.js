// One step of the history for what a person did, none for what a page writes by itself.

import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf, unmarked, watchSteps } from "#web/steps.js";

// A window with a history that notes what is written into it.
function browser() {
  const written = [], heard = {};
  const goTo = (how, to) => { written.push(`${how} ${to}`); window.location.pathname = to.split("?")[0]; };
  const history = { pushState: (_s, _t, to) => goTo("push", to), replaceState: (_s, _t, to) => goTo("over", to) };
  const window = { history, addEventListener: (name, act) => { (heard[name] ??= []).push(act); },
    dispatchEvent: (event) => heard[event.type].forEach((act) => act(event)), PopStateEvent: class { type = "popstate"; },
    location: { origin: "http://lab", pathname: "/" }, document: { querySelector: () => true } };
  watchSteps(window, ["/", "/atlas"]);
  return { written, history, does: (name, event = {}) => heard[name].forEach((act) => act({ type: name, ...event })) };
}

const click = (href, more = {}) => ({ button: 0, composedPath: () => [{ localName: "span" }, { localName: "a", href, target: "",
  hasAttribute: () => false }], preventDefault() {}, ...more });

test("a mark is taken out wherever it stands", () => {
  assert.deepEqual(["/a?run=1&_=a", "/?_=", "/a?_=a-b&run=1", "/a?run=1"].map(unmarked),
    [["/a?run=1", "a"], ["/", ""], ["/a?run=1", "a-b"], ["/a?run=1", null]]);
});

test("one act is one step, however many entries Streamlit asks for", () => {
  const { written, history, does } = browser();
  history.pushState({}, "", "/atlas?model=a");
  does("pointerdown");
  history.pushState({}, "", "/?run=1");
  history.pushState({}, "", "/atlas?run=1");
  assert.deepEqual(written, ["over /atlas?model=a", "push /?run=1", "over /atlas?run=1"]);
});

test("what a page writes by itself is no step, and takes none away from the person", () => {
  const { written, history, does } = browser();
  history.pushState({}, "", "/atlas");
  does("keydown");
  history.pushState({}, "", "/atlas?run=1&_=atlas");
  history.pushState({}, "", "/atlas?channel=2");
  assert.deepEqual(written, ["over /atlas", "over /atlas?run=1", "push /atlas?channel=2"]);
});

test("a page's first words wait for its path, and leave the page before as it was", () => {
  const { written, history, does } = browser();
  does("pointerdown");
  history.pushState({}, "", "/?run=1&_=atlas");
  history.pushState({}, "", "/atlas?run=1&_=atlas");
  assert.deepEqual(written, ["push /atlas?run=1"]);
});

test("the keys that go back are no act on the page that is come to", () => {
  const { written, history, does } = browser();
  does("keydown");
  does("popstate");
  history.pushState({}, "", "/atlas?run=1");
  assert.deepEqual(written, ["over /atlas?run=1"]);
});

test("a link to a page of ours is a step without loading the page anew", () => {
  const { written, does } = browser();
  does("click", click("http://lab/atlas?run=1"));
  assert.deepEqual(written, ["push http://lab/atlas?run=1"]);
});

test("other links are the browser's", () => {
  const here = { origin: "http://lab" }, pages = ["/atlas"];
  const left = [click("http://elsewhere/atlas"), click("http://lab/share/x"), click("http://lab/atlas#a"),
    click("http://lab/atlas", { ctrlKey: true }), click("http://lab/atlas", { button: 1 }),
    click("http://lab/atlas", { defaultPrevented: true }), { composedPath: () => [] }];
  assert.deepEqual(left.map((event) => placeOf(event, pages, here)), left.map(() => null));
});
