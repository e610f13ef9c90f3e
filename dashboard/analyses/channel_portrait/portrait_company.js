// Channels beside a channel: each a link to its own address, followed in place where nobody asks for a new tab.

import { make, redraw } from "#web/dom.js";

function tileOf({ channel, href, note, here, url }, go) {
  const title = note ? `Channel ${channel}, ${note}` : `Channel ${channel}`;
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!here) go(channel);
  };
  return make("a", { href, title, "aria-label": title, "aria-current": here ? "page" : null, onclick: follow },
    url && make("img", { alt: "", src: url, loading: "lazy" }), make("span", channel));
}

function drawCompany(root, { groups, all, offers }, send, ask) {
  groups.forEach(({ title, note, tiles }, i) => root.append(
    make("div.title", make("b", title), note && make("span.quiet", note),
      i === 0 && make("a.button", { href: all.url }, all.text)),
    make("nav.row", { "aria-label": title }, tiles.map((tile) => tileOf(tile, (channel) => ask("channel", channel)))),
  ));
  for (const { text, label, url } of offers) {
    root.append(make("p.quiet", make("span", text), make("a.button", { href: url }, label)));
  }
}

export default redraw(drawCompany);
