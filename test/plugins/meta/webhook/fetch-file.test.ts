import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { checkFileUrl } from "../../../../plugins/meta/webhook/check-file-url.js";
import { fetchFile } from "../../../../plugins/meta/webhook/fetch-file.js";
import { fileName } from "../../../../plugins/meta/webhook/file-name.js";

describe("The URL of a file", () => {
  test.each([
    "https://scontent.xx.fbcdn.net/v/t1/1_n.jpg?oh=1",
    "https://cdn.fbsbx.com/v/t59/report.pdf",
    "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1",
    "https://scontent.cdninstagram.com/v/1.mp4",
  ])("%s is allowed, as Meta's", (url) => {
    expect(checkFileUrl(url, [])).toMatchObject({ outcome: "allowed", trust: "meta" });
  });

  test.each([
    "http://scontent.xx.fbcdn.net/1.jpg",
    "https://fbcdn.net.example.com/1.jpg",
    "https://notfbcdn.net/1.jpg",
    "https://scontent.fbcdn.net:8443/1.jpg",
    "https://scontent.fbcdn.net@example.com/1.jpg",
    "https://user:word@scontent.fbcdn.net/1.jpg",
    "https://127.0.0.1/1.jpg",
    "https://[::1]/1.jpg",
    "file:///etc/passwd",
    "ftp://scontent.fbcdn.net/1.jpg",
    "no link",
    "",
  ])("%s is refused", (url) => {
    expect(checkFileUrl(url, ["http://127.0.0.1:4100"]).outcome).toBe("refused");
  });

  test("the origin in the settings is allowed, but no other port", () => {
    const origins = ["http://127.0.0.1:4100"];
    expect(checkFileUrl("http://127.0.0.1:4100/a", origins)).toMatchObject({ trust: "operator" });
    expect(checkFileUrl("http://127.0.0.1:4101/a", origins).outcome).toBe("refused");
  });
});

describe("The name of a fetched file", () => {
  const url = (text: string) => new URL(text, "https://cdn.fbsbx.com");
  test.each([
    [
      "is that in the server's header",
      { disposition: 'attachment; filename="Bill 1.pdf"', url: url("/x"), contentType: null, kind: "file" },
      "Bill 1.pdf",
    ],
    [
      "may be in any script",
      { disposition: "attachment; filename*=UTF-8''%E8%AB%8B.pdf", url: url("/x"), contentType: null, kind: "file" },
      "請.pdf",
    ],
    [
      "is the extended parameter, even after a plain one",
      {
        disposition: `attachment; filename="a \\"quoted\\".pdf"; filename*=UTF-8''%E8%AB%8B.pdf`,
        url: url("/x"),
        contentType: null,
        kind: "file",
      },
      "請.pdf",
    ],
    [
      "may contain quotation marks",
      { disposition: 'attachment; filename="a \\"b\\"; c.pdf"', url: url("/x"), contentType: null, kind: "file" },
      'a "b"; c.pdf',
    ],
    [
      "is otherwise that in its link",
      { disposition: null, url: url("/v/t59/Bill%201.pdf?oh=1"), contentType: null, kind: "file" },
      "Bill 1.pdf",
    ],
    [
      "is otherwise its kind",
      { disposition: null, url: url("/v/123_n.jpg"), contentType: "image/jpeg", kind: "image" },
      "image.jpg",
    ],
    [
      "has no extension for an unknown type",
      { disposition: null, url: url("/v/%E0%A4%A"), contentType: "video/x", kind: "video" },
      "video",
    ],
  ] as const)("%s", (_, details, name) => {
    expect(fileName(details)).toBe(name);
  });
});

describe("Fetching a file", () => {
  let server: Server;
  let origin: string;
  const requested: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { url = "" } = request;
      requested.push(url);
      if (url === "/round") response.writeHead(302, { location: "/round" }).end();
      else if (url === "/away") response.writeHead(302, { location: "http://127.0.0.1:1/secret" }).end();
      else if (url === "/inside") response.writeHead(301, { location: "https://169.254.169.254/meta-data" }).end();
      else if (url === "/moved") response.writeHead(307, { location: "/there" }).end();
      else if (url === "/broken")
        response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
      else if (url === "/endless") stream(response);
      else response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end("All of it");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });

  /** Sends no length, and continues until the client disconnects. */
  function stream(response: import("node:http").ServerResponse): void {
    const chunk = Buffer.alloc(1024 * 1024);
    const write = () => {
      if (!response.destroyed) response.write(chunk, () => setImmediate(write));
    };
    response.writeHead(200, { "content-type": "video/mp4" });
    write();
  }

  const get = (path: string, signal = new AbortController().signal) =>
    fetchFile({ url: `${origin}${path}`, kind: "file" }, [origin], signal);

  test("succeeds, also after a redirect", async () => {
    const file = { contentType: "text/plain", content: Buffer.from("All of it") };
    expect(await get("/a.txt")).toEqual({ outcome: "fetched", file: { name: "a.txt", ...file } });
    expect(await get("/moved")).toMatchObject({ outcome: "fetched", file });
  });

  test.each(["/round", "/away", "/inside", "/endless"])("fails permanently for %s", async (path) => {
    expect((await get(path)).outcome).toBe("refused");
  });

  test("can be retried after a lost connection, a refused connection or a timeout", async () => {
    expect((await get("/broken")).outcome).toBe("retry");
    expect((await get("/a.txt", AbortSignal.abort())).outcome).toBe("retry");
    const closedOrigin = "http://127.0.0.1:1";
    const signal = new AbortController().signal;
    expect((await fetchFile({ url: `${closedOrigin}/x`, kind: "file" }, [closedOrigin], signal)).outcome).toBe("retry");
  });

  test("makes no request to other servers", async () => {
    requested.length = 0;
    const refused = await fetchFile({ url: `${origin}/a.txt`, kind: "file" }, [], new AbortController().signal);
    expect(refused.outcome).toBe("refused");
    expect(requested).toEqual([]);
  });
});
