// The tiles of an atlas: what excites each channel most.

import { mount } from "#web/dom.js";
import { TileSheet } from "#web/tiles.js";

// The blog's way to show a layer: the tiles of the highest objective, stitched together.
const BEST = 64;
// Below all that can be reached, and above what is not made yet.
const DEAD = -1e300;

class AtlasSheet extends TileSheet {
  get sortNames() { return { channel: "channel", objective: "objective", best: "best 64" }; }

  heights({ objectives, dead }) {
    return (i) => (objectives[i] === null ? -Infinity : dead[i] ? DEAD : objectives[i]);
  }

  sorted(data) {
    const order = super.sorted(data), height = this.heights(data);
    return this.sort.value === "best" ? order.filter((i) => height(i) > DEAD).slice(0, BEST) : order;
  }

  describe({ channels, objectives, dead, looks, reasons, names }, i) {
    const channel = channels[i], name = names[channel] ?? "", value = objectives[i];
    const words = value === null ? (looks[i] ? "first look" : "not made yet") : `objective ${value.toPrecision(3)}${dead[i] ? `, ${reasons[i]}` : ""}`;
    return {
      text: `channel ${channel}${name ? `, ${name}` : ""}, ${words}`,
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
