import type { IncomingMessage } from "node:http";
import type { MemoryShares } from "../limits/memory-shares.js";

/** Why a body is rejected; `statusCode` is that of the response. */
export class BodyRejectedError extends Error {
  constructor(
    readonly statusCode: 400 | 413 | 503,
    message: string,
  ) {
    super(message);
  }
}

/** A body that was received completely. */
export interface ReceivedBody {
  readonly chunks: readonly Buffer[];
  /** Ends the count of its memory: to be called when the body is no longer needed. */
  release(): void;
}

/** What a chunk needs besides its bytes. */
const chunkBytes = 512;
/** A body of single bytes would take a hundred times the work of the same body in one piece. Nobody sends such small ones. */
const leastBytesPerChunk = 100;
/** So many may be smaller. */
const maxSmallChunks = 500;

/**
 * Reads bodies into memory, which they share: what has arrived counts, not what a header promises. When the memory is full, the
 * sender who holds the most of it gives way.
 */
export class BodyReader {
  readonly #shares: MemoryShares;
  readonly #networkOf: (request: IncomingMessage) => string;

  /** @param networkOf whose request it is */
  constructor(shares: MemoryShares, networkOf: (request: IncomingMessage) => string) {
    this.#shares = shares;
    this.#networkOf = networkOf;
  }

  /**
   * @param group what the body is for; bodies for one must not take the memory of the others
   * @throws {BodyRejectedError} 413 above `limitBytes`, 503 when the memory is needed for others, 400 when it ends early
   */
  read(request: IncomingMessage, group: string, limitBytes: number): Promise<ReceivedBody> {
    if (Number(request.headers["content-length"]) > limitBytes) return Promise.reject(tooLarge(limitBytes));
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const share = this.#shares.open(group, this.#networkOf(request), () => refuse(tooMany()));
      const receive = (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes > limitBytes) refuse(tooLarge(limitBytes));
        else if (chunks.length > maxSmallChunks && bytes < chunks.length * leastBytesPerChunk) {
          refuse(tooSmallPieces());
          // At once: the next thousands of pieces may have arrived already.
          request.destroy();
        } else if (share.add(chunk.length + chunkBytes)) chunks.push(chunk);
        else refuse(tooMany());
      };
      const finish = (): void => {
        stop();
        resolve({ chunks, release: () => share.close() });
      };
      const refuse = (error: BodyRejectedError): void => {
        stop();
        share.close();
        chunks.length = 0;
        // The rest is discarded: only then can the client receive the response.
        request.resume();
        reject(error);
      };
      const fail = (): void => refuse(incomplete());
      const stop = (): void => {
        request.off("data", receive).off("end", finish).off("error", fail).off("close", fail);
        request.on("error", ignore);
      };
      if (request.destroyed && !request.readableEnded) return fail();
      request.on("data", receive).on("end", finish).on("error", fail).on("close", fail);
    });
  }
}

/** A client that goes away after its body was rejected. */
function ignore(): void {}

const tooLarge = (limitBytes: number) =>
  new BodyRejectedError(413, `The request body is too large: at most ${limitBytes} bytes are accepted.`);
const tooMany = () => new BodyRejectedError(503, "Too many requests at the same time: try again later.");
const tooSmallPieces = () => new BodyRejectedError(400, "The request body comes in too small pieces.");
const incomplete = () => new BodyRejectedError(400, "The body is incomplete.");
