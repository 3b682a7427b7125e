// Takes pictures of the reports, for looking at: `node pictures.mjs FOLDER`.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { open, settled, start, stop } from "./open.mjs";

const folder = process.argv[2];
const wide = { width: 1440, height: 900 };
const PICTURES = [
  ["light", "small", { viewport: wide, colorScheme: "light" }, []],
  ["dark", "small", { viewport: wide, colorScheme: "dark" }, []],
  ["timeline", "large", { viewport: wide }, ["t"]],
  ["detail", "small", { viewport: wide }, ["t", "n", "Enter"]],
  ["detail-dark", "small", { viewport: wide, colorScheme: "dark" }, ["t", "n", "Enter"]],
  ["help", "small", { viewport: wide }, ["?"]],
  ["narrow", "small", { viewport: { width: 800, height: 1000 } }, ["t"]],
  ["narrow-detail", "small", { viewport: { width: 800, height: 1000 } }, ["t", "n", "Enter"]],
  ["phone", "small", { viewport: { width: 390, height: 844 } }, []],
  ["phone-timeline", "small", { viewport: { width: 390, height: 844 } }, ["t"]],
  ["hostile", "hostile", { viewport: wide }, ["t", "j", "j", "j", "Enter"]],
  ["empty", "empty", { viewport: wide }, []],
];

await start();
for (const [name, report, options, keys] of PICTURES) {
  const { page, close } = await open(report, options);
  for (const key of keys) {
    await page.keyboard.press(key);
    await settled(page);
  }
  await page.waitForTimeout(200);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  if (name === "light") writeFileSync(path.join(folder, "paper.pdf"), await page.pdf({ format: "A4" }));
  await close();
}
await stop();
