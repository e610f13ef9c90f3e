// A switch a channel, and what the network says with every channel on and without those that are off.

import { Choice } from "#web/choice.js";
import { add, button, make, mount, set } from "#web/dom.js";
import { bar } from "#web/predictions.js";

// Several clicks in a row are asked for together.
const SETTLE_MS = 150;
const listed = (text) => text.split(",").filter(Boolean);

class SwitchBoard {
  constructor(root) {
    this.choice = new Choice(this, "off", SETTLE_MS);
    const top = add(root, "div", "top");
    this.picture = add(top, "img");
    this.said = add(top, "div", "said");
    const head = add(root, "div", "bar");
    this.title = add(head, "h3");
    this.note = add(head, "span", "quiet");
    this.all = head.appendChild(button("All on", () => this.put([])));
    this.number = make("input", { type: "number", min: 0, step: 1, "aria-label": "Channel number" });
    head.append(make("form.other", { onsubmit: (event) => this.typed(event) }, make("label.quiet", "Channel", this.number),
      make("button", { type: "submit" }, "Switch")));
    this.list = add(root, "div", "switches", "", { role: "group", "aria-label": "Channels" });
    this.switches = new Map();
  }

  update(data) {
    this.title.textContent = data.title;
    if (this.picture.getAttribute("src") !== data.picture) set(this.picture, { src: data.picture, alt: data.alt });
    this.note.textContent = data.note;
    set(this.number, { max: data.channels - 1 });
    this.predict(data.predictions);
    const order = data.switches.map((one) => String(one.channel)).join();
    if (order !== this.order) {
      this.order = order;
      this.switches = new Map(data.switches.map((one) => [String(one.channel), this.toggle(one)]));
      this.list.replaceChildren(...this.switches.values());
    }
    this.mark(this.choice.hear(data.off));
  }

  predict(rows) {
    this.said.replaceChildren(make("h3", "Predictions"), make("ol.pairs", rows.map((row) => make("li",
      make("b", row.name), make("span.quiet.change", row.change),
      make("ol.predictions", make("li", bar("every channel", row.on, row.shares[0])),
        make("li.off", bar("without", row.off, row.shares[1])))))));
  }

  toggle({ channel, tile, strength }) {
    return make("button.switch", { type: "button", title: `Channel ${channel}, responds with ${strength}`,
      onclick: () => this.flip(String(channel)) },
    tile ? make("img", { src: tile, alt: "", loading: "lazy" }) : make("span.none"),
    make("span.visually-hidden", "Switch channel off: "), make("span.number", String(channel)),
    make("span.quiet", strength));
  }

  typed(event) {
    event.preventDefault();
    if (this.number.value !== "" && this.number.reportValidity()) this.flip(String(Number(this.number.value)));
  }

  flip(channel) {
    const off = listed(this.choice.value ?? "");
    this.put(off.includes(channel) ? off.filter((one) => one !== channel) : [...off, channel]);
  }

  put(off) {
    const text = off.map(Number).sort((a, b) => a - b).join(",");
    this.choice.make(text);
    this.mark(text);
  }

  mark(text) {
    const off = new Set(listed(text ?? ""));
    for (const [channel, one] of this.switches) set(one, { "aria-pressed": off.has(channel) });
    set(this.all, { disabled: off.size === 0 });
  }
}

export default mount(SwitchBoard);
