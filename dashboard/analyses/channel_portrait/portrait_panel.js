// The curve and the numbers of a portrait, drawn as the tile panel draws them.

import { redraw } from "#web/dom.js";
import { drawPanel } from "#web/panel.js";

export default redraw(drawPanel);
