// A page in a real Chromium, its API mocked: the URL of the API has the test id in it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";

const GATEWAY = process.env.MOCKWRIGHT_URL ?? "http://localhost:5116";
let browser, server, page, id;

async function admin(method, path, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${GATEWAY}/api/admin${path}`, { method, headers, body: JSON.stringify(body) });
  assert.ok(response.ok, await response.clone().text());
  return response.json();
}

before(async () => {
  const html = await readFile(new URL("index.html", import.meta.url));
  server = createServer((_, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  server?.close();
});

beforeEach(async () => {
  id = `browser-${randomUUID()}`;
  await admin("PUT", `/tests/${id}`, { state: true });
  await admin("POST", `/state/restore?test=${id}`, { data: { people: [{ id: 1, name: "Ann" }] } });
  page = await browser.newPage();
});

afterEach(async () => {
  await page.close();
  await admin("DELETE", `/tests/${id}`);
});

async function open() {
  const api = encodeURIComponent(`${GATEWAY}/api/mock/@${id}`);
  await page.goto(`http://127.0.0.1:${server.address().port}/?api=${api}`);
}

const names = () => page.locator("#people li").allTextContents();
const told = (text) => page.getByRole("status").filter({ hasText: text }).waitFor();

test("the page shows who is there, and who was added", async () => {
  await open();
  await told("1 people");
  await page.locator("input").fill("Bob");
  await page.getByRole("button", { name: "Add" }).click();
  await told("2 people");
  assert.deepEqual(await names(), ["Ann", "Bob"]);
  await admin("POST", "/requests/verify", {
    test: id,
    expect: [{ path: "/people", method: "POST", json: { name: "Bob" }, times: 1 }],
  });
});

test("an error of the API is told", async () => {
  await admin("PUT", `/tests/${id}/faults`, [{ match: { path: "/people" }, sequence: [{ status: 500 }] }]);
  await open();
  await told("Sorry: status 500");
});

test("a connection that breaks is told", async () => {
  await admin("PUT", `/tests/${id}/faults`, [{ match: { method: "GET" }, sequence: [{ reset: true, times: 5 }] }]);
  await open();
  await told("Sorry");
});
