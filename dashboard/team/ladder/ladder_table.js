// Training runs as rungs of a ladder. A row is brought up to date by itself, so that a focused box keeps its focus.

import { add, mount } from "#web/dom.js";

class LadderTable {
  constructor(root) {
    this.frame = add(root, "div", "frame");
    this.note = add(root, "output", "quiet note");
    this.rows = new Map();
  }

  update(data, send) {
    this.send = send;
    this.most = data.most;
    if (!this.body) this.build(data.columns);
    const kept = new Map();
    for (const one of data.rows) {
      const row = this.rows.get(one.key) ?? this.row(one.key);
      if (row.words !== JSON.stringify(one)) this.fill(row, one);
      kept.set(one.key, row);
    }
    this.rows = kept;
    const rows = [...kept.values()];
    if (rows.length !== this.body.children.length || rows.some((row, i) => this.body.children[i] !== row)) {
      this.body.replaceChildren(...rows);
    }
  }

  build(columns) {
    const table = add(this.frame, "table");
    const head = add(add(table, "thead"), "tr");
    for (const name of columns) add(head, "th", ["Curves", "Strategy", "State", ""].includes(name) ? "" : "number", name).scope = "col";
    this.body = add(table, "tbody");
  }

  row(key) {
    const row = document.createElement("tr");
    const cell = add(row, "td", "pick"), label = add(cell, "label");
    row.box = add(label, "input");
    row.box.type = "checkbox";
    add(label, "i");
    row.key = key;
    row.box.addEventListener("change", () => this.picked(row));
    return row;
  }

  fill(row, one) {
    row.words = JSON.stringify(one);
    row.end = one.end;
    while (row.children.length > 1) row.lastElementChild.remove();
    row.box.disabled = !one.drawable;
    row.box.checked = one.colour !== null;
    row.box.setAttribute("aria-label", `Curves of ${one.title}, ${one.detail}`);
    row.firstElementChild.className = one.colour === null ? "pick" : `pick colour-${one.colour}`;
    const what = add(row, "th", "what");
    what.scope = "row";
    add(what, "a", "", one.title).href = one.open;
    add(what, "div", "quiet", one.detail);
    one.cells.forEach((text, i) => add(row, "td", i === 4 && one.top ? "number top" : "number", text));
    const gained = add(row, "td", `number ${one.difference.startsWith("−") ? "worse" : "better"}`, one.difference);
    gained.title = one.note;
    add(add(row, "td"), "span", `state ${one.state}`, one.state_text);
    const actions = add(row, "td", "actions");
    for (const [text, href] of [["Open", one.open], ["Network", one.network]]) {
      if (!href) continue;
      const link = add(actions, "a", "button", text);
      link.href = href;
      link.setAttribute("aria-label", `${text} of ${one.title}, ${one.detail}`);
    }
  }

  picked(row) {
    const chosen = [...this.rows.values()].filter((one) => one.box.checked);
    if (chosen.length > this.most) {
      row.box.checked = false;
      this.note.textContent = `At most ${this.most} runs at once: take one out first.`;
      return;
    }
    this.note.textContent = "";
    this.send("runs", chosen.map((one) => one.end).join(",") || "none");
  }
}

export default mount(LadderTable);
