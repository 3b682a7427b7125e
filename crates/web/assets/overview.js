// The overview: what the whole file holds, whatever is filtered. Counts are events, not rows.

function drawOverview() {
  const actors = tally("actor");
  const total = { events: 0, denied: 0, failed: 0, severe: 0, untimed: 0 };
  for (const row of data.heads) {
    total.events += data.weight[row];
    if (data.isDenied[row]) total.denied += data.weight[row];
    if (data.isFailed[row]) total.failed += data.weight[row];
    if (data.rank[row] >= 4) total.severe += data.weight[row];
    if (Number.isNaN(data.ms[row])) total.untimed += data.weight[row];
  }
  const span = Number.isNaN(data.first) ? "no times" : durationText(data.last - data.first);
  const from = Number.isNaN(data.first) ? "" : `${msText(data.first)} to ${msText(data.last)} UTC`;
  replace(
    byId("numbers"),
    number(span, "from first to last event", from, "wide"),
    number(grouped(total.events), total.events === 1 ? "event" : "events", `in ${many(data.heads.length, "row")}`),
    number(grouped(total.severe), "high or critical", "", total.severe > 0 ? "alarm" : ""),
    number(grouped(total.denied), "denied"),
    number(grouped(total.failed), "failed"),
    number(grouped([...actors.keys()].filter((code) => code !== 0).length), "actors"),
    gapsNumber(),
    total.untimed > 0 && number(grouped(total.untimed), "without a readable time", "last in the list"),
  );
  replace(byId("cards"), severeCard(), make("div", { class: "stack" }, outcomeCard(), actorCard(actors)));
  byId("cards").append(byId("proof"));
}

function number(value, name, note = "", kind = "") {
  return make("li", { class: `number ${kind}` }, make("b", {}, value), make("span", {}, name), note && make("small", {}, note));
}

/** How many logs the archive has not whole, from the table of the coverage. */
function gapsNumber() {
  const logs = byId("proof").querySelectorAll(".coverage .is");
  const gaps = [...logs].filter((log) => log.matches(".is-gaps, .is-absent")).length;
  return logs.length > 0 && number(`${gaps} of ${logs.length}`, "logs with gaps or absent", gaps > 0 ? "see coverage below" : "", gaps > 0 ? "alarm" : "");
}

/** For each code of a column what its rows add up to. */
function tally(name) {
  const codes = data.text.get(name).codes;
  const sums = new Map();
  for (const row of data.heads) {
    let sum = sums.get(codes[row]);
    if (!sum) sums.set(codes[row], (sum = { events: 0, denied: 0, failed: 0, rank: 0, row, sure: new Set() }));
    sum.sure.add(data.text.get("confidence").codes[row]);
    sum.events += data.weight[row];
    if (data.isDenied[row]) sum.denied += data.weight[row];
    if (data.isFailed[row]) sum.failed += data.weight[row];
    sum.rank = Math.max(sum.rank, data.rank[row]);
  }
  return sums;
}

function card(heading, kind, note, ...body) {
  if (data.heads.length === 0) return make("section", { class: `card card-${kind}` }, make("h3", {}, heading), make("p", { class: "note" }, "The file holds no rows."));
  return make("section", { class: `card card-${kind}` }, make("h3", {}, heading), note && make("p", { class: "note" }, note), ...body);
}

const SEVERE_SHOWN = 10;

function severeCard() {
  const rows = [];
  for (let rank = 5; rank >= 3 && rows.length < SEVERE_SHOWN; rank--) {
    for (const row of data.heads) {
      if (data.rank[row] === rank && rows.push(row) === SEVERE_SHOWN) break;
    }
  }
  if (rows.length === 0) return card("Most severe", "severe", "No row is of severity medium or above.");
  const lines = rows.map((row) => make("li", {}, severityMark(data.rank[row]),
    button("", { class: "plain", title: "Show this row" }, () => showRow(row)), make("small", {}, timeText(data.time, row) ?? "no time")));
  lines.forEach((line, index) => put(line.querySelector("button"), brief(rowWords(rows[index]), 180)));
  const isMore = data.rank.filter((rank, row) => rank >= 3 && isHead(row)).length > rows.length;
  return card("Most severe", "severe", isMore ? `The first ${rows.length}; the filters show the others.` : "", make("ol", { class: "severe" }, ...lines));
}

