// What is to be known of a picture or a run: the picture, names with values, and where it leads on.

import { add, addFacts, redraw } from "./dom.js";

export function drawPanel(root, { title, note, url, alt, facts, channel, download }) {
  add(root, "h3", "", title);
  if (note) add(root, "p", "quiet", note);
  if (url) add(root, "img", { alt, src: url });
  if (facts?.length) addFacts(root, facts);
  if (channel) add(root, "a", "button", "Open this channel", { href: channel });
  if (download) add(root, "a", "button", "Download tile", { href: download, download: "" });
}

export default redraw(drawPanel);
