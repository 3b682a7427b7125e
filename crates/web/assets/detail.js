// The row in full: who, what, from where, why it is here, and the proof.

const GROUPS = [
  ["What", ["action", "target", "namespace", "cluster", "outcome", "category", "technique", "first_seen"]],
  ["From where", ["address", "user_agent", "access_key_id", "account_id", "region"]],
  ["Why it is in this timeline", ["reason", "reason_confidence"]],
];

let shownRow = null;

function drawDetail() {
  const holder = byId("detail");
  const row = state.row;
  byId("split").classList.toggle("with-detail", row !== null);
  holder.hidden = row === null;
  if (row === null) {
    shownRow = null;
    return replace(holder);
  }
  const hiddenWords = view.masks[headOf(row)] !== 0 ? "The filters in force leave this row out of the list." : "";
  if (shownRow === row) {
    replace(holder.querySelector(".left-out"), hiddenWords);
    return;
  }
  shownRow = row;
  const at = (name) => data.text.get(name).at(row);
  replace(holder,
    make("div", { class: "detail-head" }, make("h3", { tabindex: "-1", id: "detail-heading" }, rowWords(row)), button("Close", { class: "close", title: "Close (Esc)" }, closeDetail)),
    make("p", { class: "left-out note" }, hiddenWords),
    make("p", { class: "detail-line" }, severityMark(data.rank[row], at("severity")), " ",
      at("outcome") !== null && make("span", { class: `outcome ${data.isDenied[row] ? "denied" : data.isFailed[row] ? "failed" : ""}` }, at("outcome")), " ",
      at("plane") !== null && make("span", { class: "plane" }, at("plane"))),
    make("p", { class: "detail-time" }, timeText(data.time, row, true) ?? "no readable time"),
    foldedWords(row), who(row, at),
    ...GROUPS.map(([heading, names]) => group(heading, names, row)), proof(row, at));
  holder.scrollTop = 0;
}

function closeDetail() {
  change({ row: null });
  byId("grid").focus({ preventScroll: true });
}

function foldedWords(row) {
  if (!isHead(row)) return make("p", { class: "note" }, "One of several events folded into one row.");
  if (data.weight[row] === 1) return null;
  const last = timeText(data.lastTime, row, true);
  const members = memberCount(row);
  const words = `Stands for ${many(data.weight[row], "event")} that are alike${last === null ? "" : `, the last at ${last}`}. `;
  const more = members === 0 ? "They are not in this file one by one." : members < data.weight[row] ? `${grouped(members)} of them are in this file. ` : "";
  const fold = members > 0 && button(state.unfolded.has(row) ? "Fold" : "Unfold", {}, (event) => {
    toggleFold(row);
    replace(event.currentTarget, state.unfolded.has(row) ? "Fold" : "Unfold");
  });
  return make("p", { class: "folded" }, words, more, fold);
}

function section(heading, ...body) {
  return make("section", {}, make("h4", {}, heading), ...body);
}

function who(row, at) {
  const sure = at("confidence");
  const parts = [fields(["actor", "actor_kind", "via", "identity"], row)];
  if (sure !== null) parts.push(make("p", { class: "sureness" }, make("b", {}, sure), ". ", CONFIDENCE.get(sure) ?? ""));
  if (at("chain") !== null) parts.push(make("h5", {}, "The chain, from origin to credential"), chainTree(at("chain")));
  if (at("candidates") !== null) parts.push(make("h5", {}, "Who it may have been"), candidateList(at("candidates")));
  if (at("related") !== null) parts.push(make("h5", {}, "Opportunity and configuration, which prove nothing"), opportunityList(at("related")));
  return section("Who", ...parts);
}

function group(heading, names, row) {
  const list = fields(names, row);
  return list.childElementCount > 0 ? section(heading, list) : null;
}

/** Names and values; those that are filters have buttons for it. Absent ones are left out. */
function fields(names, row) {
  const list = make("dl", {});
  for (const name of names) {
    const value = data.text.get(name).at(row);
    if (value === null) continue;
    const label = data.label.get(name);
    const text = name === "first_seen" ? listed(value).join(", ") : name === "actor_kind" ? value.replaceAll("_", " ") : value;
    list.append(make("dt", {}, label), make("dd", {}, make("span", { class: "value" }, text), state.facets.has(name) && filterButtons(name, value, label)));
  }
  return list;
}

function filterButtons(name, value, label) {
  return make("span", { class: "pick" },
    button("only", { class: "plain", title: `Only rows with this ${label}`, "aria-label": `only this ${label}` }, () => choose(name, value, "in")),
    button("not", { class: "plain", title: `Leave out rows with this ${label}`, "aria-label": `not this ${label}` }, () => choose(name, value, "out")));
}

function proof(row, at) {
  const record = data.record[row];
  const list = fields(["event_id", "stage", "source_uri"], row);
  if (!Number.isNaN(record)) list.append(make("dt", {}, "record"), make("dd", {}, make("span", { class: "value" }, String(record))));
  list.append(make("dt", {}, "row"), make("dd", {}, `${grouped(row + 1)} of this file`));
  const holder = make("div", { class: "raw-holder" }, make("p", { class: "note" }, "Reading the record…"));
  showRaw(row, at("source_uri"), holder);
  return section("Proof", list, holder);
}

async function showRaw(row, uri, holder) {
  const text = await rawOf(row);
  if (text === null) {
    const where = uri === null ? "" : ` It lies in the archive in the object named above${Number.isNaN(data.record[row]) ? "" : `, as record ${data.record[row]}`}.`;
    return replace(holder, make("p", { class: "note" }, `The raw record is not in this file.${where}`));
  }
  let isLaidOut = true;
  const draw = () => {
    const copy = button("Copy", {}, () => copyText(text, copy));
    const turn = button(isLaidOut ? "As recorded" : "Laid out", {}, () => {
      isLaidOut = !isLaidOut;
      draw();
    });
    replace(holder, make("div", { class: "raw-bar" }, make("h5", {}, "Raw record"), turn, copy), isLaidOut ? jsonBlock(text) : make("pre", { class: "block raw wrap", tabindex: "0" }, text));
  };
  draw();
}

async function copyText(text, from) {
  try {
    await navigator.clipboard.writeText(text);
    replace(from, "Copied");
  } catch {
    replace(from, "Copying is not allowed here");
  }
}
