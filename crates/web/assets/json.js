// JSON laid out without being read: tokens are moved to lines of their own and nothing else is touched, so that large
// numbers, doubled keys and escapes stay as they were recorded.

const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+|"/gsu;

// A record of more tokens is shown as it was recorded: one that only nests would fill the memory with indentation.
const MOST_TOKENS = 60000;

/** Text laid out in lines, as pairs of kind and text; null if it does not nest as JSON does. */
function layOut(text) {
  const parts = [];
  const open = [];
  let isEmpty = false;
  const line = () => parts.push(["space", `\n${"  ".repeat(Math.min(open.length, 60))}`]);
  const tokens = text.match(TOKENS) ?? [];
  if (tokens.length > MOST_TOKENS) return null;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === "}" || token === "]") {
      if (open.pop() !== token) return null;
      if (!isEmpty) line();
      parts.push(["mark", token]);
      isEmpty = false;
      continue;
    }
    if (isEmpty) line();
    isEmpty = false;
    if (token === "{" || token === "[") {
      open.push(token === "{" ? "}" : "]");
      parts.push(["mark", token]);
      isEmpty = true;
    } else if (token === ",") {
      parts.push(["mark", ","]);
      line();
    } else if (token === ":") {
      parts.push(["mark", ": "]);
    } else {
      parts.push([tokens[index + 1] === ":" ? "key" : token.startsWith('"') ? "text" : "other", token]);
    }
  }
  return open.length === 0 && parts.length > 0 ? parts : null;
}

const MOST_COLOURED = 6000;

/** A block of JSON for reading. Long records are laid out without colours. */
function jsonBlock(text) {
  const parts = layOut(text);
  const block = make("pre", { class: "block raw", tabindex: "0" });
  if (parts === null) {
    put(block, text);
  } else if (parts.length > MOST_COLOURED) {
    block.append(parts.map(([kind, part]) => (kind === "space" ? part : visible(part))).join(""));
  } else {
    for (const [kind, part] of parts) {
      if (kind === "space") block.append(part);
      else block.append(kind === "mark" ? part : make("span", { class: `j-${kind}` }, part));
    }
  }
  return block;
}
