// Methods and layers as lenses: the picture and its classes stay, what they are looked at through changes.

import { add, addButton, keepPlace, mount } from "#web/dom.js";

class HeatLenses {
  constructor(root) {
    this.root = root;
    this.methods = add(root, "div", "methods");
    this.layers = add(root, "div", "layers");
    this.whole = false;
  }

  update(data, send, ask) {
    Object.assign(this, { send, ask });
    this.data = data;
    keepPlace(this.root, () => {
      this.drawMethods();
      this.drawLayers();
    });
  }

  drawMethods() {
    this.methods.replaceChildren();
    if (this.data.all) {
      const group = this.group("Side by side");
      this.lens(group, this.data.all, `all ${this.data.asked.length}`, "", () => this.show(this.data.all));
    }
    for (const { title, methods } of this.data.groups) {
      const group = this.group(title);
      for (const { name, title: text, about, warned } of methods) {
        this.lens(group, name, warned ? `${text} △` : text, about, () => this.method(name));
      }
    }
  }

  group(title) {
    const group = add(this.methods, "div", "group");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Methods: ${title.toLowerCase()}`);
    add(group, "span", "quiet", title);
    return group;
  }

  lens(group, name, text, about, act) {
    const button = addButton(group, this.data.asked.includes(name) ? "there" : "", text, act);
    button.title = about;
    button.dataset.name = name;
    button.setAttribute("aria-pressed", String(this.data.show === name));
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
    this.layers.replaceChildren();
    this.layers.hidden = !this.data.needs_layer || !this.data.layers.length;
    if (this.layers.hidden) return;
    add(this.layers, "span", "quiet", "Layer");
    const strip = add(this.layers, "div", "strip");
    strip.setAttribute("role", "group");
    strip.setAttribute("aria-label", "Layers, from input to output");
    for (const layer of this.data.layers) if (this.whole || layer.end) this.layer(strip, layer);
    const used = strip.querySelector('[aria-pressed="true"]');
    // Once there is a width to scroll in.
    if (used) requestAnimationFrame(() => {
      strip.scrollLeft = used.offsetLeft - strip.clientWidth / 2 + used.offsetWidth / 2;
    });
    if (this.data.layers.every((layer) => layer.end)) return;
    const more = this.whole ? "Ends of stages" : `All ${this.data.layers.length} layers`;
    addButton(this.layers, "more", more, () => { this.whole = !this.whole; this.drawLayers(); }).dataset.name = "more";
  }

  layer(strip, layer) {
    const button = addButton(strip, "", "", () => this.chosen(layer));
    add(button, "b", "", layer.path.split("/").at(-1));
    add(button, "span", "quiet", layer.size);
    button.title = `${layer.path} · ${layer.class} · ${layer.size} × ${layer.channels}`;
    button.dataset.name = layer.path;
    button.setAttribute("aria-pressed", String(this.data.used.includes(layer.path)));
    button.setAttribute("aria-label", `${layer.path}, ${layer.size}`);
  }

  chosen(layer) {
    this.wait(layer.path);
    // The default needs no name, so that its map has one key.
    this.ask("ask", { layers: layer.path === this.data.last ? "" : layer.path });
  }
}

export default mount(HeatLenses);
