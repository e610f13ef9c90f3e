// The same map with more and more of the network forgotten, and what that means.

import { add, make, mount, set } from "#web/dom.js";
import { enlarge, layHeat, reachOf } from "#web/heat_maps.js";
import { drawPicture } from "#web/units.js";
import { fetchPicture, fetchValues } from "#web/values.js";

const LONGEST = 260;
const SIGNS = { good: "✓", bad: "✗", open: "?" };
const KINDS = { passes: "good", fails: "bad", better: "good", "no better": "bad" };

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
    const mark = (title, found, text) => {
      const kind = KINDS[found] ?? "open";
      return make("span", { class: `mark ${kind}`, "data-kind": kind }, `${SIGNS[kind]} ${title}: ${text}`);
    };
    this.verdict.append(
      make("div.marks", mark("Randomised weights", verdict.randomisation, verdict.randomisation_text),
        mark("Deletion", verdict.deletion, verdict.deletion_text)),
      make("p.sentence", verdict.sentence), make("p.quiet", verdict.not_said),
    );
  }

  drawSteps() {
    const { steps, picture } = this.data, style = `aspect-ratio: ${picture.width} / ${picture.height}`;
    this.canvases = steps.map(({ title, share, rank_text: rank }) => make("canvas", {
      role: "img", style, "aria-label": `Map, ${title.replace("+", "randomised down to")}, ${share}. ${rank}`,
    }));
    set(this.row, {
      style: `--count: ${steps.length}`, "aria-label": "The map by how much of the network is randomised, from the head down",
    });
    this.row.replaceChildren(...steps.map(({ title, full, share, rank_text: rank, positive }, i) => make("li",
      make("div.frame", this.canvases[i], !positive && make("span.band", "no positive evidence")),
      make("b", { title: full }, title), make("span.rank", rank), make("span.quiet", share))));
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
    const { picture, colouring, signed } = data;
    drawPicture(canvas, this.picture, picture, LONGEST, data.reach_share < 1);
    const from = { height: step.height, width: step.width, grid: data.grid };
    const reach = reachOf(values, signed, data.reach_share);
    if (reach) layHeat(canvas, enlarge(values, from, picture), picture, 1 / reach, signed, colouring);
  }

  drawFoot() {
    const links = [["Link to this check", this.data.link], ...this.data.downloads];
    this.foot.replaceChildren(...links.map(([text, href]) => make("a.button", { href }, text)));
  }
}

export default mount(SanityRow);
