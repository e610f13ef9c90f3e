// Methods and layers as lenses: the picture and its classes stay, what they are looked at through changes.

import { add, button, keepPlace, make, mount } from "#web/dom.js";

class HeatLenses {
  constructor(root) {
    this.root = root;
    this.methods = add(root, "div", "methods");
    this.layers = add(root, "div", "layers");
    this.whole = false;
  }

  update(data) {
    this.data = data;
    keepPlace(this.root, () => {
      this.drawMethods();
      this.drawLayers();
    });
  }

  drawMethods() {
    const { all, asked, groups } = this.data;
    this.methods.replaceChildren();
    if (all) this.methods.append(this.group("Side by side", this.lens(all, `all ${asked.length}`, "", () => this.show(all))));
    const lens = ({ name, title, about, warned }) => (
      this.lens(name, warned ? `${title} △` : title, about, () => this.method(name)));
    this.methods.append(...groups.map(({ title, methods }) => this.group(title, methods.map(lens))));
  }

  group(title, lenses) {
    const name = `Methods: ${title}`;
    return make("div.group", { role: "group", "aria-label": name }, make("span.quiet", title), lenses);
  }

  lens(name, text, title, act) {
    const there = this.data.asked.includes(name) && "there";
    return button(text, act, { class: there, title, "data-name": name, "aria-pressed": this.data.show === name });
  }

  show(name) {
    this.send("show", name);
  }

  method(name) {
    if (this.data.asked.includes(name)) return this.show(name);
    // One method is replaced; to several another is added.
    const { asked } = this.data, wanted = asked.length > 1 ? [...asked, name] : [name];
    this.wait(name);
    this.ask("ask", { methods: wanted.join(",") });
    if (asked.length > 1) this.show(name);
  }

  wait(name) {
    for (const button of this.root.querySelectorAll("button")) button.classList.toggle("asked", button.dataset.name === name);
  }

  drawLayers() {
    const { layers, needs_layer: needed } = this.data;
    this.layers.replaceChildren();
    this.layers.hidden = !needed || !layers.length;
    if (this.layers.hidden) return;
    const shown = layers.filter((layer) => this.whole || layer.end).map((layer) => this.layer(layer));
    const strip = make("div.strip", { role: "group", "aria-label": "Layers, from input to output" }, shown);
    this.layers.append(make("span.quiet", "Layer"), strip);
    const used = strip.querySelector('[aria-pressed="true"]');
    // Once there is a width to scroll in.
    if (used) requestAnimationFrame(() => {
      strip.scrollLeft = used.offsetLeft - strip.clientWidth / 2 + used.offsetWidth / 2;
    });
    if (layers.every((layer) => layer.end)) return;
    const other = () => { this.whole = !this.whole; this.drawLayers(); };
    const words = this.whole ? "Ends of stages" : `All ${layers.length} layers`;
    this.layers.append(button(words, other, { class: "more", "data-name": "more" }));
  }

  layer(layer) {
    const { path, size, channels } = layer;
    return button([make("b", path.split("/").at(-1)), make("span.quiet", size)], () => this.chosen(layer), {
      title: `${path} · ${layer.class} · ${size} × ${channels}`,
      "data-name": path, "aria-pressed": this.data.used.includes(path),
    });
  }

  chosen(layer) {
    this.wait(layer.path);
    // The default needs no name, so that its map has one key.
    this.ask("ask", { layers: layer.path === this.data.last ? "" : layer.path });
  }
}

export default mount(HeatLenses);
