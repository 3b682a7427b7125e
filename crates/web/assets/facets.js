// The filters by value, each with what it would show, and those in force as chips above the rows.

const FEW = 7;
const SOME = 150;
const facetOpen = new Map();
const facetWords = new Map();

function drawFacets() {
  const holder = byId("facets");
  // Whoever works with the keyboard stays where they are although the list is made anew.
  const focused = document.activeElement?.id ?? "";
  const top = holder.scrollTop;
  replace(holder, ...FACETS.map(([name, heading]) => facet(name, heading)));
  holder.scrollTop = top;
  if (focused.startsWith("facet-")) byId(focused)?.focus();
}

function facet(name, heading) {
  const texts = data.text.get(name);
  const chosen = state.facets.get(name);
  const counts = view.counts.get(name);
  const picked = new Set([...chosen.keys()].map((value) => texts.code(value)));
  let codes = [];
  for (let code = 0; code < counts.length; code++) if (counts[code] > 0 || picked.has(code)) codes.push(code);
  // A filter on what no row has is none.
  if (codes.length === 0 || (texts.entries === 0 && chosen.size === 0)) return null;
  const isOpen = facetOpen.get(name) ?? false;
  const words = (facetWords.get(name) ?? "").toLowerCase();
  const total = codes.length;
  if (isOpen && words) codes = codes.filter((code) => (texts.text(code) ?? "").toLowerCase().includes(words));
  const rank = (code) => manifest.severities.indexOf(texts.text(code));
  const order = name === "severity" ? (a, b) => rank(b) - rank(a) || a - b
    : (a, b) => Number(picked.has(b)) - Number(picked.has(a)) || counts[b] - counts[a] || a - b;
  const shown = first(codes, isOpen ? SOME : FEW, order);
  const section = make("section", { class: "facet", role: "group", "aria-label": heading }, make("h3", {}, heading));
  if (isOpen && total > 20) section.append(finder(name, heading));
  section.append(make("ul", {}, ...shown.map((code) => facetLine(name, code, texts.text(code), counts[code], chosen))));
  if (isOpen && codes.length > shown.length) section.append(make("p", { class: "note" }, `${grouped(codes.length - shown.length)} more: narrow the list above.`));
  if (total > FEW) {
    section.append(button(isOpen ? "fewer" : `all ${grouped(total)}`, { class: "plain more", id: `facet-${name}-more`, "aria-expanded": String(isOpen) }, () => {
      facetOpen.set(name, !isOpen);
      drawFacets();
    }));
  }
  return section;
}

/** The first so many of a list in an order, without sorting the others. */
function first(list, number, order) {
  const best = [];
  for (const item of list) {
    if (best.length === number && order(item, best[number - 1]) > 0) continue;
    let place = best.length;
    while (place > 0 && order(item, best[place - 1]) < 0) place--;
    best.splice(place, 0, item);
    if (best.length > number) best.pop();
  }
  return best;
}

function finder(name, heading) {
  const input = make("input", { type: "search", id: `facet-${name}-find`, placeholder: "narrow this list", "aria-label": `Narrow the list of ${heading}`, value: facetWords.get(name) ?? "" });
  input.addEventListener("input", () => {
    facetWords.set(name, input.value);
    const at = input.selectionStart;
    drawFacets();
    byId(input.id)?.setSelectionRange(at, at);
  });
  return input;
}

function facetLine(name, code, value, count, chosen) {
  const how = chosen.get(value);
  const text = named(value);
  const box = make("input", { type: "checkbox", id: `facet-${name}-${code}` });
  box.checked = how === "in";
  box.addEventListener("change", () => choose(name, value, box.checked ? "in" : null));
  const label = make("label", { title: brief(text, 1000) }, box, name === "severity" ? severityMark(manifest.severities.indexOf(value) + 1, value) : make("span", { class: "value" }, brief(text)));
  const out = button(how === "out" ? "left out" : "not", { class: "plain not", id: `facet-${name}-${code}-not`, title: "Leave these out", "aria-label": `${how === "out" ? "left out" : "not"} ${brief(text)}`, "aria-pressed": String(how === "out") }, () =>
    choose(name, value, how === "out" ? null : "out"));
  return make("li", { class: how ?? "" }, label, out, make("small", {}, short(count)));
}

function drawChips() {
  const chips = [];
  const chip = (text, drop) => chips.push(button(text, { class: "chip", title: "Remove this filter", "aria-label": `Remove the filter ${text}` }, drop));
  if (state.query) chip(`search: ${brief(state.query)}`, () => change({ query: "" }));
  if (state.from !== null || state.to !== null) {
    chip(`time: ${msText(view.from)} to ${msText(view.to)}`, () => chooseTime(null, null));
  }
  for (const [name, heading] of FACETS) {
    const texts = data.text.get(name);
    for (const [value, how] of state.facets.get(name)) {
      const isKnown = texts.code(value) !== undefined;
      const text = `${heading.toLowerCase()}${how === "out" ? " not" : ""}: ${brief(named(value))}${isKnown ? "" : " (no such value here)"}`;
      chip(text, () => choose(name, value, null));
    }
  }
  if (chips.length > 0) chips.push(button("Clear all", { class: "plain" }, clearFilters));
  const holder = byId("chips");
  replace(holder, ...chips);
  holder.hidden = chips.length === 0;
}

function startFacets() {
  const show = byId("show-facets");
  show.addEventListener("click", () => {
    const isShown = byId("split").classList.toggle("with-facets");
    show.setAttribute("aria-expanded", String(isShown));
  });
}
