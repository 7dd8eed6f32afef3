import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "@jest/globals";
import WebSocket from "ws";
import { readConfig } from "../../src/config.js";
import { clientAddress } from "../../src/trust-proxy.js";
import { StubServer } from "../graphql/stub-server.js";

const trusting = (setting: string | undefined) => readConfig({ TRUST_PROXY: setting }).trustProxy;

/** What a request from `peer` with this X-Forwarded-For is counted as. */
function addressOf(setting: string | undefined, peer: string, forwardedFor?: string): string {
  const headers = forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor };
  return clientAddress({ headers, socket: { remoteAddress: peer } } as unknown as IncomingMessage, trusting(setting));
}

describe("TRUST_PROXY", () => {
  test.each([
    // Not set: nobody is believed.
    [undefined, "127.0.0.1", "198.51.100.7", "127.0.0.1"],
    [undefined, "203.0.113.9", "198.51.100.7, 10.0.0.1", "203.0.113.9"],
    // One proxy: the address that it appended, whatever the client put before it.
    ["1", "127.0.0.1", "198.51.100.7", "198.51.100.7"],
    ["1", "10.0.0.2", "1.1.1.1, 2.2.2.2, 198.51.100.7", "198.51.100.7"],
    ["1", "::ffff:172.18.0.1", "198.51.100.7", "198.51.100.7"],
    ["1", "127.0.0.1", undefined, "127.0.0.1"],
    ["2", "10.0.0.2", "1.1.1.1, 198.51.100.7, 203.0.113.80", "198.51.100.7"],
    ["2", "10.0.0.2", "198.51.100.7", "198.51.100.7"],
    // A client that reaches the port without the proxy is not believed.
    ["1", "203.0.113.9", "198.51.100.7", "203.0.113.9"],
    ["2", "2001:db8::9", "198.51.100.7", "2001:db8::9"],
    // Networks: the nearest address that is none of them.
    ["10.0.0.0/8", "10.1.2.3", "1.1.1.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"],
    ["10.0.0.0/8, 203.0.113.80", "203.0.113.80", "198.51.100.7", "198.51.100.7"],
    ["10.0.0.0/8", "203.0.113.80", "198.51.100.7", "203.0.113.80"],
    ["2001:db8:1::/48", "2001:db8:1::5", "2001:db8:ffff::7", "2001:db8:ffff::7"],
    ["loopback,uniquelocal", "::1", "198.51.100.7, 192.168.1.1", "198.51.100.7"],
    ["loopback", "::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"],
    // What some proxies write, and what is no address.
    ["1", "127.0.0.1", "198.51.100.7:4711", "198.51.100.7"],
    ["1", "127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"],
    ["loopback,203.0.113.0/24", "127.0.0.1", "198.51.100.7:1, 203.0.113.80:2", "198.51.100.7"],
    ["1", "127.0.0.1", "198.51.100.7, unknown", "127.0.0.1"],
    ["1", "127.0.0.1", "x".repeat(10_000), "127.0.0.1"],
    ["1", "127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"],
    ["1", "127.0.0.1", ", ,,", "127.0.0.1"],
  ])("%s: from %s, forwarded for %s: %s", (setting, peer, forwardedFor, address) => {
    expect(addressOf(setting, peer, forwardedFor)).toBe(address);
  });

  test.each([
    "0",
    "11",
    "-1",
    "1.5",
    "true",
    "all",
    "10.0.0.0/33",
    "10.0.0.0/0",
    "proxy.example.com",
    "10.0.0.1,,",
    "1,2",
  ])("%s is refused with what to write", (setting) => {
    expect(() => trusting(setting)).toThrow(/TRUST_PROXY.*must be the number of proxies.*10\.0\.0\.0\/8/);
  });
});

describe("the client's address, over HTTP and WebSocket", () => {
  let server: StubServer;
  afterEach(() => server.stop());

  const spoofed = { "x-forwarded-for": "1.1.1.1, 198.51.100.7" };

  async function askOverHttp(): Promise<void> {
    await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...spoofed },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
  }

  async function askOverWebSocket(): Promise<void> {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws", {
      headers: spoofed,
    });
    const answered = new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("open", () => socket.send(JSON.stringify({ type: "connection_init" })));
      socket.on("message", (data) => {
        const { type } = JSON.parse(String(data));
        if (type === "connection_ack") {
          socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: { query: "{ __typename }" } }));
        } else resolve();
      });
    });
    await answered;
    socket.terminate();
  }

  test("is that of the connection by default: X-Forwarded-For is ignored", async () => {
    server = await StubServer.start();
    await askOverHttp();
    await askOverWebSocket();
    expect(server.clientAddresses).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  test.each(["1", "loopback"])("is the one that the proxy saw, with TRUST_PROXY=%s", async (setting) => {
    server = await StubServer.start({}, { trustProxy: trusting(setting) });
    await askOverHttp();
    await askOverWebSocket();
    expect(server.clientAddresses).toEqual(["198.51.100.7", "198.51.100.7"]);
  });
});
