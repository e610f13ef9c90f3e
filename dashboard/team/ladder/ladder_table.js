// Training runs as rows of a ladder; the chosen ones' curves are drawn below.

import { Choice } from "#web/choice.js";
import { add, make, mount } from "#web/dom.js";
import { Table } from "#web/table.js";

const NUMBERS = ["Pictures", "Epochs", "Time", "Validation", "Test", "Difference"];
const NONE = "none", TEST = 4;

class LadderTable {
  constructor(root) {
    this.table = new Table(add(root, "div", "frame"), (row, one) => this.fill(row, one), NUMBERS);
    this.note = add(root, "output", "quiet note");
    this.runs = new Choice(this, "runs");
  }

  update(data) {
    this.data = data;
    this.runs.hear(data.rows.filter((one) => one.colour !== null).map((one) => one.end).join(",") || NONE);
    this.table.update(data.columns, data.rows);
    this.mark();
  }

  fill(row, one) {
    const { title, detail, difference } = one;
    const way = (text, href) => href && make("a.button", { href, "aria-label": `${text} of ${title}, ${detail}` }, text);
    row.append(this.pick(row, one),
      make("th.what", { scope: "row" }, make("a", { href: one.open }, title), make("div.quiet", detail)),
      ...one.cells.map((text, i) => make("td", { class: i === TEST && one.top ? "number top" : "number" }, text)),
      make("td", { class: `number ${difference.startsWith("−") ? "worse" : "better"}`, title: one.note }, difference),
      make("td", make("span", { class: `state ${one.state}` }, one.state_text)),
      make("td.actions", way("Open", one.open), way("Network", one.network)));
  }

  pick(row, { colour, drawable, title, detail, end }) {
    row.box = make("input", {
      type: "checkbox", disabled: !drawable, "data-name": "pick", "aria-label": `Curves of ${title}, ${detail}`,
      onchange: () => this.picked(end, row.box.checked),
    });
    return make("td", { class: colour === null ? "pick" : `pick colour-${colour}` }, make("label", row.box, make("i")));
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
