import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { groupMessages, outgoingOf } from "../../../web/widget/conversation/group-messages.js";
import { message } from "./fixtures.js";

const at = (minute: number) => new Date(Date.UTC(2026, 10, 30, 12, minute)).toISOString();
const shapeOf = (groups: ReturnType<typeof groupMessages>) =>
  groups.map(({ messages, mark, isNamed }) => [messages.length, mark?.kind ?? null, isNamed]);

describe("Messages one after the other", () => {
  test("of one person share a group, a name and a mark", () => {
    const messages = [
      message(null, at(0), { read: true }),
      message(null, at(1), { read: true }),
      message("Ben", at(2)),
      message("Ben", at(3)),
      message(null, at(4)),
    ];
    expect(shapeOf(groupMessages(messages))).toEqual([
      [2, "read", false],
      [2, null, true],
      [1, "sent", false],
    ]);
  });

  test("are kept apart by what is true of one of them only", () => {
    const emailed = { forwardedTo: "ana@example.com", forwardedAt: at(9) };
    const messages = [
      message("Ben", at(0)),
      message("Ben", at(1), emailed),
      message("Mira", at(2), emailed),
      message(null, at(3), { via: { id: "email" } }),
      message(null, at(4), { read: true }),
      message(null, at(5)),
    ];
    expect(shapeOf(groupMessages(messages))).toEqual([
      [1, null, true],
      [1, "alsoEmailed", false],
      [1, "alsoEmailed", true],
      [1, "fromEmail", false],
      [1, "read", false],
      [1, "sent", false],
    ]);
  });

  test("begin anew after an hour, and what a messenger delivered is not called emailed", () => {
    const messages = [message("Ben", at(0)), message("Ben", at(61), { forwardedTo: "Ana Berg", forwardedAt: at(62) })];
    const groups = groupMessages(messages);
    expect(groups.map(({ moment }) => moment?.toISOString())).toEqual([at(0), at(61)]);
    expect(groups.map(({ mark }) => mark)).toEqual([null, null]);
  });

  test("are all there, in their order, whatever they are", () => {
    const any = fc.record({
      author: fc.constantFrom(null, "Ben", "Mira"),
      minute: fc.integer({ min: 0, max: 300 }),
      read: fc.boolean(),
      via: fc.constantFrom("web", "email"),
      forwardedTo: fc.constantFrom(null, "ana@example.com"),
    });
    fc.assert(
      fc.property(fc.array(any), (all) => {
        const messages = all
          .sort((one, other) => one.minute - other.minute)
          .map(({ author, minute, via, forwardedTo, read }) =>
            message(author, at(minute), {
              read,
              via: { id: via },
              forwardedTo,
              forwardedAt: forwardedTo && at(minute),
            }),
          );
        const groups = groupMessages(messages);
        expect(groups.flatMap((group) => group.messages)).toEqual(messages);
        expect(new Set(groups.map(({ key }) => key)).size).toBe(groups.length);
        // No more than one group says that the newest own message was sent.
        expect(groups.filter(({ mark }) => mark?.kind === "sent").length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

test("What waits is shown in its own conversation, and not beside the message that it became", () => {
  const waits = (clientMessageId: string, conversationId: string | null) => ({
    clientMessageId,
    conversationId,
    text: "Hello",
    attachments: [],
    writtenAt: at(0),
    status: "waiting" as const,
    problem: null,
  });
  const open = { id: "here", messages: [message(null, at(0), { clientMessageId: "arrived" })] };
  const outbox = [waits("arrived", "here"), waits("new", null), waits("own", "here"), waits("other", "elsewhere")];
  expect(outgoingOf(outbox, open).map(({ clientMessageId }) => clientMessageId)).toEqual(["new", "own"]);
});
