import type { IncomingMessage } from "node:http";

/** Why a body is not taken; `statusCode` answers the request. */
class BodyRefused extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** The bodies of webhooks that this process holds at once, those that are coming included: nobody has signed these yet. */
export class BodyReader {
  #leftBytes: number;

  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  /**
   * Reads a body whole; `giveBack` it once it has been answered.
   * @throws {BodyRefused} 413 over `limitBytes`, 503 when too much comes at once
   */
  async read(payload: IncomingMessage, limitBytes: number): Promise<Buffer> {
    if (Number(payload.headers["content-length"]) > limitBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let readBytes = 0;
    try {
      // The refusal must still reach the sender: the connection is left as it is.
      const incoming: AsyncIterable<Buffer> = payload.iterator({ destroyOnReturn: false });
      for await (const chunk of incoming) {
        if (readBytes + chunk.length > limitBytes) throw tooLarge();
        if (chunk.length > this.#leftBytes) throw new BodyRefused(503, "Too much comes at once: try again later.");
        this.#leftBytes -= chunk.length;
        readBytes += chunk.length;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      this.#leftBytes += readBytes;
      throw error instanceof BodyRefused ? error : new BodyRefused(400, "The body did not come whole.");
    }
  }

  giveBack(body: unknown): void {
    if (Buffer.isBuffer(body)) this.#leftBytes += body.length;
  }
}

function tooLarge(): BodyRefused {
  return new BodyRefused(413, "Request body is too large");
}
