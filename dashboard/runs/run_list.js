// Runs as a table that is brought up to date row by row, so that a focused button keeps its focus.

function cell(row, className) {
  const made = row.appendChild(document.createElement("td"));
  made.className = className;
  return made;
}

function text(parent, tag, words, className = "") {
  const made = parent.appendChild(document.createElement(tag));
  made.textContent = words;
  made.className = className;
  return made;
}

function fill(row, run, send) {
  row.replaceChildren();
  const what = cell(row, "what");
  text(what, "a", run.title).href = run.link;
  text(what, "div", run.detail, "quiet");
  text(cell(row, "status"), "span", run.state_text, `state ${run.state}`);
  progress(cell(row, "number"), run);
  text(cell(row, "number quiet"), "span", run.age);
  text(cell(row, "quiet"), "span", run.by);
  const actions = cell(row, "actions");
  for (const { name, label } of run.actions) {
    const button = text(actions, "button", label);
    button.type = "button";
    button.setAttribute("aria-label", `${label} ${run.title}`);
    button.addEventListener("click", () => { button.disabled = true; send("act", { name, key: run.key }); });
  }
  const open = text(actions, "a", "Open", "button");
  open.href = run.link;
  open.setAttribute("aria-label", `Open ${run.title}`);
}

function progress(parent, run) {
  text(parent, "div", run.progress);
  if (run.share === null) return;
  const bar = text(parent, "div", "", "meter");
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-valuenow", String(Math.round(run.share * 100)));
  bar.setAttribute("aria-label", run.title);
  text(bar, "div", "").style.width = `${run.share * 100}%`;
}

function table(root, columns) {
  const made = root.appendChild(document.createElement("table"));
  const head = made.createTHead().insertRow();
  for (const name of columns) text(head, "th", name).scope = "col";
  return made.appendChild(document.createElement("tbody"));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".run-list");
  root.body ??= table(root, data.columns);
  root.rows ??= new Map();
  const kept = new Map();
  for (const run of data.runs) {
    const row = root.rows.get(run.key) ?? document.createElement("tr");
    const words = JSON.stringify(run);
    if (row.words !== words) {
      const focused = row.contains(parentElement.activeElement) ? parentElement.activeElement.textContent : null;
      fill(row, run, setTriggerValue);
      if (focused) [...row.querySelectorAll("a, button")].find((e) => e.textContent === focused)?.focus();
    }
    row.words = words;
    kept.set(run.key, row);
  }
  root.rows = kept;
  const rows = [...kept.values()];
  if (rows.length !== root.body.children.length || rows.some((row, i) => root.body.children[i] !== row)) {
    root.body.replaceChildren(...rows);
  }
}
