// The epochs of a training run as a table that is folded away, with its file.

import { add, mount } from "#web/dom.js";

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
    this.table = add(frame, "table");
  }

  update(data) {
    this.count.textContent = data.title;
    this.file.hidden = !data.download;
    if (data.download) this.file.href = data.download;
    this.table.replaceChildren();
    const head = add(add(this.table, "thead"), "tr");
    for (const name of data.columns) add(head, "th", "", name).scope = "col";
    const body = add(this.table, "tbody");
    for (const { cells, best, phase } of data.rows) {
      const row = add(body, "tr", `${best ? "best" : ""} ${phase ? "begins" : ""}`.trim());
      const first = add(row, "th", "", cells[0]);
      first.scope = "row";
      if (best) add(first, "span", "tag", "best");
      for (const text of cells.slice(1)) add(row, "td", "", text);
    }
  }
}

export default mount(EpochTable);
