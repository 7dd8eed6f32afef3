import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createResumeCode, verifyResumeCode } from "../../src/visitors/resume-code.js";
import { revokeResumeCodes } from "../../src/visitors/revoke-resume-codes.js";
import { startSession } from "../../src/visitors/start-session.js";
import { submitContactForm } from "../../src/visitors/submit-contact-form.js";
import {
  converse,
  dayMs,
  type House,
  hire,
  identityToken,
  openHouse,
  refusal,
  visit,
  visitorViewer,
} from "./support.js";

let house: House;
let agentId: string;
beforeAll(async () => {
  house = await openHouse();
  agentId = (await hire(house)).agent.id;
});
afterAll(() => house.close());

async function emailedLink() {
  const owner = await visit(house);
  const conversationId = await converse(house, owner.visitor.id, "vr", agentId);
  return { owner, conversationId, resume: createResumeCode(house.services, conversationId) };
}

describe("A link in an email", () => {
  test("opens a guest session for its one conversation, as often as it is followed", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    await converse(house, owner.visitor.id, "v", agentId);
    for (const code of [resume, resume, resume.toUpperCase()]) {
      const guest = await startSession(house.services, { resume: code });
      expect(guest).toMatchObject({ kind: "GUEST", conversationId });
      expect(guest.visitor.id).toBe(owner.visitor.id);
      expect(await visitorViewer(house, guest.token)).toMatchObject({ guestOf: conversationId });
    }
  });

  test("changes nothing of the visitor, whatever the browser or mail scanner behind it says", async () => {
    const { owner, resume } = await emailedLink();
    const before = await house.sql("SELECT * FROM visitors WHERE id = $1", owner.visitor.id);
    await startSession(house.services, { resume, locale: "en-US", timeZone: "America/New_York", page: "/scanned" });
    expect(await house.sql("SELECT * FROM visitors WHERE id = $1", owner.visitor.id)).toEqual(before);
    expect(
      await house.sql("SELECT id FROM sessions WHERE visitor_id = $1 AND active_at IS NOT NULL", owner.visitor.id),
    ).toEqual([]);
  });

  test("is the full session together with a token of the same visitor, and shows its own conversation", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    house.services.clock.advance(1_000);
    await converse(house, owner.visitor.id, "v", agentId);
    const session = await startSession(house.services, { resume, token: owner.token });
    expect(session).toMatchObject({ kind: "KEPT", token: owner.token, conversationId });
  });

  test("ignores another visitor's token, which stays valid", async () => {
    const { owner, resume } = await emailedLink();
    const other = await visit(house);
    const session = await startSession(house.services, { resume, token: other.token });
    expect(session.kind).toBe("GUEST");
    expect(session.visitor.id).toBe(owner.visitor.id);
    expect(await house.services.sessions.resolve(other.token)).toEqual(other.viewer);
  });

  test("opened again with the guest's own token goes on with the same session", async () => {
    const { conversationId, resume } = await emailedLink();
    const guest = await startSession(house.services, { resume });
    expect(await startSession(house.services, { resume, token: guest.token })).toMatchObject({
      kind: "GUEST",
      token: guest.token,
    });
    const kept = await startSession(house.services, { token: guest.token });
    expect(kept).toMatchObject({ kind: "GUEST", token: guest.token, conversationId });
  });

  test("of another conversation gives the guest a session for that one only", async () => {
    const one = await emailedLink();
    const two = await emailedLink();
    const guest = await startSession(house.services, { resume: one.resume });
    const next = await startSession(house.services, { resume: two.resume, token: guest.token });
    expect(next).toMatchObject({ kind: "GUEST", conversationId: two.conversationId });
    expect(await visitorViewer(house, next.token)).toMatchObject({ guestOf: two.conversationId });
    expect(await visitorViewer(house, guest.token)).toMatchObject({ guestOf: one.conversationId });
  });

  test("gives whoever comes with an old or forged one a chat of their own, and nothing else", async () => {
    const { owner, resume } = await emailedLink();
    const forged = `${resume.slice(0, -1)}${resume.endsWith("a") ? "b" : "a"}`;
    const session = await startSession(house.services, { resume: forged });
    expect(session).toMatchObject({ kind: "NEW", conversationId: null });
    expect((await startSession(house.services, { resume: forged, token: owner.token })).kind).toBe("KEPT");
    expect(verifyResumeCode(house.services, resume)).not.toBeNull();
    house.services.clock.advance(30 * dayMs);
    expect(verifyResumeCode(house.services, resume)).toBeNull();
    expect((await startSession(house.services, { resume })).kind).toBe("NEW");
  });

  test("works no more once an agent has revoked it, nor does the guest session that it opened; a new one does", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    const guest = await startSession(house.services, { resume });
    house.services.clock.advance(1);
    expect((await revokeResumeCodes(house.services, conversationId)).id).toBe(conversationId);
    expect((await startSession(house.services, { resume })).kind).toBe("NEW");
    expect(await house.services.sessions.resolve(guest.token)).toBeNull();
    expect(await house.services.sessions.resolve(owner.token)).toEqual(owner.viewer);
    house.services.clock.advance(1);
    const renewed = createResumeCode(house.services, conversationId);
    expect((await startSession(house.services, { resume: renewed })).kind).toBe("GUEST");
  });

  test("cannot be revoked for a conversation that there is not", async () => {
    expect(await refusal(revokeResumeCodes(house.services, "none"))).toEqual({ code: "NOT_FOUND" });
    expect(await refusal(revokeResumeCodes(house.services, agentId))).toEqual({ code: "NOT_FOUND" });
  });
});

describe("A guest", () => {
  test("may give neither an address nor an identity", async () => {
    const { owner, resume } = await emailedLink();
    const guest = await startSession(house.services, { resume });
    const viewer = await visitorViewer(house, guest.token);
    expect(await refusal(submitContactForm(house.services, viewer, { email: "ben@example.com" }))).toEqual({
      code: "FORBIDDEN",
    });
    const identity = { token: await identityToken(house, { sub: "ben" }) };
    expect(await refusal(startSession(house.services, { resume, identity }))).toEqual({ code: "FORBIDDEN" });
    expect(await refusal(startSession(house.services, { token: guest.token, identity }))).toEqual({
      code: "FORBIDDEN",
    });
    expect(await house.sql("SELECT external_id, email FROM visitors WHERE id = $1", owner.visitor.id)).toEqual([
      { externalId: null, email: null },
    ]);
  });

  test("is none when the website vouches that this is the visitor whom the link was for", async () => {
    const { owner, conversationId, resume } = await emailedLink();
    const identity = { token: await identityToken(house, { sub: "ana-of-the-link" }) };
    await startSession(house.services, { token: owner.token, identity });
    const session = await startSession(house.services, { resume, identity });
    expect(session).toMatchObject({ kind: "JOINED", conversationId });
    expect(await visitorViewer(house, session.token)).toMatchObject({ visitorId: owner.visitor.id, guestOf: null });
  });
});
