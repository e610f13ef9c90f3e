// The epochs of a training run as a table that is folded away, with its file.

import { make, mount } from "#web/dom.js";
import { Table } from "#web/table.js";

const NUMBERS = ["Loss", "Validation loss", "Accuracy", "Validation accuracy", "Rate", "Time"];

function fill(row, { cells, best, phase }) {
  row.className = `${best ? "best" : ""} ${phase ? "begins" : ""}`.trim();
  const [epoch, ...numbers] = cells;
  row.append(make("th", { scope: "row" }, epoch, best && make("span.tag", "best")), ...numbers.map((text) => make("td.number", text)));
}

class EpochTable {
  constructor(root) {
    this.count = make("span");
    this.file = make("a.button", { download: "" }, "Download CSV");
    const frame = make("div.scroll", { tabindex: 0, role: "region", "aria-label": "Table of epochs" });
    root.append(make("details", make("summary", this.count), this.file, frame));
    this.table = new Table(frame, fill, NUMBERS);
  }

  update(data) {
    this.count.textContent = data.title;
    this.file.hidden = !data.download;
    if (data.download) this.file.href = data.download;
    this.table.update(data.columns, data.rows.map((row) => ({ ...row, key: row.cells[0] })));
  }
}

export default mount(EpochTable);
