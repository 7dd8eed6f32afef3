import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestApp } from "../support/app/test-app.js";
import { type RawResponse, readRaw } from "./read-raw.js";

let app: TestApp;

beforeAll(async () => {
  app = await TestApp.start({
    WEBSITE_URL: "https://shop.example/help?chat=1",
    ALLOWED_WEBSITES: "https://www.shop.example,https://shop.example,http://localhost:3000",
    PUBLIC_URL: "https://chat.shop.example",
  });
});
afterAll(() => app?.stop());

const read = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
  readRaw(app.url, path, headers, method);
const all = { "accept-encoding": "gzip, deflate, br, zstd" };

/** The hashed files that a page names. */
async function filesOf(page: string): Promise<readonly string[]> {
  const { body } = await read(page);
  return [...String(body).matchAll(/(?:src|href)="(\/(?:explorer\/)?assets\/[^"]+)"/g)].map(([, file = ""]) => file);
}

describe("Content", () => {
  test("the widget's page and what it names have their types", async () => {
    expect((await read("/widget")).headers["content-type"]).toBe("text/html; charset=utf-8");
    const types = (await filesOf("/widget")).map(async (file) => (await read(file)).headers["content-type"]);
    expect((await Promise.all(types)).sort()).toEqual([
      "application/javascript; charset=utf-8",
      "text/css; charset=utf-8",
    ]);
  });

  test("the loader is one script that any website may run", async () => {
    const { status, headers, body } = await read("/afterchat.js");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "application/javascript; charset=utf-8",
      "cross-origin-resource-policy": "cross-origin",
      "access-control-allow-origin": "*",
      "x-content-type-options": "nosniff",
    });
    // Without another request: neither static nor dynamic imports.
    expect(String(body)).not.toMatch(/\bimport\b/);
  });

  test("HEAD responds as GET, without the content", async () => {
    const [script = ""] = await filesOf("/widget");
    for (const path of ["/afterchat.js", "/widget", "/", script]) {
      const [head, get] = [await read(path, all, "HEAD"), await read(path, all)];
      const { date: _, ...headers } = get.headers;
      expect(head.headers).toMatchObject(headers);
      expect([head.status, head.body.length]).toEqual([200, 0]);
      expect(get.body.length).toBeGreaterThan(0);
    }
  });

  test.each(["/afterchat.js", "/widget"])("%s takes no other method", async (path) => {
    expect((await read(path, {}, "POST")).status).toBe(404);
  });
});

describe("Compression", () => {
  test("was done when the files were built, with brotli and gzip", async () => {
    const files = await filesOf("/widget");
    for (const path of ["/afterchat.js", ...files]) {
      const plain = await read(path);
      expect(plain.headers["content-encoding"]).toBeUndefined();
      const brotli = await read(path, all);
      expect(brotli.headers["content-encoding"]).toBe("br");
      expect(brotliDecompressSync(brotli.body)).toEqual(plain.body);
      const gzip = await read(path, { "accept-encoding": "gzip" });
      expect(gzip.headers["content-encoding"]).toBe("gzip");
      expect(gunzipSync(gzip.body)).toEqual(plain.body);
      expect(brotli.body.length).toBeLessThan(gzip.body.length);
      for (const { headers } of [plain, brotli, gzip]) expect(headers.vary).toBe("accept-encoding");
      const types = new Set([plain, brotli, gzip].map(({ headers }) => headers["content-type"]));
      expect(types.size).toBe(1);
    }
  });

  test("is left out for clients that take none", async () => {
    for (const encodings of ["identity", "deflate", "br;q=0, gzip;q=0", "x".repeat(5_000)]) {
      const { headers, status } = await read("/afterchat.js", { "accept-encoding": encodings });
      expect([status, headers["content-encoding"]]).toEqual([200, undefined]);
    }
  });
});

describe("Caching", () => {
  test("files with their hash in the name are kept for good", async () => {
    const files = await filesOf("/widget");
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      expect(file).toMatch(/-[\w-]{8}\.(js|css)$/);
      expect((await read(file)).headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    }
  });

  test("the loader is asked for again after five minutes, and pages each time", async () => {
    expect((await read("/afterchat.js")).headers["cache-control"]).toBe("public, max-age=300");
    for (const path of ["/widget", "/"]) expect((await read(path)).headers["cache-control"]).toBe("no-cache");
  });

  test.each(["/afterchat.js", "/widget", "/"])("%s is not sent again while it is the same", async (path) => {
    const first = await read(path, all);
    const again = await read(path, { ...all, "if-none-match": first.headers.etag ?? "" });
    expect(first.headers.etag).toMatch(/^(W\/)?"[^"]+"$/);
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const other = await read(path, { ...all, "if-none-match": '"another"' });
    expect([other.status, other.body]).toEqual([200, first.body]);
  });
});

describe("The content security policy", () => {
  const policyOf = ({ headers }: RawResponse) =>
    new Map(
      (headers["content-security-policy"] ?? "").split("; ").map((directive) => {
        const [name = "", ...sources] = directive.split(" ");
        return [name, sources.join(" ")];
      }),
    );

  test("lets the widget load from this server only, and be framed by the company's websites only", async () => {
    expect(Object.fromEntries(policyOf(await read("/widget")))).toEqual({
      "default-src": "'none'",
      "script-src": "'self'",
      "style-src": "'self'",
      "connect-src": "'self' wss://chat.shop.example",
      "img-src": "'self' blob:",
      "frame-ancestors": "'self' https://shop.example https://www.shop.example http://localhost:3000",
      "base-uri": "'none'",
      "form-action": "'none'",
      "require-trusted-types-for": "'script'",
    });
  });

  test("lets nobody frame the demo website", async () => {
    const policy = policyOf(await read("/"));
    expect(policy.get("default-src")).toBe("'none'");
    expect(policy.get("frame-ancestors")).toBe("'none'");
    expect(policy.get("script-src")).toBe("'self'");
  });
});

describe("What does not exist", () => {
  /** The answer must be the same as for any missing file: none of these is another spelling of one that exists. */
  test.each([
    "/assets/nonsense.js",
    "/assets/",
    "/assets/..",
    "/assets/../src/main.js",
    "/assets/..%2fsrc/main.js",
    "/assets/..%2f..%2fpackage.json",
    "/assets/%2e%2e/widget/index.html",
    "/assets/%2e%2e%2fwidget%2findex.html",
    "/assets/..%5c..%5cpackage.json",
    "/assets/..%252f..%252fpackage.json",
    "/assets//etc/passwd",
    "/assets/%2fetc%2fpasswd",
    "/assets/./../widget/index.html",
    "/assets/%00",
    "/assets/.built-from",
    "/explorer/assets/../index.html",
    "/explorer/assets/%2e%2e/index.html",
    `/assets/${"a".repeat(300)}.js`,
    `/assets/${"a".repeat(12_000)}`,
    `/assets/${"../".repeat(3_000)}etc/passwd`,
  ])("%.60s", async (path) => {
    const { status, headers, body } = await read(path);
    expect({ status, text: String(body) }).toEqual({
      status: 404,
      text: "There is no such file in this version: reload the page, which names those that there are.\n",
    });
    // Once it was deployed, it has to be found.
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("a path that is none is refused", async () => {
    expect((await read("/assets/%zz")).status).toBe(400);
  });

  test("a long query changes nothing, and a longer one is refused", async () => {
    expect((await read(`/widget?${"x".repeat(12_000)}`)).status).toBe(200);
    expect((await read(`/widget?${"x".repeat(20_000)}`)).status).toBe(431);
  });
});
