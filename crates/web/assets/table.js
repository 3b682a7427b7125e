// The rows: a grid that holds elements only for what is seen. Past some height browsers stop scrolling well, so a
// longer list moves faster than the bar.

const TALLEST_PX = 8e6;

const COLUMNS = [
  ["fold", "Events"], ["time", "Time (UTC)"], ["sev", "Severity"], ["plane", "Plane"], ["actor", "Actor"],
  ["what", "What"], ["outcome", "Result"], ["address", "From"],
];

const table = {
  scroll: null, spacer: null, pool: [], active: null, version: 0, height: 30, actorWidth: 0,

  /** The row that keys act on, or null. */
  activeRow() {
    return this.active;
  },

  /** How much of the list lies above the top, in rows. */
  top() {
    const tall = view.list.length * this.height;
    const room = this.scroll.clientHeight;
    if (tall <= TALLEST_PX) return this.scroll.scrollTop / this.height;
    return ((this.scroll.scrollTop / Math.max(1, TALLEST_PX - room)) * (tall - room)) / this.height;
  },

  scrollToPlace(place) {
    const tall = view.list.length * this.height;
    const room = this.scroll.clientHeight;
    const wanted = place * this.height;
    this.scroll.scrollTop = tall <= TALLEST_PX ? wanted : (wanted / Math.max(1, tall - room)) * (TALLEST_PX - room);
  },

  /** The times of the first and last row that are seen. */
  visibleTimes() {
    if (!this.scroll || view.list.length === 0) return [NaN, NaN];
    const first = Math.floor(this.top());
    const last = Math.min(view.list.length - 1, Math.ceil(first + this.scroll.clientHeight / this.height) - 1);
    return [data.ms[view.list[first]], data.ms[view.list[Math.max(first, last)]]];
  },
};

function startTable() {
  const grid = byId("grid");
  const head = make("div", { class: "row heads", role: "row" }, ...COLUMNS.map(([name, title]) => make("span", { class: `c-${name}`, role: "columnheader" }, title)));
  table.scroll = make("div", { id: "scroll", role: "rowgroup", tabindex: "-1" });
  table.spacer = make("div", { id: "spacer", role: "presentation" });
  table.scroll.append(table.spacer);
  grid.append(make("div", { class: "heads-holder", role: "rowgroup" }, head), table.scroll);
  grid.setAttribute("aria-colcount", String(COLUMNS.length));
  let isWaiting = false;
  table.scroll.addEventListener("scroll", () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      drawRows();
      paintOver();
    });
  }, { passive: true });
  table.spacer.addEventListener("click", (event) => {
    const element = event.target.closest(".row");
    if (!element) return;
    const row = element.row;
    setActive(row);
    if (event.target.closest(".c-fold") && memberCount(row) > 0) toggleFold(row);
    else change({ row });
    byId("grid").focus({ preventScroll: true });
  });
  new ResizeObserver(() => (rowHeight() === table.height ? fitAndDraw() : drawTable())).observe(table.scroll);
}

/** How wide the column of actors is, in pixels. */
function actorWidth() {
  const cell = table.pool.find((element) => !element.hidden)?.cells.actor.cell;
  return cell ? cell.clientWidth : 0;
}

/** How tall a row is, in pixels; narrow tables have rows of two lines. */
function rowHeight() {
  return parseFloat(getComputedStyle(byId("grid")).getPropertyValue("--row")) || 30;
}

/** After the view changed: the same rows stay near the top. */
function drawTable() {
  const place = table.lastTop === undefined ? 0 : placeOf(table.lastTop);
  table.height = rowHeight();
  table.version++;
  table.spacer.style.height = `${Math.min(TALLEST_PX, view.list.length * table.height)}px`;
  byId("grid").setAttribute("aria-rowcount", String(view.list.length + 1));
  if (view.list[Math.floor(table.top())] !== table.lastTop) table.scrollToPlace(Math.min(place, Math.max(0, view.list.length - 1)));
  const rows = view.shown.length === data.heads.length ? many(view.shown.length, "row") : `${grouped(view.shown.length)} of ${many(data.heads.length, "row")}`;
  const events = view.events === view.shown.length ? "" : `, ${many(view.events, "event")}`;
  const none = data.heads.length === 0 ? "The file holds no rows." : "No row fits the filters.";
  setStatus(view.shown.length === 0 ? none : rows + events);
  fitAndDraw();
}

