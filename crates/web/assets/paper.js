// The report on paper: the overview as it stands, then the rows as a plain table, made when printing begins and
// dropped when it ends. Nothing is cut off: long words break.

const PAPER_ROWS = 5000;
// The plot is drawn for a page, in pixels of CSS.
const PAPER_WIDTH = 680;

function paperRows() {
  const rows = state.paper === "all" ? view.list : view.list.filter((row) => data.rank[row] >= 2 || data.rank[row] === 0);
  return { rows: rows.subarray(0, PAPER_ROWS), all: rows.length };
}

function makePaper() {
  const { rows, all } = paperRows();
  const filters = [...byId("chips").querySelectorAll(".chip")].map((chip) => chip.textContent);
  const what = state.paper === "all" ? "All rows that the filters show" : "Rows of severity low and above, and unrated ones";
  const words = [
    `${what}: ${grouped(all)} of ${many(data.heads.length, "row")} in the file.`,
    filters.length > 0 ? `Filters: ${filters.join("; ")}.` : "No filters.",
    all > rows.length ? `Only the first ${grouped(rows.length)} are printed; choose a shorter time for the others.` : "",
    "Times are UTC. The last line of a row says where its record lies: event id, object in the archive, position in it.",
  ];
  const head = ["Time", "Severity", "Who", "What", "Result"].map((word) => make("th", { scope: "col" }, word));
  replace(byId("paper"), make("h2", {}, "Rows"), make("p", { class: "note" }, words.filter((text) => text).join(" ")),
    make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...Array.from(rows, paperRow))), ...paperChains(rows));
}

const PAPER_CHAINS = 200;

/** The chains behind the printed rows, each once, with the events that prove them. */
function paperChains(rows) {
  const codes = data.text.get("chain").codes;
  const first = new Map();
  for (const row of rows) if (codes[row] !== 0 && !first.has(codes[row])) first.set(codes[row], row);
  if (first.size === 0) return [];
  const shown = [...first.values()].slice(0, PAPER_CHAINS);
  const note = first.size > shown.length ? `The first ${shown.length} of ${grouped(first.size)}.` : "Each once, from the origin to the credential, with the event that proves each step.";
  return [make("h2", {}, "Chains behind these rows"), make("p", { class: "note" }, note), ...shown.map((row) => {
    const at = (name) => data.text.get(name).at(row);
    const sure = at("confidence");
    return make("section", { class: "p-chain" }, make("h3", {}, named(at("actor")), sure !== null && ` (${sure})`),
      make("p", { class: "note" }, `First printed in row ${grouped(row + 1)}.`), chainTree(at("chain")));
  })];
}

function paperRow(row) {
  const at = (name) => data.text.get(name).at(row);
  const join = (...parts) => parts.filter((text) => text !== null).join(" · ");
  const time = timeText(data.time, row, true)?.replace(" UTC", "") ?? "no time";
  const record = Number.isNaN(data.record[row]) ? null : `record ${data.record[row]}`;
  const count = data.weight[row] === 1 ? null : `${grouped(data.weight[row])} events, the last at ${timeText(data.lastTime, row, true) ?? "an unknown time"}`;
  const sure = at("confidence");
  const via = at("via");
  return make("tr", {},
    make("td", {}, make("div", {}, time.slice(0, time.indexOf(" ") + 1)), make("div", { class: "p-clock" }, time.slice(time.indexOf(" ") + 1)), make("div", { class: "p-more" }, `row ${grouped(row + 1)}`)),
    make("td", {}, severityMark(data.rank[row], at("severity"))),
    make("td", {}, make("b", {}, named(at("actor"))), sure !== null && sure !== "certain" && ` (${sure})`, make("div", { class: "p-more" }, join(at("address"), at("access_key_id")))),
    make("td", {}, make("b", {}, rowWords(row)), count !== null && make("div", {}, count), make("div", { class: "p-more" }, join(at("plane"), at("action"), at("target"), at("namespace"), at("technique"))),
      via !== null && make("div", { class: "p-more" }, `via ${via}`), make("div", { class: "p-proof" }, join(at("event_id"), at("source_uri"), record))),
    make("td", {}, at("outcome")));
}

function startPaper() {
  addEventListener("beforeprint", () => {
    drawPlot(PAPER_WIDTH);
    makePaper();
  });
  addEventListener("afterprint", () => {
    drawPlot();
    replace(byId("paper"));
  });
  byId("print").addEventListener("click", () => print());
  byId("paper-what").addEventListener("change", (event) => change({ paper: event.target.value }));
}
