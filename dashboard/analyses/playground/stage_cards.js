// The stages of a playground as cards: the picture large, its channels below, the arithmetic under them.

import { Choice } from "#web/choice.js";
import { add, addButton, addChoice, addFacts, keepPlace, memo, mount, press } from "#web/dom.js";

const SCALES = [["fill", "fill the card"], ["true", "true to scale"]];
const LEVELS = [["one", "one scale"], ["each", "each its own"]];
const WIDTH = 400;

class StageCards {
  constructor(root) {
    this.root = root;
    this.changed = memo();
    this.scale = new Choice((name) => this.send("scale", name));
    this.levels = new Choice((name) => this.send("levels", name));
    const choose = (choice) => (name) => { choice.make(name); this.draw(); };
    const bar = add(root, "div", "bar");
    this.scales = addChoice(bar, "Pictures", SCALES, choose(this.scale));
    this.levelings = addChoice(bar, "Black and white of three channels", LEVELS, choose(this.levels));
    this.grid = add(root, "div", "grid");
  }

  update(data, send) {
    Object.assign(this, { data, send });
    // Between two requests the same card keeps showing the same channel.
    this.shown ??= this.read(data.shown);
    this.scale.hear(data.scale);
    this.levels.hear(data.levels);
    this.draw();
  }

  close() {
    this.scale.close();
    this.levels.close();
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
      keepPlace(this.root, () => this.grid.replaceChildren(...cards.map((card, i) => this.card(card, i))));
    }
    const widest = Math.max(...cards.map((card) => card.width));
    [...this.grid.children].forEach((section, i) => {
      const picture = section.querySelector(".stand img"), reference = this.scale.value === "true" ? widest : cards[i].width;
      picture.style.width = `${(100 * cards[i].width) / reference}%`;
      picture.classList.toggle("large", reference < WIDTH);
    });
  }

  card(card, index) {
    const section = document.createElement("section");
    section.setAttribute("aria-label", card.title);
    add(section, "h3", "", card.title);
    const stand = add(section, "div", "stand");
    const picture = add(stand, "img");
    const meaning = add(section, "p", "meaning quiet");
    const chosen = this.shown[index];
    const channel = chosen < card.channels.length ? chosen : card.url ? undefined : 0;
    this.show(card, picture, meaning, channel);
    if (card.channels.length > 1) {
      this.channels(section, card, index, channel, (c) => this.show(card, picture, meaning, c));
    }
    for (const line of card.warnings) add(section, "p", "warning", `△ ${line}`);
    addFacts(section, card.rows);
    return section;
  }

  show(card, picture, meaning, channel) {
    const together = this.levels.value === "each" && card.each
      ? { url: card.each, meaning: "each channel from its smallest number to its largest" }
      : { url: card.url, meaning: card.meaning ?? "" };
    const one = channel === undefined ? together : card.channels[channel];
    picture.src = one.url;
    picture.alt = `${card.title}${channel === undefined ? "" : `, channel ${channel} alone`}`;
    picture.width = card.width;
    picture.height = card.height;
    meaning.textContent = one.meaning;
  }

  channels(section, card, index, chosen, show) {
    const row = add(section, "div", "channels");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", `Channels of ${card.title}`);
    const buttons = [];
    const choose = (channel, pressed) => {
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === pressed));
      show(channel);
      this.shown = { ...this.shown, [index]: channel };
      this.send("shown", channel === undefined ? "" : `${index}.${channel}`);
    };
    if (card.url) {
      const all = addButton(row, "all", "together", () => choose(undefined, all));
      all.setAttribute("aria-pressed", String(chosen === undefined));
      all.dataset.name = `${index}.all`;
      buttons.push(all);
    }
    card.channels.forEach((channel, i) => {
      const one = addButton(row, "", "", () => choose(i, one));
      one.setAttribute("aria-label", `channel ${i} alone`);
      one.setAttribute("aria-pressed", String(chosen === i));
      one.dataset.name = `${index}.${i}`;
      this.thumbnail(one, "map", channel.url);
      if (channel.kernel) this.thumbnail(one, "kernel", channel.kernel).title = "its kernel, zero is middle grey";
      buttons.push(one);
    });
  }

  thumbnail(parent, className, url) {
    const made = add(parent, "img", className);
    made.alt = "";
    made.loading = "lazy";
    made.src = url;
    return made;
  }
}

export default mount(StageCards);
