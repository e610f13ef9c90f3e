// One tile large, or the whole atlas in numbers.

import { add, addFacts } from "./dom.js";

export function drawPanel(root, data) {
  add(root, "h3", "", data.title);
  if (data.note) add(root, "p", "quiet", data.note);
  if (data.url) {
    const picture = add(root, "img");
    picture.alt = data.alt;
    picture.src = data.url;
  }
  if (data.facts?.length) addFacts(root, data.facts);
  if (data.channel) add(root, "a", "button", "Open this channel").href = data.channel;
  if (data.download) {
    const link = add(root, "a", "button", "Download tile");
    link.href = data.download;
    link.setAttribute("download", "");
  }
}
