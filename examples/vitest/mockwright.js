// One test's view of a gateway: what it does there, no other test sees.
import { randomUUID } from "node:crypto";

export class Mockwright {
  constructor(baseUrl = process.env.MOCKWRIGHT_URL ?? "http://localhost:5116") {
    this.baseUrl = baseUrl;
    this.test = `vitest-${randomUUID()}`;
    this.url = `${baseUrl}/api/mock/@${this.test}`;
  }

  configure(wanted) {
    return this.#admin("PUT", `/tests/${this.test}`, wanted);
  }

  faults(rules) {
    return this.#admin("PUT", `/tests/${this.test}/faults`, rules);
  }

  requests(path) {
    const query = new URLSearchParams({ test: this.test, path });
    return this.#admin("GET", `/requests?${query}`);
  }

  verify(...expect) {
    return this.#admin("POST", "/requests/verify", { test: this.test, expect });
  }

  close() {
    return this.#admin("DELETE", `/tests/${this.test}`);
  }

  async #admin(method, path, body) {
    const response = await fetch(`${this.baseUrl}/api/admin${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const told = await response.json();
    if (!response.ok) throw new Error(told.detail);
    return told;
  }
}
