/** How long the HTTP server waits for slow clients. */
export interface RequestTimeouts {
  /** For all headers of a request, from its first byte on or from the start of the connection. */
  readonly headersMs: number;
  /** For a whole request: longer than the largest upload takes at the least rate that works. */
  readonly requestMs: number;
  /** For the next request on a connection: longer than proxies keep one open, which is a minute for most. */
  readonly keepAliveMs: number;
  /** Without a byte in either direction. */
  readonly silenceMs: number;
  /** For the rest of a body after its response, so that the client can receive the response. */
  readonly drainMs: number;
  /** Before the rate of a body counts: a short one may arrive at any rate. */
  readonly graceMs: number;
  /** How often connections are looked at. */
  readonly checkEveryMs: number;
  /** What a body has to bring on average, after the grace. A phone far from its mast sends 10 KB/s. */
  readonly leastBytesPerSecond: number;
}

export const requestTimeouts: RequestTimeouts = {
  headersMs: 15_000,
  requestMs: 45 * 60_000,
  keepAliveMs: 72_000,
  silenceMs: 120_000,
  drainMs: 10_000,
  graceMs: 20_000,
  checkEveryMs: 1_000,
  leastBytesPerSecond: 5_000,
};

/** A request whose body has not arrived completely. */
export interface PartialBody {
  /** Since its headers arrived, without the time in which its bytes waited to be read here. */
  readonly waitedMs: number;
  readonly receivedBytes: number;
  /** Since the response was written; null while there is none. */
  readonly answeredMs: number | null;
}

/** `too-slow`: it would occupy its place for too long. `unwanted`: it goes on although it has been answered. */
export function judgeBody(body: PartialBody, timeouts: RequestTimeouts): "wait" | "too-slow" | "unwanted" {
  if (body.answeredMs !== null && body.answeredMs > timeouts.drainMs) return "unwanted";
  const countedSeconds = Math.max(0, body.waitedMs - timeouts.graceMs) / 1_000;
  return body.receivedBytes < countedSeconds * timeouts.leastBytesPerSecond ? "too-slow" : "wait";
}
