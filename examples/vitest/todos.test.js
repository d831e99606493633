import { afterEach, beforeEach, expect, test } from "vitest";
import { Mockwright } from "./mockwright.js";
import { openTodos } from "./todos.js";

const TODO = { id: 0, title: "string", done: false };
let mock;

beforeEach(async () => {
  mock = new Mockwright();
  await mock.configure({ seed: 42, routes: [{ path: "/todos", shape: [TODO], count: 8 }] });
});

afterEach(() => mock.close());

test("open to-dos are listed by title, the same in each run", async () => {
  const titles = await openTodos(mock.url);
  expect(titles.length).toBeGreaterThan(0);
  expect(titles.every((title) => typeof title === "string")).toBe(true);
  expect(await openTodos(mock.url)).toEqual(titles);
  await mock.verify({ path: "/todos", method: "GET", times: 2 });
});

test("a fixed answer is given as it is", async () => {
  const todos = [
    { id: 1, title: "sleep", done: true },
    { id: 2, title: "eat", done: false },
  ];
  await mock.configure({ routes: [{ path: "/todos", shape: { const: todos } }] });
  expect(await openTodos(mock.url)).toEqual(["eat"]);
});

test("a broken connection and a busy server are borne", async () => {
  await mock.faults([{ sequence: [{ reset: true }, { status: 503 }] }]);
  expect((await openTodos(mock.url)).length).toBeGreaterThan(0);
  expect((await mock.requests("/todos")).map((one) => one.fault)).toEqual(["", "status 503", "reset"]);
});

test("a server that stays down is told", async () => {
  await mock.faults([{ sequence: [{ status: 503, times: 9 }] }]);
  await expect(openTodos(mock.url)).rejects.toThrow("status 503");
});

test("an expectation that does not hold says why", async () => {
  await expect(mock.verify({ path: "/todos" })).rejects.toThrow("at least once, got never");
});
