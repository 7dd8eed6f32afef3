import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { buildSchema, parse, validate } from "graphql";
import { examples } from "../../web/explorer/examples.js";
import { TestApp } from "../support/app/test-app.js";
import { readRaw } from "./read-raw.js";

// It may have to be built first.
jest.setTimeout(60_000);

const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
const withQuery = `/graphql?query=${encodeURIComponent("{ __typename }")}`;

async function assetsOf(page: Buffer): Promise<readonly string[]> {
  return [...String(page).matchAll(/(?:src|href)="(\/explorer\/assets\/[^"]+)"/g)].map(([, file = ""]) => file);
}

describe("During development, a browser that opens the address of the API", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app?.stop());

  test("gets the explorer, whose files come from this server", async () => {
    const { status, headers, body } = await readRaw(app.url, "/graphql", browser);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      vary: "accept",
    });
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(String(body)).not.toMatch(/https?:\/\//);
    const assets = await assetsOf(body);
    expect(assets.length).toBeGreaterThanOrEqual(2);
    for (const path of assets) {
      const asset = await readRaw(app.url, path, { "accept-encoding": "br" });
      expect(asset).toMatchObject({
        status: 200,
        headers: { "cache-control": "public, max-age=31536000, immutable", "content-type": expect.any(String) },
      });
    }
  });

  test("gets the answer if it asks for something", async () => {
    const { headers, body } = await readRaw(app.url, withQuery, { ...browser, "apollo-require-preflight": "1" });
    expect(headers["content-type"]).toMatch(/^application\//);
    expect(JSON.parse(String(body))).toMatchObject({ data: { __typename: "Query" } });
  });

  test.each([
    ["without Accept", {}],
    ["that takes anything", { accept: "*/*" }],
    ["that takes JSON", { accept: "application/json" }],
  ])("a program %s gets the text that explains the API", async (_, headers) => {
    const welcome = await readRaw(app.url, "/graphql", headers as Readonly<Record<string, string>>);
    expect(welcome.headers).toMatchObject({ "content-type": "text/plain; charset=utf-8", vary: "accept" });
    expect(String(welcome.body)).toMatch(/^This is a GraphQL API\.\n/);
  });
});

describe.each([
  ["In production", { NODE_ENV: "production" }],
  ["With GRAPHQL_EXPLORER=off", { GRAPHQL_EXPLORER: "off" }],
])("%s", (_, environment) => {
  test("browsers get the text too, and no file of the explorer", async () => {
    const app = await TestApp.start(environment);
    try {
      const { headers, body } = await readRaw(app.url, "/graphql", browser);
      expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(String(body)).toMatch(/^This is a GraphQL API\.\n/);
      expect((await readRaw(app.url, "/explorer/assets/nonsense.js")).headers["content-type"]).toMatch(/json/);
    } finally {
      await app.stop();
    }
  });
});

test("GRAPHQL_EXPLORER=on shows the explorer in production, as it was built before", async () => {
  const app = await TestApp.start({ NODE_ENV: "production", GRAPHQL_EXPLORER: "on" });
  try {
    const { status, body } = await readRaw(app.url, "/graphql", browser);
    expect(status).toBe(200);
    for (const path of await assetsOf(body)) expect((await readRaw(app.url, path)).status).toBe(200);
  } finally {
    await app.stop();
  }
});

describe("The examples that the explorer begins with", () => {
  test.each(examples.map((example) => [example.query.split("\n", 1)[0], example] as const))(
    "%s are operations of this API",
    async (_, { query, headers }) => {
      const schema = buildSchema(await readFile(new URL("../../../schema.graphql", import.meta.url), "utf8"));
      expect(validate(schema, parse(query))).toEqual([]);
      expect(headers).toContain('"Authorization": "Bearer TOKEN"');
    },
  );
});
