import { CloseCode } from "graphql-ws";
import type { WebSocket } from "ws";
import { networkOf } from "../limits/network-of.js";
import type { Viewer } from "../viewer.js";
import type { Api } from "./api.js";
import type { ByteBudget } from "./byte-budget.js";

/** Close codes in addition to those of graphql-ws: https://the-guild.dev/graphql/ws */
const tooSlow = 4008;
const viewerChanged = 4205;
/** The same number as graphql-ws gives to a second `connection_init`: each is too many requests. */
const tooMany = CloseCode.TooManyInitialisationRequests;

/** How much a slow client may leave unread before it is disconnected. */
const maxUnreadBytes = 1_048_576;
/** How often an open connection's session is checked: it may have ended in another process. */
const recheckMs = 30_000;

/** What a chunk of an unfinished message occupies beside its bytes. */
const bytesPerChunk = 256;
/** A control frame of a client without its payload: two bytes and the mask. */
const controlFrameBytes = 6;

/** One client's socket and its viewer. */
export class Socket {
  /** Whose sockets are counted together; see networkOf. */
  readonly network: string;
  #unfinishedBytes = 0;
  #unfinishedChunkBytes = 0;
  #viewer: Viewer | null = null;
  #token: string | null = null;
  #checkedAt = 0;
  #isStale = false;
  #hasPonged = true;
  #lastMessageAt: Date;
  #isUnresponsive = false;

  constructor(
    readonly id: string,
    readonly remoteAddress: string,
    private readonly webSocket: WebSocket,
    private readonly api: Api,
    private readonly budget: ByteBudget<Socket>,
  ) {
    this.network = networkOf(remoteAddress);
    this.#lastMessageAt = api.clock.now();
    const markAlive = (): void => {
      this.#hasPonged = true;
      this.#lastMessageAt = api.clock.now();
    };
    webSocket.on("pong", markAlive);
    webSocket.on("message", markAlive);
    webSocket.once("close", () => budget.set(this, 0));
  }

  /** To be called for each chunk that its client sends: until the message is complete, it stays in memory. */
  receivedChunk(bytes: number): void {
    this.#unfinishedChunkBytes = bytesPerChunk;
    this.#setUnfinished(this.#unfinishedBytes + bytes + bytesPerChunk);
  }

  /** What its client has sent of a message that is not complete. */
  get unfinishedBytes(): number {
    return this.#unfinishedBytes;
  }

  /** To be called when a message is complete. */
  receivedMessage(): void {
    this.#setUnfinished(0);
  }

  /** To be called for a ping or pong, which may stand between the fragments of a message. */
  receivedControl(payloadBytes: number): void {
    const bytes = controlFrameBytes + payloadBytes + this.#unfinishedChunkBytes;
    this.#unfinishedChunkBytes = 0;
    this.#setUnfinished(Math.max(0, this.#unfinishedBytes - bytes));
  }

  #setUnfinished(bytes: number): void {
    this.#unfinishedBytes = bytes;
    this.#countBytes();
  }

  /** What it holds in memory: what was not read by its client yet, and what its client has not finished. */
  #countBytes(): void {
    const isClosed = this.webSocket.readyState === this.webSocket.CLOSED;
    this.budget.set(this, isClosed ? 0 : this.webSocket.bufferedAmount + this.#unfinishedBytes);
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

  /** Whether its `connection_init` was accepted. */
  get isIdentified(): boolean {
    return this.#checkedAt > 0;
  }

  setViewer(viewer: Viewer | null, token: string | null): void {
    this.#viewer = viewer;
    this.#token = token;
    this.#isStale = false;
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

  /** To be called when the rights of its session have changed: nothing more is sent by what they were. */
  markStale(): void {
    this.#isStale = true;
  }

  /** `check`, unless it was done recently: sessions that end in this process close their sockets immediately anyway. */
  async checkIfStale(): Promise<void> {
    if (this.#isStale || this.api.clock.now().getTime() - this.#checkedAt > recheckMs) await this.check();
  }

  /** Calls `leave` when the socket has closed; it must be open. */
  whenClosed(leave: () => void): void {
    this.webSocket.once("close", leave);
  }

  send(text: string): void {
    if (!this.isOpen) return;
    this.webSocket.send(text, () => this.#countBytes());
    this.#countBytes();
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

  /** An event of it could not be executed in time. */
  closeAsMissing(): void {
    this.close(tooSlow, "The server is busy: connect again and read what you missed");
  }

  /** @param limit such as "at most 20 sockets per session" */
  closeAsTooMany(limit: string): void {
    this.close(tooMany, `Too many at the same time: ${limit}`);
  }

  closeAsFlooding(): void {
    this.#closeDeaf(tooMany, "Too many messages: send fewer, then connect again");
  }

  closeAsTooLarge(): void {
    this.#closeDeaf(CloseCode.BadRequest, "connection_init is too large: send the token, and little else");
  }

  /** Closes it and reads nothing more of what its client sends. */
  #closeDeaf(code: number, reason: string): void {
    this.close(code, reason);
    this.webSocket.pause();
  }

  close(code: number, reason: string): void {
    this.webSocket.close(code, reason);
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
