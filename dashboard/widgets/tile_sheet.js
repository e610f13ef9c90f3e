// The tiles of an atlas.

import { mount } from "#web/dom.js";
import { TileSheet } from "#web/tiles.js";

export default mount(TileSheet);
