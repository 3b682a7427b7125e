// Severity in time: a strip for each severity and one for what was denied or failed, each on a scale of its own, so
// that one critical event is seen beside a hundred thousand others. It shows what the filters show, at all times; the
// chosen window is marked.

const BIN_SIZES_MS = [1e3, 10e3, 60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3];
const MOST_BINS = 260;
const STRIP = 24;
const NAME_WIDTH = 128;

function binSize(span) {
  const size = BIN_SIZES_MS.find((size) => span / size <= MOST_BINS) ?? Math.ceil(span / MOST_BINS / 86400e3) * 86400e3;
  // By the hour wherever that gives enough bars to see.
  return size < 3600e3 && span >= 24 * 3600e3 ? 3600e3 : size;
}

/** The spans in which a log is missing, joined where they overlap so that none is drawn darker than another. */
function joinedGaps() {
  const joined = [];
  for (const gap of [...manifest.gaps].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && gap.from <= last.until) {
      last.until = Math.max(last.until, gap.until);
      last.logs.add(gap.log);
    } else {
      joined.push({ from: gap.from, until: gap.until, logs: new Set([gap.log]) });
    }
  }
  return joined;
}

const gaps = joinedGaps();

const plot = { from: NaN, to: NaN, width: 0 };

function drawPlot(given = 0) {
  const body = byId("plot-body");
  const width = Math.max(280, given || body.clientWidth || plot.width || 900);
  if (Number.isNaN(data.first)) return replace(byId("plot-caption"), "No event has a readable time.");
  const size = binSize(data.last - data.first);
  const from = Math.floor(data.first / size) * size;
  const bins = Math.max(1, Math.ceil((data.last - from) / size));
  Object.assign(plot, { from, to: from + bins * size, width });
  const strips = stripsOf(from, size, bins);
  const height = strips.length * STRIP + 20;
  const x = (ms) => NAME_WIDTH + ((ms - from) / (plot.to - from)) * (width - NAME_WIDTH);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%", role: "img", "aria-label": plotWords(strips) });
  for (const gap of gaps) {
    const [left, right] = [Math.max(x(gap.from), NAME_WIDTH), Math.min(x(gap.until), width)];
    if (right <= left) continue;
    const title = `Missing at some time from ${msText(gap.from)} to ${msText(gap.until)} UTC: ${[...gap.logs].join(", ")}`;
    svg.append(draw("rect", { class: "gap", x: left, y: 0, width: right - left, height: height - 20 }, draw("title", {}, brief(title, 400))));
  }
  strips.forEach((strip, index) => drawStrip(svg, strip, index * STRIP, width, bins));
  drawTicks(svg, x, from, plot.to, height, width);
  if (state.from !== null || state.to !== null) {
    const [left, right] = [Math.max(NAME_WIDTH, x(view.from)), Math.min(width, x(view.to))];
    svg.append(draw("rect", { class: "window", x: left, y: 0, width: Math.max(2, right - left), height: height - 20 }));
  }
  replace(body, svg);
  const hint = gaps.length > 0 ? " Grey: a log is missing." : "";
  replace(byId("plot-caption"), make("b", {}, `Severity per ${binName(size)}`), ` Each strip has its own scale; the number is its tallest bar.${hint}`, make("span", { class: "screen" }, " Drag to choose a time."));
}

function binName(ms) {
  const names = new Map([[1e3, "second"], [60e3, "minute"], [3600e3, "hour"], [86400e3, "day"]]);
  return names.get(ms) ?? durationText(ms);
}

function stripsOf(from, size, bins) {
  const ranks = Array.from({ length: 6 }, () => new Float64Array(bins));
  const refused = new Float64Array(bins);
  for (const row of data.heads) {
    if ((view.masks[row] & ~TIME_BIT) !== 0 || Number.isNaN(data.ms[row])) continue;
    const bin = Math.min(bins - 1, Math.floor((data.ms[row] - from) / size));
    ranks[data.rank[row]][bin] += data.weight[row];
    if (data.isDenied[row] || data.isFailed[row]) refused[bin] += data.weight[row];
  }
  const strips = [5, 4, 3, 2, 1].map((rank) => ({ name: manifest.severities[rank - 1], class: `s${rank}`, values: ranks[rank] }));
  if (ranks[0].some((value) => value > 0)) strips.push({ name: "unrated", class: "s0", values: ranks[0] });
  strips.push({ name: "denied, failed", class: "refused", values: refused });
  for (const strip of strips) strip.most = strip.values.reduce((most, value) => Math.max(most, value), 0);
  return strips;
}

