import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { parse } from "graphql";
import { documentBytes } from "../../src/graphql/document-size.js";
import { concurrencyLimits } from "../../src/limits/limit-table.js";
import { RawSocket } from "../support/app/raw-socket.js";
import { elsewhere, inTurn, networks, type StartedProgram, startProgram } from "./many-peers.js";
import { beginOperation, connectByHand, socketMessage } from "./socket-by-hand.js";

jest.setTimeout(60_000);

let started: StartedProgram;
const open: { close(): Promise<unknown> }[] = [];
beforeAll(async () => {
  started = await startProgram();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((socket) => socket.close()));
});
afterAll(() => started?.stop());

async function connect(token: string | null, from: string): Promise<RawSocket> {
  const socket = await RawSocket.connect(started.program.url, token, { localAddress: from });
  open.push(socket);
  return socket;
}

const refusals = (socket: RawSocket) =>
  socket.received.flatMap(({ type, id, payload }) => (type === "error" ? [{ id, payload }] : []));

/** Resolves when this operation is refused. */
const refused = (socket: RawSocket, wanted: string) =>
  socket.until(({ type, id }) => type === "error" && id === wanted);

let queries = 0;
/** Sends a query. Whether it was answered: all that the socket has sent before is handled then. */
async function isAnswered(socket: RawSocket): Promise<boolean> {
  queries += 1;
  const query = `query ${queries}`;
  socket.subscribe(query, "{ __typename }");
  const last = await socket.until(({ type, id }) => id === query && type !== "next");
  return last?.type === "complete";
}

const text = "subscription { messageAdded { id } }";
/** As held-documents.ts counts them. */
const bytesPerCharacter = 20;
/** Of `{}`: the least that an operation without variables holds. */
const leastBytes = 2 * bytesPerCharacter;

/** Begins a subscription whose variables hold so many bytes. */
function hold(socket: RawSocket, id: string, bytes: number): void {
  const unused = "x".repeat(bytes / bytesPerCharacter - '{"unused":""}'.length);
  socket.subscribe(id, text, { unused });
}

test.each([
  ["a network", concurrencyLimits.heldBytesOfNetwork.max, [elsewhere], "RATE_LIMITED"],
  ["all networks together", concurrencyLimits.heldBytes.max, networks(5), "SERVICE_UNAVAILABLE"],
] as const)("what operations of %s hold is limited; ending one makes room", async (_whose, max, from, code) => {
  const { token } = await started.program.signInAdmin("an admin's password");
  const piece = 200_000;
  const ofEachSocket = 18;
  const sockets: RawSocket[] = [];
  let left = max - documentBytes(parse(text));
  for (let count = 0; left >= 2 * piece; count += 1, left -= piece) {
    if (count % ofEachSocket === 0) sockets.push(await connect(token, from[sockets.length % from.length] ?? ""));
    hold(sockets.at(-1) as RawSocket, String(count), piece);
  }
  for (const socket of sockets) {
    expect(await isAnswered(socket)).toBe(true);
    expect(refusals(socket)).toEqual([]);
  }
  const last = await connect(token, elsewhere);
  hold(last, "the last", left - (left % bytesPerCharacter));
  expect(left % bytesPerCharacter).toBeLessThan(leastBytes);
  last.subscribe("one too many", text);
  await refused(last, "one too many");
  const refusal = [{ extensions: { code } }];
  expect(refusals(last)).toMatchObject([{ id: "one too many", payload: refusal }]);

  sockets[0]?.send({ id: "0", type: "complete" });
  while (!(await isAnswered(last)));
  const before = refusals(last).length;
  hold(last, "allowed again", piece);
  last.subscribe("again too many", text);
  await refused(last, "again too many");
  expect(refusals(last).slice(before)).toMatchObject([{ id: "again too many", payload: refusal }]);
});

test("subscriptions of all networks together are limited; ending one makes room for one", async () => {
  const { subscriptions, subscriptionsOfSocket, anonymousSubscriptionsOfNetwork } = concurrencyLimits;
  const query = "subscription { contactFormUpdated { current } }";
  const many = Array.from({ length: subscriptionsOfSocket.max }, (_, index) => beginOperation(`${index}`, query));
  const begin = async (from: string) => {
    const peer = await connectByHand(started.program.url, from);
    open.push(peer);
    await peer.write(Buffer.concat([...many, beginOperation("settled", "{ __typename }")]));
    await peer.until('{"id":"settled","type":"complete"}');
    return peer;
  };
  const from = networks(Math.ceil(subscriptions.max / anonymousSubscriptionsOfNetwork.max));
  const full = await inTurn(from, subscriptions.max / subscriptionsOfSocket.max, begin);
  expect(full.filter(({ received, isOpen }) => !isOpen || received.includes('"type":"error"'))).toEqual([]);

  // Of a network that has none: only the limit of all can refuse it.
  const last = await connect(null, elsewhere);
  const refusal = [{ extensions: { code: "SERVICE_UNAVAILABLE" } }];
  last.subscribe("one too many", query);
  await isAnswered(last);
  expect(refusals(last)).toMatchObject([{ id: "one too many", payload: refusal }]);

  const [ending] = full;
  await ending?.write(
    Buffer.concat([socketMessage({ id: "0", type: "complete" }), beginOperation("ended", "{ __typename }")]),
  );
  await ending?.until('{"id":"ended","type":"complete"}');
  last.subscribe("allowed again", query);
  await isAnswered(last);
  expect(refusals(last)).toHaveLength(1);
  last.subscribe("again too many", query);
  await isAnswered(last);
  expect(refusals(last)).toMatchObject([{}, { id: "again too many", payload: refusal }]);
});
