// The report as a reader uses it: clicks, keys, filters, paper, and that nothing in it acts or leaves.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addressSays, axe, count, open, search, settled, start, stop } from "./open.mjs";

before(start);
after(stop);

/** Runs with a page that must make no request and no error. */
function reading(name, options, act) {
  return async () => {
    const opened = await open(name, options);
    try {
      await act(opened.page);
      assert.deepEqual(opened.requests, []);
      assert.deepEqual(opened.errors, []);
    } finally {
      await opened.close();
    }
  };
}

const box = async (page, selector) => page.locator(selector).boundingBox();

async function drag(page, selector, from, to) {
  await page.locator(selector).scrollIntoViewIfNeeded();
  const { x, y, width, height } = await box(page, selector);
  await page.mouse.move(x + width * from, y + height / 3);
  await page.mouse.down();
  await page.mouse.move(x + width * ((from + to) / 2), y + height / 3);
  await page.mouse.move(x + width * to, y + height / 3);
  await page.mouse.up();
  await settled(page);
}

const facetBox = (page, facet, text) => page.locator(`[role=group][aria-label="${facet}"] li`).filter({ hasText: text });

test("the overview says what the file holds", reading("small", {}, async (page) => {
  const numbers = await page.locator("#numbers").innerText();
  assert.match(numbers, /8,330\s+events\s+in 2,000 rows/u);
  assert.match(numbers, /2 of 3\s+logs with gaps or absent/u);
  assert.equal(await page.locator("#plot svg path.strip").count(), 6);
  assert.match(await page.locator("#plot svg").getAttribute("aria-label"), /high 2; medium 60/u);
  assert.match(await page.locator(".card-outcomes").innerText(), /kubernetes\s+6,800\s+127\s+38/u);
  assert.match(await page.locator("#proof").innerText(), /The numbers add up\./u);
  assert.equal(await count(page), "2,000 rows, 8,330 events");
}));

test("a filter cuts the rows, says so, stands in the address and goes again", reading("small", {}, async (page) => {
  await facetBox(page, "Severity", "high").locator("input").click();
  assert.equal(await count(page), "2 of 2,000 rows");
  await addressSays(page, "severity=high");
  assert.equal(await page.locator("#spacer .row:not([hidden])").count(), 2);
  // Other severities still say what they would add.
  assert.match(await facetBox(page, "Severity", "medium").innerText(), /60/u);
  await facetBox(page, "Severity", "medium").locator("input").click();
  assert.equal(await count(page), "62 of 2,000 rows");
  await page.getByRole("button", { name: "Clear all" }).click();
  assert.equal(await count(page), "2,000 rows, 8,330 events");
}));

test("a value can be left out", reading("small", {}, async (page) => {
  const line = facetBox(page, "Plane", "kubernetes");
  await line.hover();
  await line.getByRole("button").click();
  assert.equal(await count(page), "409 of 2,000 rows, 1,365 events");
  await addressSays(page, "not-plane=kubernetes");
  assert.equal(await page.locator("#spacer .c-plane", { hasText: "kubernetes" }).locator("visible=true").count(), 0);
}));

test("search finds words, phrases, columns, and leaves words out", reading("small", {}, async (page) => {
  assert.equal(await search(page, "SHELL"), "2 of 2,000 rows");
  assert.equal(await search(page, '"opened a shell"'), "2 of 2,000 rows");
  assert.equal(await search(page, '"shell a opened"'), "No row fits the filters.");
  assert.equal(await search(page, "action:exec"), "2 of 2,000 rows");
  assert.equal(await search(page, "target:exec"), "No row fits the filters.");
  const all = await search(page, "actor:dana");
  const without = await search(page, "actor:dana -secrets");
  assert.notEqual(all, without);
  const ofNumber = (text) => Number(text.split(" ")[0].replaceAll(",", ""));
  assert.equal(ofNumber(all) - ofNumber(without), ofNumber(await search(page, "actor:dana secrets")));
  assert.equal(await search(page, "no:such:column"), "No row fits the filters.");
}));

