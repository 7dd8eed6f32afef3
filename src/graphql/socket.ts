import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Viewer } from "../viewer.js";
import type { Api } from "./api.js";
import { HeldDocuments } from "./held-documents.js";

/** Close codes in addition to those of graphql-ws: https://the-guild.dev/graphql/ws */
const tooSlow = 4008;
const viewerChanged = 4205;

/** How much a slow client may leave unread before it is disconnected. */
const maxUnreadBytes = 1_048_576;
/** How long the closing handshake may take. */
const closingMs = 2_000;
/** How often an open connection's session is checked: it may have ended in another process. */
const recheckMs = 30_000;

/** One client's socket and its viewer. */
export class Socket {
  readonly held = new HeldDocuments();
  #viewer: Viewer | null = null;
  #token: string | null = null;
  #checkedAt = 0;
  #hasPonged = true;
  #lastMessageAt: Date;
  #isUnresponsive = false;

  constructor(
    readonly id: string,
    readonly remoteAddress: string,
    private readonly webSocket: WebSocket,
    private readonly api: Api,
  ) {
    this.#lastMessageAt = api.clock.now();
    const markAlive = (): void => {
      this.#hasPonged = true;
      this.#lastMessageAt = api.clock.now();
    };
    webSocket.on("pong", markAlive);
    webSocket.on("message", markAlive);
  }

  /** When its viewer was last seen: the last sign of life of an unresponsive socket, otherwise now. */
  get lastSeenAt(): Date {
    return this.#isUnresponsive ? this.#lastMessageAt : this.api.clock.now();
  }

  get viewer(): Viewer | null {
    return this.#viewer;
  }

  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  setViewer(viewer: Viewer | null, token: string | null): void {
    this.#viewer = viewer;
    this.#token = token;
    this.#checkedAt = this.api.clock.now().getTime();
  }

  /** Checks whether the session is still valid, and closes the socket if it is not. */
  async check(): Promise<void> {
    if (this.#token === null || this.#viewer === null) return;
    const viewer = await this.api.recheck(this.#token);
    if (viewer === null) return this.close(CloseCode.Forbidden, "Session ended");
    if (isSamePerson(viewer, this.#viewer)) return this.setViewer(viewer, this.#token);
    // The visitor was merged into another one by an identity: the client has to subscribe again as that visitor.
    this.close(viewerChanged, "Connect again");
  }

  /** `check`, unless it was done recently: sessions that end in this process close their sockets immediately anyway. */
  async checkIfStale(): Promise<void> {
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

  /** Closes the socket without a handshake. */
  terminate(): void {
    this.webSocket.terminate();
  }

  /** Sends a ping; terminates the socket if the previous one was not answered. */
  ping(): void {
    if (!this.#hasPonged) {
      this.#isUnresponsive = true;
      this.webSocket.terminate();
    } else if (this.isOpen) {
      this.#hasPonged = false;
      this.webSocket.ping();
    }
  }
}

function isSamePerson(viewer: Viewer, other: Viewer): boolean {
  if (viewer.kind === "agent") return other.kind === "agent" && viewer.agentId === other.agentId;
  return other.kind === "visitor" && viewer.visitorId === other.visitorId && viewer.guestOf === other.guestOf;
}
