// Full-text search over the dictionaries: a word is looked for once in each different text, not in each row.

const MOST_TERMS = 20;

/** The words of a query: `word`, `"a phrase"`, `-word`, `column:word`. */
function parseQuery(query) {
  const terms = [];
  const pattern = /(-?)(?:([\p{L}_]+):)?(?:"([^"]*)"?|(\S+))/gu;
  for (const [whole, not, name, phrase, word] of query.matchAll(pattern)) {
    const isColumn = name !== undefined && data.text.has(name.toLowerCase());
    let text = phrase ?? word;
    if (name !== undefined && !isColumn) text = not ? whole.slice(1) : whole;
    text = text.replace(/^"|"$/gu, "").toLowerCase();
    if (text !== "") terms.push({ text, isOut: not === "-", column: isColumn ? name.toLowerCase() : null });
  }
  return terms.slice(0, MOST_TERMS);
}

const found = new Map();

/** Which codes of a column have a text: a byte for each code, or null if none has. */
function codesWith(name, text) {
  const key = `${name}:${text}`;
  if (found.has(key)) return found.get(key);
  if (found.size > 600) found.clear();
  const codes = lookFor(data.text.get(name), text);
  found.set(key, codes);
  return codes;
}

function lookFor(texts, text) {
  const { blob, starts } = texts.lower;
  let codes = null;
  let code = 1;
  let at = blob.indexOf(text);
  while (at !== -1) {
    code = entryAt(starts, code, texts.entries, at);
    if (at + text.length <= starts[code]) {
      codes ??= new Uint8Array(texts.entries + 1);
      codes[code] = 1;
      // One hit in an entry is enough.
      at = blob.indexOf(text, starts[code]);
    } else {
      at = blob.indexOf(text, at + 1);
    }
  }
  return codes;
}

/** The code whose entry holds a position: the largest whose start is not past it. */
function entryAt(starts, low, high, at) {
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle - 1] <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** For each row whether a query fits, or null for the empty query. */
function rowsWith(query) {
  const terms = parseQuery(query);
  if (terms.length === 0) return null;
  const fits = new Uint8Array(data.rows).fill(1);
  const one = new Uint8Array(data.rows);
  for (const term of terms) {
    one.fill(0);
    for (const [name] of manifest.texts) {
      if (term.column !== null && term.column !== name) continue;
      const codes = codesWith(name, term.text);
      if (codes === null) continue;
      const rows = data.text.get(name).codes;
      for (let row = 0; row < rows.length; row++) one[row] |= codes[rows[row]];
    }
    const wanted = term.isOut ? 0 : 1;
    for (let row = 0; row < fits.length; row++) fits[row] &= one[row] === wanted ? 1 : 0;
  }
  return fits;
}