test("folded rows unfold by key and by click, and are found by what is folded in them", reading("small", {}, async (page) => {
  const folded = page.locator("#spacer .row[aria-expanded]:not([hidden])").first();
  await page.keyboard.press("t");
  assert.equal(await page.evaluate(() => document.activeElement.id), "grid");
  const before = Number(await page.getAttribute("#grid", "aria-rowcount"));
  await folded.locator(".c-fold").click();
  await settled(page);
  const members = Number(await page.getAttribute("#grid", "aria-rowcount")) - before;
  assert.ok(members > 1, String(members));
  assert.equal(await folded.getAttribute("aria-expanded"), "true");
  await page.keyboard.press("ArrowDown");
  const member = page.locator("#spacer .row.active");
  assert.equal(await member.getAttribute("aria-level"), "2");
  await page.keyboard.press("Enter");
  await settled(page);
  const id = await page.locator("#detail dt", { hasText: "event id" }).locator("+ dd .value").innerText();
  await page.keyboard.press("Escape");
  // Left goes to the row that stands for it, left again folds.
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await settled(page);
  assert.equal(Number(await page.getAttribute("#grid", "aria-rowcount")), before);
  assert.match(await search(page, id), /^1 of 2,000 rows, \d+ events$/u);
}));

test("the row in full has chain, proof and the record as it was", reading("small", {}, async (page) => {
  await page.keyboard.press("t");
  await page.keyboard.press("n");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), "detail-heading");
  const detail = page.locator("#detail");
  assert.match(await detail.innerText(), /opened a shell in pod/u);
  assert.deepEqual(await detail.locator(".chain .step").allInnerTexts(), ["AssumeRoleWithSAML", "AssumeRole", "access entry likely"]);
  // Each step is inside the one before it.
  assert.equal(await detail.locator(".chain > li > ol > li > ol > li > ol > li").count(), 1);
  const laidOut = await detail.locator("pre.raw").innerText();
  await detail.getByRole("button", { name: "As recorded" }).click();
  const recorded = await detail.locator("pre.raw").innerText();
  assert.equal(recorded.split("\n").length, 1);
  assert.deepEqual(JSON.parse(laidOut), JSON.parse(recorded));
  assert.equal(JSON.parse(recorded).kind, "Event");
  await addressSays(page, "row=\\d+");
  await page.keyboard.press("Escape");
  await settled(page);
  assert.equal(await page.locator("#detail").isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), "grid");
}));

test("candidates are named as such", reading("small", {}, async (page) => {
  await search(page, "actor:arjun confidence:ambiguous");
  await page.locator("#spacer .row:not([hidden])").first().click();
  await settled(page);
  const text = await page.locator("#detail").innerText();
  assert.match(text, /Who it may have been\s+dana@example\.com/u);
  assert.match(text, /none of the candidates/u);
  assert.match(text, /the session was made 4 s before.*AssumeRole.*ASIAEXAMPLE00000901/su);
}));

test("keys move among rows and never leave the list", reading("small", {}, async (page) => {
  const active = () => page.locator("#spacer .row.active").getAttribute("aria-rowindex");
  await page.keyboard.press("t");
  assert.equal(await active(), "2");
  await page.keyboard.press("ArrowUp");
  assert.equal(await active(), "2");
  await page.keyboard.press("PageDown");
  assert.ok(Number(await active()) > 5);
  await page.keyboard.press("End");
  await settled(page);
  assert.equal(await active(), "2001");
  await page.keyboard.press("j");
  assert.equal(await active(), "2001");
  await page.keyboard.press("Home");
  await settled(page);
  assert.equal(await active(), "2");
  assert.equal(await page.getAttribute("#grid", "aria-activedescendant"), await page.locator("#spacer .row.active").getAttribute("id"));
}));

test("keys of one letter do not act while typing and can be turned off", reading("small", {}, async (page) => {
  await page.keyboard.press("/");
  await page.keyboard.type("t?l");
  assert.equal(await page.inputValue("#query"), "t?l");
  await page.fill("#query", "");
  await page.locator("#help-button").click();
  await page.locator("#single-keys").uncheck();
  await page.locator("#help-close").click();
  await page.locator("h1").click();
  await page.keyboard.press("?");
  assert.equal(await page.locator("#help").isVisible(), false);
}));

