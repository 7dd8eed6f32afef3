import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { concurrencyLimits } from "../../src/limits/limit-table.js";
import { StubServer } from "../graphql/stub-server.js";
import { SmtpConversation } from "../plugins/email/inbound/sources/smtp-conversation.js";
import { RawSocket } from "../support/app/raw-socket.js";
import { TestApp } from "../support/app/test-app.js";
import { RawPeer } from "../support/fakes/raw-peer.js";
import { freePort } from "../support/servers/free-ports.js";

/** Limits that only many can reach together, at their edge: each uses connections from addresses of its own. */
jest.setTimeout(60_000);

const networks = (count: number): string[] => Array.from({ length: count }, (_, index) => `127.0.1.${index + 1}`);
const times = <Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

describe("On the running program", () => {
  let app: TestApp;
  let port: number;
  let smtpPort: number;
  const peers: RawPeer[] = [];
  beforeAll(async () => {
    smtpPort = await freePort();
    app = await TestApp.start({ EMAIL_SMTP_LISTEN: `127.0.0.1:${smtpPort}` });
    port = Number(new URL(app.url).port);
  });
  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.close()));
  });
  afterAll(() => app?.stop());

  // The first one, while no client of the tests keeps connections.
  test("connections of all networks together are limited: the network with the most loses one", async () => {
    const { connections, connectionsOfNetwork } = concurrencyLimits;
    const ask = async (peer: RawPeer) => {
      await peer.write("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
      await peer.until('{"status":"ok"}');
      return peer;
    };
    const open = async (from: string) => {
      const peer = await RawPeer.connect(port, from);
      peers.push(peer);
      return ask(peer);
    };
    const attackers = networks(Math.floor(connections.max / connectionsOfNetwork.max));
    for (const from of attackers) await times(connectionsOfNetwork.max, () => open(from));
    const rest = connections.max - attackers.length * connectionsOfNetwork.max;
    await times(rest, () => open("127.0.2.1"));
    const isOpen = () => peers.filter((peer) => peer.isOpen).length;
    expect(isOpen()).toBe(connections.max);
    const honest = await open("127.0.2.2");
    while (isOpen() > connections.max) await new Promise((turn) => setImmediate(turn));
    expect(honest.isOpen).toBe(true);
    expect(isOpen()).toBe(connections.max);
  });

  const boundary = "edge";
  const head = (size: number) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="notes.txt"\r\nContent-Type: text/plain\r\n\r\n${"x".repeat(size)}`;
  const tail = `\r\n--${boundary}--\r\n`;

  /** An upload of which the last byte is missing. */
  async function beginUpload(token: string | null, from: string): Promise<RawPeer> {
    const peer = await RawPeer.connect(port, from);
    peers.push(peer);
    const length = head(10).length + tail.length;
    await peer.write(
      [
        "POST /attachments HTTP/1.1",
        "Host: a",
        `Authorization: Bearer ${token}`,
        `Content-Type: multipart/form-data; boundary=${boundary}`,
        `Content-Length: ${length}`,
        "",
        head(10),
      ].join("\r\n"),
    );
    return peer;
  }

  /** The status of an upload that is sent whole. */
  async function upload(token: string | null, from: string): Promise<number> {
    const peer = await beginUpload(token, from);
    await peer.write(tail);
    await peer.until("\r\n\r\n");
    return Number(/^HTTP\/1.1 (\d+)/.exec(peer.received)?.[1]);
  }

  /** Begins as many as fit, and one more of somebody else's until it is refused: by then all the others are counted. */
  async function expectEdge(full: readonly RawPeer[], another: () => Promise<number>): Promise<void> {
    while ((await another()) === 201);
    expect(await another()).toBe(429);
    // The last that is allowed was.
    expect(full.filter(({ received }) => received !== "")).toEqual([]);
    await full[0]?.write(tail);
    await full[0]?.until("201");
    expect(await another()).toBe(201);
  }

  const sessions = (count: number) => times(count, async () => (await app.startVisitor()).token);

  test("uploads of a network are limited, and those of others go on", async () => {
    const { uploadsOfNetwork, uploadsOfSession } = concurrencyLimits;
    const tokens = await sessions(uploadsOfNetwork.max / uploadsOfSession.max + 2);
    const [own, others, ...visitors] = tokens;
    const [office = "", elsewhere = ""] = networks(2);
    const full = await times(uploadsOfNetwork.max, (index) =>
      beginUpload(visitors[index % visitors.length] ?? null, office),
    );
    await expectEdge(full, () => upload(own ?? null, office));
    expect(await upload(others ?? null, elsewhere)).toBe(201);
  });

  test("uploads of all networks together are limited", async () => {
    const { uploads, uploadsOfNetwork, uploadsOfSession } = concurrencyLimits;
    const [own, ...visitors] = await sessions(uploads.max / uploadsOfSession.max + 1);
    const offices = networks(uploads.max / uploadsOfNetwork.max);
    const full = await times(uploads.max, (index) =>
      beginUpload(visitors[index % visitors.length] ?? null, offices[index % offices.length] ?? ""),
    );
    await expectEdge(full, () => upload(own ?? null, "127.0.2.1"));
  });

  test("mail connections of all networks together are limited: the network with the most loses one", async () => {
    const { mailConnections, mailConnectionsOfPrivateNetwork } = concurrencyLimits;
    const ofEach = mailConnectionsOfPrivateNetwork.max;
    const senders = networks(Math.ceil(mailConnections.max / ofEach));
    const open = await times(mailConnections.max, (index) =>
      SmtpConversation.connect(smtpPort, senders[Math.floor(index / ofEach)]),
    );
    const another = await SmtpConversation.connect(smtpPort, "127.0.2.1");
    expect(await another.send("EHLO mail.example.com")).toMatch(/^250/);
    const replies = await Promise.all(open.map((conversation) => conversation.send("NOOP")));
    expect(replies.filter((reply) => !reply.startsWith("250"))).toHaveLength(1);
    for (const conversation of [...open, another]) conversation.close();
  });
});

describe("On sockets", () => {
  let server: StubServer;
  const open: RawSocket[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((socket) => socket.close()));
    await server.stop();
  });

  const connect = async (from: string) => {
    const socket = await RawSocket.connect(server.url, "ben", { localAddress: from });
    open.push(socket);
    return socket;
  };
  /** A subscription that holds so many bytes: as many for each character of its variables as held-documents.ts counts. */
  const hold = (socket: RawSocket, id: string, bytes: number) => {
    const variables = { unused: "x".repeat(bytes / 20 - '{"unused":""}'.length) };
    socket.send({ id, type: "subscribe", payload: { query: "subscription { messageAdded { id } }", variables } });
  };
  const settled = async (socket: RawSocket) => {
    socket.subscribe("settled", "{ __typename }");
    await socket.until(({ id, type }) => id === "settled" && type === "complete");
  };
  const refusals = (socket: RawSocket) =>
    socket.received.flatMap(({ type, id, payload }) => (type === "error" ? [{ id, payload }] : []));

  test.each([
    ["a network", concurrencyLimits.heldBytesOfNetwork.max, ["127.0.0.1"], "RATE_LIMITED"],
    ["all networks together", concurrencyLimits.heldBytes.max, networks(5), "SERVICE_UNAVAILABLE"],
  ] as const)("what operations of %s hold is limited; ending one makes room", async (_whose, max, from, code) => {
    server = await StubServer.start();
    const piece = 200_000;
    const sockets: RawSocket[] = [];
    // A little less than the limit, because each text counts a few bytes more than what is counted here.
    for (let held = 0; held + piece < max; held += piece) {
      const index = Math.floor(held / piece);
      if (index % 18 === 0) sockets.push(await connect(from[sockets.length % from.length] ?? ""));
      const socket = sockets.at(-1) as RawSocket;
      hold(socket, String(index), piece);
    }
    for (const socket of sockets) {
      await settled(socket);
      expect(refusals(socket)).toEqual([]);
    }
    const last = await connect(from.length === 1 ? from[0] : "127.0.2.1");
    hold(last, "one too many", piece + 50_000);
    await settled(last);
    expect(refusals(last)).toMatchObject([{ payload: [{ extensions: { code } }] }]);
    sockets[0]?.send({ id: "0", type: "complete" });
    sockets[0]?.send({ id: "1", type: "complete" });
    await settled(sockets[0] as RawSocket);
    last.subscribe("again", "{ __typename }");
    hold(last, "after one ended", piece + 50_000);
    await last.until(({ id, type }) => id === "again" && type === "complete");
    await settled(last);
    expect(refusals(last)).toHaveLength(1);
  });
});
