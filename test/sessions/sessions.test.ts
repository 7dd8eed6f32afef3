import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { signIn } from "../../src/agents/sign-in.js";
import { signOut } from "../../src/sessions/sign-out.js";
import { signSessionToken, verifySessionToken } from "../../src/tokens/session-token.js";
import { startSession } from "../../src/visitors/start-session.js";
import { dayMs, hourMs } from "../support/clock/durations.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { emailPlugin } from "../support/services/fake-channel.js";
import { addAgent, addMessages, agentViewer, startVisit } from "../support/services/fixtures.js";
import { refusal } from "../support/services/refusal.js";

let context: TestServices;
beforeAll(async () => {
  context = await createServices({ channels: [emailPlugin] });
  await context.startChannels();
});
afterAll(() => context.stop());

describe("A visitor who returns in the same browser", () => {
  test("starts as a new visitor and stays the same one with the stored token", async () => {
    const first = await startSession(context.services, { locale: "de-de", timeZone: "Europe/Berlin", page: "/prices" });
    expect(first).toMatchObject({ kind: "NEW", conversationId: null });
    expect(first.visitor).toMatchObject({ locale: "de-DE", timeZone: "Europe/Berlin", page: "/prices", email: null });

    const again = await startSession(context.services, { token: first.token, page: "https://example.com/help?a=1#b" });
    expect(again).toMatchObject({ kind: "KEPT", token: first.token });
    expect(again.visitor).toMatchObject({
      id: first.visitor.id,
      locale: "de-DE",
      page: "https://example.com/help?a=1#b",
    });
  });

  test("gets the newest open conversation, otherwise the newest closed one with unread replies", async () => {
    const { agent } = await addAgent(context);
    const { visitor, token } = await startVisit(context);
    const shown = async () => (await startSession(context.services, { token })).conversationId;
    const unread = await addMessages(context, visitor.id, "vr", agent.id);
    context.clock.advance(1_000);
    const newest = await addMessages(context, visitor.id, "v", agent.id);
    expect(await shown()).toBe(newest);
    await context.sql("UPDATE conversations SET status = 'CLOSED' WHERE id = $1", newest);
    expect(await shown()).toBe(unread);
    await context.sql("UPDATE conversations SET status = 'CLOSED' WHERE id = $1", unread);
    expect(await shown()).toBe(unread);
    await context.sql("UPDATE conversations SET unread_replies = 0 WHERE id = $1", unread);
    expect(await shown()).toBeNull();
  });

  test.each([
    ["erased", "UPDATE visitors SET erased_at = now() WHERE id = $1"],
    [
      "blocked",
      "UPDATE visitors SET blocked_at = now(), blocked_by_id = (SELECT id FROM agents LIMIT 1) WHERE id = $1",
    ],
  ])("of a visitor who was %s is over, even if nobody has ended it", async (_, change) => {
    await addAgent(context);
    const { token, visitor } = await startVisit(context);
    await context.sql(change, visitor.id);
    context.clock.advance(6_000);
    expect(await context.services.sessions.resolve(token)).toBeNull();
    expect((await startSession(context.services, { token })).kind).toBe("NEW");
  });

  test("of an agent who was removed is over, even if nobody has ended it", async () => {
    const { agent, email, password } = await addAgent(context);
    const { token } = await signIn(context.services, { email, password }, "127.0.0.1");
    await context.sql("UPDATE agents SET removed_at = now() WHERE id = $1", agent.id);
    context.clock.advance(6_000);
    expect(await context.services.sessions.resolve(token)).toBeNull();
  });

  test("starts as a new visitor with a token that is forged, ended, an agent's, or a year old", async () => {
    const forged = await signSessionToken(
      ["not-the-secret-of-this-installation"],
      "0197b1a0-0000-7000-8000-000000000000",
    );
    for (const token of ["", "nonsense", "a.b.c", forged, "x".repeat(5_000)]) {
      expect((await startSession(context.services, { token })).kind).toBe("NEW");
    }
    const ended = await startVisit(context);
    await signOut(context.services, ended.viewer);
    expect((await startSession(context.services, { token: ended.token })).kind).toBe("NEW");

    const { email, password } = await addAgent(context);
    const { token } = await signIn(context.services, { email, password }, "127.0.0.1");
    expect((await startSession(context.services, { token })).kind).toBe("NEW");
    expect(await context.services.sessions.resolve(token)).toMatchObject({ kind: "agent" });

    const old = await startVisit(context);
    context.clock.advance(366 * dayMs);
    const fresh = await startSession(context.services, { token: old.token });
    expect(fresh.kind).toBe("NEW");
    expect(fresh.visitor.id).not.toBe(old.visitor.id);
  });

  test("is not refused for an invalid language or time zone", async () => {
    const { visitor, token } = await startSession(context.services, { locale: "klingon!", timeZone: "+02:00" });
    expect(visitor).toMatchObject({ locale: null, timeZone: null });
    await startSession(context.services, { token, locale: "fr", timeZone: "Asia/Tokyo" });
    const kept = await startSession(context.services, { token, locale: "", timeZone: "Mars/Olympus" });
    expect(kept.visitor).toMatchObject({ locale: "fr", timeZone: "Asia/Tokyo" });
  });

  test.each([
    "javascript:alert(1)",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "prices",
    "",
    "/a\u0000b",
    `/${"x".repeat(2_000)}`,
  ])("is refused with the page %j", async (page) => {
    expect(await refusal(startSession(context.services, { page }))).toEqual({
      code: "BAD_USER_INPUT",
      field: "input.page",
    });
  });

  test("publishes conversationUpdated for a change of page, and only for a change", async () => {
    const { agent } = await addAgent(context);
    const { visitor, token } = await startVisit(context);
    const conversationId = await addMessages(context, visitor.id, "v", agent.id);
    context.announced();
    await startSession(context.services, { token, page: "/a" });
    expect(context.announced()).toEqual([{ type: "conversationUpdated", conversationId, visitorId: visitor.id }]);
    await startSession(context.services, { token, page: "/a" });
    expect(context.announced()).toEqual([]);
  });
});

