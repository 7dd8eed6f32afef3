import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { Program } from "../support/app/program.js";
import { RawPeer } from "../support/fakes/raw-peer.js";
import { freePort } from "../support/servers/free-ports.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";
import type { TestDatabase } from "../support/services/test-database.js";

jest.setTimeout(60_000);

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const shortTimeouts = {
  file: fileURLToPath(new URL("../support/app/short-timeouts-main.js", import.meta.url)),
  directory: repository,
};
/** The program waits a twentieth as long: this is a byte in a second. */
const byteMs = 50;
const second = 1_000 / 20;

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof makeDataDirectory>>;
let program: Program;
let visitor: GraphqlClient;
let ports: { readonly http: number; readonly smtp: number; readonly lmtp: number };

beforeAll(async () => {
  database = await createMigratedDatabase();
  directory = await makeDataDirectory();
  const [smtp, lmtp] = [await freePort(), await freePort()];
  program = await Program.start(
    {
      DATABASE_URL: database.url,
      DATA_DIR: directory.path,
      APP_SECRET: "a secret of the tests that is long enough",
      CHANNELS: "email",
      EMAIL_FROM: "chat@harbour.example",
      EMAIL_SMTP_LISTEN: `127.0.0.1:${smtp}`,
      EMAIL_LMTP_LISTEN: `127.0.0.1:${lmtp}`,
      EMAIL_MAILGUN_SIGNING_KEY: "0123456789abcdef0123456789abcdef",
    },
    shortTimeouts,
  );
  ports = { http: Number(new URL(program.url).port), smtp, lmtp };
  visitor = await program.client.startSession();
});
afterAll(async () => {
  await Program.killAll();
  await database?.drop();
  await directory?.remove();
});

const lines = (...headers: readonly string[]) => `${headers.join("\r\n")}\r\n\r\n`;
const form = "Content-Type: multipart/form-data; boundary=b";
const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';

interface Door {
  readonly port: "http" | "smtp" | "lmtp";
  /** What is sent at once, each after the server has written what stands before it. */
  readonly begin: readonly (readonly [awaited: string, sent: string | (() => string)])[];
  /** What the server writes in the end; nothing where no reply is possible. */
  readonly answer: string;
  /** How long it may take, in seconds, with the usual time-outs. */
  readonly withinSeconds: number;
}

const hello = (verb: string): Door["begin"] => [
  ["220 ", `${verb} mail.sender.example\r\n`],
  ["250 SIZE", "MAIL FROM:<ana@home.example>\r\nRCPT TO:<chat@harbour.example>\r\nDATA\r\n"],
  ["354 ", "Subject: Hello\r\n"],
];

const doors: Readonly<Record<string, Door>> = {
  "the headers of a request": {
    port: "http",
    begin: [["", "GET /health HTTP/1.1\r\nX-Slow: "]],
    answer: "408",
    withinSeconds: 20,
  },
  "the request line": { port: "http", begin: [["", "GET /"]], answer: "408", withinSeconds: 20 },
  "the headers of a WebSocket": {
    port: "http",
    begin: [["", "GET /graphql HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Slow: "]],
    answer: "408",
    withinSeconds: 20,
  },
  "an operation": {
    port: "http",
    begin: [["", lines("POST /graphql HTTP/1.1", "Host: a", "Content-Type: application/json", "Content-Length: 5000")]],
    answer: "408",
    withinSeconds: 30,
  },
  "an operation of another type": {
    port: "http",
    begin: [["", lines("POST /graphql HTTP/1.1", "Host: a", "Content-Type: image/png", "Content-Length: 5000")]],
    answer: "415",
    withinSeconds: 30,
  },
  "a webhook": {
    port: "http",
    begin: [["", lines("POST /webhooks/email/mailgun/mime HTTP/1.1", "Host: a", "Content-Length: 5000")]],
    answer: "408",
    withinSeconds: 30,
  },
  "a webhook that does not exist": {
    port: "http",
    begin: [["", lines("POST /webhooks/nobody HTTP/1.1", "Host: a", "Content-Length: 5000")]],
    answer: "404",
    withinSeconds: 30,
  },
  "a page of a channel": {
    port: "http",
    begin: [["", lines("POST /unsubscribe/token HTTP/1.1", "Host: a", "Content-Length: 5000")]],
    answer: "",
    withinSeconds: 30,
  },
  "a file": {
    port: "http",
    begin: [
      [
        "",
        () =>
          lines(
            "POST /attachments HTTP/1.1",
            "Host: a",
            `Authorization: Bearer ${visitor.token}`,
            form,
            "Content-Length: 50000",
          ) + part,
      ],
    ],
    answer: "408",
    withinSeconds: 30,
  },
  "an SMTP command": { port: "smtp", begin: [["220 ", "NOOP "]], answer: "421 4.4.2", withinSeconds: 130 },
  "the content of an email by SMTP": { port: "smtp", begin: hello("EHLO"), answer: "421 4.4.2", withinSeconds: 30 },
  "the content of an email by LMTP": { port: "lmtp", begin: hello("LHLO"), answer: "421 4.4.2", withinSeconds: 30 },
};

describe("A peer that sends nothing is let go", () => {
  test.concurrent.each([
    ["http", 20],
    ["smtp", 70],
    ["lmtp", 70],
  ] as const)("by %s", async (port, withinSeconds) => {
    const peer = await RawPeer.connect(ports[port], "127.0.0.2");
    const beganAt = performance.now();
    await peer.until("never");
    await peer.close();
    expect(performance.now() - beganAt).toBeLessThan(2 * withinSeconds * second + 1_000);
  });
});

describe("A peer that sends a byte in a second is let go", () => {
  test.concurrent.each(Object.entries(doors))("%s", async (_name, { port, begin, answer, withinSeconds }) => {
    const peer = await RawPeer.connect(ports[port], "127.0.0.2");
    for (const [awaited, sent] of begin) {
      await peer.until(awaited);
      await peer.write(typeof sent === "string" ? sent : sent());
    }
    const tookMs = await peer.trickle(byteMs);
    expect(peer.received).toContain(answer);
    // Twice, for a busy machine.
    expect(tookMs).toBeLessThan(2 * withinSeconds * second + 1_000);
  });
});

test("A file that comes at 10 KB/s arrives, whatever it takes", async () => {
  const peer = await RawPeer.connect(ports.http, "127.0.0.2");
  const end = "\r\n--b--\r\n";
  const seconds = 4;
  const length = part.length + seconds * 10_000 + end.length;
  const headers = ["POST /attachments HTTP/1.1", "Host: a", `Authorization: Bearer ${visitor.token}`, form];
  await peer.write(lines(...headers, `Content-Length: ${length}`) + part);
  // Four times as long as the grace of this program.
  for (let piece = 0; piece < seconds * 10; piece += 1) {
    await peer.write("slow ".repeat(200));
    await new Promise((resume) => setTimeout(resume, 100));
  }
  await peer.write(end);
  await peer.until("\r\n\r\n{");
  expect(peer.received).toMatch(/^HTTP\/1.1 201 /);
  await peer.close();
});
