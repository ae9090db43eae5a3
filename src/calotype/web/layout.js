// Justified rows: every full row is exactly as wide as the gallery, and close to the wanted height.

/** Beyond these an image is cropped in the gallery, or it would be a sliver. */
const SLIMMEST = 0.4;
const WIDEST = 3.2;

/** The height that rows aim at: two portraits abreast on a phone, larger rows on larger screens. */
export function rowHeight(width) {
  return Math.min(400, Math.round(180 + 0.085 * width));
}

/** The row's tiles, in whole pixels that add up to `width`. */
function stretch(aspects, width, gap) {
  const free = width - gap * (aspects.length - 1);
  const total = aspects.reduce((sum, aspect) => sum + aspect, 0);
  const height = Math.max(1, Math.round(free / total));
  let seen = 0;
  let left = 0;
  return aspects.map((aspect) => {
    seen += aspect;
    const right = Math.round((free * seen) / total);
    const size = { width: right - left, height };
    left = right;
    return size;
  });
}

/**
 * The size of each tile, given the aspects (width / height) in order.
 *
 * A row ends where its height is nearest to the wanted one, which depends on one tile beyond its
 * end and on nothing after that: appending moves no tile but those of the last row.
 */
export function justify(aspects, width, gap, wanted = rowHeight(width)) {
  const shapes = aspects.map((aspect) => Math.min(WIDEST, Math.max(SLIMMEST, aspect || 1)));
  const heightOf = (sum, count) => (width - gap * (count - 1)) / sum;
  const sizes = [];
  let row = [];
  let sum = 0;
  for (const shape of shapes) {
    const before = heightOf(sum, row.length);
    const after = heightOf(sum + shape, row.length + 1);
    if (row.length && after < wanted && before - wanted < wanted - after) {
      sizes.push(...stretch(row, width, gap));
      row = [];
      sum = 0;
    }
    row.push(shape);
    sum += shape;
  }
  // An only row may be larger: a handful of images need not huddle in a corner.
  const most = sizes.length ? wanted * 1.15 : wanted * 1.5;
  const last = heightOf(sum, row.length) <= most;
  const loose = sizes.length ? wanted : most;
  sizes.push(
    ...(last
      ? stretch(row, width, gap)
      : row.map((shape) => ({ width: Math.round(shape * loose), height: Math.round(loose) }))),
  );
  return sizes;
}
