// The same map with more and more of the network forgotten, and what that means.

import { add, mount } from "#web/dom.js";
import { enlarged, groundOn, heatVeil, paletteNumbers, reachOf } from "#web/heat_maps.js";
import { fetchPicture, fetchValues } from "#web/values.js";

class SanityRow {
  constructor(root) {
    this.root = root;
    this.verdict = add(root, "div", "verdict");
    this.row = add(root, "ol", "steps");
    this.foot = add(root, "p", "foot");
  }

  update(data) {
    this.data = data;
    this.drawVerdict();
    this.drawSteps();
    this.drawFoot();
    this.load(data);
  }

  drawVerdict() {
    const { verdict } = this.data;
    this.verdict.replaceChildren();
    this.verdict.hidden = !verdict;
    if (!verdict) return;
    const marks = add(this.verdict, "div", "marks");
    this.mark(marks, "Randomised weights", verdict.randomisation_text, { passes: "good", fails: "bad" }[verdict.randomisation]);
    this.mark(marks, "Deletion", verdict.deletion_text, { better: "good", "no better": "bad" }[verdict.deletion]);
    add(this.verdict, "p", "sentence", verdict.sentence);
    add(this.verdict, "p", "quiet", verdict.not_said);
  }

  mark(parent, title, text, kind = "open") {
    const sign = { good: "✓", bad: "✗", open: "?" }[kind];
    const made = add(parent, "span", `mark ${kind}`, `${sign} ${title}: ${text}`);
    made.dataset.kind = kind;
  }

  drawSteps() {
    this.row.replaceChildren();
    this.row.setAttribute("aria-label", "The map by how much of the network is randomised, from the head down");
    this.row.style.setProperty("--count", this.data.steps.length);
    this.canvases = this.data.steps.map((step) => {
      const item = add(this.row, "li"), frame = add(item, "div", "frame"), canvas = add(frame, "canvas");
      const { height, width } = this.data.picture;
      canvas.style.aspectRatio = `${width} / ${height}`;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `Map, ${step.title.replace("+", "randomised down to")}, ${step.share}. ${step.rank_text}`);
      if (!step.positive) add(frame, "span", "band", "no positive evidence");
      const name = add(item, "b", "", step.title);
      name.title = step.full;
      add(item, "span", "rank", step.rank_text);
      add(item, "span", "quiet", step.share);
      return canvas;
    });
  }

  async load(data) {
    try {
      this.picture = await fetchPicture(data.picture.url, this.picture);
      const all = await Promise.all(data.steps.map((step) => fetchValues(step.url)));
      if (data === this.data) all.forEach((values, i) => this.paint(data, data.steps[i], this.canvases[i], values));
    } catch {
      if (data === this.data) this.foot.textContent = "The maps could not be fetched. Reload the page.";
    }
  }

  // Each on its own scale: here the pattern is compared, not the size of the numbers.
  paint(data, step, canvas, values) {
    const { picture, colouring, signed } = data, zoom = 260 / Math.max(picture.height, picture.width);
    canvas.width = Math.round(picture.width * zoom);
    canvas.height = Math.round(picture.height * zoom);
    const context = canvas.getContext("2d");
    groundOn(context, this.picture, canvas, data.reach_share < 1);
    const from = { height: step.height, width: step.width, grid: data.grid };
    const reach = reachOf(values, signed, data.reach_share);
    if (!reach) return;
    const veil = heatVeil(enlarged(values, from, picture), picture, 1 / reach, signed, colouring.opacity / 100,
      colouring.threshold / 100, paletteNumbers(colouring.palettes[signed ? "diverging" : colouring.colour]));
    context.drawImage(veil, 0, 0, canvas.width, canvas.height);
  }

  drawFoot() {
    this.foot.replaceChildren();
    const links = [["Link to this check", this.data.link], ...this.data.downloads];
    for (const [text, url] of links) Object.assign(add(this.foot, "a", "button", text), { href: url });
  }
}

export default mount(SanityRow);
