import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { isSignedWebhook } from "afterchat/channel";
import { webhookSecretOf } from "../../../support/fakes/webhook-secret.js";

const script = fileURLToPath(new URL("../../../../../scripts/afterchat-pipe", import.meta.url));
// A NUL and a trailing line break, which shells easily lose.
const secret = webhookSecretOf("\0a secret of the mail server\n");
const mail = Buffer.from("Subject: Olá\r\n\r\nAté já\0\r\n\n\n", "latin1");

let directory: string;
let server: Server;
let status = 204;
const posted: { readonly headers: Headers; readonly body: Buffer }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterchat-pipe-"));
  await writeFile(join(directory, "secret"), `${secret}\n`);
  server = createServer(async (request, response) => {
    const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    posted.push({ headers, body: await buffer(request) });
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await once(server, "close");
  await rm(directory, { recursive: true, force: true });
});

async function pipe(): Promise<{ readonly code: number; readonly output: string }> {
  const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/email`;
  const child = spawn("/bin/sh", [script, "ana@visitor.example", "chat+abc@company.example"], {
    env: { AFTERCHAT_WEBHOOK: webhook, AFTERCHAT_SECRET_FILE: join(directory, "secret") },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const output = buffer(child.stdout);
  child.stdin.end(mail);
  const [code] = await once(child, "exit");
  return { code, output: String(await output) };
}

test("The Postfix pipe script posts the email's exact bytes, signed, with the same id in every attempt", async () => {
  expect(await pipe()).toEqual({ code: 0, output: "" });
  status = 503;
  expect(await pipe()).toEqual({ code: 75, output: "4.3.0 Afterchat answered 503\n" });
  status = 413;
  expect(await pipe()).toMatchObject({ code: 69 });
  expect(new Set(posted.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
  for (const { headers, body } of posted) {
    expect(body).toEqual(mail);
    expect(isSignedWebhook(secret, headers, body, new Date())).toBe(true);
    expect(headers.get("x-afterchat-from")).toBe("<ana@visitor.example>");
    expect(headers.get("x-afterchat-to")).toBe("chat+abc@company.example");
  }
});
