import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createResumeCode, verifyResumeCode } from "../../src/visitors/resume-code.js";
import { revokeResumeCodes } from "../../src/visitors/revoke-resume-codes.js";
import { startSession } from "../../src/visitors/start-session.js";
import { submitContactForm } from "../../src/visitors/submit-contact-form.js";
import { dayMs } from "../support/clock/durations.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { emailPlugin } from "../support/services/fake-channel.js";
import { addAgent, addMessages, identityToken, startVisit, visitorViewer } from "../support/services/fixtures.js";
import { refusal } from "../support/services/refusal.js";

let context: TestServices;
let agentId: string;
beforeAll(async () => {
  context = await createServices({ channels: [emailPlugin] });
  await context.startChannels();
  agentId = (await addAgent(context)).agent.id;
});
afterAll(() => context.stop());

async function emailedLink() {
  const owner = await startVisit(context);
  const conversationId = await addMessages(context, owner.visitor.id, "vr", agentId);
  return { owner, conversationId, resume: createResumeCode(context.services, conversationId) };
}

describe("A link in an email", () => {
  test("opens a guest session for its one conversation, each time it is followed", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    await addMessages(context, owner.visitor.id, "v", agentId);
    for (const code of [resume, resume, resume.toUpperCase()]) {
      const guest = await startSession(context.services, { resume: code });
      expect(guest).toMatchObject({ kind: "GUEST", conversationId });
      expect(guest.visitor.id).toBe(owner.visitor.id);
      expect(await visitorViewer(context, guest.token)).toMatchObject({ guestOf: conversationId });
    }
  });

  test("changes nothing about the visitor, regardless of what the browser or mail scanner sends", async () => {
    const { owner, resume } = await emailedLink();
    const before = await context.sql("SELECT * FROM visitors WHERE id = $1", owner.visitor.id);
    await startSession(context.services, { resume, locale: "en-US", timeZone: "America/New_York", page: "/scanned" });
    expect(await context.sql("SELECT * FROM visitors WHERE id = $1", owner.visitor.id)).toEqual(before);
    expect(
      await context.sql("SELECT id FROM sessions WHERE visitor_id = $1 AND active_at IS NOT NULL", owner.visitor.id),
    ).toEqual([]);
  });

  test("keeps the full session when a token of the same visitor is sent with it, and shows its own conversation", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    context.clock.advance(1_000);
    await addMessages(context, owner.visitor.id, "v", agentId);
    const session = await startSession(context.services, { resume, token: owner.token });
    expect(session).toMatchObject({ kind: "KEPT", token: owner.token, conversationId });
  });

  test("ignores another visitor's token, which stays valid", async () => {
    const { owner, resume } = await emailedLink();
    const other = await startVisit(context);
    const session = await startSession(context.services, { resume, token: other.token });
    expect(session.kind).toBe("GUEST");
    expect(session.visitor.id).toBe(owner.visitor.id);
    expect(await context.services.sessions.resolve(other.token)).toEqual(other.viewer);
  });

  test("followed again with the guest's own token continues the same session", async () => {
    const { conversationId, resume } = await emailedLink();
    const guest = await startSession(context.services, { resume });
    expect(await startSession(context.services, { resume, token: guest.token })).toMatchObject({
      kind: "GUEST",
      token: guest.token,
    });
    const kept = await startSession(context.services, { token: guest.token });
    expect(kept).toMatchObject({ kind: "GUEST", token: guest.token, conversationId });
  });

  test("of another conversation gives the guest a session for that one only", async () => {
    const one = await emailedLink();
    const two = await emailedLink();
    const guest = await startSession(context.services, { resume: one.resume });
    const next = await startSession(context.services, { resume: two.resume, token: guest.token });
    expect(next).toMatchObject({ kind: "GUEST", conversationId: two.conversationId });
    expect(await visitorViewer(context, next.token)).toMatchObject({ guestOf: two.conversationId });
    expect(await visitorViewer(context, guest.token)).toMatchObject({ guestOf: one.conversationId });
  });

  test("that is expired or forged starts a new session, and nothing else", async () => {
    const { owner, resume } = await emailedLink();
    const forged = `${resume.slice(0, -1)}${resume.endsWith("a") ? "b" : "a"}`;
    const session = await startSession(context.services, { resume: forged });
    expect(session).toMatchObject({ kind: "NEW", conversationId: null });
    expect((await startSession(context.services, { resume: forged, token: owner.token })).kind).toBe("KEPT");
    expect(verifyResumeCode(context.services, resume)).not.toBeNull();
    context.clock.advance(30 * dayMs);
    expect(verifyResumeCode(context.services, resume)).toBeNull();
    expect((await startSession(context.services, { resume })).kind).toBe("NEW");
  });

  test("stops working once an agent revokes it, as does the guest session that it opened; a new link works", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    const guest = await startSession(context.services, { resume });
    context.clock.advance(1);
    expect((await revokeResumeCodes(context.services, conversationId)).id).toBe(conversationId);
    expect((await startSession(context.services, { resume })).kind).toBe("NEW");
    expect(await context.services.sessions.resolve(guest.token)).toBeNull();
    expect(await context.services.sessions.resolve(owner.token)).toEqual(owner.viewer);
    context.clock.advance(1);
    const renewed = createResumeCode(context.services, conversationId);
    expect((await startSession(context.services, { resume: renewed })).kind).toBe("GUEST");
  });

  test.each([
    ["erased", "UPDATE visitors SET erased_at = now() WHERE id = $1"],
    ["blocked", "UPDATE visitors SET blocked_at = now(), blocked_by_id = $2 WHERE id = $1 AND $2::uuid IS NOT NULL"],
  ])("of a visitor who was %s opens nothing, even if nobody has revoked it", async (state, change) => {
    const { owner, resume } = await emailedLink();
    await context.sql(change, owner.viewer.visitorId, ...(state === "blocked" ? [agentId] : []));
    expect(await startSession(context.services, { resume })).toMatchObject({ kind: "NEW", conversationId: null });
  });

  test.each([
    ["was revoked", async (conversationId: string) => void (await revokeResumeCodes(context.services, conversationId))],
    ["is 30 days old", async () => context.clock.advance(30 * dayMs)],
    [
      "is of an erased visitor",
      async (_: string, visitorId: string) =>
        void (await context.sql("UPDATE visitors SET erased_at = now() WHERE id = $1", visitorId)),
    ],
    [
      "is of a blocked visitor",
      async (_: string, visitorId: string) =>
        void (await context.sql(
          "UPDATE visitors SET blocked_at = now(), blocked_by_id = $2 WHERE id = $1",
          visitorId,
          agentId,
        )),
    ],
  ])("leaves a guest's token that opens nothing once it %s", async (_, end) => {
    const { owner, conversationId, resume } = await emailedLink();
    const { token } = await startSession(context.services, { resume });
    expect(await startSession(context.services, { token })).toMatchObject({ kind: "GUEST", conversationId });
    await end(conversationId, owner.viewer.visitorId);
    expect(await startSession(context.services, { token })).toMatchObject({ kind: "NEW", conversationId: null });
  });

  test("cannot be revoked for a conversation that does not exist", async () => {
    expect(await refusal(revokeResumeCodes(context.services, "none"))).toEqual({ code: "NOT_FOUND" });
    expect(await refusal(revokeResumeCodes(context.services, agentId))).toEqual({ code: "NOT_FOUND" });
  });
});

