// Ollama's and Anthropic's own SDKs for JavaScript.
import assert from "node:assert/strict";
import test from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";

const url = process.env.MOCKWRIGHT_URL;
const messages = [{ role: "user", content: "Hello" }];

test("ollama: a chat is answered and streamed", async () => {
  const client = new Ollama({ host: url });
  assert.ok((await client.chat({ model: "auto", messages })).message.content);
  let text = "";
  for await (const piece of await client.chat({ model: "auto", messages, stream: true })) {
    text += piece.message.content;
  }
  assert.ok(text);
  assert.ok((await client.list()).models.length > 0);
});

test("anthropic: a message is answered and streamed", async () => {
  const client = new Anthropic({ baseURL: url, apiKey: "any", maxRetries: 0 });
  const asked = { model: "auto", max_tokens: 100, messages };
  assert.ok((await client.messages.create(asked)).content[0].text);
  const final = await client.messages.stream(asked).finalMessage();
  assert.ok(final.content[0].text);
});
