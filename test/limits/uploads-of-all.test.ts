import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { concurrencyLimits } from "../../src/limits/limit-table.js";
import { TestApp } from "../support/app/test-app.js";
import { RawPeer } from "../support/fakes/raw-peer.js";
import { elsewhere, networks, times } from "./many-peers.js";

jest.setTimeout(60_000);

let app: TestApp;
let port: number;
const peers: RawPeer[] = [];
beforeAll(async () => {
  app = await TestApp.start();
  port = Number(new URL(app.url).port);
});
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});
afterAll(() => app?.stop());

const boundary = "edge";
const begin = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\nContent-Type: text/plain\r\n\r\nHello`;
const end = `\r\n--${boundary}--\r\n`;

/** An upload of which the end is missing. */
async function beginUpload(token: string, from: string): Promise<RawPeer> {
  const peer = await RawPeer.connect(port, from);
  peers.push(peer);
  const head = [
    ...["POST /attachments HTTP/1.1", "Host: a", `Authorization: Bearer ${token}`],
    ...[`Content-Type: multipart/form-data; boundary=${boundary}`, `Content-Length: ${begin.length + end.length}`],
  ];
  await peer.write(`${head.join("\r\n")}\r\n\r\n${begin}`);
  return peer;
}

async function statusOf(peer: RawPeer): Promise<number> {
  await peer.until("\r\n\r\n");
  return Number(/^HTTP\/1.1 (\d+)/.exec(peer.received)?.[1]);
}

async function endUpload(peer: RawPeer): Promise<number> {
  await peer.write(end);
  return statusOf(peer);
}

/** The status of an upload that is sent whole. */
const upload = async (token: string, from: string) => endUpload(await beginUpload(token, from));

const sessions = (count: number) => times(count, async () => String((await app.startVisitor()).token));

/** Begins so many uploads: as many in each session as it may have, from these networks in turn. */
async function fill(count: number, from: readonly string[]): Promise<RawPeer[]> {
  const tokens = await sessions(count / concurrencyLimits.uploadsOfSession.max);
  return times(count, (index) => beginUpload(tokens[index % tokens.length] ?? "", from[index % from.length] ?? ""));
}

/** Sends others until one is refused: by then as many as are allowed have come. */
async function expectEdge(full: readonly RawPeer[], another: () => Promise<number>): Promise<void> {
  while ((await another()) === 201);
  const [first, ...others] = full;
  expect(first && (await endUpload(first))).toBe(201);
  expect(await another()).toBe(201);
  // None of those that were begun was refused.
  expect(new Set(await Promise.all(others.map(endUpload)))).toEqual(new Set([201]));
}

test("uploads of a network are limited, and those of others go on", async () => {
  const [own = "", others = ""] = await sessions(2);
  const [office = ""] = networks(1);
  const full = await fill(concurrencyLimits.uploadsOfNetwork.max, [office]);
  await expectEdge(full, async () => {
    const status = await upload(own, office);
    if (status !== 201) expect([status, await upload(others, elsewhere)]).toEqual([429, 201]);
    return status;
  });
});

test("uploads of all networks together are limited", async () => {
  const { uploads, uploadsOfNetwork } = concurrencyLimits;
  const [own = ""] = await sessions(1);
  const full = await fill(uploads.max, networks(uploads.max / uploadsOfNetwork.max));
  await expectEdge(full, async () => {
    const status = await upload(own, elsewhere);
    expect([201, 429]).toContain(status);
    return status;
  });
});
