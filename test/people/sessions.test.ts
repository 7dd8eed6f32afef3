import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { signIn } from "../../src/agents/sign-in.js";
import { signOut } from "../../src/sessions/sign-out.js";
import { signSessionToken, verifySessionToken } from "../../src/tokens/session-token.js";
import { startSession } from "../../src/visitors/start-session.js";
import { agentViewer, converse, dayMs, type House, hire, hourMs, openHouse, refusal, visit } from "./support.js";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

describe("A visitor who comes back by browser", () => {
  test("begins as a new visitor and keeps the same one with the kept token", async () => {
    const first = await startSession(house.services, { locale: "de-de", timeZone: "Europe/Berlin", page: "/prices" });
    expect(first).toMatchObject({ kind: "NEW", conversationId: null });
    expect(first.visitor).toMatchObject({ locale: "de-DE", timeZone: "Europe/Berlin", page: "/prices", email: null });

    const again = await startSession(house.services, { token: first.token, page: "https://example.com/help?a=1#b" });
    expect(again).toMatchObject({ kind: "KEPT", token: first.token });
    expect(again.visitor).toMatchObject({
      id: first.visitor.id,
      locale: "de-DE",
      page: "https://example.com/help?a=1#b",
    });
  });

  test("sees the newest open conversation, else the newest closed one with unread replies", async () => {
    const { agent } = await hire(house);
    const { visitor, token } = await visit(house);
    const shown = async () => (await startSession(house.services, { token })).conversationId;
    const unread = await converse(house, visitor.id, "vr", agent.id);
    house.services.clock.advance(1_000);
    const silent = await converse(house, visitor.id, "v", agent.id);
    expect(await shown()).toBe(silent);
    await house.sql("UPDATE conversations SET status = 'CLOSED' WHERE id = $1", silent);
    expect(await shown()).toBe(unread);
    await house.sql("UPDATE conversations SET status = 'CLOSED' WHERE id = $1", unread);
    expect(await shown()).toBe(unread);
    await house.sql("UPDATE conversations SET unread_replies = 0 WHERE id = $1", unread);
    expect(await shown()).toBeNull();
  });

  test("begins anew with a token that is forged, ended, an agent's, or a year old", async () => {
    const forged = await signSessionToken(
      ["not-the-secret-of-this-installation"],
      "0197b1a0-0000-7000-8000-000000000000",
    );
    for (const token of ["", "nonsense", "a.b.c", forged, "x".repeat(5_000)]) {
      expect((await startSession(house.services, { token })).kind).toBe("NEW");
    }
    const ended = await visit(house);
    await signOut(house.services, ended.viewer);
    expect((await startSession(house.services, { token: ended.token })).kind).toBe("NEW");

    const { email, password } = await hire(house);
    const { token } = await signIn(house.services, { email, password }, "127.0.0.1");
    expect((await startSession(house.services, { token })).kind).toBe("NEW");
    expect(await house.services.sessions.resolve(token)).toMatchObject({ kind: "agent" });

    const old = await visit(house);
    house.services.clock.advance(366 * dayMs);
    const anew = await startSession(house.services, { token: old.token });
    expect(anew.kind).toBe("NEW");
    expect(anew.visitor.id).not.toBe(old.visitor.id);
  });

  test("is not refused for a browser that says nonsense of its language or time zone", async () => {
    const { visitor, token } = await startSession(house.services, { locale: "klingon!", timeZone: "+02:00" });
    expect(visitor).toMatchObject({ locale: null, timeZone: null });
    await startSession(house.services, { token, locale: "fr", timeZone: "Asia/Tokyo" });
    const kept = await startSession(house.services, { token, locale: "", timeZone: "Mars/Olympus" });
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
    expect(await refusal(startSession(house.services, { page }))).toEqual({
      code: "BAD_USER_INPUT",
      field: "input.page",
    });
  });

  test("tells those who watch the visitor's conversations of the page, and only of a change", async () => {
    const { agent } = await hire(house);
    const { visitor, token } = await visit(house);
    const conversationId = await converse(house, visitor.id, "v", agent.id);
    house.announced();
    await startSession(house.services, { token, page: "/a" });
    expect(house.announced()).toEqual([{ type: "conversationUpdated", conversationId, visitorId: visitor.id }]);
    await startSession(house.services, { token, page: "/a" });
    expect(house.announced()).toEqual([]);
  });
});

