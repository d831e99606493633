// The AI SDK with its OpenAI-compatible provider.
import assert from "node:assert/strict";
import test from "node:test";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const provider = createOpenAICompatible({
  name: "mockwright",
  baseURL: `${process.env.MOCKWRIGHT_URL}/v1`,
  apiKey: "any",
  supportsStructuredOutputs: true,
});
const model = provider(process.env.MOCKWRIGHT_MODEL ?? "auto");

test("a text is generated", async () => {
  const { text, usage } = await generateText({ model, prompt: "Hello" });
  assert.ok(text);
  assert.ok(usage.totalTokens > 0);
});

test("a text is streamed", async () => {
  let text = "";
  for await (const piece of streamText({ model, prompt: "Hello" }).textStream) text += piece;
  assert.ok(text);
});

test("an object is what was asked", async () => {
  const schema = z.object({
    name: z.string(),
    tags: z.array(z.string()).min(2),
    price: z.number().min(1),
  });
  const { object } = await generateObject({ model, schema, prompt: "A product" });
  assert.ok(schema.safeParse(object).success);
});

test("tools are called and their results used", async () => {
  const asked = [];
  const { text } = await generateText({
    model,
    prompt: "What is the weather in Paris?",
    stopWhen: stepCountIs(3),
    tools: {
      get_weather: tool({
        description: "Get the weather in a city",
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => {
          asked.push(city);
          return "23 degrees";
        },
      }),
    },
  });
  assert.deepEqual(asked, ["Paris"]);
  assert.match(text, /23/);
});

test("a value is embedded", async () => {
  const { embedding } = await embed({
    model: provider.embeddingModel?.("embedded") ?? provider.textEmbeddingModel("embedded"),
    value: "hello",
  });
  assert.ok(embedding.length > 0);
});