describe("A guest", () => {
  test("may not submit an address or an identity", async () => {
    const { owner, resume } = await emailedLink();
    const guest = await startSession(context.services, { resume });
    const viewer = await visitorViewer(context, guest.token);
    expect(await refusal(submitContactForm(context.services, viewer, { email: "ben@example.com" }))).toEqual({
      code: "FORBIDDEN",
    });
    const identity = { token: await identityToken(context, { sub: "ben" }) };
    expect(await refusal(startSession(context.services, { resume, identity }))).toEqual({ code: "FORBIDDEN" });
    expect(await refusal(startSession(context.services, { token: guest.token, identity }))).toEqual({
      code: "FORBIDDEN",
    });
    expect(await context.sql("SELECT external_id, email FROM visitors WHERE id = $1", owner.visitor.id)).toEqual([
      { externalId: null, email: null },
    ]);
  });

  test("becomes the full visitor when the website's identity is that of the visitor the link was sent to", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    const identity = { token: await identityToken(context, { sub: "ana-of-the-link" }) };
    await startSession(context.services, { token: owner.token, identity });
    const session = await startSession(context.services, { resume, identity });
    expect(session).toMatchObject({ kind: "JOINED", conversationId });
    expect(await visitorViewer(context, session.token)).toMatchObject({ visitorId: owner.visitor.id, guestOf: null });
  });
});
