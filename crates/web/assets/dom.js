// Elements are made here and nowhere else, and text goes into them as text.

const manifest = JSON.parse(document.getElementById("manifest").textContent);

const byId = (id) => document.getElementById(id);

const point = (number) => `\\u{${number.toString(16)}}`;

// Characters that act, reorder or hide, as the program lists them, and halves of surrogate pairs.
const HIDDEN = new RegExp(`[${manifest.hidden.map(([first, last]) => `${point(first)}-${point(last)}`).join("")}\\p{Cs}]`, "gu");
const SHORT = new Map([["\n", "\\n"], ["\r", "\\r"], ["\t", "\\t"]]);

/** Text with every hidden character written out. */
function visible(text) {
  return String(text).replace(HIDDEN, (character) => SHORT.get(character) ?? point(character.codePointAt(0)));
}

const ATTRIBUTES = new Set(["class", "id", "role", "title", "type", "tabindex", "scope", "for", "name", "value", "placeholder",
  "colspan", "spellcheck", "autocomplete", "viewBox", "width", "height", "x", "y", "d", "text-anchor", "preserveAspectRatio"]);

function attribute(node, name, value) {
  if (!ATTRIBUTES.has(name) && !name.startsWith("aria-")) throw new Error(`attribute ${name}`);
  node.setAttribute(name, name === "title" || name.startsWith("aria-") ? visible(value) : String(value));
}

/** An element with attributes and children. Strings become text nodes, made visible; absent children are left out. */
function make(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function draw(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    attribute(node, name, value === true ? "" : value);
  }
  put(node, ...children);
  return node;
}

function put(node, ...children) {
  for (const child of children.flat()) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : visible(child));
  }
}

function replace(node, ...children) {
  node.replaceChildren();
  put(node, ...children);
}

/** Sets text only where it differs, since most rows of a recycled table keep some. */
function setText(node, text) {
  if (node.data !== text) node.data = text;
}

function button(text, attributes, act) {
  const node = make("button", { type: "button", ...attributes }, text);
  node.addEventListener("click", act);
  return node;
}

/** A value as it is named in lists: an absent and an empty one are told apart from each other and from text. */
function named(value) {
  return value === null ? "(none)" : value === "" ? "(empty)" : value;
}

/** The beginning of a text, where the whole stands elsewhere on the page. */
function brief(text, letters = 120) {
  return text.length <= letters ? text : `${text.slice(0, letters)}…`;
}

const NUMBER = new Intl.NumberFormat("en");

/** A number with its thousands apart. Past what scripts count exactly no digits are made up. */
function grouped(number) {
  return number > Number.MAX_SAFE_INTEGER ? `about ${number.toExponential(1)}` : NUMBER.format(number);
}

/** A number in few letters: exact below ten thousand. */
function short(number) {
  if (number < 10000) return grouped(number);
  if (number >= 1e12) return number.toExponential(0);
  const [size, unit] = [[1e9, "G"], [1e6, "M"], [1e3, "k"]].find(([size]) => number >= size);
  return `${Math.round(number / (size / 10)) / 10}${unit}`;
}

const many = (number, one, more = `${one}s`) => `${grouped(number)} ${number === 1 ? one : more}`;