test("a drag over the lanes or the plot chooses a time, and 0 takes it back", reading("small", {}, async (page) => {
  await drag(page, "#lane-canvas", 0.25, 0.5);
  const some = await count(page);
  assert.match(some, /^\d{3} of 2,000 rows/u);
  await addressSays(page, "from=2024-05-1\\dT.*to=2024-05-1\\dT");
  assert.match(await page.inputValue("#from"), /^2024-05-1\d \d\d:\d\d:\d\d$/u);
  await page.locator("#lane-canvas").focus();
  await page.keyboard.press("+");
  assert.notEqual(await count(page), some);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("0");
  assert.equal(await count(page), "2,000 rows, 8,330 events");
  await drag(page, "#plot-body", 0.5, 0.7);
  assert.match(await count(page), /^\d{3} of 2,000 rows/u);
}));

test("a time can be typed, and a mistake is said and changes nothing", reading("small", {}, async (page) => {
  await page.fill("#from", "2024-05-14");
  await page.keyboard.press("Tab");
  const some = await count(page);
  assert.match(some, /of 2,000 rows/u);
  await page.fill("#to", "yesterday");
  await page.keyboard.press("Tab");
  assert.equal(await page.getAttribute("#to", "aria-invalid"), "true");
  assert.equal(await count(page), some);
}));

test("lanes can be actors, and a click in them shows a row", reading("small", {}, async (page) => {
  await page.selectOption("#lanes-by", "actor");
  await settled(page);
  assert.match(await page.locator("#lane-names").innerText(), /dana@example\.com/u);
  await page.locator("#lane-canvas").scrollIntoViewIfNeeded();
  const { x, y, width } = await box(page, "#lane-canvas");
  for (let at = 0; at < width && !(await page.locator("#detail").isVisible()); at += 8) await page.mouse.click(x + at, y + 15);
  assert.match(await page.locator("#detail").innerText(), /dana@example\.com/u);
}));

test("the address brings back what was chosen", async () => {
  const first = await open("small");
  await facetBox(first.page, "Severity", "medium").locator("input").click();
  await search(first.page, "payments");
  await first.page.locator("#grid").focus();
  await first.page.keyboard.press("ArrowDown");
  await first.page.keyboard.press("Enter");
  await addressSays(first.page, "severity=medium.*row=");
  const address = new URL(first.page.url()).hash;
  const [rows, heading] = [await count(first.page), await first.page.locator("#detail-heading").innerText()];
  await first.close();
  const second = await open("small", { hash: address });
  assert.equal(await count(second.page), rows);
  assert.equal(await second.page.locator("#detail-heading").innerText(), heading);
  assert.deepEqual(second.errors, []);
  await second.close();
});

test("an address made by a stranger only chooses", reading("small", {
  hash: "#q=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E&plane=%3Cscript%3Ewindow.pwned%3D1%3C/script%3E&row=99999999&row=__proto__&from=never&lanes=constructor&unfold=-1&__proto__=1&severity=%E2%80%AE",
}, async (page) => {
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.match(await page.locator("#chips").innerText(), /<script>window\.pwned=1<\/script> \(no such value here\)/u);
  assert.match(await page.locator("#chips").innerText(), /\\u\{202e\}/u);
  assert.equal(await count(page), "No row fits the filters.");
}));

test("what an attacker wrote stays text", reading("hostile", {}, async (page) => {
  const scripts = await page.locator("script").count();
  const hidden = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/u;
  const everything = () => page.evaluate(() => {
    const texts = [document.title, document.body.innerText];
    for (const node of document.querySelectorAll("[title], [aria-label]")) texts.push(node.title, node.getAttribute("aria-label") ?? "");
    return texts.join("\n");
  });
  await page.keyboard.press("t");
  for (let row = 0; row < 14; row++) {
    await page.keyboard.press("Enter");
    await settled(page);
    await page.waitForTimeout(50);
    assert.doesNotMatch(await everything(), hidden);
    await page.keyboard.press("Escape");
    await page.keyboard.press("ArrowDown");
  }
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.doesNotMatch(await everything(), hidden);
  assert.match(await page.locator("#paper").evaluate((paper) => paper.textContent), /<img src=x onerror=window\.pwned=1>/u);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.equal(await page.locator("img, iframe, object, embed, link, a, svg[onload], base, form:not([method=dialog])").count(), 0);
  assert.ok((await page.locator("script").count()) <= scripts);
  assert.equal(await page.locator("[onerror], [onload], [onclick], [src]").count(), 0);
}));

