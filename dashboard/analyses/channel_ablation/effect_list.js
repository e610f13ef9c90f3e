// Channels by what a class loses without them: a row each, with its tile, pictures that excite it, and the numbers.

import { Choice } from "#web/choice.js";
import { make, mount, set } from "#web/dom.js";

class EffectList {
  constructor(root) {
    this.root = root;
    this.choice = new Choice(this, "channel");
    this.rows = new Map();
  }

  update({ title, rows, chosen, more }) {
    const held = this.root.getRootNode().activeElement?.dataset?.channel;
    this.rows = new Map(rows.map((row) => [String(row.channel), this.row(row)]));
    this.root.replaceChildren(
      make("h3", title), make("ol.effects", [...this.rows.values()].map((one) => make("li", one))),
      more ? make("p.quiet", more) : "");
    this.mark(this.choice.hear(chosen));
    this.rows.get(held)?.focus();
  }

  row({ channel, tile, pieces, change, interval, score, flips, length, sign }) {
    return make("button.effect", { type: "button", "data-channel": channel, onclick: () => this.pick(channel) },
      tile ? make("img.tile", { src: tile, alt: `Tile of channel ${channel}`, loading: "lazy" })
        : make("span.tile.none", { title: "No atlas of this layer has a tile of it" }),
      make("span.words", make("b", `Channel ${channel}`), make("span.quiet", [score, flips].filter(Boolean).join(" · "))),
      make("span.change", make("b", change), make("span.quiet", interval),
        make("span.rail", make(`i.${sign}`, { style: `width: ${length}%` }))),
      pieces ? make("img.pieces", { src: pieces, alt: `Pictures that excite channel ${channel}`, loading: "lazy" })
        : make("span.pieces.none"));
  }

  pick(channel) {
    const next = String(this.choice.value) === String(channel) ? "" : String(channel);
    this.choice.make(next);
    this.mark(next);
  }

  mark(chosen) {
    for (const [channel, row] of this.rows) set(row, { "aria-pressed": channel === String(chosen) });
  }
}

export default mount(EffectList);
