import { request } from "node:http";
import { buffer } from "node:stream/consumers";

/** A response as it came: not decompressed, and to a path that was not normalised, as `fetch` does. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export function readRaw(
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const { statusCode: status = 0, headers: received } = response;
      const texts = Object.entries(received).map(([name, value]) => [
        name,
        value === undefined ? value : String(value),
      ]);
      buffer(response).then((body) => resolve({ status, headers: Object.fromEntries(texts), body }), reject);
    });
    sent.on("error", reject).end();
  });
}