describe("A session", () => {
  test("slides for a year after its last use", async () => {
    const { token, viewer } = await visit(house);
    for (const days of [300, 300, 300]) {
      house.services.clock.advance(days * dayMs);
      expect(await house.services.sessions.resolve(token)).toEqual(viewer);
    }
    house.services.clock.advance(366 * dayMs);
    expect(await house.services.sessions.resolve(token)).toBeNull();
  });

  test("slides for an agent for 12 hours", async () => {
    const { email, password } = await hire(house);
    const { token, expiresAt } = await signIn(house.services, { email, password }, "127.0.0.1");
    expect(expiresAt.getTime() - house.services.clock.now().getTime()).toBeGreaterThan(11.9 * hourMs);
    house.services.clock.advance(11 * hourMs);
    expect(await agentViewer(house, token)).toMatchObject({ kind: "agent" });
    house.services.clock.advance(11 * hourMs);
    expect(await agentViewer(house, token)).toMatchObject({ kind: "agent" });
    house.services.clock.advance(12 * hourMs);
    expect(await house.services.sessions.resolve(token)).toBeNull();
  });

  test("writes its sliding at most once per 24th of the year", async () => {
    const { token, viewer, expiresAt } = await visit(house);
    const stored = async () =>
      (await house.sql<{ at: Date }>("SELECT expires_at AS at FROM sessions WHERE id = $1", viewer.sessionId))[0]?.at;
    house.services.clock.advance(15 * dayMs);
    await house.services.sessions.resolve(token);
    expect(await stored()).toEqual(expiresAt);
    house.services.clock.advance(dayMs);
    await house.services.sessions.resolve(token);
    expect((await stored())?.getTime()).toBeGreaterThan(expiresAt.getTime());
  });

  test("is refused at once after signing out, and within five seconds in other processes", async () => {
    const { token, viewer } = await visit(house);
    const other = house.otherProcess({}).sessions;
    expect(await other.resolve(token)).toEqual(viewer);
    house.announced();
    await house.sql("UPDATE sessions SET ended_at = now() WHERE id = $1", viewer.sessionId);
    expect(await other.resolve(token)).toEqual(viewer);
    house.services.clock.advance(5_001);
    expect(await other.resolve(token)).toBeNull();

    const second = await visit(house);
    await signOut(house.services, second.viewer);
    expect(await house.services.sessions.resolve(second.token)).toBeNull();
    expect(house.announced()).toContainEqual({ type: "sessionsEnded", sessionIds: [second.viewer.sessionId] });
  });

  test("survives the rotation of the secret and refuses one that was never in use", async () => {
    const { token, viewer } = await visit(house);
    const rotated = house.otherProcess({
      appSecrets: ["a-new-secret-of-32-characters-ok", ...house.config.appSecrets],
    });
    expect(await rotated.sessions.resolve(token)).toEqual(viewer);
    const emptied = house.otherProcess({ appSecrets: ["a-new-secret-of-32-characters-ok"] });
    expect(await emptied.sessions.resolve(token)).toBeNull();
  });

  test("says nothing in its token but its id, and accepts no other algorithm", async () => {
    const { token, viewer } = await visit(house);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toEqual({ sid: viewer.sessionId });
    const [secret = ""] = house.config.appSecrets;
    const stronger = await new SignJWT(claims).setProtectedHeader({ alg: "HS512" }).sign(Buffer.from(secret.repeat(2)));
    expect(await verifySessionToken([secret.repeat(2)], stronger)).toBeNull();
    const unsigned = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${token.split(".")[1]}.`;
    expect(await verifySessionToken([secret], unsigned)).toBeNull();
  });
});
