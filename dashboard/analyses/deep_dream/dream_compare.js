// A photograph and its dream on top of each other, with a line between them that can be dragged, and the octaves below.

import { Choice } from "#web/choice.js";
import { button, make, mount, set } from "#web/dom.js";

class DreamCompare {
  constructor(root) {
    this.root = root;
    const picture = (kind) => make(`img.${kind}`, { draggable: "false" });
    this.before = picture("before");
    this.after = picture("after");
    this.slider = this.range();
    this.tag = make("span.tag.right", "dream");
    this.stage = make("div.stage", this.before, this.after, make("div.line"), this.slider,
      make("span.tag.left", "photograph"), this.tag);
    this.note = make("p.note.quiet");
    this.strip = make("div.strip", { role: "group", "aria-label": "Octaves, from small to large" });
    root.append(this.stage, this.note, this.strip);
    this.split(50);
    this.octave = new Choice(this, (number) => this.send("octave", number ? String(number) : ""));
  }

  range() {
    // A range's thumb jumps only where it is clicked; the line follows the pointer from anywhere.
    const follow = (event) => {
      if (event.buttons !== 1) return;
      const box = this.stage.getBoundingClientRect();
      this.split(Math.max(0, Math.min(100, (100 * (event.clientX - box.left)) / box.width)));
    };
    return make("input", {
      type: "range", min: 0, max: 100, step: 0.5, "aria-label": "Where the photograph ends and the dream begins",
      oninput: () => this.split(Number(this.slider.value)), onpointermove: follow, onpointerdown: follow,
    });
  }

  split(share) {
    this.slider.value = share;
    set(this.slider, { "aria-valuetext": `${Math.round(share)} % photograph` });
    this.stage.style.setProperty("--split", `${share}%`);
  }

  update(data) {
    this.data = data;
    this.stage.style.aspectRatio = `${data.width} / ${data.height}`;
    this.stage.style.maxWidth = `calc(82vh * ${data.width / data.height})`;
    show(this.before, data.before, data.title.replace("before and after", "as it was photographed"));
    this.octave.hear(data.selected);
    this.octaves();
    this.draw();
  }

  octaves() {
    const { octaves, coming } = this.data;
    this.buttons = octaves.map(({ number, url, label }) => (
      button([make("img", { src: url, alt: "", loading: "lazy" }), make("span", label)], () => this.choose(number),
        { "aria-label": `octave ${number}, ${label} pixels` })));
    const blanks = Array.from({ length: coming }, () => make("div.coming", { "aria-hidden": "true" }));
    this.strip.replaceChildren(...this.buttons, ...blanks);
    this.strip.hidden = this.buttons.length + coming < 2;
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
    this.buttons.forEach((one, i) => set(one, { "aria-pressed": octaves[i] === octave }));
    this.root.dataset.shown = octave?.number ?? 0;
  }
}

function show(image, url, words) {
  if (image.getAttribute("src") !== url) image.src = url;
  image.alt = words;
}

export default mount(DreamCompare);
