// What is chosen: the one state, and its form in the address of the page.

const state = {
  query: "",
  // Facet to a map of value (null for absent) to "in" or "out".
  facets: new Map(FACETS.map(([name]) => [name, new Map()])),
  from: null,
  to: null,
  lanes: "plane",
  paper: "low",
  // The row shown in full, and the rows unfolded.
  row: null,
  unfolded: new Set(),
};

const LONGEST_QUERY = 2000;

const listeners = [];
let isQueued = false;

/** Changes the state, and everything that shows it before the next picture. */
function change(patch) {
  Object.assign(state, patch);
  queue();
}

function queue() {
  if (isQueued) return;
  isQueued = true;
  requestAnimationFrame(flush);
}

function flush() {
  if (!isQueued) return;
  isQueued = false;
  for (const listener of listeners) listener();
  keepInAddress();
}

/** Sets how a value of a facet is filtered: "in", "out" or null for not at all. */
function choose(facet, value, how) {
  const chosen = state.facets.get(facet);
  if (how === null) chosen.delete(value);
  else chosen.set(value, how);
  queue();
}

function chooseTime(from, to) {
  if (from !== null && to !== null && to - from < 1) to = from + 1;
  change({ from, to });
}

function clearFilters() {
  for (const chosen of state.facets.values()) chosen.clear();
  change({ query: "", from: null, to: null });
}

const hasFilters = () =>
  state.query !== "" || state.from !== null || state.to !== null || [...state.facets.values()].some((chosen) => chosen.size > 0);

function addressOfState() {
  const words = new URLSearchParams();
  if (state.query) words.append("q", state.query);
  for (const [name, chosen] of state.facets) {
    for (const [value, how] of chosen) {
      const key = how === "in" ? name : `not-${name}`;
      if (value === null) words.append(`${key}-absent`, "1");
      else words.append(key, value);
    }
  }
  if (state.from !== null) words.append("from", new Date(state.from).toISOString());
  if (state.to !== null) words.append("to", new Date(state.to).toISOString());
  if (state.lanes !== "plane") words.append("lanes", state.lanes);
  if (state.paper !== "low") words.append("print", state.paper);
  for (const row of state.unfolded) words.append("unfold", String(row));
  if (state.row !== null) words.append("row", String(state.row));
  return words.toString();
}

// An address may come from anyone: what does not fit is left out, values are only compared and shown as text.
function stateOfAddress(address) {
  const words = new URLSearchParams(address.replace(/^#/u, ""));
  for (const chosen of state.facets.values()) chosen.clear();
  for (const name of state.facets.keys()) {
    const chosen = state.facets.get(name);
    for (const [prefix, how] of [["", "in"], ["not-", "out"]]) {
      for (const value of words.getAll(prefix + name)) chosen.set(value, how);
      if (words.has(`${prefix}${name}-absent`)) chosen.set(null, how);
    }
  }
  const time = (name) => {
    const ms = Date.parse(words.get(name) ?? "");
    return Number.isNaN(ms) ? null : ms;
  };
  const row = (text) => {
    const number = /^\d+$/u.test(text ?? "") ? Number(text) : NaN;
    return number < data.rows ? number : null;
  };
  state.query = (words.get("q") ?? "").slice(0, LONGEST_QUERY);
  state.from = time("from");
  state.to = time("to");
  state.lanes = words.get("lanes") === "actor" ? "actor" : "plane";
  state.paper = words.get("print") === "all" ? "all" : "low";
  state.row = row(words.get("row"));
  state.unfolded = new Set(words.getAll("unfold").map(row).filter((number) => number !== null));
}

let kept = null;
let keeping = null;

// Browsers allow few changes of the address in a time, so it follows after a pause.
function keepInAddress() {
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    const address = addressOfState();
    if (address === kept) return;
    kept = address;
    history.replaceState(null, "", `#${address}`);
  }, 200);
}

function followAddress() {
  addEventListener("hashchange", () => {
    if (location.hash.replace(/^#/u, "") === kept) return;
    stateOfAddress(location.hash);
    queue();
  });
}
