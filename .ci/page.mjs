// The page of the interface as people use it, in a browser without a screen: every word of the list finds its
// operation, what need not be said is not filled in, and two requests that are sent one after the other have
// two keys.
//
//     node page.mjs TOKENS WORDS
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { JSDOM, VirtualConsole } from "jsdom";

const [, , tokensFile, wordsFile] = process.argv;
const { base_url: base, tokens } = JSON.parse(readFileSync(tokensFile, "utf8"));
const address = `${base}/docs/`;

/** Waits until something is there. */
async function until(what, look) {
  for (let i = 0; i < 600; i += 1) {
    const found = look();
    if (found) return found;
    await new Promise((resume) => setTimeout(resume, 50));
  }
  throw new Error(`there is no ${what}`);
}

const sent = [];
const failures = [];
const virtualConsole = new VirtualConsole();
virtualConsole.on("jsdomError", (error) => failures.push(String(error.detail ?? error)));
const dom = await JSDOM.fromURL(address, {
  runScripts: "dangerously",
  resources: "usable",
  pretendToBeVisual: true,
  virtualConsole,
  beforeParse(window) {
    window.fetch = async (url, options = {}) => {
      assert.ok(String(url).startsWith(base), `the page asks ${url}`);
      sent.push({ url: String(url), ...options });
      return fetch(url, options);
    };
    Object.assign(window, { Headers, Request, Response, FormData, TextEncoder, TextDecoder });
  },
});
const { window } = dom;
const document = window.document;
const shown = () => [...document.querySelectorAll(".opblock")];
await until("operation", () => shown().length > 0);
const all = shown().length;

// Typing, as React sees it.
const box = document.querySelector("#find");
const setValue = Object.getOwnPropertyDescriptor(window.HTMLInputElement.prototype, "value").set;
async function type(phrase) {
  setValue.call(box, phrase);
  box.dispatchEvent(new window.Event("input", { bubbles: true }));
  await until(`answer to ${phrase}`, () => box.value === phrase);
}
const lines = readFileSync(wordsFile, "utf8").trim().split("\n").slice(1).map((line) => line.split(","));
for (const [who, phrase, meant] of lines) {
  await type(phrase);
  const found = shown().map((it) => it.id.split("-").at(-1));
  assert.ok(found.includes(meant), `${who}: ${phrase} finds ${found}`);
  assert.ok(found.length < all, `${phrase} finds everything`);
}
await type("no such words");
await until("advice", () => document.querySelector(".none"));
console.log(`${lines.length} words found what was meant among ${all} operations`);

// What need not be said is left empty.
async function open(operation) {
  await type(operation);
  const block = await until(operation, () => shown().find((it) => it.id.endsWith(`-${operation}`)));
  block.querySelector(".opblock-summary-control").click();
  await until("button", () => block.querySelector(".execute"));
  return block;
}
const list = await open("list_assets");
for (const input of list.querySelectorAll("tr[data-param-name] input")) {
  assert.equal(input.value, "", `${input.placeholder} is filled in`);
}

// The example as it stands, twice.
window.ui.authActions.authorize({
  bearer: { name: "bearer", schema: { type: "http", scheme: "bearer" }, value: tokens.township_officer },
});
const record = await open("record_party");
const posts = () => sent.filter((it) => it.method === "POST");
for (const count of [1, 2]) {
  record.querySelector(".execute").click();
  await until("request", () => posts().length === count);
  await until("answer", () => record.querySelector(".live-responses-table .response-col_status"));
  await new Promise((resume) => setTimeout(resume, 500));
}
const keys = posts().map((it) => it.headers["Idempotency-Key"]);
assert.ok(keys.every((it) => /^[0-9a-f]{32}$/.test(it)) && keys[0] !== keys[1], `keys: ${keys}`);
assert.deepEqual(failures, []);
console.log("two requests had two keys");
window.close();
