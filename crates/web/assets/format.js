// Times and the words of the page.

const FACETS = [
  ["severity", "Severity"], ["outcome", "Outcome"], ["plane", "Plane"], ["actor", "Actor"], ["category", "Category"],
  ["namespace", "Namespace"], ["address", "Address"], ["technique", "Technique"],
];

const SEVERITY_SHORT = ["", "info", "low", "medium", "high", "critical"];

const CONFIDENCE = new Map([
  ["certain", "Every step is proved by an id that both its ends share."],
  ["likely", "A step rests on names and times that only one candidate fits."],
  ["ambiguous", "Several candidates fit. The actor shown is the last step that is certain, none of the candidates."],
  ["unresolved", "The logs do not show where this credential comes from."],
]);

/** A second as text, UTC. Seconds that no calendar of this browser reaches are given as they are. */
function secondText(seconds) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} s since 1970`;
  return date.toISOString().replace(/\.\d+Z$/u, "").replace("T", " ");
}

/** The time of a row to the second, or exactly: with its microseconds, if it has any. */
function timeText(time, row, exact) {
  const seconds = time.seconds[row];
  if (Number.isNaN(seconds)) return null;
  const text = secondText(seconds);
  if (!exact || text.includes("since")) return text;
  const micros = time.micros[row];
  const fraction = micros === 0 ? "" : `.${String(micros).padStart(6, "0").replace(/(...)000$/u, "$1")}`;
  return `${text}${fraction} UTC`;
}

const msText = (ms) => secondText(Math.floor(ms / 1000));

function durationText(ms) {
  const units = [["day", 86400e3], ["hour", 3600e3], ["minute", 60e3], ["second", 1e3]];
  const [name, size] = units.find(([, size]) => ms >= size) ?? units[3];
  const number = Math.round((ms / size) * 10) / 10;
  return `${grouped(number)} ${name}${number === 1 ? "" : "s"}`;
}

function severityMark(rank, text) {
  const word = SEVERITY_SHORT[rank] || (text === null ? "unrated" : brief(text, 20));
  return make("span", { class: `severity s${rank}` }, word);
}

/** How sure the actor is, where it is not certain. */
function confidenceMark(word) {
  if (word === null || word === "certain") return null;
  return make("span", { class: "sure", title: CONFIDENCE.get(word) }, brief(word, 20));
}

/** The words of a JSON list of strings; other text as it is. */
function listed(text) {
  if (text === null) return [];
  try {
    const list = JSON.parse(text);
    if (Array.isArray(list)) return list.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
  } catch {
    // Not JSON: shown as it stands.
  }
  return [text];
}

/** What a row says in one line. */
function rowWords(row) {
  const summary = data.text.get("summary").at(row);
  if (summary !== null) return summary;
  const words = [data.text.get("action").at(row), data.text.get("target").at(row)].filter((text) => text !== null);
  return words.join(" ") || "(no words for this event)";
}
