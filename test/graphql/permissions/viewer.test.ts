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

test("nobody without a session receives what happens in a conversation", () => {
  const event = { type: "messageAdded", conversationId: "c1", visitorId: "v1", messageId: "m1" } as const;
  expect([null, visitor, agent].map((viewer) => canReceive(viewer, event))).toEqual([false, true, true]);
  expect(canReceive(null, { type: "contactFormUpdated" })).toBe(true);
});
