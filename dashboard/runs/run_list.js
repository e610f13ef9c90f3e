// Runs with their progress, and what can be done about them.

import { button, make, mount } from "#web/dom.js";
import { Table } from "#web/table.js";

function fill(row, run, ask) {
  const { link, title } = run;
  const action = ({ name, label }) => {
    const made = button(label, () => { made.disabled = true; ask("act", { name, key: run.key }); },
      { "data-name": name, "aria-label": `${label} ${title}` });
    return made;
  };
  row.append(
    make("td.what", make("a", { href: link }, title), make("div.quiet", run.detail)),
    make("td.status", make("span", { class: `state ${run.state}` }, run.state_text)),
    make("td.number", make("div", run.progress), run.share !== null && meter(run)),
    make("td.number.quiet", run.age), make("td.quiet", run.by),
    make("td.actions", run.actions.map(action),
      make("a.button", { href: link, "data-name": "open", "aria-label": `Open ${title}` }, "Open")),
  );
}

function meter({ share, title }) {
  return make("div.meter", { role: "progressbar", "aria-valuenow": Math.round(share * 100), "aria-label": title },
    make("div", { style: `width: ${share * 100}%` }));
}

class RunList {
  constructor(root) {
    this.table = new Table(root, (row, run) => fill(row, run, this.ask));
  }

  update(data) {
    this.table.update(data.columns, data.runs);
  }
}

export default mount(RunList);
