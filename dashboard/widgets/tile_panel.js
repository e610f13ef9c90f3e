// One tile large with its curve, or the whole atlas in numbers.

import { redraw } from "#web/dom.js";
import { drawPanel } from "#web/panel.js";

export default redraw(drawPanel);
