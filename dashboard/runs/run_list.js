// Runs with their progress, and what can be done about them.

import { add, addButton, mount } from "#web/dom.js";
import { Table } from "#web/table.js";

function fill(row, run, ask) {
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
    button.dataset.name = name;
    button.setAttribute("aria-label", `${label} ${run.title}`);
  }
  const open = add(actions, "a", "button", "Open");
  open.href = run.link;
  open.dataset.name = "open";
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
    this.table = new Table(root, (row, run) => fill(row, run, this.ask));
  }

  update(data, send, ask) {
    this.ask = ask;
    this.table.update(data.columns, data.runs);
  }
}

export default mount(RunList);
