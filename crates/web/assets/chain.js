// The chain behind a row: from the origin to the credential, each step inside the one it follows from.

const isObject = (item) => item !== null && typeof item === "object";

/** A JSON array of objects, or null if the text is none. */
function steps(text) {
  if (text === null) return null;
  try {
    const list = JSON.parse(text);
    return Array.isArray(list) && list.every(isObject) ? list : null;
  } catch {
    return null;
  }
}

/** A value of a step as text. */
function word(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value);
  } catch {
    return "(nested too deep to show)";
  }
}

// A chain that is longer goes on without being moved to the right, since browsers lay out only so many levels.
const DEEPEST = 40;

const STEP_KNOWN = new Set(["step", "from", "to", "time", "plane", "event_id", "source_uri", "source_record", "confidence"]);

function chainTree(text) {
  const list = steps(text);
  if (list === null) return make("pre", { class: "block" }, text);
  return list.length === 0 ? make("p", { class: "note" }, "No step of it is known.") : treeOf(list);
}

/** The tree of steps. An origin that has just been named is not named again. */
function treeOf(list, named = null) {
  const root = make("ol", { class: "chain" });
  let level = root;
  const origin = word(list[0].from);
  if (origin !== null && origin !== named) {
    const inner = make("ol", {});
    level.append(make("li", {}, make("span", { class: "credential" }, origin), inner));
    level = inner;
  }
  for (const [depth, item] of list.entries()) {
    const inner = depth < DEEPEST && make("ol", {});
    level.append(make("li", {}, make("span", { class: "step" }, word(item.step) ?? "step", " ", confidenceMark(word(item.confidence))),
      make("span", { class: "credential" }, word(item.to) ?? "(not named)"), stepProof(item), inner));
    if (inner) level = inner;
  }
  if (level.childElementCount === 0) level.remove();
  return root;
}

/** What proves a step: its time, its event, where the record lies, and whatever else the step says. */
function stepProof(item) {
  const id = word(item.event_id);
  const row = id === null ? null : rowOfEvent(id);
  const more = Object.entries(item).filter(([name]) => !STEP_KNOWN.has(name)).map(([name, value]) => `${name.replaceAll("_", " ")}: ${word(value) ?? "none"}`);
  return make("div", { class: "step-proof" },
    [word(item.time), word(item.plane)].filter((text) => text !== null).join(", "),
    id !== null && make("div", {}, "event ", row === null ? make("code", {}, id) : button(id, { class: "plain code", title: "Show this event" }, () => showRow(row))),
    item.source_uri !== undefined && item.source_uri !== null && make("div", {}, make("code", {}, word(item.source_uri)), ` record ${word(item.source_record) ?? "?"}`),
    ...more.map((text) => make("div", {}, text)));
}

/** The row of an event id, if it is in this file. */
function rowOfEvent(id) {
  const texts = data.text.get("event_id");
  const code = texts.code(id);
  if (code === undefined) return null;
  const row = texts.codes.indexOf(code);
  return row === -1 ? null : row;
}

/** Who it may have been: each candidate with what speaks for it and the chain that would lead from it. */
function candidateList(text) {
  return evidence(text, (item) => {
    const { actor, actor_kind: kind, evidence: reason, chain, ...rest } = item;
    return [
      make("span", { class: "credential" }, word(actor) ?? "(not named)"),
      kind && make("span", { class: "step" }, word(kind).replaceAll("_", " ")),
      reason && make("p", {}, word(reason)),
      stepProof(rest),
      Array.isArray(chain) && chain.length > 0 && chain.every(isObject) && treeOf(chain, word(actor)),
    ];
  });
}

/** Who had an opportunity, and what configuration allowed: steps that prove nothing of themselves. */
function opportunityList(text) {
  return evidence(text, (item) => [
    make("span", { class: "credential" }, word(item.from) ?? "(not named)"),
    make("span", { class: "step" }, [word(item.step), word(item.to)].filter((part) => part !== null).join(": ")),
    stepProof(item),
  ]);
}

/** A list of objects by a function for each; text that is no such list as it stands. */
function evidence(text, parts) {
  const list = steps(text);
  const items = list === null ? listed(text).map((item) => [item]) : list.map(parts);
  return make("ul", { class: "evidence" }, ...items.map((item) => make("li", {}, ...item)));
}
