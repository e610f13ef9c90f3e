// Runs with their progress, and what can be done about them.

import { button, make, mount, set } from "#web/dom.js";
import { Table } from "#web/table.js";

const SURE_MS = 5000;

// Cancel asks once: the work of others may hang on it.
function action(list, run, { name, label }) {
  const asks = () => name === "cancel" && list.sure !== run.key;
  const words = () => set(made, { "aria-label": `${made.textContent} ${run.title}` });
  const made = button(name === "cancel" && !asks() ? "Stop it?" : label, () => {
    if (asks()) {
      list.sure = run.key;
      made.textContent = "Stop it?";
      setTimeout(() => { list.sure = null; made.textContent = label; words(); }, SURE_MS);
      return words();
    }
    made.disabled = true;
    list.ask("act", { name, key: run.key });
  }, { "data-name": name });
  return words();
}

function fill(row, run, list) {
  const { link, title } = run;
  const small = run.picture && make("img", { src: run.picture, alt: "", loading: "lazy", width: 48, height: 48 });
  if (small) small.addEventListener("error", () => small.remove());
  row.append(
    make("td.picture", small),
    make("td.what", make("a", { href: link }, title), make("div.quiet", run.detail)),
    make("td.status", make("span", { class: `state ${run.state}` }, run.state_text)),
    make("td.number", make("div", run.progress), run.share !== null && meter(run)),
    make("td.number.quiet", run.age), make("td.quiet", run.by),
    make("td.actions", run.actions.map((one) => action(list, run, one)),
      make("a.button", { href: link, "data-name": "open", "aria-label": `Open ${title}` }, "Open")),
  );
}

function meter({ share, title }) {
  return make("div.meter", { role: "progressbar", "aria-valuenow": Math.round(share * 100), "aria-label": title },
    make("div", { style: `width: ${share * 100}%` }));
}

class RunList {
  constructor(root) {
    this.table = new Table(root, (row, run) => fill(row, run, this));
  }

  update(data) {
    this.table.update(data.columns, data.runs);
  }
}

export default mount(RunList);
