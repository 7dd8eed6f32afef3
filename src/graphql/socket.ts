import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Viewer } from "../viewer.js";
import type { Api } from "./api.js";

/** Closing codes of our own, beside those of graphql-ws: https://the-guild.dev/graphql/ws */
const tooSlow = 4008;
const viewerChanged = 4205;

/** What a slow reader may leave unread before its connection ends. */
const maxUnreadBytes = 1_048_576;
/** How long a closing handshake may take. */
const closingMs = 2_000;
/** A session is asked for again by then: it may have ended in another process. */
const recheckMs = 30_000;

/** One client's socket, and whose it is. */
export class Socket {
  #viewer: Viewer | null = null;
  #token: string | null = null;
  #checkedAt = 0;
  #answered = true;
  #heardAt: Date;
  #wentSilent = false;

  constructor(
    readonly id: string,
    readonly remoteAddress: string,
    private readonly webSocket: WebSocket,
    private readonly api: Api,
  ) {
    this.#heardAt = api.clock.now();
    const markAlive = (): void => {
      this.#answered = true;
      this.#heardAt = api.clock.now();
    };
    webSocket.on("pong", markAlive);
    webSocket.on("message", markAlive);
  }

  /** When its owner was last there: the last sign of life of a socket that went silent, otherwise now. */
  get lastThereAt(): Date {
    return this.#wentSilent ? this.#heardAt : this.api.clock.now();
  }

  get viewer(): Viewer | null {
    return this.#viewer;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  belongTo(viewer: Viewer | null, token: string | null): void {
    this.#viewer = viewer;
    this.#token = token;
    this.#checkedAt = this.api.clock.now().getTime();
  }

  /** Asks anew whether the session still holds, and closes the socket when it does not. */
  async check(): Promise<void> {
    if (this.#token === null || this.#viewer === null) return;
    const viewer = await this.api.recheck(this.#token);
    if (viewer === null) return this.close(CloseCode.Forbidden, "Session ended");
    if (isSamePerson(viewer, this.#viewer)) return this.belongTo(viewer, this.#token);
    // An identity joined this visitor to another one: subscriptions must begin anew as that one.
    this.close(viewerChanged, "Connect again");
  }

  /** `check`, but not for every event of a busy stream: sessions that end in this process close their sockets at once. */
  async checkNowAndThen(): Promise<void> {
    if (this.api.clock.now().getTime() - this.#checkedAt > recheckMs) await this.check();
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.webSocket.send(text);
    if (this.webSocket.bufferedAmount <= maxUnreadBytes) return;
    this.api.logger.warn("A subscriber reads too slowly and is disconnected", {
      connectionId: this.id,
      unreadBytes: this.webSocket.bufferedAmount,
    });
    this.closeAsTooSlow();
  }

  closeAsTooSlow(): void {
    this.close(tooSlow, "Too slow: connect again and read what you missed");
  }

  close(code: number, reason: string): void {
    this.webSocket.close(code, reason);
    setTimeout(() => this.webSocket.terminate(), closingMs).unref();
  }

  /** Ends the socket without a word. */
  terminate(): void {
    this.webSocket.terminate();
  }

  /** Asks for a sign of life; ends the socket when the one before was not answered. */
  ping(): void {
    if (!this.#answered) {
      this.#wentSilent = true;
      this.webSocket.terminate();
    } else if (this.isOpen) {
      this.#answered = false;
      this.webSocket.ping();
    }
  }
}

function isSamePerson(viewer: Viewer, other: Viewer): boolean {
  if (viewer.kind === "agent") return other.kind === "agent" && viewer.agentId === other.agentId;
  return other.kind === "visitor" && viewer.visitorId === other.visitorId && viewer.guestOf === other.guestOf;
}
