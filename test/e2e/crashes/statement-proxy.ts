import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Where to stop the program: before the server receives a statement, or after it was executed and before its response. */
export interface Breakpoint {
  /** The number of the statement from now on, starting with 1, or the beginning of its text. */
  readonly statement: number | string;
  readonly side: "before" | "after";
  /** Called once with the statement's text; neither the statement nor its response is passed on. */
  readonly onReached: (text: string) => void;
}

/**
 * A proxy between a program and PostgreSQL, on a port that stays the same when servers are replaced. Counts the
 * statements of the program's own pool; those of the jobs' pool are not counted.
 */
export class StatementProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #breakpoint: Breakpoint | null = null;
  #seen = 0;

  private constructor(private upstreamPort: number) {
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(databaseUrl: string): Promise<StatementProxy> {
    const proxy = new StatementProxy(Number(new URL(databaseUrl).port));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** The database's URL through this proxy. */
  through(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Sends new connections to this server from now on; those to the earlier one ended with it. */
  retarget(databaseUrl: string): void {
    this.upstreamPort = Number(new URL(databaseUrl).port);
  }

  setBreakpoint(breakpoint: Breakpoint): void {
    this.#seen = 0;
    this.#breakpoint = breakpoint;
  }

  /** Removes the breakpoint. Returns the number of statements since it was set. */
  clear(): number {
    this.#breakpoint = null;
    return this.#seen;
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #serve(client: Socket): void {
    const upstream = connect(this.upstreamPort, "127.0.0.1");
    const reader = new FrontendReader();
    let reached: Breakpoint | null = null;
    let text = "";
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // the close event ends the other side
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk) => {
      for (const unit of reader.read(chunk)) {
        if (reached !== null) return;
        if (unit.text !== null && reader.counted) {
          const breakpoint = this.#count(unit.text);
          if (breakpoint !== null) {
            reached = breakpoint;
            text = unit.text;
            if (breakpoint.side === "before") return breakpoint.onReached(text);
          }
        }
        upstream.write(unit.bytes);
      }
    });
    upstream.on("data", (chunk) => {
      if (reached === null) client.write(chunk);
      else if (endsReady(chunk)) reached.onReached(text);
    });
  }

  #count(text: string): Breakpoint | null {
    const breakpoint = this.#breakpoint;
    this.#seen += 1;
    const reached =
      typeof breakpoint?.statement === "string"
        ? text.trimStart().startsWith(breakpoint.statement)
        : breakpoint?.statement === this.#seen;
    if (!reached) return null;
    this.#breakpoint = null;
    return breakpoint;
  }
}

interface Unit {
  readonly bytes: Buffer;
  /** Null: no statement. */
  readonly text: string | null;
}

const query = "Q".charCodeAt(0);
const parse = "P".charCodeAt(0);
const bind = "B".charCodeAt(0);
const sync = "S".charCodeAt(0);
const jobsPool = "afterchat jobs";

/** Splits a client's messages into statements: a simple query, or everything up to a Sync (PostgreSQL 18, 54.7). */
class FrontendReader {
  #rest = Buffer.alloc(0);
  #unit: Buffer[] = [];
  #started = false;
  #text: string | null = null;
  readonly #prepared = new Map<string, string>();
  counted = true;

  *read(chunk: Buffer): Generator<Unit> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      // Only the first message has no type.
      const typeBytes = this.#started ? 1 : 0;
      if (this.#rest.length < typeBytes + 4) return;
      const length = typeBytes + this.#rest.readUInt32BE(typeBytes);
      if (this.#rest.length < length) return;
      const message = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      if (!this.#started) {
        this.#started = true;
        this.counted = !message.includes(jobsPool);
        yield { bytes: message, text: null };
        continue;
      }
      this.#unit.push(message);
      const type = message[0];
      this.#readStatement(type, message);
      // An extended query ends with Sync; passwords and Terminate are single messages.
      if (type === sync || this.#text === null || type === query) {
        yield { bytes: Buffer.concat(this.#unit), text: type === sync || type === query ? this.#text : null };
        this.#unit = [];
        this.#text = null;
      }
    }
  }

  #readStatement(type: number | undefined, message: Buffer): void {
    if (type === query) [this.#text = ""] = strings(message, 5);
    else if (type === parse) {
      const [name = "", text = ""] = strings(message, 5);
      this.#prepared.set(name, text);
      this.#text = text;
    } else if (type === bind) {
      const [, name = ""] = strings(message, 5);
      this.#text = this.#prepared.get(name) ?? name;
    }
  }
}

/** The zero-terminated strings from an offset on; the last ones may not be strings. */
function strings(message: Buffer, from: number): string[] {
  return message.subarray(from).toString("utf8").split("\0");
}

/** Whether the response is complete: it ends with ReadyForQuery. */
function endsReady(chunk: Buffer): boolean {
  return chunk.length >= 6 && chunk.readUInt8(chunk.length - 6) === 0x5a && chunk.readUInt32BE(chunk.length - 5) === 5;
}
