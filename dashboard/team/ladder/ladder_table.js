// Training runs as rungs of a ladder; the chosen ones' curves are drawn below.

import { Choice } from "#web/choice.js";
import { add, mount } from "#web/dom.js";
import { Table } from "#web/table.js";

const NUMBERS = ["Pictures", "Epochs", "Time", "Validation", "Test", "Difference"];
const NONE = "none", TEST = 4;

class LadderTable {
  constructor(root) {
    this.table = new Table(add(root, "div", "frame"), (row, one) => this.fill(row, one), NUMBERS);
    this.note = add(root, "output", "quiet note");
    this.runs = new Choice((ends) => this.send("runs", ends));
  }

  update(data, send) {
    Object.assign(this, { data, send });
    this.runs.hear(data.rows.filter((one) => one.colour !== null).map((one) => one.end).join(",") || NONE);
    this.table.update(data.columns, data.rows);
    this.mark();
  }

  close() {
    this.runs.close();
  }

  fill(row, one) {
    this.pick(row, one);
    const what = add(row, "th", "what");
    what.scope = "row";
    add(what, "a", "", one.title).href = one.open;
    add(what, "div", "quiet", one.detail);
    one.cells.forEach((text, i) => add(row, "td", i === TEST && one.top ? "number top" : "number", text));
    const gained = add(row, "td", `number ${one.difference.startsWith("−") ? "worse" : "better"}`, one.difference);
    gained.title = one.note;
    add(add(row, "td"), "span", `state ${one.state}`, one.state_text);
    const actions = add(row, "td", "actions");
    for (const [text, href] of [["Open", one.open], ["Network", one.network]]) {
      if (!href) continue;
      const link = Object.assign(add(actions, "a", "button", text), { href });
      link.setAttribute("aria-label", `${text} of ${one.title}, ${one.detail}`);
    }
  }

  pick(row, { colour, drawable, title, detail, end }) {
    const label = add(add(row, "td", colour === null ? "pick" : `pick colour-${colour}`), "label");
    row.box = Object.assign(add(label, "input"), { type: "checkbox", disabled: !drawable });
    row.box.dataset.name = "pick";
    row.box.setAttribute("aria-label", `Curves of ${title}, ${detail}`);
    row.box.addEventListener("change", () => this.picked(end, row.box.checked));
    add(label, "i");
  }

  mark() {
    const chosen = this.runs.value.split(",");
    for (const { key, end } of this.data.rows) this.table.rows.get(key).box.checked = chosen.includes(end);
  }

  picked(end, on) {
    const before = this.runs.value.split(",");
    const chosen = this.data.rows.map((one) => one.end).filter((one) => (one === end ? on : before.includes(one)));
    const many = chosen.length > this.data.most;
    this.note.textContent = many ? `At most ${this.data.most} runs at once: take one out first.` : "";
    if (!many) this.runs.make(chosen.join(",") || NONE);
    this.mark();
  }
}

export default mount(LadderTable);
