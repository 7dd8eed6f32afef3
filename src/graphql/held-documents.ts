import { serviceUnavailable, UserError } from "../errors.js";
import { ConcurrencyLimit, type Leave } from "../limits/concurrency-limit.js";
import { type Enterable, enterAll } from "../limits/enter-all.js";
import { documentBytes } from "./document-size.js";
import type { CheckedDocument } from "./documents.js";
import { retryAfterSeconds, tooManyAtOnce } from "./refusals.js";
import type { Socket } from "./socket.js";

/** Measured with Node 24: `{}` and `[]` in a list, the smallest values for their length. */
const bytesPerCharacter = 20;

/**
 * Bounds what the operations in progress on sockets hold in memory: each keeps its document and its variables until it ends. Equal
 * documents are one in memory, and count once for their network and for all.
 */
export class HeldDocuments {
  readonly #ofSocket: ConcurrencyLimit;
  readonly #ofNetwork: ConcurrencyLimit;
  readonly #ofAll: ConcurrencyLimit;
  readonly #sharedOfNetwork: SharedEntries;
  readonly #sharedOfAll: SharedEntries;

  /** @param factor multiplies the limits of networks */
  constructor(factor: number) {
    this.#ofSocket = new ConcurrencyLimit("heldBytesOfSocket", factor);
    this.#ofNetwork = new ConcurrencyLimit("heldBytesOfNetwork", factor);
    this.#ofAll = new ConcurrencyLimit("heldBytes", factor);
    this.#sharedOfNetwork = new SharedEntries(this.#ofNetwork);
    this.#sharedOfAll = new SharedEntries(this.#ofAll);
  }

  /** Counts an operation until the returned function is called; the error if there is no room for it. */
  hold({ id, network }: Socket, { document, key }: CheckedDocument, variables: string): Leave | UserError {
    const ofDocument = documentBytes(document);
    const ofVariables = variables.length * bytesPerCharacter;
    const entered = enterAll([
      [this.#ofSocket, id, ofDocument + ofVariables],
      [this.#sharedOfNetwork.of(key), network, ofDocument],
      [this.#ofNetwork, network, ofVariables],
      [this.#sharedOfAll.of(key), "", ofDocument],
      [this.#ofAll, "", ofVariables],
    ]);
    if (typeof entered === "function") return entered;
    if (entered === this.#ofSocket) {
      const message = "The operations in progress on this connection are too large. End some first.";
      return new UserError("CONFLICT", message);
    }
    if (entered.description === this.#ofAll.description) return serviceUnavailable(retryAfterSeconds);
    return tooManyAtOnce(entered.description);
  }
}

interface SharedEntry {
  count: number;
  readonly leave: Leave;
}

/** Enters a limit once for each thing, for as long as anybody holds it. */
class SharedEntries {
  readonly #entries = new Map<string, SharedEntry>();

  constructor(private readonly limit: ConcurrencyLimit) {}

  of(thing: number): Enterable {
    const enter = (key: string, amount: number): Leave | null => this.#enter(thing, key, amount);
    return { description: this.limit.description, enter };
  }

  #enter(thing: number, key: string, amount: number): Leave | null {
    const name = `${thing} ${key}`;
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      const leave = this.limit.enter(key, amount);
      if (leave === null) return null;
      entry = { count: 0, leave };
      this.#entries.set(name, entry);
    }
    const shared = entry;
    shared.count += 1;
    return () => {
      shared.count -= 1;
      if (shared.count > 0) return;
      this.#entries.delete(name);
      shared.leave();
    };
  }
}
