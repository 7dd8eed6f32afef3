import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stops the program at a statement: before the server has seen it, or after it was executed and before its answer. */
export interface Ambush {
  /** Which one from now on, beginning with 1, or the first that begins so. */
  readonly statement: number | string;
  readonly side: "before" | "after";
  /** Called once, with what the statement says; neither statement nor answer is passed on. */
  readonly onReached: (text: string) => void;
}

/**
 * Stands between a program and PostgreSQL, on a port that stays while servers come and go. Counts the statements of the
 * program's own pool; those of the jobs' pool pass uncounted.
 */
export class StatementProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #ambush: Ambush | null = null;
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

  /** The database's URL by way of this proxy. */
  through(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** New connections go to this server from now on; those of an earlier one have ended with it. */
  retarget(databaseUrl: string): void {
    this.upstreamPort = Number(new URL(databaseUrl).port);
  }

  lay(ambush: Ambush): void {
    this.#seen = 0;
    this.#ambush = ambush;
  }

  /** Everything passes. Returns how many statements were seen since the ambush was laid. */
  clear(): number {
    this.#ambush = null;
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
    let reached: Ambush | null = null;
    let text = "";
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // the other side learns of it by the close
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (chunk) => {
      for (const unit of reader.read(chunk)) {
        if (reached !== null) return;
        if (unit.text !== null && reader.counted) {
          const ambush = this.#meet(unit.text);
          if (ambush !== null) {
            reached = ambush;
            text = unit.text;
            if (ambush.side === "before") return ambush.onReached(text);
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

  #meet(text: string): Ambush | null {
    const ambush = this.#ambush;
    this.#seen += 1;
    const reached =
      typeof ambush?.statement === "string"
        ? text.trimStart().startsWith(ambush.statement)
        : ambush?.statement === this.#seen;
    if (!reached) return null;
    this.#ambush = null;
    return ambush;
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

/** Cuts what a client sends into statements: a simple query, or everything up to a Sync (PostgreSQL 18, 54.7). */
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
      this.#note(type, message);
      // Of an extended query, only the Sync ends it; passwords and goodbyes stand alone.
      if (type === sync || this.#text === null || type === query) {
        yield { bytes: Buffer.concat(this.#unit), text: type === sync || type === query ? this.#text : null };
        this.#unit = [];
        this.#text = null;
      }
    }
  }

  #note(type: number | undefined, message: Buffer): void {
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

/** The texts, each ended by a zero, from there on; the last ones may be no texts. */
function strings(message: Buffer, from: number): string[] {
  return message.subarray(from).toString("utf8").split("\0");
}

/** Whether the server has answered all: ReadyForQuery comes last. */
function endsReady(chunk: Buffer): boolean {
  return chunk.length >= 6 && chunk.readUInt8(chunk.length - 6) === 0x5a && chunk.readUInt32BE(chunk.length - 5) === 5;
}
