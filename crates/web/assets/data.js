// The columns, as `columns.rs` writes them: base64, gzip, LEB128.

class Numbers {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  next() {
    let value = 0;
    let weight = 1;
    for (;;) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("a column is shorter than it says");
      if (byte < 128) return value + byte * weight;
      value += (byte - 128) * weight;
      weight *= 128;
    }
  }
}

const unzigzag = (number) => (number % 2 ? -(number + 1) / 2 : number / 2);

async function inflate(id) {
  const element = byId(id);
  const text = element.textContent;
  let bytes;
  if (Uint8Array.fromBase64) {
    bytes = Uint8Array.fromBase64(text);
  } else {
    const binary = atob(text);
    bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index);
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function column(name) {
  const bytes = await inflate(`column-${name}`);
  byId(`column-${name}`).remove();
  return bytes;
}

/** A column of texts. A code is 0 where the text is absent, otherwise 1 plus its entry. */
class Texts {
  constructor(bytes, rows) {
    const numbers = new Numbers(bytes);
    this.entries = numbers.next();
    this.starts = new Float64Array(this.entries + 1);
    for (let entry = 0; entry < this.entries; entry++) this.starts[entry + 1] = this.starts[entry] + numbers.next();
    this.codes = new Uint32Array(rows);
    let met = 0;
    for (let row = 0; row < rows; row++) {
      const number = numbers.next();
      this.codes[row] = number === 0 ? 0 : number === 1 ? ++met : number - 1;
    }
    this.blob = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(numbers.at));
  }

  text(code) {
    return code === 0 ? null : this.blob.slice(this.starts[code - 1], this.starts[code]);
  }

  at(row) {
    return this.text(this.codes[row]);
  }

  /** The code of a text, or undefined if no row has it. */
  code(text) {
    if (text === null) return 0;
    if (!this.byText) {
      this.byText = new Map();
      for (let code = 1; code <= this.entries; code++) this.byText.set(this.text(code), code);
    }
    return this.byText.get(text);
  }

  /** The entries in lower case, for searching. Few letters change their length by it; those force new starts. */
  get lower() {
    if (this.lowered) return this.lowered;
    const blob = this.blob.toLowerCase();
    if (blob.length === this.blob.length) return (this.lowered = { blob, starts: this.starts });
    const starts = new Float64Array(this.entries + 1);
    const parts = [];
    for (let code = 1; code <= this.entries; code++) {
      const text = this.text(code).toLowerCase();
      parts.push(text);
      starts[code] = starts[code - 1] + text.length;
    }
    return (this.lowered = { blob: parts.join(""), starts });
  }
}

/** Seconds and microseconds; seconds are NaN where a row has no time. */
function readTimes(bytes, rows) {
  const numbers = new Numbers(bytes);
  const seconds = new Float64Array(rows);
  const micros = new Uint32Array(rows);
  let last = 0;
  for (let row = 0; row < rows; row++) {
    const step = numbers.next();
    if (step === 0) {
      seconds[row] = NaN;
    } else {
      last += unzigzag(step - 1);
      seconds[row] = last;
      micros[row] = numbers.next();
    }
  }
  return { seconds, micros };
}

function readNumbers(bytes, rows) {
  const numbers = new Numbers(bytes);
  const values = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const number = numbers.next();
    values[row] = number === 0 ? NaN : unzigzag(number - 1);
  }
  return values;
}

function readPlaces(bytes, rows) {
  const numbers = new Numbers(bytes);
  const blocks = new Uint32Array(rows);
  const places = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    blocks[row] = numbers.next();
    if (blocks[row]) places[row] = numbers.next();
  }
  return { blocks, places };
}

// Filled once by `readData`. `ms` is the time in milliseconds, `end` that of the last event a row stands for.
const data = { rows: manifest.rows, text: new Map(), label: new Map(manifest.texts) };

async function readData(progress) {
  const rows = data.rows;
  data.time = readTimes(await column("time"), rows);
  data.lastTime = readTimes(await column("last_time"), rows);
  data.count = readNumbers(await column("count"), rows);
  data.record = readNumbers(await column("source_record"), rows);
  data.raw = readPlaces(await column("raw"), rows);
  const members = readNumbers(await column("member"), rows);
  for (const [index, [name]] of manifest.texts.entries()) {
    data.text.set(name, new Texts(await column(name), rows));
    progress((index + 1) / manifest.texts.length);
  }
  data.ms = new Float64Array(rows);
  data.end = new Float64Array(rows);
  data.weight = new Float64Array(rows);
  const heads = [];
  for (let row = 0; row < rows; row++) {
    data.ms[row] = data.time.seconds[row] * 1000 + data.time.micros[row] / 1000;
    const end = data.lastTime.seconds[row] * 1000 + data.lastTime.micros[row] / 1000;
    data.end[row] = end >= data.ms[row] ? end : data.ms[row];
    data.weight[row] = data.count[row] >= 0 ? data.count[row] : 1;
    if (!(members[row] > 0)) heads.push(row);
  }
  // The members of the row at heads[n] lie between it and heads[n + 1].
  data.heads = Uint32Array.from(heads);
  data.nextHead = new Uint32Array(rows);
  for (let index = 0; index < heads.length; index++) data.nextHead[heads[index]] = heads[index + 1] ?? rows;
  data.rank = ranks(data.text.get("severity"));
  data.isDenied = marks(data.text.get("outcome"), "denied");
  data.isFailed = marks(data.text.get("outcome"), "failed");
  [data.first, data.last] = extent();
}

/** The severity of each row: 0 unrated, 1 informational to 5 critical. */
function ranks(texts) {
  const ofCode = Uint8Array.from({ length: texts.entries + 1 }, (_, code) => manifest.severities.indexOf(texts.text(code)) + 1);
  return Uint8Array.from(texts.codes, (code) => ofCode[code]);
}

function marks(texts, word) {
  const code = texts.code(word);
  return Uint8Array.from(texts.codes, (of) => (of !== 0 && of === code ? 1 : 0));
}

function extent() {
  let first = Infinity;
  let last = -Infinity;
  for (const row of data.heads) {
    if (data.ms[row] < first) first = data.ms[row];
    if (data.end[row] > last) last = data.end[row];
  }
  if (first > last) return [NaN, NaN];
  return [Math.floor(first / 1000) * 1000, Math.floor(last / 1000) * 1000 + 1000];
}

const isHead = (row) => data.nextHead[row] !== 0;
const memberCount = (row) => (isHead(row) ? data.nextHead[row] - row - 1 : 0);

function headOf(row) {
  let head = row;
  while (head > 0 && !isHead(head)) head--;
  return head;
}

const blocksRead = new Map();

/** The raw record of a row, or null if it is not in the file. */
async function rawOf(row) {
  const number = data.raw.blocks[row];
  if (number === 0) return null;
  if (!blocksRead.has(number)) {
    if (blocksRead.size >= 16) blocksRead.clear();
    blocksRead.set(number, await inflate(`raw-${number - 1}`));
  }
  const bytes = blocksRead.get(number);
  const numbers = new Numbers(bytes);
  const lengths = Array.from({ length: numbers.next() }, () => numbers.next());
  const place = data.raw.places[row];
  const start = lengths.slice(0, place).reduce((sum, length) => sum + length, numbers.at);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, start + lengths[place]));
}
