import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { concurrencyLimits } from "../../src/limits/limit-table.js";
import { RawSocket } from "../support/app/raw-socket.js";
import type { RawPeer } from "../support/fakes/raw-peer.js";
import { elsewhere, inTurn, networks, type StartedProgram, startProgram } from "./many-peers.js";
import { connectByHand } from "./socket-by-hand.js";

jest.setTimeout(60_000);

const { sockets, anonymousSocketsOfNetwork } = concurrencyLimits;

let started: StartedProgram;
const full: RawPeer[] = [];
const others: RawSocket[] = [];
beforeAll(async () => {
  started = await startProgram();
});
afterAll(async () => {
  await Promise.all([...full, ...others].map((socket) => socket.close()));
  await started?.stop();
});

async function connect(): Promise<RawSocket> {
  const socket = await RawSocket.connect(started.program.url, null, { localAddress: elsewhere });
  others.push(socket);
  return socket;
}

/** Connects as soon as the server knows that another socket has closed. */
async function connectWhenThereIsRoom(): Promise<RawSocket> {
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      expect(String(error)).toContain("503");
    }
  }
}

test("sockets of all networks together are limited, with 503 at the upgrade; closing one makes room for one", async () => {
  const from = networks(Math.ceil(sockets.max / anonymousSocketsOfNetwork.max));
  full.push(...(await inTurn(from, sockets.max, (address) => connectByHand(started.program.url, address))));
  expect(full).toHaveLength(sockets.max);
  expect(full.filter(({ received, isOpen }) => !isOpen || !received.includes("connection_ack"))).toEqual([]);
  await expect(connect()).rejects.toThrow("503");
  await full.pop()?.close();
  await connectWhenThereIsRoom();
  await expect(connect()).rejects.toThrow("503");
  expect([...full, ...others].filter(({ isOpen }) => isOpen)).toHaveLength(sockets.max);
});
