// A photograph and its dream on top of each other, with a line between them that can be dragged, and the octaves below.

import { Choice } from "#web/choice.js";
import { add, addButton, mount } from "#web/dom.js";

class DreamCompare {
  constructor(root) {
    this.root = root;
    this.stage = add(root, "div", "stage");
    this.before = this.picture("before");
    this.after = this.picture("after");
    this.line = add(this.stage, "div", "line");
    this.slider = this.range();
    add(this.stage, "span", "tag left", "photograph");
    this.tag = add(this.stage, "span", "tag right", "dream");
    this.note = add(root, "p", "note quiet");
    this.strip = add(root, "div", "strip");
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", "Octaves, from small to large");
    this.split(50);
    this.octave = new Choice((number) => this.send("octave", number ? String(number) : ""));
  }

  close() {
    this.octave.close();
  }

  picture(className) {
    const made = add(this.stage, "img", className);
    made.draggable = false;
    return made;
  }

  range() {
    const made = add(this.stage, "input");
    Object.assign(made, { type: "range", min: 0, max: 100, step: 0.5, value: 50 });
    made.setAttribute("aria-label", "Where the photograph ends and the dream begins");
    made.addEventListener("input", () => this.split(Number(made.value)));
    // A range's thumb jumps only where it is clicked; the line follows the pointer from anywhere.
    const follow = (event) => {
      if (event.buttons !== 1) return;
      const box = this.stage.getBoundingClientRect();
      this.split(Math.max(0, Math.min(100, (100 * (event.clientX - box.left)) / box.width)));
    };
    made.addEventListener("pointermove", follow);
    made.addEventListener("pointerdown", follow);
    return made;
  }

  split(share) {
    this.slider.value = share;
    this.slider.setAttribute("aria-valuetext", `${Math.round(share)} % photograph`);
    this.stage.style.setProperty("--split", `${share}%`);
  }

  update(data, send) {
    this.send = send;
    this.data = data;
    this.stage.style.aspectRatio = `${data.width} / ${data.height}`;
    this.stage.style.maxWidth = `calc(82vh * ${data.width / data.height})`;
    show(this.before, data.before, data.title.replace("before and after", "as it was photographed"));
    this.octave.hear(data.selected);
    this.octaves();
    this.draw();
  }

  octaves() {
    this.strip.replaceChildren();
    this.buttons = this.data.octaves.map((octave) => {
      const button = addButton(this.strip, "", "", () => this.choose(octave.number));
      const small = add(button, "img");
      show(small, octave.url, "");
      small.loading = "lazy";
      add(button, "span", "", octave.label);
      button.setAttribute("aria-label", `octave ${octave.number}, ${octave.label} pixels`);
      return button;
    });
    for (let i = 0; i < this.data.coming; i++) add(this.strip, "div", "coming").setAttribute("aria-hidden", "true");
    this.strip.hidden = this.buttons.length + this.data.coming < 2;
  }

  choose(number) {
    const last = this.data.octaves.at(-1).number;
    // The largest one is what an address without a choice shows, so that a running dream is followed.
    this.octave.make(number === last ? 0 : number);
    this.draw();
  }

  draw() {
    const { octaves, title } = this.data;
    const octave = octaves.find((one) => one.number === this.octave.value) ?? octaves.at(-1);
    this.stage.classList.toggle("waiting", !octave);
    this.note.textContent = octave?.note ?? "";
    this.note.hidden = !octave?.note;
    this.tag.textContent = octave ? `dream, octave ${octave.number}` : "dream";
    if (octave) show(this.after, octave.url, `${title}: the dream, octave ${octave.number}, ${octave.label} pixels`);
    this.buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(octaves[i] === octave)));
    this.root.dataset.shown = octave?.number ?? 0;
  }
}

function show(image, url, words) {
  if (image.getAttribute("src") !== url) image.src = url;
  image.alt = words;
}

export default mount(DreamCompare);
