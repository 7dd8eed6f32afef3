import type { IncomingMessage } from "node:http";

/** Why a body is rejected; `statusCode` is that of the response. */
class BodyRejectedError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Bounds the memory for webhook bodies in this process, partly received ones included: they are not authenticated yet.
 */
export class BodyReader {
  #availableBytes: number;

  constructor(maxBytes: number) {
    this.#availableBytes = maxBytes;
  }

  /**
   * Reads a whole body; `release` it after responding.
   * @throws {BodyRejectedError} 413 above `limitBytes`, 503 when too many bytes arrive at the same time
   */
  async read(payload: IncomingMessage, limitBytes: number): Promise<Buffer> {
    if (Number(payload.headers["content-length"]) > limitBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let readBytes = 0;
    try {
      // The connection stays open, so that the client can receive the error response.
      const incoming: AsyncIterable<Buffer> = payload.iterator({ destroyOnReturn: false });
      for await (const chunk of incoming) {
        if (readBytes + chunk.length > limitBytes) throw tooLarge();
        if (chunk.length > this.#availableBytes)
          throw new BodyRejectedError(503, "Too many requests at the same time: try again later.");
        this.#availableBytes -= chunk.length;
        readBytes += chunk.length;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      this.#availableBytes += readBytes;
      throw error instanceof BodyRejectedError ? error : new BodyRejectedError(400, "The body is incomplete.");
    }
  }

  release(body: unknown): void {
    if (Buffer.isBuffer(body)) this.#availableBytes += body.length;
  }
}

function tooLarge(): BodyRejectedError {
  return new BodyRejectedError(413, "The request body is too large.");
}
