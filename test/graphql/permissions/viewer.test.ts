import { describe, expect, test } from "@jest/globals";
import { canReceive } from "../../../src/conversations/subscribe.js";
import { AgentRole, requireAgent, requireViewer, requireVisitor, type Viewer } from "../../../src/viewer.js";

const visitor: Viewer = { kind: "visitor", sessionId: "s1", visitorId: "v1", guestOf: null };
const agent: Viewer = { kind: "agent", sessionId: "s2", agentId: "a1", role: AgentRole.AGENT };

const outcome = (require: (context: { viewer: Viewer | null }) => Viewer, viewer: Viewer | null): unknown => {
  try {
    return require({ viewer });
  } catch (error) {
    return (error as { extensions: { code: string } }).extensions.code;
  }
};

/** `@Authorized` decides before these are asked: they are the second lock, for an operation that forgets the first. */
describe("what an operation requires of its caller", () => {
  test.each([
    [requireViewer, "UNAUTHENTICATED", visitor, agent],
    [requireVisitor, "UNAUTHENTICATED", visitor, "FORBIDDEN"],
    [requireAgent, "UNAUTHENTICATED", "FORBIDDEN", agent],
  ] as const)("%p", (require, nobody, forVisitor, forAgent) => {
    expect([null, visitor, agent].map((viewer) => outcome(require, viewer))).toEqual([nobody, forVisitor, forAgent]);
  });
});

/** The scope of a subscription decides first; this is asked for every event, since a viewer may change meanwhile. */
describe("an event of a conversation", () => {
  const guest: Viewer = { kind: "visitor", sessionId: "s3", visitorId: "v1", guestOf: "c1" };
  const event = { type: "messageAdded", conversationId: "c1", visitorId: "v1", messageId: "m1" } as const;

  test.each([
    ["the visitor's own", event, [false, true, true, true]],
    ["another one of the visitor", { ...event, conversationId: "c2" }, [false, true, false, true]],
    ["another visitor's", { ...event, conversationId: "c3", visitorId: "v2" }, [false, false, false, true]],
    // Whatever the guest's session is for: the conversation is another visitor's now.
    ["the guest's, which has another visitor now", { ...event, visitorId: "v2" }, [false, false, false, true]],
  ])("%s", (_, change, expected) => {
    expect([null, visitor, guest, agent].map((viewer) => canReceive(viewer, change))).toEqual(expected);
  });

  test("of nobody's conversation is for everybody", () => {
    expect(canReceive(null, { type: "contactFormUpdated" })).toBe(true);
  });
});
