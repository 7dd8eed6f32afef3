import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { groupTurns } from "../../../web/console/conversation/group-turns.js";
import { placeRow, viewOf } from "../../../web/console/inbox/views.js";
import { messages, waitingConversation } from "../../../web/console/states/fixtures.js";

type Row = Parameters<typeof placeRow>[0][number];

const row = fc
  .record({
    id: fc.integer({ min: 1, max: 12 }).map((number) => `conversation-${number}`),
    status: fc.constantFrom<Row["status"]>("OPEN", "OPEN", "CLOSED"),
    lastActivityAt: fc.integer({ min: 0, max: 50 }).map((seconds) => new Date(seconds * 1000).toISOString()),
    dueAt: fc.option(fc.integer({ min: 0, max: 50 }).map((seconds) => new Date(seconds * 1000).toISOString())),
    assignee: fc.constantFrom(null, { id: "me", name: "Ben" }, { id: "other", name: "Mira" }),
    state: fc.constantFrom<Row["forwarding"]["state"]>("WAITING", "HELD", "NO_ADDRESS", "NOTHING_PENDING"),
  })
  .map(
    ({ dueAt, state, ...change }): Row => ({
      ...waitingConversation,
      ...change,
      forwarding: { ...waitingConversation.forwarding, state, dueAt },
    }),
  );
const viewer = "me";

describe("A view of conversations", () => {
  test("holds after any changes exactly the newest state of those that belong to it, in its order", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.constantFrom("open", "mine", "unassigned", "closed", "waiting", "held", "stuck"),
        (changes, name) => {
          const view = viewOf(name as "open");
          const shown = changes.reduce<readonly Row[]>(
            (rows, changed) => placeRow(rows, changed, view, { viewer, hasMore: false }),
            [],
          );
          const newest = new Map(changes.map((changed) => [changed.id, changed]));
          const expected = [...newest.values()].filter((one) => view.has(one, viewer));
          expect(new Set(shown)).toEqual(new Set(expected));
          expect(shown).toHaveLength(expected.length);
          const key = ({ lastActivityAt, forwarding }: Row) =>
            view.order === "DUE" ? (forwarding.dueAt ?? "9") : lastActivityAt;
          const keys = shown.map(key);
          expect(keys).toEqual(view.order === "DUE" ? keys.toSorted() : keys.toSorted().reverse());
        },
      ),
    );
  });

  test("leaves out what would come behind all that is loaded, while there is more to load", () => {
    const view = viewOf("open");
    const [first, last] = [
      { ...waitingConversation, id: "a", lastActivityAt: new Date(2_000).toISOString() },
      { ...waitingConversation, id: "b", lastActivityAt: new Date(1_000).toISOString() },
    ];
    expect(placeRow([first], last, view, { viewer, hasMore: true })).toEqual([first]);
    expect(placeRow([first], last, view, { viewer, hasMore: false })).toEqual([first, last]);
  });
});

describe("The messages of a conversation", () => {
  test("are grouped by who wrote them, by day, by what became of them, and where the visitor left", () => {
    const [, , , , , ready] = messages;
    const leftAt = new Date(Date.parse(ready?.sentAt ?? "") - 1_000).toISOString();
    const turns = groupTurns(messages, { pendingReplies: 2, leftAt });
    expect(turns.map(({ isVisitors, fate, messages: own }) => [isVisitors, fate, own.length])).toEqual([
      [false, "forwarded", 1],
      [true, null, 1],
      [true, null, 2],
      [false, "read", 1],
      [false, "pending", 2],
    ]);
    expect(turns.map(({ day }) => day !== null)).toEqual([true, false, true, false, false]);
  });
});
