// A search field over everything that has a name: "/" and Ctrl-K open it, arrow keys move among what is found.

import { button, make, mount } from "#web/dom.js";

const TYPING_MS = 150;
const types = (one) => one.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(one.tagName ?? "");

class SearchBox {
  constructor(root) {
    this.input = make("input", { type: "search", placeholder: "Models, layers, channels, classes, runs, people …",
      "aria-label": "Search", autocomplete: "off", oninput: () => this.typed() });
    this.found = make("div.found", { "aria-live": "polite", onclick: (event) => this.followed(event) });
    this.dialog = make("dialog", { "aria-label": "Search over everything", onkeydown: (event) => this.moved(event),
      onclick: (event) => event.target === this.dialog && this.dialog.close() }, this.input, this.found);
    root.append(button("Search", () => this.open(), { class: "opens", title: "Search (/ or Ctrl-K)" }), this.dialog);
    this.keys = (event) => this.pressed(event);
    document.addEventListener("keydown", this.keys);
  }

  update({ url }) { this.url = url; }

  close() { document.removeEventListener("keydown", this.keys); }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
    this.input.select();
  }

  pressed(event) {
    const asks = event.key === "k" && (event.ctrlKey || event.metaKey);
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !types(event.composedPath()[0]);
    if (!asks && !slash) return;
    event.preventDefault();
    this.open();
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(this.input.value), TYPING_MS);
  }

  async ask(text) {
    const answer = await fetch(`${new URL(`.${this.url}`, document.baseURI)}?text=${encodeURIComponent(text)}`);
    if (text !== this.input.value) return; // something else was typed meanwhile
    this.draw(answer.ok ? (await answer.json()).groups : null, text);
  }

  draw(groups, text) {
    const said = groups === null ? "The search was refused. Reload the page." : text.trim() && !groups.length && "Nothing has such a name.";
    this.found.replaceChildren(...(groups ?? []).map(({ title, matches }) => make("section", make("h4", title), matches.map((one) => (
      make("a", { href: one.href }, one.picture && make("img", { src: one.picture, alt: "", loading: "lazy" }),
        make("span", one.name), one.detail && make("span.quiet", one.detail)))))), ...(said ? [make("p.quiet", said)] : []));
  }

  // On a page that the browser has already, a link is followed without the page being loaded anew.
  followed({ target, ctrlKey, metaKey, shiftKey }) {
    if (target.closest("a") && !ctrlKey && !metaKey && !shiftKey) this.dialog.close();
  }

  moved(event) {
    const links = [...this.found.querySelectorAll("a")], step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && event.target === this.input) links[0]?.click();
    if (!step) return;
    event.preventDefault();
    const to = links.indexOf(document.activeElement) + step;
    (to < 0 ? this.input : links[Math.min(to, links.length - 1)])?.focus();
  }
}

export default mount(SearchBox);
