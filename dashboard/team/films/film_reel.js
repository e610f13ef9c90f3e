// A film: a slider over the epochs, and below it tiles and heat maps, all of one epoch at a time.

import { add, make, mount, set } from "#web/dom.js";

const FRAME_MS = 600;

class FilmReel {
  constructor(root) {
    this.root = root;
    const bar = add(root, "div", "bar");
    this.play = bar.appendChild(make("button", { type: "button", onclick: () => this.toggle() }, "Play"));
    this.slider = make("input", { type: "range", min: 0, step: 1, oninput: () => this.show(Number(this.slider.value)) });
    bar.append(make("label.scrub", make("span.quiet", "Epoch"), this.slider));
    this.words = add(bar, "output", "words");
    this.body = add(root, "div", "strips");
    this.at = -1;
  }

  update(data) {
    const follows = this.at < 0 || this.at === (this.data?.frames.length ?? 0) - 1 || this.data?.key !== data.key;
    this.data = data;
    set(this.slider, { max: data.frames.length - 1 });
    set(this.play, { disabled: data.frames.length < 2 });
    this.build();
    this.fetchAhead();
    this.show(follows ? data.frames.length - 1 : this.at);
  }

  close() { clearInterval(this.timer); }

  // Cells stay the same elements while the film grows, so that nothing flickers under the eye.
  build() {
    const shape = JSON.stringify(this.data.strips.map((strip) => [strip.title, strip.cells.map((cell) => cell.name)]));
    if (shape === this.shape) return;
    this.shape = shape;
    this.cells = this.data.strips.map((strip) => strip.cells.map((cell) => this.cell(cell.name)));
    this.body.replaceChildren(...this.data.strips.map((strip, s) => make("section", make("h3", strip.title),
      make("div.line", this.cells[s].map((cell) => cell.element)))));
  }

  cell(name) {
    const picture = make("img", { decoding: "async" }), none = make("span.none", "not there yet"), link = make("a");
    const words = make("figcaption", make("span.quiet", name)), note = words.appendChild(make("b"));
    link.append(picture, none);
    return { name, picture, none, link, note, element: make("figure", link, words) };
  }

  // The browser keeps what it has fetched, so the slider moves over pictures that are there.
  fetchAhead() {
    this.fetched ??= new Set();
    for (const strip of this.data.strips) for (const cell of strip.cells) for (const frame of cell.frames) {
      if (!frame.url || this.fetched.has(frame.url)) continue;
      this.fetched.add(frame.url);
      new Image().src = frame.url;
    }
  }

  show(at) {
    const { frames, strips } = this.data;
    this.at = Math.max(0, Math.min(at, frames.length - 1));
    const { epoch, words } = frames[this.at];
    this.slider.value = this.at;
    set(this.slider, { "aria-valuetext": `epoch ${epoch}` });
    this.words.textContent = words ? `${epoch} · ${words}` : `${epoch}`;
    strips.forEach((strip, s) => strip.cells.forEach((cell, c) => this.fill(this.cells[s][c], cell.frames[this.at], epoch)));
  }

  fill(cell, frame, epoch) {
    if (frame.url && cell.picture.getAttribute("src") !== frame.url) cell.picture.src = frame.url;
    set(cell.picture, { alt: `${cell.name}, epoch ${epoch}`, hidden: !frame.url });
    set(cell.none, { hidden: Boolean(frame.url) });
    set(cell.link, { href: frame.link || null, title: frame.link ? `Open ${cell.name} of epoch ${epoch}` : null, target: "_top" });
    cell.note.textContent = frame.words;
    cell.element.className = frame.silent ? "silent" : "";
  }

  toggle() {
    if (this.timer) { this.stop(); return; }
    if (this.at === this.data.frames.length - 1) this.show(0);
    this.play.textContent = "Pause";
    this.timer = setInterval(() => {
      if (this.at >= this.data.frames.length - 1) this.stop(); else this.show(this.at + 1);
    }, FRAME_MS);
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.play.textContent = "Play";
  }
}

export default mount(FilmReel);
