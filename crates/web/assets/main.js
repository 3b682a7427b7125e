// The beginning: reads the data, then shows it and listens.

/** A time as people type it, UTC: a date, or a date and a clock, with T or a space, with or without Z. */
function parseTime(text) {
  const parts = /^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?)?\s*(?:Z|UTC)?\s*$/iu.exec(text);
  if (parts === null) return NaN;
  return Date.parse(`${parts[1]}T${parts[2] ?? "00:00"}${parts[3] ?? ":00"}Z`);
}

/** The fields for search and time, as the state says. A field that is being typed in is left alone. */
function drawBar() {
  const set = (id, value) => {
    const field = byId(id);
    if (document.activeElement !== field && field.value !== value) field.value = value;
  };
  set("query", state.query);
  set("from", state.from === null ? "" : msText(state.from));
  set("to", state.to === null ? "" : msText(state.to));
  set("lanes-by", state.lanes);
  set("paper-what", state.paper);
}

function startBar() {
  let typing = null;
  byId("query").addEventListener("input", (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => change({ query: event.target.value.slice(0, LONGEST_QUERY) }), 120);
  });
  const time = (event) => {
    const field = event.target;
    const ms = parseTime(field.value);
    const isBad = field.value.trim() !== "" && Number.isNaN(ms);
    field.setAttribute("aria-invalid", String(isBad));
    if (!isBad) change({ [field.id]: Number.isNaN(ms) ? null : ms });
  };
  byId("from").addEventListener("change", time);
  byId("to").addEventListener("change", time);
  byId("lanes-by").addEventListener("change", (event) => change({ lanes: event.target.value }));
  byId("earlier").addEventListener("click", () => pan(-0.5));
  byId("later").addEventListener("click", () => pan(0.5));
  byId("zoom-in").addEventListener("click", () => zoom(0.5, zoomCentre()));
  byId("zoom-out").addEventListener("click", () => zoom(2, zoomCentre()));
  byId("all-time").addEventListener("click", () => chooseTime(null, null));
}

function drawAll() {
  computeView();
  drawBar();
  drawChips();
  drawPlot();
  drawTable();
  drawFacets();
  drawDetail();
  drawLanes();
}

async function main() {
  const loading = byId("loading");
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser can't inflate gzip (DecompressionStream); one of 2023 or later can");
  }
  await readData((share) => replace(loading, `Reading the rows… ${Math.round(share * 100)} %`));
  loading.hidden = true;
  byId("app").hidden = false;
  stateOfAddress(location.hash);
  drawOverview();
  startTable();
  startLanes();
  startPlot();
  startFacets();
  startBar();
  startKeys();
  startPaper();
  followAddress();
  listeners.push(drawAll);
  drawAll();
  if (state.row !== null) showRow(state.row);
  document.documentElement.classList.add("ready");
}

main().catch((error) => {
  byId("loading").hidden = false;
  replace(byId("loading"), `The rows can't be read: ${error.message}`);
  byId("loading").classList.add("stop");
});