function fitAndDraw() {
  drawRows();
  const width = actorWidth();
  if (width === table.actorWidth) return;
  // Names are cut to the width that their column came to have.
  table.actorWidth = width;
  table.version++;
  cuts.clear();
  drawRows();
}

function setStatus(text) {
  const holder = byId("count");
  if (holder.textContent !== text) replace(holder, text);
}

function drawRows() {
  const room = Math.ceil(table.scroll.clientHeight / table.height) + 2;
  while (table.pool.length < room + 6) table.pool.push(newRow());
  const exact = table.top();
  const first = Math.max(0, Math.floor(exact) - 2);
  const last = Math.min(view.list.length, first + room + 4);
  table.lastTop = view.list[Math.floor(exact)];
  const offset = table.scroll.scrollTop - exact * table.height;
  const used = new Set();
  for (let place = first; place < last; place++) {
    const element = table.pool[place % table.pool.length];
    used.add(element);
    if (element.place !== place || element.version !== table.version) fillRow(element, place);
    element.style.transform = `translateY(${Math.round(place * table.height + offset)}px)`;
    element.classList.toggle("active", element.row === table.active);
    element.setAttribute("aria-selected", String(element.row === state.row));
    element.hidden = false;
  }
  for (const element of table.pool) if (!used.has(element)) putAway(element);
  const active = table.active === null ? null : byId(`row-${table.active}`);
  if (active && !active.hidden) byId("grid").setAttribute("aria-activedescendant", active.id);
  else byId("grid").removeAttribute("aria-activedescendant");
}

/** An element out of use has no name by which it could be taken for the one in use. */
function putAway(element) {
  element.hidden = true;
  element.place = -1;
  element.className = "row";
  element.removeAttribute("id");
}

function newRow() {
  const element = make("div", { class: "row", role: "row" });
  element.cells = {};
  for (const [name] of COLUMNS) {
    const text = document.createTextNode("");
    const cell = make("span", { class: `c-${name}`, role: "gridcell" }, text);
    element.cells[name] = { cell, text };
    element.append(cell);
  }
  element.severity = make("span", { class: "severity" }, "");
  element.severityText = document.createTextNode("");
  element.severity.append(element.severityText);
  element.cells.sev.cell.append(element.severity);
  element.sure = make("span", { class: "sure" });
  element.cells.actor.cell.append(" ", element.sure);
  element.fresh = make("span", { class: "fresh" }, "new");
  element.cells.what.cell.prepend(element.fresh);
  table.spacer.append(element);
  return element;
}

// A cell holds what fits into any window; the row in full holds the rest.
const CELL = 400;

function fillRow(element, place) {
  const row = view.list[place];
  const at = (name) => data.text.get(name).at(row);
  const show = (name, text) => setText(element.cells[name].text, visible((text ?? "").slice(0, CELL)));
  element.place = place;
  element.version = table.version;
  element.row = row;
  element.id = `row-${row}`;
  const rank = data.rank[row];
  const members = memberCount(row);
  const isUnfolded = members > 0 && state.unfolded.has(row);
  element.className = `row s${rank}${isHead(row) ? "" : " member"}${data.isDenied[row] || data.isFailed[row] ? " refused" : ""}`;
  show("fold", foldText(row, members, isUnfolded));
  element.cells.fold.cell.title = members > 0 ? "Unfold or fold" : data.weight[row] > 1 ? "The events folded here are not in this file" : "";
  show("time", timeText(data.time, row) ?? "no time");
  element.severity.className = `severity s${rank}`;
  setText(element.severityText, SEVERITY_SHORT[rank] || (at("severity") === null ? "unrated" : visible(at("severity").slice(0, 20))));
  show("plane", at("plane"));
  const sure = at("confidence");
  element.sure.hidden = sure === null || sure === "certain";
  element.sure.textContent = element.sure.hidden ? "" : visible(sure.slice(0, 20));
  const actor = named(at("actor")).slice(0, CELL);
  show("actor", table.actorWidth > 0 ? middleCut(actor, table.actorWidth - (element.sure.hidden ? 0 : element.sure.textContent.length * 6.4 + 16)) : actor);
  show("what", rowWords(row));
  const fresh = listed(at("first_seen"));
  element.fresh.hidden = fresh.length === 0;
  element.fresh.title = fresh.length === 0 ? "" : visible(`First seen here: ${fresh.join(", ")}`.slice(0, CELL));
  show("outcome", at("outcome"));
  element.cells.outcome.cell.className = `c-outcome${data.isDenied[row] ? " denied" : data.isFailed[row] ? " failed" : ""}`;
  show("address", at("address"));
  element.setAttribute("aria-rowindex", String(place + 2));
  element.setAttribute("aria-level", isHead(row) ? "1" : "2");
  if (members > 0) element.setAttribute("aria-expanded", String(isUnfolded));
  else element.removeAttribute("aria-expanded");
}

