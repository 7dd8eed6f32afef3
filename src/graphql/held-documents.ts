import { documentBytes } from "./document-size.js";
import type { CheckedDocument } from "./documents.js";

/** What the operations in progress on one socket may occupy: each holds its document and its variables until it ends. */
const maxHeldBytes = 10_000_000;

/** Counts what one socket's operations in progress hold in memory, about. */
export class HeldDocuments {
  readonly #bytes = new Map<string, number>();

  /** Counts an operation until it is no longer in progress. False, and not counted, if the socket would hold too much. */
  hold(id: string, { document }: CheckedDocument, variables: string, inProgress: object): boolean {
    const own = documentBytes(document) + 4 * variables.length;
    let held = own;
    for (const [other, bytes] of this.#bytes) {
      if (other === id || !(other in inProgress)) this.#bytes.delete(other);
      else held += bytes;
    }
    if (held > maxHeldBytes) return false;
    this.#bytes.set(id, own);
    return true;
  }
}
