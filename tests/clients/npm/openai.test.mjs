// OpenAI's own SDK for JavaScript. Run by test_npm.py with the gateway's URL in MOCKWRIGHT_URL.
import assert from "node:assert/strict";
import test from "node:test";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const model = process.env.MOCKWRIGHT_MODEL ?? "auto";
const client = new OpenAI({
  baseURL: `${process.env.MOCKWRIGHT_URL}/v1`,
  apiKey: "any",
  maxRetries: 0,
});
// A real model may talk for long; the embedded one does not.
const max_tokens = Number(process.env.MOCKWRIGHT_MAX_TOKENS ?? 200);
// A real model says the same each time, and never nothing at all.
const fixed = { seed: 7, temperature: 0 };
const messages = [{ role: "user", content: "What is the weather in Paris?" }];
const City = z.object({ name: z.string(), population: z.number().int() });
const tool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Get the weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
    },
  },
};

test("a chat is answered", async () => {
  const answer = await client.chat.completions.create({ model, messages, max_tokens, ...fixed });
  assert.ok(answer.choices[0].message.content);
  assert.ok(answer.usage.total_tokens > 0);
});

test("a stream is read", async () => {
  const stream = await client.chat.completions.create({
    model,
    messages,
    max_tokens,
    ...fixed,
    stream: true,
  });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  assert.ok(text);
});

test("a parsed answer is what was asked", async () => {
  const answer = await client.chat.completions.parse({
    model,
    messages,
    max_tokens,
    ...fixed,
    response_format: zodResponseFormat(City, "city"),
  });
  assert.ok(City.safeParse(answer.choices[0].message.parsed).success);
});

test("a tool is called", async () => {
  const answer = await client.chat.completions.create({
    model,
    messages,
    max_tokens,
    ...fixed,
    tools: [tool],
    tool_choice: "required",
  });
  const call = answer.choices[0].message.tool_calls[0];
  assert.equal(call.function.name, "get_weather");
  assert.equal(typeof JSON.parse(call.function.arguments).city, "string");
});

test("a response streams its events", async () => {
  const stream = await client.responses.create({
    model,
    input: "Hello",
    max_output_tokens: max_tokens,
    temperature: 0,
    stream: true,
  });
  const kinds = [];
  for await (const event of stream) kinds.push(event.type);
  assert.equal(kinds[0], "response.created");
  assert.match(kinds.at(-1), /^response\.(completed|incomplete)$/);
});

test("errors are the SDK's own", async () => {
  await assert.rejects(
    client.chat.completions.create({ model: "none", messages }),
    OpenAI.NotFoundError,
  );
  await assert.rejects(
    client.chat.completions.create(
      { model, messages },
      { headers: { "X-Error-Code": "429" } },
    ),
    OpenAI.RateLimitError,
  );
});

test("texts are embedded", { skip: max_tokens < 200 && "a real model" }, async () => {
  const answer = await client.embeddings.create({ model: "embedded", input: "hello" });
  assert.equal(answer.data[0].embedding.length, 1536);
});
