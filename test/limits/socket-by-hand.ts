import { frame, upgradeHead } from "../support/app/raw-upgrade.js";
import { RawPeer } from "../support/fakes/raw-peer.js";

/** A message of graphql-ws, as a client sends it. */
export function socketMessage(content: object): Buffer {
  return frame({ opcode: "text", payload: Buffer.from(JSON.stringify(content)) });
}

/** The message that begins an operation. */
export function beginOperation(id: string, query: string): Buffer {
  return socketMessage({ id, type: "subscribe", payload: { query } });
}

/** Opens a socket without a token, in less time than a library: for thousands of them. Resolves when it is acknowledged or refused. */
export async function connectByHand(url: string, from: string): Promise<RawPeer> {
  const peer = await RawPeer.connect(Number(new URL(url).port), from);
  await peer.write(Buffer.concat([Buffer.from(upgradeHead()), socketMessage({ type: "connection_init" })]));
  await peer.until("connection_ack");
  // Opening thousands may take longer than the server waits for an answer to its pings, which are empty.
  peer.answer("\x89\x00", frame({ opcode: "pong", payload: Buffer.alloc(0) }));
  return peer;
}
