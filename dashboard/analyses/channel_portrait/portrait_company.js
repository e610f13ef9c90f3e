// Channels beside a channel: each a link to its own address, followed in place where nobody asks for a new tab.

import { add, redraw } from "#web/dom.js";

function tileOf(parent, tile, go) {
  const link = add(parent, "a");
  link.href = tile.href;
  link.title = tile.note ? `Channel ${tile.channel}, ${tile.note}` : `Channel ${tile.channel}`;
  link.setAttribute("aria-label", link.title);
  if (tile.here) link.setAttribute("aria-current", "page");
  if (tile.url) Object.assign(add(link, "img"), { alt: "", src: tile.url, loading: "lazy" });
  add(link, "span", "", String(tile.channel));
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!tile.here) go(tile.channel);
  });
}

function drawCompany(root, data, send, ask) {
  const go = (channel) => ask("channel", channel);
  for (const [i, { title, note, tiles }] of data.groups.entries()) {
    const head = add(root, "div", "title");
    add(head, "b", "", title);
    if (note) add(head, "span", "quiet", note);
    if (i === 0) add(head, "a", "button", data.all.text).href = data.all.url;
    const row = add(root, "nav", "row");
    row.setAttribute("aria-label", title);
    for (const tile of tiles) tileOf(row, tile, go);
  }
  for (const { text, label, url } of data.offers) {
    const line = add(root, "p", "quiet");
    add(line, "span", "", text);
    add(line, "a", "button", label).href = url;
  }
}

export default redraw(drawCompany);
