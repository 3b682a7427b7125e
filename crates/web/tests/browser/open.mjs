// Opens reports in headless Chromium and watches what they do.
//
// EKSAMINE_BROWSER_TOOLS is the folder with node_modules, EKSAMINE_REPORTS the one with small.html, large.html,
// hostile.html and empty.html. Nothing is reached but these files.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const tools = process.env.EKSAMINE_BROWSER_TOOLS;
const reports = process.env.EKSAMINE_REPORTS;
if (!tools || !reports) throw new Error("EKSAMINE_BROWSER_TOOLS and EKSAMINE_REPORTS must be set; .ci/run does");
const require = createRequire(path.join(tools, "node_modules", "x"));
const { chromium } = require("playwright-core");

export const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

let browser = null;

export async function start() {
  browser = await chromium.launch({ executablePath: process.env.EKSAMINE_CHROMIUM ?? "/usr/bin/chromium", headless: true, args: ARGUMENTS });
}

export async function stop() {
  await browser?.close();
}

/** A page with a report, ready; `requests`, those of them that were `answered`, and `errors` grow as the page makes them. */
export async function open(name, { hash = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const url = `file://${path.join(reports, `${name}.html`)}`;
  const requests = [];
  const answered = [];
  const errors = [];
  page.on("requestfinished", (request) => request.url().split("#")[0] !== url && answered.push(request.url()));
  page.on("request", (request) => request.url().split("#")[0] !== url && requests.push(request.url()));
  page.on("pageerror", (error) => errors.push(String(error.stack)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("dialog", (dialog) => {
    errors.push(`dialog ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(url + hash);
  await page.waitForSelector("html.ready", { timeout: 120_000 });
  return { page, requests, answered, errors, close: () => context.close() };
}

/** Waits for two pictures, after which the page shows what was chosen. */
export async function settled(page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

export async function count(page) {
  await settled(page);
  return page.textContent("#count");
}

/** Types a query and waits until it is looked for, which the address of the page tells. */
export async function search(page, query) {
  await page.fill("#query", query);
  await page.waitForFunction((query) => (new URLSearchParams(location.hash.slice(1)).get("q") ?? "") === query, query);
  return count(page);
}

/** Waits until the address of the page says something, which it does after a pause. */
export async function addressSays(page, source) {
  await page.waitForFunction((source) => new RegExp(source, "u").test(decodeURIComponent(location.hash.replaceAll("+", " "))), source);
}
