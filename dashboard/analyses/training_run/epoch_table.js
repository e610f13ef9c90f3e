// The epochs of a training run as a table that is folded away, with its file.

function fill(root, data) {
  root.count.textContent = data.title;
  root.file.hidden = !data.download;
  if (data.download) root.file.href = data.download;
  root.table.replaceChildren();
  const head = add(add(root.table, "thead"), "tr");
  for (const name of data.columns) add(head, "th", "", name).scope = "col";
  const body = add(root.table, "tbody");
  for (const { cells, best, phase } of data.rows) {
    const row = add(body, "tr", `${best ? "best" : ""} ${phase ? "begins" : ""}`.trim());
    const first = add(row, "th", "", cells[0]);
    first.scope = "row";
    if (best) add(first, "span", "tag", "best");
    for (const text of cells.slice(1)) add(row, "td", "", text);
  }
}

function build(root) {
  root.fold = add(root, "details");
  const summary = add(root.fold, "summary");
  root.count = add(summary, "span");
  root.file = add(root.fold, "a", "button", "Download CSV");
  root.file.setAttribute("download", "");
  const frame = add(root.fold, "div", "scroll");
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", "Table of epochs");
  root.table = add(frame, "table");
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".epoch-table");
  if (!root.table) build(root);
  const words = JSON.stringify(data);
  if (root.words === words) return;
  root.words = words;
  fill(root, data);
}
