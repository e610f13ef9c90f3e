// Runs as a table that is brought up to date row by row, so that a focused button keeps its focus.

import { add, addButton, mount } from "#web/dom.js";

function fill(row, run, ask) {
  row.replaceChildren();
  const what = add(row, "td", "what");
  add(what, "a", "", run.title).href = run.link;
  add(what, "div", "quiet", run.detail);
  add(add(row, "td", "status"), "span", `state ${run.state}`, run.state_text);
  progress(add(row, "td", "number"), run);
  add(add(row, "td", "number quiet"), "span", "", run.age);
  add(add(row, "td", "quiet"), "span", "", run.by);
  const actions = add(row, "td", "actions");
  for (const { name, label } of run.actions) {
    const button = addButton(actions, "", label, () => { button.disabled = true; ask("act", { name, key: run.key }); });
    button.setAttribute("aria-label", `${label} ${run.title}`);
  }
  const open = add(actions, "a", "button", "Open");
  open.href = run.link;
  open.setAttribute("aria-label", `Open ${run.title}`);
}

function progress(parent, run) {
  add(parent, "div", "", run.progress);
  if (run.share === null) return;
  const bar = add(parent, "div", "meter");
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuenow", String(Math.round(run.share * 100)));
  bar.setAttribute("aria-label", run.title);
  add(bar, "div").style.width = `${run.share * 100}%`;
}

class RunList {
  constructor(root) {
    this.root = root;
    this.rows = new Map();
  }

  update(data, send, ask) {
    this.body ??= table(this.root, data.columns);
    const kept = new Map(), focused = this.root.getRootNode().activeElement;
    for (const run of data.runs) {
      const row = this.rows.get(run.key) ?? document.createElement("tr"), words = JSON.stringify(run);
      if (row.words !== words) {
        const label = row.contains(focused) ? focused.textContent : null;
        fill(row, run, ask);
        if (label) [...row.querySelectorAll("a, button")].find((one) => one.textContent === label)?.focus();
      }
      row.words = words;
      kept.set(run.key, row);
    }
    this.rows = kept;
    const rows = [...kept.values()];
    if (rows.length !== this.body.children.length || rows.some((row, i) => this.body.children[i] !== row)) {
      this.body.replaceChildren(...rows);
    }
  }
}

function table(root, columns) {
  const made = add(root, "table"), head = add(add(made, "thead"), "tr");
  for (const name of columns) add(head, "th", "", name).scope = "col";
  return add(made, "tbody");
}

export default mount(RunList);
