// The stages of a playground as cards: the picture large, its channels below, the arithmetic under them.

const FILL = "fill the card", TRUE = "true to scale";
const ONE = "one scale", EACH = "each its own";
const WIDTH = 400;

function add(parent, tag, className = "", text = "") {
  const made = parent.appendChild(document.createElement(tag));
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function button(parent, className, text, act) {
  const made = add(parent, "button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

class StageCards {
  constructor(root) {
    this.root = root;
    this.scale = FILL;
    const bar = add(root, "div", "bar");
    this.colours = ONE;
    this.scales = this.choice(bar, "Pictures", [FILL, TRUE], (name) => this.setScale(name));
    this.colourings = this.choice(bar, "Black and white of three channels", [ONE, EACH], (name) => {
      this.colours = name;
      this.draw();
    });
    this.grid = add(root, "div", "grid");
  }

  update(data, send) {
    this.send = send;
    const words = JSON.stringify(data.cards);
    if (words === this.words) return;
    this.words = words;
    // Between two requests the same card keeps showing the same channel.
    if (this.shown === undefined) this.shown = this.read(data.shown);
    this.data = data;
    this.reference = Math.max(...data.cards.map((card) => card.width));
    this.draw();
  }

  choice(bar, title, names, act) {
    const group = add(bar, "div", "choice");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    add(group, "span", "quiet", title);
    return names.map((name) => button(group, "", name, () => act(name)));
  }

  read(text) {
    const [card, channel] = text.split(".").map(Number);
    return text && Number.isInteger(card) ? { [card]: channel } : {};
  }

  draw() {
    this.grid.classList.toggle("few", this.data.cards.length <= 2);
    [ONE, EACH].forEach((one, i) => this.colourings[i].setAttribute("aria-pressed", String(one === this.colours)));
    const focused = this.root.getRootNode().activeElement?.dataset?.name;
    this.grid.replaceChildren(...this.data.cards.map((card, i) => this.card(card, i)));
    this.setScale(this.scale);
    if (focused) this.grid.querySelector(`[data-name="${focused}"]`)?.focus();
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
    const list = add(section, "dl");
    for (const [name, value] of card.rows) {
      add(list, "dt", "quiet", name);
      add(list, "dd", "", value);
    }
    return section;
  }

  show(card, picture, meaning, channel) {
    const together = this.colours === EACH && card.each
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
      const all = button(row, "all", "together", () => choose(undefined, all));
      all.setAttribute("aria-pressed", String(chosen === undefined));
      all.dataset.name = `${index}.all`;
      buttons.push(all);
    }
    card.channels.forEach((channel, i) => {
      const one = button(row, "", "", () => choose(i, one));
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

  setScale(name) {
    this.scale = name;
    [FILL, TRUE].forEach((one, i) => this.scales[i].setAttribute("aria-pressed", String(one === name)));
    [...this.grid.children].forEach((section, i) => {
      const picture = section.querySelector(".stand img"), card = this.data.cards[i];
      const reference = name === TRUE ? this.reference : card.width;
      picture.style.width = `${(100 * card.width) / reference}%`;
      picture.classList.toggle("large", reference < WIDTH);
    });
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".stage-cards");
  root.cards ??= new StageCards(root);
  root.cards.update(data, setStateValue);
}
