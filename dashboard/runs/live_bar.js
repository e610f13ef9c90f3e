// How far a run is. Asked of an address that costs the server a hundredth of what the page's script does; the script is
// run when the run changes state, and from time to time when new parts have come. Seconds come from the server, which
// knows how many watch.

import { add, mount, set } from "#web/dom.js";

const RETRY_SECONDS = 5, LONGEST_ANSWER_MS = 10000, SPOKEN_MS = 20000;

class LiveBar {
  constructor(root) {
    this.root = root;
    this.page = Math.random().toString(36).slice(2, 12);
    this.words = add(root, "div", "words");
    const bar = { role: "progressbar", "aria-label": "progress", "aria-valuemin": 0, "aria-valuemax": 100 };
    this.track = add(root, "div", "track", bar);
    this.fill = add(this.track, "div", "fill");
    this.spokenAt = -Infinity;
    this.spoken = add(root, "output", "visually-hidden", { "aria-live": "polite" });
    document.addEventListener("visibilitychange", this.woken = () => { if (!document.hidden) this.poll(); });
  }

  close() {
    document.removeEventListener("visibilitychange", this.woken);
    clearTimeout(this.timer);
  }

  // The page was drawn.
  update(data) {
    this.data = data;
    this.drawnAt = performance.now();
    this.wishedAt = -Infinity;
    this.show(data);
    if (!this.timer && !this.asking) this.plan(data.ask);
  }

  // A tenth early or late, so that pages which were opened together do not ask together for ever.
  plan(seconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), 1000 * seconds * (0.9 + 0.2 * Math.random()));
  }

  async poll() {
    if (this.asking) return;
    clearTimeout(this.timer);
    this.timer = 0;
    if (!this.root.isConnected) return;
    this.asking = true;
    let seconds = RETRY_SECONDS;
    try {
      const response = await fetch(`${this.data.url}?page=${this.page}`, { signal: AbortSignal.timeout(LONGEST_ANSWER_MS) });
      if (!response.ok) throw new Error(`${response.status}`);
      const state = await response.json();
      seconds = state.ask;
      this.show(state);
      if (this.mustDraw(state)) this.draw();
    } catch {
      this.draw();  // the page's script says what is wrong, and has a fresh address
    }
    this.asking = false;
    this.plan(seconds);
  }

  mustDraw({ state, done, draw }) {
    if (state !== this.data.state) return true;
    return done !== this.data.done && !document.hidden && performance.now() - this.drawnAt >= 1000 * draw;
  }

  draw() {
    const now = performance.now();
    if (now - this.wishedAt < 1000 * RETRY_SECONDS) return;
    this.wishedAt = now;
    this.ask("changed", true);
  }

  show({ text, share }) {
    const percent = Math.floor(100 * share);
    if (this.words.textContent !== text) this.words.textContent = text;
    this.fill.style.transform = `translateX(${percent - 100}%)`;
    set(this.track, { "aria-valuenow": percent, "aria-valuetext": `${percent} %, ${text}` });
    this.speak(`${percent} %`);
  }

  // To those who do not see the bar, now and then; the page says in words when something happens.
  speak(share) {
    const now = performance.now();
    if (now - this.spokenAt < SPOKEN_MS) return;
    this.spokenAt = now;
    this.spoken.textContent = share;
  }
}

export default mount(LiveBar);
