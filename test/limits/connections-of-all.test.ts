import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { concurrencyLimits } from "../../src/limits/limit-table.js";
import { SmtpConversation } from "../plugins/email/inbound/sources/smtp-conversation.js";
import { TestApp } from "../support/app/test-app.js";
import { RawPeer } from "../support/fakes/raw-peer.js";
import { freePort } from "../support/servers/free-ports.js";
import { elsewhere, inTurn, networks, times } from "./many-peers.js";

/** Limits that only many networks can reach together: beyond them the network with the most gives way, and not the one that comes. */
jest.setTimeout(60_000);

let app: TestApp;
let port: number;
let smtpPort: number;
const closing: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  smtpPort = await freePort();
  app = await TestApp.start({ EMAIL_SMTP_LISTEN: `127.0.0.1:${smtpPort}` });
  port = Number(new URL(app.url).port);
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((each) => each.close()));
});
afterAll(() => app?.stop());

// The first one, while no client of the tests keeps connections.
test("connections of all networks together are limited: the network with the most loses one", async () => {
  const { connections, connectionsOfNetwork } = concurrencyLimits;
  let asked = 0;
  const ask = async (peer: RawPeer) => {
    asked += 1;
    const path = `/attachments/asked-${asked}`;
    await peer.write(`OPTIONS ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await peer.until(path);
  };
  const open = async (from: string) => {
    const peer = await RawPeer.connect(port, from);
    closing.push(peer);
    await ask(peer);
    return peer;
  };
  const from = networks(Math.floor(connections.max / connectionsOfNetwork.max));
  const largest = await inTurn(from, from.length * connectionsOfNetwork.max, open);
  const small = await times(connections.max - largest.length, () => open(elsewhere));
  const openOf = (peers: readonly RawPeer[]) => peers.filter(({ isOpen }) => isOpen).length;
  expect(openOf(largest) + openOf(small)).toBe(connections.max);

  const first = await open("127.0.2.2");
  // After the answer to this, the end of another connection has arrived, too.
  await ask(first);
  expect(first.isOpen).toBe(true);
  expect(openOf(small)).toBe(small.length);
  expect(openOf(largest)).toBe(largest.length - 1);

  const [leaving] = small;
  await leaving?.close();
  await ask(first);
  const second = await open("127.0.2.3");
  await ask(first);
  expect(second.isOpen).toBe(true);
  expect(openOf(small)).toBe(small.length - 1);
  expect(openOf(largest)).toBe(largest.length - 1);
});

test("mail connections of all networks together are limited: the network with the most loses one", async () => {
  const { mailConnections, mailConnectionsOfPrivateNetwork } = concurrencyLimits;
  const ofEach = mailConnectionsOfPrivateNetwork.max;
  const senders = networks(Math.ceil(mailConnections.max / ofEach));
  const connect = async (from = elsewhere) => {
    const conversation = await SmtpConversation.connect(smtpPort, from);
    closing.push(conversation);
    return conversation;
  };
  const open = await times(mailConnections.max, (index) => connect(senders[Math.floor(index / ofEach)]));
  /** The indexes of those that have ended. */
  const lost = async () => {
    const replies = await Promise.all(open.map((conversation) => conversation.send("NOOP")));
    return replies.flatMap((reply, index) => (reply.startsWith("250") ? [] : [index]));
  };
  expect(await lost()).toEqual([]);

  const first = await connect("127.0.2.2");
  expect(await first.send("EHLO mail.example.com")).toMatch(/^250/);
  const [gaveWay, ...others] = await lost();
  expect(others).toEqual([]);
  // The last of these senders has fewer than the others.
  expect(gaveWay).toBeLessThan((senders.length - 1) * ofEach);

  const leaving = open.pop() as SmtpConversation;
  expect(await leaving.send("QUIT")).toMatch(/^221/);
  expect(await leaving.reply()).toBe("closed");
  const second = await connect("127.0.2.3");
  expect(await second.send("EHLO mail.example.com")).toMatch(/^250/);
  expect(await first.send("NOOP")).toMatch(/^250/);
  expect(await lost()).toEqual([gaveWay]);
});
