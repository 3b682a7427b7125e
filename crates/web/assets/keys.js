// The keyboard: keys of one letter for the whole page (they can be turned off), and those of the grid.

const PAGE_KEYS = new Map([
  ["/", () => byId("query").focus()],
  ["t", () => focusGrid()],
  ["l", () => byId("lane-canvas").focus()],
  ["f", () => focusFacets()],
  ["j", () => step(1)],
  ["k", () => step(-1)],
  ["n", () => stepToSevere(1)],
  ["p", () => stepToSevere(-1)],
  ["+", () => zoom(0.5, zoomCentre())],
  ["=", () => zoom(0.5, zoomCentre())],
  ["-", () => zoom(2, zoomCentre())],
  ["0", () => chooseTime(null, null)],
  ["?", () => byId("help").showModal()],
]);

function focusGrid() {
  toWorkbench();
  byId("grid").focus({ preventScroll: true });
  if (table.active === null) step(1);
}

function focusFacets() {
  byId("split").classList.add("with-facets");
  byId("show-facets").setAttribute("aria-expanded", "true");
  byId("facets").querySelector("input")?.focus();
}

const GRID_KEYS = new Map([
  ["ArrowDown", () => step(1)],
  ["ArrowUp", () => step(-1)],
  ["PageDown", () => step(Math.max(1, Math.floor(table.scroll.clientHeight / table.height) - 1))],
  ["PageUp", () => step(-Math.max(1, Math.floor(table.scroll.clientHeight / table.height) - 1))],
  ["Home", () => step(-Infinity)],
  ["End", () => step(Infinity)],
  ["ArrowRight", () => setFold(true)],
  ["ArrowLeft", () => setFold(false)],
  ["Enter", () => openActive()],
  [" ", () => openActive()],
]);

function setFold(isWanted) {
  const row = table.active;
  if (row === null) return;
  if (!isHead(row) && !isWanted) return setActive(headOf(row));
  if (memberCount(row) > 0 && state.unfolded.has(row) !== isWanted) toggleFold(row);
}

function openActive() {
  if (table.active === null) return;
  change({ row: table.active });
  flush();
  byId("detail-heading")?.focus({ preventScroll: true });
}

const isTyping = (target) => target.matches("input:not([type=checkbox]), select, textarea");

function startKeys() {
  byId("grid").addEventListener("keydown", (event) => {
    if (event.target !== byId("grid") || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = GRID_KEYS.get(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !byId("help").open) return leave(event);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    if (isTyping(event.target) || !byId("single-keys").checked) return;
    const act = PAGE_KEYS.get(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  });
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  byId("skip").addEventListener("click", focusGrid);
}

function leave(event) {
  if (event.target === byId("query") && event.target.value !== "") return;
  if (state.row !== null) return closeDetail();
  byId("grid").focus({ preventScroll: true });
}
