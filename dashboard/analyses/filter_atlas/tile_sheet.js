// The tiles of an atlas: what excites each channel most.

import { mount, set } from "#web/dom.js";
import { fewDigits } from "#web/numbers.js";
import { TileSheet } from "#web/tiles.js";

// The blog's way to show a layer: the tiles of the highest objective, stitched together.
const BEST = 64;
// Below all that can be reached, and above what is not made yet.
const DEAD = -1e300;

// What a class loses without the channel of a tile.
function lossWords(effect, i) {
  const loss = effect?.losses[i] ?? null;
  return loss === null ? "" : `, ${effect.name} ${loss > 0 ? "loses" : "gains"} ${Math.abs(loss).toPrecision(3)} without it`;
}

class AtlasSheet extends TileSheet {
  get sortNames() { return { channel: "channel", objective: "objective", best: "best 64", effect: "effect" }; }

  update(data) {
    set(this.sorts.effect, { hidden: !data.effect });
    if (data.effect) this.sorts.effect.textContent = `effect on ${data.effect.name}`;
    super.update(data);
  }

  heights({ objectives, dead, effect }) {
    if (this.sort.value === "effect" && effect) return (i) => effect.losses[i] ?? -Infinity;
    return (i) => (objectives[i] === null ? -Infinity : dead[i] ? DEAD : objectives[i]);
  }

  sorted(data) {
    const order = super.sorted(data), height = this.heights(data);
    return this.sort.value === "best" ? order.filter((i) => height(i) > DEAD).slice(0, BEST) : order;
  }

  describe({ channels, objectives, dead, looks, reasons, names, effect }, i) {
    const channel = channels[i], name = names[channel] ?? "", value = objectives[i];
    const words = value === null ? (looks[i] ? "first look" : "not made yet") : `objective ${fewDigits(value, 3)}${dead[i] ? `, ${reasons[i]}` : ""}`;
    const lost = this.sort.value === "effect" ? lossWords(effect, i) : "";
    return {
      text: `channel ${channel}${name ? `, ${name}` : ""}, ${words}${lost}`,
      label: dead[i] ? `${channel} dead` : `${channel} ${name}`.trim(),
      state: value === null ? (looks[i] ? "made look" : "waiting") : dead[i] ? "made dead" : "made",
    };
  }

  counted({ channels, objectives, dead, looks }) {
    const made = objectives.filter((value) => value !== null).length, silent = dead.filter(Boolean).length;
    const coarse = looks.filter(Boolean).length;
    return `${made} of ${channels.length} tiles` + (coarse ? ` · ${coarse} at a first look` : "") + (silent ? ` · ${silent} dead` : "");
  }

  failed(data) {
    if (data === this.data) this.draw({ ...data, objectives: data.objectives.map(() => null), looks: [] });
  }
}

export default mount(AtlasSheet);
