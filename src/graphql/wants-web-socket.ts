import type { IncomingMessage } from "node:http";

/**
 * Whether a request asks to become a WebSocket. Others that offer an upgrade, such as the h2c of `curl --http2` and Java's client, are
 * answered as what they also are: requests of HTTP/1.1 (RFC 9110, section 7.8). For `http.ServerOptions.shouldUpgradeCallback`, which
 * Node has from 24.9 on; with earlier versions such requests are refused.
 */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? "").split(",").some((protocol) => protocol.trim().toLowerCase() === "websocket");
}