function outcomeCard() {
  const planes = [...tally("plane")].sort(([, a], [, b]) => b.events - a.events).slice(0, ACTORS_SHOWN);
  const most = Math.max(1, ...planes.map(([, sum]) => sum.events));
  const rows = planes.map(([code, sum]) => {
    const name = named(data.text.get("plane").text(code));
    const other = sum.events - sum.denied - sum.failed;
    return make("tr", {}, make("th", { scope: "row" }, brief(name, 40)), make("td", { class: "n" }, grouped(other)), make("td", { class: "n" }, grouped(sum.denied)),
      make("td", { class: "n" }, grouped(sum.failed)), make("td", { class: "bar-cell" }, shares([other, sum.denied, sum.failed], sum.events, most)));
  });
  const head = ["Plane", "Allowed", "Denied", "Failed", ""].map((word, index) => make("th", { scope: "col", class: index >= 1 && index <= 3 ? "n" : null }, word));
  return card("Denied against allowed", "outcomes", "Allowed counts everything that was neither denied nor failed.",
    make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
}

// The bar's length is on a scale of roots, so that small planes are seen beside large ones; its parts are in proportion.
function shares(parts, whole, most) {
  const width = 100 * Math.sqrt(whole / most);
  let x = 0;
  const bars = parts.map((part, index) => {
    const size = part > 0 ? Math.max(2, (width * part) / whole) : 0;
    const bar = size > 0 && draw("rect", { class: `share${index}`, x: x.toFixed(2), y: 0, width: size.toFixed(2), height: 10 });
    x += size;
    return bar;
  });
  return draw("svg", { class: "shares", viewBox: "0 0 106 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars);
}

/** A mark for an actor some of whose events are not surely theirs. */
function leastSure(codes) {
  const words = [...codes].map((code) => data.text.get("confidence").text(code));
  const least = ["unresolved", "ambiguous", "likely"].find((word) => words.includes(word));
  if (!least) return null;
  return words.length === 1 ? confidenceMark(least) : make("span", { class: "sure", title: `For some of the events. ${CONFIDENCE.get(least)}` }, `partly ${least}`);
}

const ACTORS_SHOWN = 10;

function actorCard(sums) {
  const actors = [...sums].sort(([, a], [, b]) => b.rank - a.rank || b.denied - a.denied || b.events - a.events);
  const text = (name, row) => data.text.get(name).at(row);
  const rows = actors.slice(0, ACTORS_SHOWN).map(([code, sum]) => {
    const name = data.text.get("actor").text(code);
    const pick = button(brief(named(name)), { class: "plain", title: "Only this actor" }, () => {
      choose("actor", name, "in");
      toWorkbench();
    });
    return make("tr", {}, make("th", { scope: "row" }, pick, " ", leastSure(sum.sure)),
      make("td", { class: "kind" }, brief(text("actor_kind", sum.row) ?? "", 24).replaceAll("_", " ")), make("td", { class: "n" }, grouped(sum.events)), make("td", { class: "n" }, grouped(sum.denied)),
      make("td", {}, severityMark(sum.rank, null)));
  });
  const head = ["Actor", "Kind", "Events", "Denied", "Severest"].map((word, index) => make("th", { scope: "col", class: index === 2 || index === 3 ? "n" : null }, word));
  const note = actors.length > ACTORS_SHOWN ? `${ACTORS_SHOWN} of ${grouped(actors.length)}, by their most severe event.` : "";
  return card("Actors", "actors", note, make("table", { class: "actors" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
}
