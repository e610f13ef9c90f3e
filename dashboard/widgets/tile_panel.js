// One tile large, or the whole atlas in numbers.

import { redraw } from "#web/dom.js";
import { drawPanel } from "#web/panel.js";

export default redraw(drawPanel);
