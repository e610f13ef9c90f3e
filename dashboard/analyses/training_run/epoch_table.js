// The epochs of a training run as a table that is folded away, with its file.

import { add, mount } from "#web/dom.js";
import { Table } from "#web/table.js";

const NUMBERS = ["Loss", "Validation loss", "Accuracy", "Validation accuracy", "Rate", "Time"];

function fill(row, { cells, best, phase }) {
  row.className = `${best ? "best" : ""} ${phase ? "begins" : ""}`.trim();
  cells.forEach((text, i) => add(row, i ? "td" : "th", i ? "number" : "", text));
  row.cells[0].scope = "row";
  if (best) add(row.cells[0], "span", "tag", "best");
}

class EpochTable {
  constructor(root) {
    const fold = add(root, "details");
    this.count = add(add(fold, "summary"), "span");
    this.file = add(fold, "a", "button", "Download CSV");
    this.file.setAttribute("download", "");
    const frame = add(fold, "div", "scroll");
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "Table of epochs");
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
