import { describe, expect, test } from "@jest/globals";
import { DeliveryKind } from "../../../src/forwarding/deliveries/delivery.entity.js";
import { chooseContent, chooseDisclosure } from "../../../src/forwarding/due/content.js";
import { ForwardingMode, UnprovenAddress } from "../../../src/forwarding/forwarding-preference.entity.js";

const unread = { mode: ForwardingMode.UNREAD_REPLIES, contextMessages: 4, shortConversationMessages: 10 };
const transcript = { ...unread, mode: ForwardingMode.FULL_TRANSCRIPT };

describe("UNREAD_REPLIES", () => {
  test.each([
    { messages: 9, from: 1 },
    { messages: 10, from: 1 },
    { messages: 11, from: 7 },
  ])(
    "sends a short conversation in full, at the boundary: of $messages messages, those from $from on",
    ({ messages, from }) => {
      expect(
        chooseContent(unread, "everything", messages, { firstPosition: messages, lastPosition: messages }),
      ).toEqual({
        kind: DeliveryKind.UNREAD_REPLIES,
        fromPosition: from,
        toPosition: messages,
      });
    },
  );

  test("counts the context from the first pending reply, and ends at the last", () => {
    const content = chooseContent(unread, "everything", 30, { firstPosition: 20, lastPosition: 25 });
    expect(content).toMatchObject({ fromPosition: 16, toPosition: 25 });
  });

  test.each([
    { contextMessages: 0, from: 20 },
    { contextMessages: 50, from: 1 },
  ])("starts at $from with $contextMessages messages of context", ({ contextMessages, from }) => {
    const content = chooseContent({ ...unread, contextMessages }, "everything", 30, {
      firstPosition: 20,
      lastPosition: 30,
    });
    expect(content.fromPosition).toBe(from);
  });

  test("treats no conversation as short when the limit is 0", () => {
    const preference = { ...unread, contextMessages: 0, shortConversationMessages: 0 };
    expect(chooseContent(preference, "everything", 2, { firstPosition: 2, lastPosition: 2 }).fromPosition).toBe(2);
  });

  test("includes what the visitor wrote after the last reply in a short conversation", () => {
    expect(chooseContent(unread, "everything", 6, { firstPosition: 3, lastPosition: 4 })).toMatchObject({
      fromPosition: 1,
      toPosition: 6,
    });
  });

  test("includes all of 500 unread replies", () => {
    const content = chooseContent(unread, "everything", 505, { firstPosition: 6, lastPosition: 505 });
    expect(content).toMatchObject({ fromPosition: 2, toPosition: 505 });
  });

  test("includes the newest 1,000 of more replies than any email shows, so that the others are counted", () => {
    const content = chooseContent(unread, "everything", 3000, { firstPosition: 1, lastPosition: 3000 });
    expect(content).toMatchObject({ fromPosition: 2001, toPosition: 3000 });
  });
});

describe("FULL_TRANSCRIPT", () => {
  test("sends the whole conversation, regardless of its length and what is pending", () => {
    expect(chooseContent(transcript, "everything", 200, { firstPosition: 150, lastPosition: 160 })).toEqual({
      kind: DeliveryKind.FULL_TRANSCRIPT,
      fromPosition: 1,
      toPosition: 200,
    });
  });
});

describe("NOTICE", () => {
  test.each([unread, transcript])("is about the pending replies only, whatever the mode", (preference) => {
    expect(chooseContent(preference, "notice", 9, { firstPosition: 5, lastPosition: 7 })).toEqual({
      kind: DeliveryKind.NOTICE,
      fromPosition: 5,
      toPosition: 7,
    });
  });
});

test.each([
  { proven: true, personAnswered: false, full: "everything", notice: "everything" },
  { proven: true, personAnswered: true, full: "everything", notice: "everything" },
  { proven: false, personAnswered: true, full: "everything", notice: "notice" },
  { proven: false, personAnswered: false, full: "replies", notice: "notice" },
])("an address gets $full, or with NOTICE $notice: proven $proven, answered by a person $personAnswered", (given) => {
  expect(chooseDisclosure({ unprovenAddress: UnprovenAddress.FULL }, given)).toBe(given.full);
  expect(chooseDisclosure({ unprovenAddress: UnprovenAddress.NOTICE }, given)).toBe(given.notice);
});
