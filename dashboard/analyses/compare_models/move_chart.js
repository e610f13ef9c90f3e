// How far each layer moved, against depth: what came out in a sentence, a bar a layer, a strip to walk along.

const LEGEND = [
  ["moved", "moved"], ["statistics", "only running statistics moved"], ["frozen", "frozen: not one bit changed"],
  ["drawn", "drawn below"],
];

class MoveChart extends LayerStrip {
  constructor(root) {
    super(root);
    this.verdict = add(root, "p", "verdict");
    this.legend = add(root, "div", "legend quiet");
    root.prepend(this.verdict);
    root.append(this.strip); // the chart comes first here
  }

  axis() { return { title: this.data.title, high: this.data.high, low: "0" }; }

  // What is frozen is marked over the whole height: at zero there would be nothing to see.
  share(layer) { return layer.state === "frozen" ? 1 : layer.share; }

  readoutOf(layer) { return `${layer.path}: ${layer.state === "frozen" ? layer.words : layer.distance}`; }

  detail(layer) { return layer.state === "frozen" ? "frozen" : layer.distance; }

  words(layer) {
    const moved = layer.state === "frozen" ? layer.words : `distance ${layer.distance}, ${layer.words}`;
    return layer.drawn ? `${moved}, drawn below` : moved;
  }

  summary() {
    const label = `${this.data.title}. ${this.data.verdict.join(" ")} Largest distance ${this.data.high || "0"}.`;
    return { label };
  }

  build() {
    super.build();
    this.verdict.replaceChildren();
    add(this.verdict, "strong", "", this.data.verdict[0]);
    add(this.verdict, "span", "", ` ${this.data.verdict[1]}`);
    this.chips.forEach((chip, i) => {
      chip.dataset.state = this.data.layers[i].state;
      chip.classList.toggle("drawn", this.data.layers[i].drawn);
    });
    const there = new Set(this.data.layers.map((layer) => layer.state));
    if (this.data.layers.some((layer) => layer.drawn)) there.add("drawn");
    this.legend.replaceChildren();
    for (const [state, words] of LEGEND.filter(([state]) => there.has(state))) {
      const item = add(this.legend, "span", "key");
      add(item, "i", state);
      add(item, "span", "", words);
    }
    this.ticks();
  }

  // A tick below the bar of each layer that is drawn.
  ticks() {
    const step = WIDTH / this.data.layers.length;
    this.data.layers.forEach((layer, i) => {
      if (layer.drawn) addShape(this.svg, "rect", { class: "tick", x: i * step + step * 0.14, width: step * 0.72, y: HEIGHT + 2, height: 3 });
    });
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".move-chart");
  root.strip ??= new MoveChart(root);
  root.strip.update(data, setStateValue);
}
