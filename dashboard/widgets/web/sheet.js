// Pictures that are cut from one sheet by their background position.

// How much larger than a tile its sheet is, and where the tile lies on it: percentages as CSS wants them, across and
// down. Half a pixel is left off each side, or a scaled tile shows a seam of its neighbour.
export function cut(i, { columns, rows, edge, gap }) {
  const step = edge + gap, seen = Math.max(1, edge - 1), whole = [columns * step, rows * step];
  const at = [(i % columns) * step + 0.5, Math.floor(i / columns) * step + 0.5];
  return {
    scale: whole.map((side) => `${(100 * side) / seen}%`),
    place: at.map((left, axis) => `${(100 * left) / (whole[axis] - seen)}%`),
  };
}