describe("A session", () => {
  test("expires a year after its last use", async () => {
    const { token, viewer } = await startVisit(context);
    for (const days of [300, 300, 300]) {
      context.clock.advance(days * dayMs);
      expect(await context.services.sessions.resolve(token)).toEqual(viewer);
    }
    context.clock.advance(366 * dayMs);
    expect(await context.services.sessions.resolve(token)).toBeNull();
  });

  test("of an agent expires 12 hours after its last use", async () => {
    const { email, password } = await addAgent(context);
    const { token, expiresAt } = await signIn(context.services, { email, password }, "127.0.0.1");
    expect(expiresAt.getTime() - context.clock.now().getTime()).toBeGreaterThan(11.9 * hourMs);
    context.clock.advance(11 * hourMs);
    expect(await agentViewer(context, token)).toMatchObject({ kind: "agent" });
    context.clock.advance(11 * hourMs);
    expect(await agentViewer(context, token)).toMatchObject({ kind: "agent" });
    context.clock.advance(12 * hourMs);
    expect(await context.services.sessions.resolve(token)).toBeNull();
  });

  test("stores an extended expiry at most once per 24th of the year", async () => {
    const { token, viewer, expiresAt } = await startVisit(context);
    const stored = async () =>
      (await context.sql<{ at: Date }>("SELECT expires_at AS at FROM sessions WHERE id = $1", viewer.sessionId))[0]?.at;
    context.clock.advance(15 * dayMs);
    await context.services.sessions.resolve(token);
    expect(await stored()).toEqual(expiresAt);
    context.clock.advance(dayMs);
    await context.services.sessions.resolve(token);
    expect((await stored())?.getTime()).toBeGreaterThan(expiresAt.getTime());
  });

  test("is refused immediately after signing out, and within five seconds in other processes", async () => {
    const { token, viewer } = await startVisit(context);
    const other = (await context.join()).services.sessions;
    expect(await other.resolve(token)).toEqual(viewer);
    context.announced();
    await context.sql("UPDATE sessions SET ended_at = now() WHERE id = $1", viewer.sessionId);
    expect(await other.resolve(token)).toEqual(viewer);
    context.clock.advance(5_001);
    expect(await other.resolve(token)).toBeNull();

    const second = await startVisit(context);
    await signOut(context.services, second.viewer);
    expect(await context.services.sessions.resolve(second.token)).toBeNull();
    expect(context.announced()).toContainEqual({ type: "sessionsEnded", sessionIds: [second.viewer.sessionId] });
  });

  test("survives rotation of the secret, and is refused when its secret is not configured", async () => {
    const { token, viewer } = await startVisit(context);
    const rotated = await context.join({
      config: { appSecrets: ["a-new-secret-of-32-characters-ok", ...context.services.config.appSecrets] },
    });
    expect(await rotated.services.sessions.resolve(token)).toEqual(viewer);
    const emptied = await context.join({ config: { appSecrets: ["a-new-secret-of-32-characters-ok"] } });
    expect(await emptied.services.sessions.resolve(token)).toBeNull();
  });

  test("has a token that contains only its id, and accepts no other algorithm", async () => {
    const { token, viewer } = await startVisit(context);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toEqual({ sid: viewer.sessionId });
    const [secret = ""] = context.services.config.appSecrets;
    const stronger = await new SignJWT(claims).setProtectedHeader({ alg: "HS512" }).sign(Buffer.from(secret.repeat(2)));
    expect(await verifySessionToken([secret.repeat(2)], stronger)).toBeNull();
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${token.split(".")[1]}.`;
    expect(await verifySessionToken([secret], unsigned)).toBeNull();
  });
});
