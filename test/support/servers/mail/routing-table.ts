import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";

/**
 * Which addresses there are and where their mail goes, asked by Postfix for every recipient, so that a test can change it
 * while connections are open. Speaks Postfix's socketmap_table(5): netstrings, `NAME KEY` and `OK VALUE` or `NOTFOUND `.
 */
export class RoutingTable {
  readonly #mailboxes = new Set<string>();
  readonly #routes = new Map<string, string>();
  readonly #refusals = new Map<string, string>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => socket.destroy());
      let unread = Buffer.alloc(0);
      socket.on("data", (chunk) => {
        unread = Buffer.concat([unread, chunk]);
        for (let request = readNetstring(unread); request !== null; request = readNetstring(unread)) {
          unread = unread.subarray(request.length);
          socket.write(netstring(this.#answer(request.text)));
        }
      });
    });
  }

  static async listen(socketPath: string): Promise<RoutingTable> {
    const table = new RoutingTable();
    table.#server.listen(socketPath);
    await once(table.#server, "listening");
    await chmod(socketPath, 0o666);
    return table;
  }

  addMailbox(address: string): void {
    this.#mailboxes.add(address.toLowerCase());
  }

  /** `addressOrDomain` as Postfix's transport(5) has it; plus addresses follow the address without their extension. */
  route(addressOrDomain: string, transport: string): void {
    this.#routes.set(addressOrDomain.toLowerCase(), transport);
  }

  /** What Postfix answers to RCPT, access(5); `null` takes it back. */
  refuse(address: string, reply: string | null): void {
    if (reply === null) this.#refusals.delete(address.toLowerCase());
    else this.#refusals.set(address.toLowerCase(), reply);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #answer(request: string): string {
    const space = request.indexOf(" ");
    const value = this.#lookUp(request.slice(0, space), request.slice(space + 1).toLowerCase());
    return value === undefined ? "NOTFOUND " : `OK ${value}`;
  }

  #lookUp(table: string, key: string): string | undefined {
    const names = namesOf(key);
    const route = names.map((name) => this.#routes.get(name)).find((transport) => transport !== undefined);
    switch (table) {
      case "domains":
        return this.#domains().has(key) ? key : undefined;
      case "recipients":
        return route !== undefined || names.some((name) => this.#mailboxes.has(name)) ? key : undefined;
      case "routes":
        return route;
      case "refusals":
        return this.#refusals.get(key);
      default:
        return undefined;
    }
  }

  #domains(): Set<string> {
    return new Set([...this.#mailboxes, ...this.#routes.keys()].map((name) => name.slice(name.lastIndexOf("@") + 1)));
  }
}

/** Postfix asks such a table for the whole address only: what it may stand under, the most exact first. */
function namesOf(address: string): string[] {
  return [address, address.replace(/\+[^@]*@/, "@"), address.replace(/^[^@]*@/, "")];
}

function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}

/** The first netstring and its length with everything around it, or `null` while it is not whole. */
function readNetstring(bytes: Buffer): { readonly text: string; readonly length: number } | null {
  const colon = bytes.indexOf(":");
  if (colon < 0) return null;
  const end = colon + 1 + Number(bytes.toString("latin1", 0, colon));
  if (bytes.length <= end) return null;
  return { text: bytes.toString("utf8", colon + 1, end), length: end + 1 };
}
