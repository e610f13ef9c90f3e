import assert from "node:assert/strict";
import { test } from "node:test";
import { afterTheRest, goesFirst } from "#web/order.js";

globalThis.requestAnimationFrame = (act) => setTimeout(act);
const moment = () => new Promise((resolve) => { setTimeout(resolve, 30); });

test("what may come later waits for all that goes first, also for what failed or came meanwhile", async () => {
  const told = [], open = {};
  const sheet = goesFirst(new Promise((resolve) => { open.sheet = resolve; }));
  const broken = goesFirst(new Promise((_, reject) => { open.broken = reject; }));
  const rest = afterTheRest().then(() => told.push("rest"));
  sheet.then(() => { goesFirst(new Promise((resolve) => { open.second = resolve; })); });
  await moment();
  open.sheet("pixels");
  assert.equal(await sheet, "pixels");
  open.broken(new Error("gone"));
  await assert.rejects(broken);
  await moment();
  assert.deepEqual(told, [], "the second sheet is still on its way");
  open.second();
  await rest;
  assert.deepEqual(told, ["rest"]);
});

test("without anything that goes first only the page is painted", async () => {
  await afterTheRest();
});
