// Two pictures under one magnifying glass: wheel, drag and keys act on both.

import { button, make, mount } from "#web/dom.js";

const FARTHEST = 1, NEAREST = 16, STEP = 1.25, SHIFT = 0.08;
const MOVES = { ArrowLeft: [-SHIFT, 0], ArrowRight: [SHIFT, 0], ArrowUp: [0, -SHIFT], ArrowDown: [0, SHIFT] };

function clamp(value, low, high) { return Math.min(high, Math.max(low, value)); }

class ZoomPanes {
  constructor(root) {
    this.root = root;
  }

  update(data) {
    this.said = make("span.quiet");
    this.pictures = data.panes.map(({ url }) => make("img", { src: url, alt: "", draggable: "false" }));
    this.root.replaceChildren(
      make("div.bar", button("−", () => this.zoom(1 / STEP), { "aria-label": "Zoom out" }),
        button("+", () => this.zoom(STEP), { "aria-label": "Zoom in" }), button("Show all", () => this.whole()), this.said),
      make("div.panes", data.panes.map(({ title }, i) => this.pane(title, this.pictures[i]))),
    );
    this.whole();
  }

  pane(title, picture) {
    const frame = make("div.frame", {
      tabindex: 0, role: "img",
      "aria-label": `${title}. Plus and minus zoom both pictures, arrow keys move them, 0 shows all.`,
      onpointerdown: (event) => frame.setPointerCapture(event.pointerId),
      onpointermove: (event) => this.dragged(event, frame), onkeydown: (event) => this.pressed(event),
    }, picture);
    frame.addEventListener("wheel", (event) => this.zoomByWheel(event, frame), { passive: false });
    return make("figure", frame, make("figcaption.quiet", title));
  }

  // `x` and `y` are the middle of what is seen, as shares of the picture.
  show(scale, x, y) {
    const edge = 0.5 / scale;
    Object.assign(this, { scale, x: clamp(x, edge, 1 - edge), y: clamp(y, edge, 1 - edge) });
    for (const { style } of this.pictures) {
      style.transform = `scale(${scale}) translate(${(0.5 - this.x) * 100}%, ${(0.5 - this.y) * 100}%)`;
      style.imageRendering = scale > 3 ? "pixelated" : "auto";
    }
    this.said.textContent = `${Math.round(scale * 100)} %`;
  }

  zoom(by, x = this.x, y = this.y) {
    const scale = clamp(this.scale * by, FARTHEST, NEAREST), shrunk = this.scale / scale;
    this.show(scale, x + (this.x - x) * shrunk, y + (this.y - y) * shrunk);
  }

  move(x, y) { this.show(this.scale, this.x + x / this.scale, this.y + y / this.scale); }

  whole() { this.show(1, 0.5, 0.5); }

  zoomByWheel(event, frame) {
    event.preventDefault();
    const box = frame.getBoundingClientRect();
    this.zoom(event.deltaY < 0 ? STEP : 1 / STEP, this.x + ((event.clientX - box.left) / box.width - 0.5) / this.scale,
      this.y + ((event.clientY - box.top) / box.height - 0.5) / this.scale);
  }

  dragged(event, frame) {
    if (!frame.hasPointerCapture(event.pointerId)) return;
    const box = frame.getBoundingClientRect();
    this.move(-event.movementX / box.width, -event.movementY / box.height);
  }

  pressed(event) {
    if (event.key in MOVES) this.move(...MOVES[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0") this.whole();
    else return;
    event.preventDefault();
  }
}

export default mount(ZoomPanes);
