// The layers of a network as a table: a click, or Enter, on a name chooses the layer.

import { Choice } from "#web/choice.js";
import { button, make, mount, set } from "#web/dom.js";
import { Table } from "#web/table.js";

class LayerTable {
  constructor(root) {
    Object.assign(this, { root, layer: new Choice(this, "layer") });
  }

  update(data) {
    if (this.numbers !== String(data.numbers)) {
      this.root.replaceChildren(this.pane = make("div.pane"));
      this.table = new Table(this.pane, (row, one) => this.fill(row, one), data.numbers);
      this.numbers = String(data.numbers);
    }
    this.table.update(data.columns, data.rows);
    this.layer.hear(data.selected);
    this.mark();
  }

  fill(row, { key, name, cells }) {
    const choose = button(name, () => { this.layer.make(key); this.mark(); }, { "data-name": key });
    row.append(make("th", { scope: "row" }, choose), ...cells.map(({ text, share, of }, i) => (
      make(this.table.numbers.includes(i + 1) ? "td.number" : "td", text,
        share > 0 && make("div.meter", make(`div.${of}`, { style: `width:${100 * share}%` }))))));
  }

  mark() {
    for (const [key, row] of this.table.rows) {
      row.classList.toggle("chosen", key === this.layer.value);
      set(row.querySelector("button"), { "aria-pressed": key === this.layer.value });
    }
  }
}

export default mount(LayerTable);
