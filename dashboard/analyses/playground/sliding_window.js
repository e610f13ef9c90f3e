// What a window computes that slides over a small grid: a convolution, or the largest or mean number of each channel.

export const SIDE = 5, KERNEL = 3, POOL = 2;

export const range = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const close = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
const turn = (rows) => rows[0].map((_, x) => rows.map((row) => row[x]).reverse());

export class SlidingWindow {
  // operation, channels, filters, stride, padding; numbers of the input, of that for pooling (uneven), of the kernels.
  constructor(data) {
    Object.assign(this, data);
  }

  get pools() { return this.operation !== "convolution"; }
  get rows() { return this.pools ? this.uneven : this.input; }
  get size() { return this.pools ? POOL : KERNEL; }
  get border() { return this.pools ? 0 : this.padding; }
  get whole() { return SIDE + 2 * this.border; }
  get side() { return Math.floor((this.whole - this.size) / this.stride) + 1; }
  get maps() { return this.pools ? this.channels : this.filters; }

  // Top and left end of the window at a place of the output.
  corner(place) {
    return [Math.floor(place / this.side) * this.stride, (place % this.side) * this.stride];
  }

  // What the window sees of a channel: values, and their index in the input with its border.
  patch(channel, place, rows = this.rows) {
    const [top, left] = this.corner(place);
    return range(this.size ** 2, (i) => {
      const y = top + Math.floor(i / this.size), x = left + (i % this.size);
      return { value: rows[channel][y - this.border]?.[x - this.border] ?? 0, index: y * this.whole + x };
    });
  }

  channelSum(filter, channel, place, rows = this.rows) {
    const kernel = this.kernels[filter][channel].flat();
    return sum(this.patch(channel, place, rows).map(({ value }, i) => value * kernel[i]));
  }

  result(map, place, rows = this.rows) {
    if (!this.pools) return sum(range(this.channels, (c) => this.channelSum(map, c, place, rows)));
    const values = this.patch(map, place, rows).map(({ value }) => value);
    return this.operation === "max" ? Math.max(...values) : sum(values) / values.length;
  }

  outputs(map, rows = this.rows) {
    return range(this.side ** 2, (place) => this.result(map, place, rows));
  }

  // Linear: the output of a sum is the sum of the outputs. The second input is the first one turned.
  linearity(map) {
    const second = this.rows.map(turn);
    const both = this.rows.map((rows, c) => rows.map((row, y) => row.map((value, x) => value + second[c][y][x])));
    const other = this.outputs(map, second), together = this.outputs(map, both);
    const apart = this.outputs(map).map((value, i) => value + other[i]);
    return { apart, together, same: apart.map((value, i) => close(value, together[i])) };
  }

  // Moved by one stride to the right, an output moves by one place: compared where its window stays inside the input.
  movesAlong(map) {
    const moved = this.rows.map((rows) => rows.map((row) => row.map((_, x) => row[x - this.stride] ?? 0)));
    const before = this.outputs(map), after = this.outputs(map, moved);
    const inside = range(before.length, (place) => place).filter((place) => {
      const column = (place % this.side) + 1;
      return column < this.side && column * this.stride - this.border + this.size <= SIDE;
    });
    return { places: inside.length, same: inside.every((place) => close(before[place], after[place + 1])) };
  }
}
