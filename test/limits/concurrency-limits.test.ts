import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { ConcurrencyLimit, type Leave } from "../../src/limits/concurrency-limit.js";
import { type ConcurrencyLimitName, concurrencyLimits } from "../../src/limits/limit-table.js";

/** Which test reaches each limit through a public door, at its edge. */
const reachedIn: Readonly<Record<ConcurrencyLimitName, string>> = {
  sockets: "limits/sockets-of-all.test.ts",
  socketsOfNetwork: "graphql/socket-limits.test.ts",
  passwordsOfStrangers: "attacks/password-guessing.test.ts",
  passwordsOfStaff: "attacks/password-guessing.test.ts",
  anonymousSocketsOfNetwork: "graphql/socket-limits.test.ts",
  socketsOfSession: "graphql/socket-limits.test.ts",
  socketsOfVisitor: "graphql/socket-limits.test.ts",
  socketsOfAgent: "graphql/socket-limits.test.ts",
  operationsOfSocket: "graphql/sockets.test.ts",
  subscriptions: "limits/subscriptions-of-all.test.ts",
  subscriptionsOfSocket: "graphql/socket-limits.test.ts",
  subscriptionsOfSession: "graphql/socket-limits.test.ts",
  subscriptionsOfVisitor: "attacks/socket-subscriptions.test.ts",
  subscriptionsOfAgent: "graphql/socket-limits.test.ts",
  anonymousSubscriptionsOfNetwork: "graphql/socket-limits.test.ts",
  subscriptionCostOfVisitor: "graphql/socket-limits.test.ts",
  subscriptionCostOfAgent: "graphql/socket-limits.test.ts",
  anonymousSubscriptionCostOfNetwork: "graphql/socket-limits.test.ts",
  heldBytesOfSocket: "graphql/sockets.test.ts",
  heldBytesOfNetwork: "limits/subscriptions-of-all.test.ts",
  heldBytes: "limits/subscriptions-of-all.test.ts",
  smallOriginals: "attacks/slow-inputs.test.ts",
  largeOriginals: "attacks/slow-inputs.test.ts",
  connectionsOfNetwork: "attacks/slow-peers.test.ts",
  connections: "limits/connections-of-all.test.ts",
  bodyBytes: "attacks/half-sent-bodies.test.ts",
  uploadsOfSession: "attacks/half-sent-bodies.test.ts",
  uploadsOfNetwork: "limits/uploads-of-all.test.ts",
  uploads: "limits/uploads-of-all.test.ts",
  mailConnectionsOfNetwork: "attacks/mail-floods.test.ts",
  mailConnectionsOfPrivateNetwork: "attacks/mail-floods.test.ts",
  mailConnections: "limits/connections-of-all.test.ts",
  mailCommands: "attacks/mail-floods.test.ts",
  mailBytes: "attacks/mail-floods.test.ts",
};

const names = Object.keys(concurrencyLimits) as ConcurrencyLimitName[];

test.each([...new Set(Object.values(reachedIn))])("%s exists", async (file) => {
  await expect(readFile(`test/${file}`, "utf8")).resolves.toContain("test(");
});

describe("A count of", () => {
  test.each(names)("%s ends at its limit, and goes on when one leaves", (name) => {
    const { max } = concurrencyLimits[name];
    const limit = new ConcurrencyLimit(name, 1);
    if (max > 1) expect(limit.enter("one", max - 1)).not.toBeNull();
    const leave = limit.enter("one") as Leave;
    expect(leave).not.toBeNull();
    expect(limit.enter("one")).toBeNull();
    expect(limit.enter("another")).not.toBeNull();
    leave();
    leave();
    expect(limit.enter("one")).not.toBeNull();
    expect(limit.enter("one")).toBeNull();
  });
});
