// The lanes: every shown row as a mark on the line of its plane or actor. Where many fall into one place, the severest
// is drawn; severer marks are taller, so that colour is not needed to tell them apart.

const LANE = 26;
const AXIS = 18;
const MOST_LANES = 10;

const lanes = { names: [], laneOfCode: null, width: 0, hits: null, wheel: 0 };

/** The lanes by rank: the values of the column whose rows are severest, then most; the rest share the last lane. */
function chooseLanes() {
  const codes = data.text.get(state.lanes).codes;
  const entries = data.text.get(state.lanes).entries;
  const events = new Float64Array(entries + 1);
  const ranks = new Uint8Array(entries + 1);
  for (const row of view.shown) {
    events[codes[row]] += data.weight[row];
    if (data.rank[row] > ranks[codes[row]]) ranks[codes[row]] = data.rank[row];
  }
  const present = [];
  for (let code = 0; code <= entries; code++) if (events[code] > 0) present.push(code);
  present.sort((a, b) => ranks[b] - ranks[a] || events[b] - events[a] || a - b);
  const own = present.length > MOST_LANES ? present.slice(0, MOST_LANES - 1) : present;
  lanes.laneOfCode = new Uint8Array(entries + 1).fill(own.length);
  own.forEach((code, lane) => (lanes.laneOfCode[code] = lane));
  lanes.names = own.map((code) => ({ value: data.text.get(state.lanes).text(code), events: events[code] }));
  if (own.length < present.length) {
    const rest = present.slice(own.length);
    lanes.names.push({ rest: rest.length, events: rest.reduce((sum, code) => sum + events[code], 0) });
  }
}

function drawLanes() {
  chooseLanes();
  const names = lanes.names.map((lane) => {
    if (lane.rest) return make("div", { class: "lane-name" }, `${grouped(lane.rest)} others`, make("small", {}, short(lane.events)));
    const isIn = state.facets.get(state.lanes)?.get(lane.value) === "in";
    const pick = button(brief(named(lane.value), 60), { class: "plain", title: `${brief(named(lane.value), 300)}: ${many(lane.events, "event")}`, "aria-pressed": String(isIn) }, () =>
      choose(state.lanes, lane.value, isIn ? null : "in"));
    return make("div", { class: "lane-name" }, pick, make("small", {}, short(lane.events)));
  });
  replace(byId("lane-names"), ...(names.length > 0 ? names : [make("div", { class: "lane-name" }, "no rows")]));
  paintLanes();
}

// The marks of the first and last event have room to be whole.
const MARGIN = 4;
const laneX = (ms) => MARGIN + ((ms - view.from) / (view.to - view.from)) * (lanes.width - 2 * MARGIN);
const laneTime = (x) => view.from + ((x - MARGIN) / (lanes.width - 2 * MARGIN)) * (view.to - view.from);

