import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { limitConnections } from "../../src/http/limit-connections.js";
import { RawPeer } from "../support/fakes/raw-peer.js";

const peers: RawPeer[] = [];
const waiting: ServerResponse[] = [];
let server: Server;

/** Requests of `/wait` are never answered. */
async function listen(limits: { ofNetwork: number; all: number }, proxy = ""): Promise<void> {
  server = createServer((request, response) => {
    if (request.url === "/wait") waiting.push(response);
    else response.end("served");
  });
  limitConnections(server, limits, (address) => address === proxy);
  await once(server.listen(0, "127.0.0.1"), "listening");
}

async function connect(from: string): Promise<RawPeer> {
  const peer = await RawPeer.connect((server.address() as AddressInfo).port, from);
  peers.push(peer);
  return peer;
}

/** Resolves with the status once it is served; null if the connection was closed instead. */
async function ask(peer: RawPeer): Promise<string | null> {
  await peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await peer.until("\r\n\r\n");
  return /^HTTP\/1.1 (\d+)/.exec(peer.received)?.[1] ?? null;
}

async function occupy(from: string): Promise<RawPeer> {
  const peer = await connect(from);
  const before = waiting.length;
  await peer.write("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  while (waiting.length === before) await once(server, "request");
  return peer;
}

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  waiting.length = 0;
});

describe("A network with as many connections as it may have", () => {
  test("loses the one that was idle for longest, and no busy one", async () => {
    await listen({ ofNetwork: 3, all: 100 });
    const busy = await occupy("127.0.0.2");
    const [first, second] = [await connect("127.0.0.2"), await connect("127.0.0.2")];
    expect(await ask(second)).toBe("200");
    expect(await ask(first)).toBe("200");
    expect(await ask(await connect("127.0.0.2"))).toBe("200");
    await second.until("never");
    expect([busy.isOpen, first.isOpen, second.isOpen]).toEqual([true, true, false]);
  });

  test("gets 429 while all are busy, and others are served", async () => {
    await listen({ ofNetwork: 3, all: 100 });
    const [one] = [await occupy("127.0.0.2"), await occupy("127.0.0.2"), await occupy("127.0.0.2")];
    const refused = await connect("127.0.0.2");
    await refused.until("network");
    expect(refused.received).toMatch(/^HTTP\/1.1 429 /);
    expect(await ask(await connect("127.0.0.3"))).toBe("200");
    await Promise.all([once(waiting[0] as ServerResponse, "close"), one?.close()]);
    expect(await ask(await connect("127.0.0.2"))).toBe("200");
  });

  test("is not limited if it is a proxy's", async () => {
    await listen({ ofNetwork: 1, all: 100 }, "127.0.0.2");
    await occupy("127.0.0.2");
    expect(await ask(await connect("127.0.0.2"))).toBe("200");
  });
});

test("When there are too many altogether, the network with the most loses one", async () => {
  await listen({ ofNetwork: 10, all: 4 });
  for (let count = 0; count < 3; count += 1) await occupy("127.0.0.2");
  await occupy("127.0.0.3");
  expect(await ask(await connect("127.0.0.4"))).toBe("200");
  expect(peers.slice(0, 4).map(({ isOpen }) => isOpen)).toEqual([true, true, false, true]);
});