const cuts = new Map();

/** Names that begin alike are told apart by their end, so one that is too wide loses its middle. */
function middleCut(text, width) {
  const key = `${width} ${text}`;
  let cut = cuts.get(key);
  if (cut === undefined) {
    if (cuts.size > 5000) cuts.clear();
    cuts.set(key, (cut = cutTo(text, width)));
  }
  return cut;
}

function cutTo(text, width) {
  const pen = byId("lane-marks").getContext("2d");
  const style = getComputedStyle(table.spacer);
  pen.font = `13px ${style.fontFamily}`;
  const fitting = (letters) => {
    const head = Math.floor(letters * 0.4);
    return letters >= text.length ? text : `${text.slice(0, head)}…${text.slice(text.length - (letters - head))}`;
  };
  let low = Math.min(text.length, 9);
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(visible(fitting(middle))).width <= width) low = middle;
    else high = middle - 1;
  }
  return fitting(low);
}

function foldText(row, members, isUnfolded) {
  if (members > 0) return `${isUnfolded ? "▾" : "▸"} ${short(data.weight[row])}`;
  return data.weight[row] !== 1 ? `×${short(data.weight[row])}` : "";
}

function toggleFold(row) {
  if (memberCount(row) === 0) return;
  if (!state.unfolded.delete(row)) state.unfolded.add(row);
  queue();
}

/** Makes a row the active one and brings it into sight. */
function setActive(row) {
  table.active = row;
  const place = placeOf(row);
  if (view.list[place] === row) {
    const top = table.top();
    const room = table.scroll.clientHeight / table.height;
    if (place < top) table.scrollToPlace(place);
    else if (place > top + room - 1) table.scrollToPlace(Math.max(0, place - room + 1));
  }
  drawRows();
  if (state.row !== null && state.row !== row) change({ row });
  else paintOver();
}

/** Moves the active row by so many rows. */
function step(by) {
  if (view.list.length === 0) return;
  const place = table.active === null ? Math.floor(table.top()) - (by > 0 ? 1 : 0) : placeOf(table.active);
  setActive(view.list[Math.min(view.list.length - 1, Math.max(0, place + by))]);
}

/** Moves to the next or previous row of severity high or critical. */
function stepToSevere(by) {
  const begin = table.active === null ? (by > 0 ? -1 : view.list.length) : placeOf(table.active);
  for (let place = begin + by; place >= 0 && place < view.list.length; place += by) {
    if (data.rank[view.list[place]] >= 4) return setActive(view.list[place]);
  }
  setStatus("No further row of severity high or critical.");
}

/** Shows a row in full and brings it into sight, unfolding the row that stands for it. */
function showRow(row) {
  const head = headOf(row);
  if (head !== row) state.unfolded.add(head);
  change({ row });
  flush();
  const place = placeOf(row);
  if (view.list[place] === row) table.scrollToPlace(Math.max(0, place - Math.floor(table.scroll.clientHeight / table.height / 3)));
  setActive(row);
  toWorkbench();
}

function toWorkbench() {
  byId("workbench").scrollIntoView({ block: "start" });
}
