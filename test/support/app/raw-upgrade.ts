import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection that was upgraded to a WebSocket by hand, to send what no library would. */
export interface RawUpgrade {
  readonly connection: Socket;
  /** The HTTP response to the upgrade. */
  readonly response: string;
  /** The code with which the server closes it; null if the connection ends without. */
  readonly closeCode: Promise<number | null>;
}

export interface UpgradeOptions {
  /** The address of this side, which decides the network. */
  readonly localAddress?: string;
  /** Lines of the request's head. */
  readonly headers?: readonly string[];
}

/** The request that asks for a socket, with further lines of its head. */
export function upgradeHead(headers: readonly string[] = []): string {
  const head = [
    ...["GET /graphql HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket"],
    ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
    ...["Sec-WebSocket-Protocol: graphql-transport-ws", ...headers],
  ];
  return `${head.join("\r\n")}\r\n\r\n`;
}

export async function upgradeByHand(
  url: string,
  { localAddress, headers = [] }: UpgradeOptions = {},
): Promise<RawUpgrade> {
  const { hostname, port } = new URL(url);
  const connection = connect({ host: hostname, port: Number(port), ...(localAddress && { localAddress }) });
  connection.on("error", () => undefined);
  connection.write(upgradeHead(headers));
  const [first] = await once(connection, "data");
  const chunks: Buffer[] = [];
  connection.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closeCode = new Promise<number | null>((resolve) => {
    connection.on("data", () => {
      const code = closeCodeIn(Buffer.concat(chunks));
      if (code !== null) resolve(code);
    });
    connection.once("close", () => resolve(closeCodeIn(Buffer.concat(chunks))));
  });
  return { connection, response: String(first), closeCode };
}

type Opcode = "text" | "continuation" | "ping" | "pong";
const opcodes: Readonly<Record<Opcode, number>> = { continuation: 0, text: 1, ping: 9, pong: 10 };

interface Frame {
  readonly opcode: Opcode;
  readonly payload?: Buffer;
  /** Whether the message ends with it. */
  readonly isLast?: boolean;
  readonly isCompressed?: boolean;
  /** What its head says; the payload's by default. */
  readonly length?: number;
}

/** A client's frame, whose mask is zero. */
export function frame({
  opcode,
  payload = Buffer.alloc(0),
  isLast = true,
  isCompressed = false,
  length,
}: Frame): Buffer {
  const first = (isLast ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcodes[opcode];
  const said = length ?? payload.length;
  const size = said < 126 ? [said] : said < 65_536 ? [126, said >> 8, said & 255] : [127, ...uint64(said)];
  const [shortLength = 0, ...longLength] = size;
  return Buffer.concat([Buffer.from([first, 0x80 | shortLength, ...longLength, 0, 0, 0, 0]), payload]);
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** The code of the server's close frame; null if it has not sent one. */
function closeCodeIn(sent: Buffer): number | null {
  for (let offset = 0; offset + 2 <= sent.length; ) {
    const short = (sent[offset + 1] ?? 0) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    const length =
      short === 126 ? sent.readUInt16BE(offset + 2) : short === 127 ? Number(sent.readBigUInt64BE(offset + 2)) : short;
    if (((sent[offset] ?? 0) & 0x0f) === 8 && offset + head + 2 <= sent.length) return sent.readUInt16BE(offset + head);
    offset += head + length;
  }
  return null;
}