function drawStrip(svg, strip, top, width, bins) {
  const step = (width - NAME_WIDTH) / bins;
  const bar = Math.max(1.5, step - 1);
  let path = "";
  strip.values.forEach((value, bin) => {
    if (value === 0) return;
    const height = Math.max(3, (STRIP - 5) * (value / strip.most));
    path += `M${(NAME_WIDTH + bin * step).toFixed(1)} ${top + STRIP - 2}h${bar.toFixed(1)}v${(-height).toFixed(1)}h${(-bar).toFixed(1)}z`;
  });
  svg.append(
    draw("text", { class: "strip-name", x: 0, y: top + STRIP - 7 }, strip.name),
    draw("text", { class: "strip-most", x: NAME_WIDTH - 6, y: top + STRIP - 7, "text-anchor": "end" }, strip.most > 0 ? short(strip.most) : ""),
    draw("path", { class: "strip-line", d: `M${NAME_WIDTH} ${top + STRIP - 1.5}H${width}` }),
    draw("path", { class: `strip ${strip.class}`, d: path || "M0 0" }),
  );
}

const TICKS_MS = [1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 1800e3, 3600e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3, 2 * 86400e3, 7 * 86400e3, 30 * 86400e3, 365 * 86400e3];

/** Ticks for a span and a width: their times and texts. A day is named where it begins, and at the first tick. */
function ticksOf(from, to, width) {
  const room = Math.max(1, Math.floor(width / 96));
  const size = TICKS_MS.find((size) => (to - from) / size <= room) ?? (to - from) / room;
  const ticks = [];
  for (let ms = Math.ceil(from / size) * size; ms < to && ticks.length < 60; ms += size) {
    const text = msText(ms);
    const isDay = size >= 86400e3 || ticks.length === 0 || ms % 86400e3 === 0;
    const clock = size < 60e3 ? text.slice(-8) : text.slice(-8, -3);
    ticks.push({ ms, text: size >= 86400e3 ? text.slice(0, -9) : isDay ? `${text.slice(-14, -9)} ${clock}` : clock });
  }
  return ticks;
}

/** Whether a tick's text ends before the right edge; letters are taken as wide as the widest usual ones. */
const fits = (text, x, width) => x + 3 + text.length * 6.8 <= width;

function drawTicks(svg, x, from, to, height, width) {
  for (const tick of ticksOf(from, to, width - NAME_WIDTH)) {
    const at = x(tick.ms);
    svg.append(draw("path", { class: "tick", d: `M${at.toFixed(1)} 0V${height - 16}` }));
    if (fits(tick.text, at, width)) svg.append(draw("text", { class: "tick-text", x: at + 3, y: height - 5 }, tick.text));
  }
}

function plotWords(strips) {
  const sums = strips.map((strip) => `${strip.name} ${grouped(strip.values.reduce((sum, value) => sum + value, 0))}`);
  return `Events by severity from ${msText(plot.from)} to ${msText(plot.to)} UTC: ${sums.join("; ")}`;
}

/** Lets a drag over an element choose a time. `timeAt` takes a position in the element, in pixels from its left. */
function brush(element, timeAt, options) {
  let begun = null;
  const place = (event) => event.clientX - element.getBoundingClientRect().left;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    begun = place(event);
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (begun === null) options.over?.(place(event), event);
    else options.draw(begun, place(event));
  });
  element.addEventListener("pointerup", (event) => {
    if (begun === null) return;
    const [from, to] = [begun, place(event)].sort((a, b) => a - b);
    begun = null;
    options.draw(null);
    if (to - from < 4) options.click?.(to, event);
    else chooseTime(Math.max(data.first, timeAt(from)), Math.min(data.last, timeAt(to)));
  });
  element.addEventListener("pointercancel", () => {
    begun = null;
    options.draw(null);
  });
}

function startPlot() {
  const body = byId("plot-body");
  const scale = () => plot.width / Math.max(1, body.clientWidth);
  const timeAt = (x) => plot.from + (Math.max(0, x * scale() - NAME_WIDTH) / (plot.width - NAME_WIDTH)) * (plot.to - plot.from);
  let mark = null;
  brush(body, timeAt, {
    draw(from, to) {
      mark?.remove();
      mark = null;
      if (from === null) return;
      const [left, right] = [from, to].map((x) => Math.max(NAME_WIDTH, x * scale())).sort((a, b) => a - b);
      mark = draw("rect", { class: "window", x: left, y: 0, width: Math.max(1, right - left), height: 1000 });
      body.querySelector("svg")?.append(mark);
    },
  });
  new ResizeObserver(() => {
    if (Math.abs(body.clientWidth - plot.width) > 1 && body.clientWidth > 0 && !matchMedia("print").matches) drawPlot();
  }).observe(body);
}
