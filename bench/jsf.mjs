// json-schema-faker behind two pipes; the lines are those of generator_worker.py.
// Usage: node jsf.mjs FOLDER, where FOLDER is the node_modules it is installed in.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = pathToFileURL(`${process.argv[2]}/`);
const { generate } = await import(new URL("json-schema-faker/dist/index.js", folder));

const write = (reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);

write({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { schema, seed } = JSON.parse(line);
  const start = performance.now();
  try {
    const value = await generate(schema, { seed });
    write({ value, ms: performance.now() - start });
  } catch (error) {
    write({ error: String(error).slice(0, 300), ms: performance.now() - start });
  }
}