test("a record is laid out without being changed", reading("hostile", { hash: "#row=0" }, async (page) => {
  const text = await page.locator("#detail pre.raw").innerText();
  for (const part of ['"big": 12345678901234567890123', '"a": 1', '"a": 2', '"lone": "\\ud800"', '"override": "\\u{202e}"']) assert.ok(text.includes(part), part);
}));

test("the policy of the page refuses scripts, requests and markup from text", async () => {
  const { page, answered, close } = await open("small");
  const refused = await page.evaluate(async () => {
    const seen = [];
    addEventListener("securitypolicyviolation", (event) => seen.push(event.effectiveDirective));
    const script = document.createElement("script");
    try { script.textContent = "window.pwned = 1"; document.body.append(script); } catch { seen.push("script text"); }
    try { document.createElement("p").innerHTML = "<img>"; } catch { seen.push("innerHTML"); }
    const image = document.createElement("img");
    image.src = "file:///tmp/none.png";
    document.body.append(image);
    await fetch("https://example.com/").catch(() => seen.push("fetch"));
    await new Promise((resolve) => setTimeout(resolve, 100));
    return seen;
  });
  for (const what of ["innerHTML", "fetch", "img-src", "connect-src"]) assert.ok(refused.includes(what), `${what} in ${refused}`);
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.deepEqual(answered, []);
  await close();
});

test("the paper has the rows of the filters, whole, and says which", reading("small", {}, async (page) => {
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const paper = () => page.locator("#paper").evaluate((section) => section.textContent);
  assert.match(await paper(), /Rows of severity low and above, and unrated ones: 192 of 2,000 rows in the file\. No filters\./u);
  assert.equal(await page.locator("#paper tbody tr").count(), 192);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator("#paper").evaluate((section) => section.childElementCount), 0);
  await facetBox(page, "Severity", "high").locator("input").click();
  await settled(page);
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 10_000);
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.match(await paper(), /: 2 of 2,000 rows in the file\. Filters: severity: high\./u);
  assert.match(await paper(), /s3:\/\/example-logs\/kubernetes\/2024\/05\/part-\d+\.json\.gz · record \d+/u);
  // The chain behind both rows is printed once, with its proof.
  assert.equal(await page.locator("#paper .p-chain").count(), 1);
  assert.match(await paper(), /AssumeRoleWithSAML.*0b4e1d7a-0000-4000-8000-000000000001/u);
  const wide = await page.evaluate(() => [...document.querySelectorAll("#paper td")].some((cell) => cell.scrollWidth > cell.clientWidth + 1));
  assert.equal(wide, false);
}));

test("a report without rows opens", reading("empty", {}, async (page) => {
  assert.equal(await count(page), "The file holds no rows.");
  assert.match(await page.locator("#plot-caption").innerText(), /No event has a readable time/u);
  for (const key of ["t", "ArrowDown", "Enter", "n", "+", "-", "0", "l", "ArrowLeft"]) await page.keyboard.press(key);
}));

const AXE = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
  // The rows scroll by the keys of the grid around them, which has the focus.
  rules: { "scrollable-region-focusable": { enabled: false } },
};

for (const [name, options] of [["wide and light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }], ["of a phone", { viewport: { width: 390, height: 844 } }]]) {
  test(`the page ${name} meets WCAG 2.1 AA as far as axe can tell`, async () => {
    const { page, close } = await open("small", options);
    await page.keyboard.press("t");
    await page.keyboard.press("n");
    await page.keyboard.press("Enter");
    await settled(page);
    const violations = await page.evaluate(`${axe}; axe.run(${JSON.stringify(AXE)}).then((found) => found.violations)`);
    const said = violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
    assert.deepEqual(said, []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing is wider than the window");
    await close();
  });
}
