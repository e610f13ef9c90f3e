// The stages of a playground as cards: the picture large, its channels below, the arithmetic under them.

import { Choice } from "#web/choice.js";
import { add, addChoice, addFacts, button, keepPlace, make, memo, mount, press, set } from "#web/dom.js";
import { pixelWindow } from "./pixel_window.js";

const SCALES = [["fill", "fill the card"], ["true", "true to scale"]];
const LEVELS = [["one", "one scale"], ["each", "each its own"]];
const WIDTH = 400;

class StageCards {
  constructor(root) {
    this.root = root;
    this.changed = memo();
    this.scale = new Choice(this, "scale");
    this.levels = new Choice(this, "levels");
    const choose = (choice) => (name) => { choice.make(name); this.draw(); };
    const bar = add(root, "div", "bar");
    this.scales = addChoice(bar, "Pictures", SCALES, choose(this.scale));
    this.levelings = addChoice(bar, "Black and white of three channels", LEVELS, choose(this.levels));
    this.grid = add(root, "div", "grid");
  }

  update(data) {
    this.data = data;
    // Between two requests the same card keeps showing the same channel.
    this.shown ??= this.read(data.shown);
    this.scale.hear(data.scale);
    this.levels.hear(data.levels);
    this.draw();
  }

  read(text) {
    const [card, channel] = text.split(".").map(Number);
    return text && Number.isInteger(card) ? { [card]: channel } : {};
  }

  draw() {
    const { cards } = this.data;
    press(this.levelings, this.levels.value);
    press(this.scales, this.scale.value);
    this.grid.classList.toggle("few", cards.length <= 2);
    // Cards that stay the same are left alone: their pictures would flicker.
    if (this.changed("drawn", [cards, this.levels.value])) {
      this.drawn = cards.map((card) => ({ card, pixels: make("div.pixels") }));
      keepPlace(this.root, () => this.grid.replaceChildren(...cards.map((card, i) => this.card(card, i))));
    }
    const widest = Math.max(...cards.map((card) => card.width));
    [...this.grid.children].forEach((section, i) => {
      const picture = section.querySelector(".stand img"), reference = this.scale.value === "true" ? widest : cards[i].width;
      picture.parentElement.style.width = `${(100 * cards[i].width) / reference}%`;
      picture.classList.toggle("large", reference < WIDTH);
    });
  }

  card(card, index) {
    const picture = make("img"), meaning = make("p.meaning.quiet"), chosen = this.shown[index];
    const channel = chosen < card.channels.length ? chosen : card.url ? undefined : 0;
    this.show(card, picture, meaning, channel);
    const { pixels } = this.drawn[index];
    pixels.append(picture);
    const made = card.window && pixelWindow(card, pixels, this.drawn[index - 1], () => this.shown[index] ?? 0);
    const section = make("section", { "aria-label": card.title }, make("h3", card.title), make("div.stand", pixels), meaning,
      card.channels.length > 1 && this.channels(card, index, channel, (c) => this.show(card, picture, meaning, c)),
      card.warnings.map((line) => make("p.warning", `△ ${line}`)));
    if (made) section.append(made);
    addFacts(section, card.rows);
    return section;
  }

  show(card, picture, meaning, channel) {
    const together = this.levels.value === "each" && card.each
      ? { url: card.each, meaning: "each channel from its smallest number to its largest" }
      : { url: card.url, meaning: card.meaning ?? "" };
    const one = channel === undefined ? together : card.channels[channel];
    const alt = `${card.title}${channel === undefined ? "" : `, channel ${channel} alone`}`;
    set(picture, { src: one.url, alt, width: card.width, height: card.height });
    meaning.textContent = one.meaning;
  }

  channels(card, index, chosen, show) {
    const choose = (channel, name) => {
      for (const one of buttons) set(one, { "aria-pressed": one.dataset.name === name });
      show(channel);
      this.shown = { ...this.shown, [index]: channel };
      this.send("shown", channel === undefined ? "" : `${index}.${channel}`);
    };
    const choice = (words, channel, more) => {
      const name = `${index}.${channel ?? "all"}`;
      return button(words, () => choose(channel, name), { "aria-pressed": channel === chosen, "data-name": name, ...more });
    };
    const small = (kind, src, title) => make(`img.${kind}`, { src, title, alt: "", loading: "lazy" });
    const buttons = card.channels.map(({ url, kernel }, i) => choice(
      [small("map", url), kernel && small("kernel", kernel, "its kernel, zero is middle grey")], i,
      { "aria-label": `channel ${i} alone` }));
    if (card.url) buttons.unshift(choice("together", undefined, { class: "all" }));
    return make("div.channels", { role: "group", "aria-label": `Channels of ${card.title}` }, buttons);
  }
}

export default mount(StageCards);
