// The picture and what the network takes it for; each class is a click away from its own heat map.

class HeatClasses {
  constructor(root) {
    this.root = root;
  }

  update(data, ask) {
    this.ask = ask;
    const words = JSON.stringify(data);
    if (words === this.words) return;
    this.words = words;
    this.data = data;
    const focused = this.root.getRootNode().activeElement?.dataset?.name;
    this.root.replaceChildren();
    add(this.root, "h3", "", data.title);
    const picture = add(this.root, "img");
    Object.assign(picture, { src: data.picture.url, alt: data.picture.alt });
    add(this.root, "p", "quiet note", data.note);
    if (data.truth) this.truth(data.truth);
    const list = add(this.root, "ul");
    for (const row of data.rows) this.row(list, row);
    add(this.root, "p", "quiet note", data.ending);
    if (focused) this.root.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  truth(truth) {
    const verdict = { true: "✗ Wrong: it", false: "✓ Right: it", null: "It" }[truth.wrong];
    add(this.root, "p", truth.wrong ? "truth wrong" : "truth", `${verdict} shows ${truth.name}`);
  }

  row(list, row) {
    const button = addButton(add(list, "li"), "", "", () => this.toggle(row));
    button.dataset.name = row.class;
    button.setAttribute("aria-pressed", String(row.chosen));
    button.title = row.chosen ? "Take its heat map away" : "Show its heat map beside the others";
    button.setAttribute("aria-label", `${row.name}, ${row.share}, logit ${row.logit}. ${button.title}`);
    add(button, "span", "name", row.name);
    add(button, "span", "share", row.share).title = `logit ${row.logit}`;
    add(add(button, "span", "track"), "i").style.width = `${100 * row.probability}%`;
  }

  // At least one class stays.
  toggle(row) {
    const { chosen, most } = this.data;
    const wanted = row.chosen ? chosen.filter((number) => number !== row.class) : [...chosen, row.class];
    if (wanted.length && wanted.length <= most) this.ask({ classes: wanted.join(",") });
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".heat-classes");
  root.classes ??= new HeatClasses(root);
  root.classes.update(data, (wish) => setTriggerValue("ask", wish));
}
