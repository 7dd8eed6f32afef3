import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { backoff } from "../../../web/client/backoff.js";
import type { Message } from "../../../web/client/client.js";
import { mergeMessages } from "../../../web/client/message-list.js";

function message(position: number, change: Partial<Message> = {}): Message {
  return {
    id: String(position).padStart(8, "0"),
    cursor: String(position),
    clientMessageId: null,
    text: `message ${position}`,
    // Several of the same time.
    sentAt: new Date(Math.floor(position / 3) * 1_000).toISOString(),
    read: false,
    editedAt: null,
    unsentAt: null,
    forwardedTo: null,
    forwardedAt: null,
    via: { id: "web" },
    author: { __typename: "Visitor", name: null },
    attachments: [],
    ...change,
  };
}

const batches = fc.array(fc.array(fc.nat(30), { maxLength: 10 }), { maxLength: 8 });

describe("mergeMessages", () => {
  test("has each message once, in the order of sending, however they arrive", () => {
    fc.assert(
      fc.property(batches, (arrivals) => {
        const merged = arrivals.reduce<readonly Message[]>(
          (known, positions) =>
            mergeMessages(
              known,
              positions.map((position) => message(position)),
            ),
          [],
        );
        const expected = [...new Set(arrivals.flat())].sort((one, other) => one - other);
        expect(merged.map(({ cursor }) => Number(cursor))).toEqual(expected);
      }),
    );
  });

  test("replaces what has changed, and keeps which of them this device has sent", () => {
    const sent = message(1, { clientMessageId: "mine" });
    const merged = mergeMessages([sent], [message(1, { read: true })]);
    expect(merged).toEqual([{ ...sent, read: true }]);
  });
});

test("Attempts wait longer and longer, up to half a minute, and never all at the same time", () => {
  expect([0, 1, 2, 5, 6, 7, 1_000].map((failures) => backoff(failures, () => 0))).toEqual([
    ...[500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000],
  ]);
  expect(backoff(6, () => 0.999)).toBeCloseTo(15_015);
});