function sized(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

function paintLanes() {
  const count = Math.max(1, lanes.names.length);
  const width = Math.max(50, byId("lane-canvas").clientWidth);
  const height = count * LANE + AXIS;
  lanes.width = width;
  lanes.hits = null;
  const pen = sized(byId("lane-marks"), width, height);
  const colour = colours();
  if (!Number.isNaN(view.from)) {
    paintAxis(pen, colour, width, height);
    lanes.hits = gather(Math.ceil(width), count);
    paintHits(pen, colour, lanes.hits);
  }
  paintOver();
}

const TALL = [7, 6, 9, 13, 17, 21];
const WIDE = [1.5, 1.5, 1.5, 2, 2.5, 3];

function paintHits(pen, colour, hits) {
  for (let rank = 0; rank <= 5; rank++) {
    pen.fillStyle = colour(`s${rank}`);
    for (let place = 0; place < hits.rank.length; place++) {
      if (hits.rank[place] !== rank + 1) continue;
      const bottom = Math.floor(place / hits.width) * LANE + LANE - 3;
      pen.fillRect((place % hits.width) - WIDE[rank] / 2 + 0.5, bottom - TALL[rank], WIDE[rank], TALL[rank]);
    }
  }
  pen.fillStyle = colour("denied");
  hits.denied.forEach((isDenied, place) => {
    if (isDenied) pen.fillRect((place % hits.width) - 1, Math.floor(place / hits.width) * LANE + LANE - 2, 3, 2);
  });
}

function paintAxis(pen, colour, width, height) {
  pen.fillStyle = colour("gap");
  for (const gap of gaps) pen.fillRect(laneX(gap.from), 0, Math.max(1, laneX(gap.until) - laneX(gap.from)), height - AXIS);
  pen.fillStyle = colour("line");
  for (let lane = 0; lane < Math.max(1, lanes.names.length); lane++) pen.fillRect(0, lane * LANE + LANE - 3, width, 1);
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  for (const tick of ticksOf(view.from, view.to, width)) {
    const x = laneX(tick.ms);
    pen.fillStyle = colour("line");
    pen.fillRect(x, 0, 1, height - AXIS + 4);
    pen.fillStyle = colour("soft");
    if (fits(tick.text, x, width)) pen.fillText(tick.text, x + 3, height - 4);
  }
}

/** For each place on each lane: 1 plus the highest rank, whether something was denied, the number of events, a row. */
function gather(width, count) {
  const places = width * count;
  const columns = { width, rank: new Uint8Array(places), denied: new Uint8Array(places), events: new Float64Array(places), row: new Int32Array(places).fill(-1) };
  const codes = data.text.get(state.lanes).codes;
  for (const row of view.shown) {
    const ms = data.ms[row];
    if (Number.isNaN(ms)) continue;
    const x = Math.min(width - 1, Math.max(0, Math.floor(laneX(ms))));
    const place = lanes.laneOfCode[codes[row]] * width + x;
    columns.events[place] += data.weight[row];
    if (data.rank[row] >= columns.rank[place]) {
      columns.rank[place] = data.rank[row] + 1;
      columns.row[place] = row;
    }
    if (data.isDenied[row]) columns.denied[place] = 1;
  }
  return columns;
}

/** Over the marks: the part that the table shows, the active row, and a selection being drawn. */
function paintOver(selection = null) {
  const height = Math.max(1, lanes.names.length) * LANE;
  const pen = sized(byId("lane-over"), lanes.width, height);
  if (Number.isNaN(view.from)) return;
  const colour = colours();
  const [first, last] = table.visibleTimes();
  if (!Number.isNaN(first)) {
    pen.fillStyle = colour("seen");
    pen.fillRect(laneX(first) - 1, 0, Math.max(3, laneX(last) - laneX(first)), height);
  }
  const active = table.activeRow();
  if (active !== null && !Number.isNaN(data.ms[active])) {
    pen.fillStyle = colour("accent");
    pen.fillRect(laneX(data.ms[active]) - 1, 0, 2, height);
  }
  if (selection) {
    const [left, right] = selection;
    pen.fillStyle = colour("brush");
    pen.fillRect(Math.min(left, right), 0, Math.abs(right - left), height);
  }
}

/** The row at or near a position, the severest if there are several. */
function laneHit(x, y) {
  if (!lanes.hits) return null;
  const lane = Math.floor(y / LANE);
  if (lane < 0 || lane >= lanes.names.length) return null;
  let best = null;
  for (let near = -4; near <= 4; near++) {
    const column = Math.round(x) + near;
    if (column < 0 || column >= lanes.hits.width) continue;
    const place = lane * lanes.hits.width + column;
    if (lanes.hits.row[place] < 0) continue;
    const score = lanes.hits.rank[place] - Math.abs(near) / 5;
    if (best === null || score > best.score) best = { score, row: lanes.hits.row[place], events: lanes.hits.events[place] };
  }
  return best;
}

function zoom(factor, centre = (view.from + view.to) / 2) {
  if (Number.isNaN(view.from)) return;
  const span = Math.max(10, (view.to - view.from) * factor);
  const share = (centre - view.from) / (view.to - view.from);
  setWindow(centre - span * share, span);
}

function pan(share) {
  setWindow(view.from + (view.to - view.from) * share, view.to - view.from);
}

function setWindow(from, span) {
  const whole = data.last - data.first;
  if (!(span < whole)) return chooseTime(null, null);
  const begin = Math.min(Math.max(from, data.first), data.last - span);
  chooseTime(Math.round(begin), Math.round(begin + span));
}

/** Where zooming by key aims: the active row, if it is in the window. */
function zoomCentre() {
  const active = table.activeRow();
  const ms = active === null ? NaN : data.ms[active];
  return ms >= view.from && ms <= view.to ? ms : (view.from + view.to) / 2;
}

function startLanes() {
  const holder = byId("lane-canvas");
  const tip = byId("lane-tip");
  brush(holder, laneTime, {
    draw: (from, to) => paintOver(from === null ? null : [from, to]),
    click(x, event) {
      const hit = laneHit(x, event.clientY - holder.getBoundingClientRect().top);
      if (hit) showRow(hit.row);
    },
    over(x, event) {
      const hit = laneHit(x, event.clientY - holder.getBoundingClientRect().top);
      tip.hidden = hit === null;
      if (hit === null) return;
      const more = hit.events > data.weight[hit.row] ? `${many(hit.events, "event")} here; ` : "";
      replace(tip, severityMark(data.rank[hit.row], null), ` ${timeText(data.time, hit.row)} `, brief(`${more}${rowWords(hit.row)}`, 300));
      tip.style.left = `${Math.min(x + 12, Math.max(0, lanes.width - 340))}px`;
    },
  });
  holder.addEventListener("pointerleave", () => (tip.hidden = true));
  holder.addEventListener("dblclick", () => chooseTime(null, null));
  holder.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, laneTime(event.clientX - holder.getBoundingClientRect().left));
  }, { passive: false });
  holder.addEventListener("keydown", (event) => {
    const acts = { ArrowLeft: () => pan(-0.15), ArrowRight: () => pan(0.15), Home: () => chooseTime(null, null) };
    if (!Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    acts[event.key]();
  });
  new ResizeObserver(() => paintLanes()).observe(holder);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => paintLanes());
}
