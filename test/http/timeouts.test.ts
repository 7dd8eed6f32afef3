import { describe, expect, test } from "@jest/globals";
import {
  judgeMailConnection,
  type MailConnection,
  mailTimeouts,
} from "../../plugins/email/inbound/sources/mail-timeouts.js";
import { judgeBody, type PartialBody, requestTimeouts } from "../../src/http/request-timeouts.js";

const minutes = (count: number) => count * 60_000;

test("Slow clients are waited for so long", () => {
  expect(requestTimeouts).toEqual({
    headersMs: 15_000,
    requestMs: minutes(45),
    keepAliveMs: 72_000,
    silenceMs: 120_000,
    drainMs: 10_000,
    graceMs: 20_000,
    checkEveryMs: 1_000,
    leastBytesPerSecond: 5_000,
  });
  expect(mailTimeouts).toEqual({
    silenceMs: 60_000,
    withoutMailMs: 120_000,
    connectionMs: minutes(40),
    graceMs: 20_000,
    checkEveryMs: 1_000,
    leastBytesPerSecond: 16_000,
  });
});

describe("A body", () => {
  test.each<[string, PartialBody, ReturnType<typeof judgeBody>]>([
    ["that has just begun", { waitedMs: 0, receivedBytes: 0, answeredMs: null }, "wait"],
    ["within the grace", { waitedMs: 20_000, receivedBytes: 0, answeredMs: null }, "wait"],
    ["without a byte after the grace", { waitedMs: 20_001, receivedBytes: 0, answeredMs: null }, "too-slow"],
    ["of a byte in a second", { waitedMs: 30_000, receivedBytes: 30, answeredMs: null }, "too-slow"],
    ["of 10 KB/s, after half an hour", { waitedMs: minutes(30), receivedBytes: 18_000_000, answeredMs: null }, "wait"],
    ["of 4 KB/s, after two minutes", { waitedMs: minutes(2), receivedBytes: 480_000, answeredMs: null }, "too-slow"],
    ["that goes on after its response", { waitedMs: 1, receivedBytes: 1e9, answeredMs: 9_000 }, "wait"],
    ["that goes on for long after its response", { waitedMs: 1, receivedBytes: 1e9, answeredMs: 10_001 }, "unwanted"],
  ])("%s", (_name, body, verdict) => {
    expect(judgeBody(body, requestTimeouts)).toBe(verdict);
  });
});

describe("A mail connection", () => {
  const fresh: MailConnection = { openMs: 0, withoutMailMs: 0, commands: 0, content: null };
  const content = (forMs: number, bytes: number, isComplete = false) => ({ forMs, bytes, isComplete });

  test.each<[string, Partial<MailConnection>, string | null]>([
    ["that was just opened", {}, null],
    ["with 100 commands", { commands: 100 }, null],
    ["with 101 commands", { commands: 101 }, "4.7.0 Too many commands without an email"],
    ["two minutes without an email", { withoutMailMs: minutes(2) }, null],
    [
      "more than two minutes without an email",
      { withoutMailMs: minutes(2) + 1 },
      "4.4.2 No email was sent for too long",
    ],
    ["that sends a large email", { withoutMailMs: minutes(20), content: content(minutes(20), 25_000_000) }, null],
    ["whose content does not come", { content: content(20_001, 0) }, "4.4.2 The email comes too slowly"],
    ["whose content comes at 10 KB/s", { content: content(minutes(2), 1_200_000) }, "4.4.2 The email comes too slowly"],
    ["after 40 minutes", { openMs: minutes(40) + 1 }, "4.4.2 Connection timed out"],
    ["whose email is being stored", { openMs: minutes(50), content: content(minutes(50), 1, true) }, null],
  ])("%s", (_name, state, verdict) => {
    expect(judgeMailConnection({ ...fresh, ...state }, mailTimeouts)).toBe(verdict);
  });
});
