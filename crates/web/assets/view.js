// Which rows are shown. Each row has a bit for each filter that leaves it out, so that a facet can count what it would
// show if it were not set itself.

const QUERY_BIT = 1 << 14;
const TIME_BIT = 1 << 15;

const view = {
  masks: null,
  // Heads that are shown, and those besides their unfolded members, in order.
  shown: new Uint32Array(0),
  list: new Uint32Array(0),
  events: 0,
  counts: new Map(),
  // The window in time, as numbers even where none is chosen.
  from: NaN,
  to: NaN,
};

function computeView() {
  const masks = new Uint16Array(data.rows);
  [...state.facets.keys()].forEach((name, index) => maskFacet(masks, name, 1 << index));
  maskQuery(masks);
  maskTime(masks);
  view.masks = masks;
  view.from = state.from ?? data.first;
  view.to = state.to ?? data.last;
  countFacets(masks);
  listRows(masks);
}

function maskFacet(masks, name, bit) {
  const chosen = state.facets.get(name);
  if (chosen.size === 0) return;
  const texts = data.text.get(name);
  const isAnyIn = [...chosen.values()].includes("in");
  const passes = new Uint8Array(texts.entries + 1).fill(isAnyIn ? 0 : 1);
  for (const [value, how] of chosen) {
    const code = texts.code(value);
    if (code !== undefined) passes[code] = how === "in" ? 1 : 0;
  }
  for (const row of data.heads) if (!passes[texts.codes[row]]) masks[row] |= bit;
}

// A folded row is found by what any of its events says.
function maskQuery(masks) {
  const fits = rowsWith(state.query);
  if (fits === null) return;
  for (const head of data.heads) {
    let isIn = 0;
    for (let row = head; row < data.nextHead[head]; row++) isIn |= fits[row];
    if (!isIn) masks[head] |= QUERY_BIT;
  }
}

// A folded row is in a window that it reaches into. A row without a time is in none.
function maskTime(masks) {
  if (state.from === null && state.to === null) return;
  const from = state.from ?? -Infinity;
  const to = state.to ?? Infinity;
  for (const row of data.heads) if (!(data.ms[row] < to && data.end[row] >= from)) masks[row] |= TIME_BIT;
}

function countFacets(masks) {
  const names = [...state.facets.keys()];
  const columns = names.map((name) => data.text.get(name).codes);
  const counts = names.map((name) => new Float64Array(data.text.get(name).entries + 1));
  for (const row of data.heads) {
    const mask = masks[row];
    if (mask === 0) {
      for (let facet = 0; facet < names.length; facet++) counts[facet][columns[facet][row]] += data.weight[row];
    } else if (mask < QUERY_BIT && (mask & (mask - 1)) === 0) {
      const facet = 31 - Math.clz32(mask);
      counts[facet][columns[facet][row]] += data.weight[row];
    }
  }
  view.counts = new Map(names.map((name, index) => [name, counts[index]]));
}

function listRows(masks) {
  const shown = new Uint32Array(data.heads.length);
  let count = 0;
  view.events = 0;
  let more = 0;
  for (const row of data.heads) {
    if (masks[row] !== 0) continue;
    shown[count++] = row;
    view.events += data.weight[row];
    if (state.unfolded.has(row)) more += memberCount(row);
  }
  view.shown = shown.subarray(0, count);
  if (more === 0) {
    view.list = view.shown;
    return;
  }
  const list = new Uint32Array(count + more);
  let at = 0;
  for (const head of view.shown) {
    const end = state.unfolded.has(head) ? data.nextHead[head] : head + 1;
    for (let row = head; row < end; row++) list[at++] = row;
  }
  view.list = list;
}

/** The first place in the list whose row is not before this one. */
function placeOf(row) {
  let low = 0;
  let high = view.list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view.list[middle] < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
