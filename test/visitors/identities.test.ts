import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { v7 } from "uuid";
import { createResumeCode } from "../../src/visitors/resume-code.js";
import { startSession } from "../../src/visitors/start-session.js";
import { submitContactForm } from "../../src/visitors/submit-contact-form.js";
import {
  converse,
  deliver,
  type House,
  hire,
  hourMs,
  identityToken,
  minuteMs,
  openHouse,
  refusal,
  visit,
  visitorViewer,
} from "../support/services/people.js";

let house: House;
let agentId: string;
beforeAll(async () => {
  house = await openHouse();
  agentId = (await hire(house)).agent.id;
});
afterAll(() => house.close());

async function identify(claims: Readonly<Record<string, unknown>>, token?: string) {
  return startSession(house.services, { token, identity: { token: await identityToken(house, claims) } });
}

describe("The website's signed identity", () => {
  test("makes an anonymous visitor known, with a name and an address that is vouched for", async () => {
    const { visitor, token } = await visit(house);
    const session = await identify({ sub: "u1", email: "Ana@Example.com", name: " Ana \u0007" }, token);
    expect(session).toMatchObject({ kind: "JOINED", token });
    expect(session.visitor).toMatchObject({
      id: visitor.id,
      email: "ana@example.com",
      emailSource: "IDENTITY",
      name: "Ana",
    });
    expect((await identify({ sub: "u1" }, token)).kind).toBe("KEPT");
  });

  test("begins a session for somebody never seen before, and finds them again from another browser", async () => {
    const first = await identify({ sub: "u2", name: "Ben" });
    expect(first.kind).toBe("NEW");
    const second = await identify({ sub: "u2" });
    expect(second).toMatchObject({ kind: "JOINED", visitor: { id: first.visitor.id, name: "Ben" } });
    expect(second.token).not.toBe(first.token);
  });

  test("joins an anonymous visit with the visitor it knows: conversations, messages, sessions and links move", async () => {
    const known = await identify({ sub: "u3", email: "ana@example.com" });
    const older = await converse(house, known.visitor.id, "v", agentId);
    const { visitor, token, viewer } = await visit(house);
    await startSession(house.services, { token, locale: "it", page: "/here" });
    const conversationId = await converse(house, visitor.id, "vr", agentId);
    const resume = createResumeCode(house.services, conversationId);
    await house.sql("INSERT INTO connections VALUES ($1, $1, $2, NULL, now())", v7(), visitor.id);
    await house.sql("UPDATE visitors SET connected = true WHERE id = $1", visitor.id);
    house.announced();

    const session = await identify({ sub: "u3" }, token);
    expect(session).toMatchObject({ kind: "JOINED", token, conversationId });
    expect(session.visitor).toMatchObject({ id: known.visitor.id, locale: "it", page: "/here", connected: true });
    expect(await visitorViewer(house, token)).toMatchObject({
      visitorId: known.visitor.id,
      sessionId: viewer.sessionId,
    });
    expect((await visitorViewer(house, known.token)).visitorId).toBe(known.visitor.id);
    expect(house.announced()).toContainEqual({
      type: "conversationUpdated",
      conversationId,
      visitorId: known.visitor.id,
    });

    const authors = "SELECT DISTINCT author_id FROM messages WHERE conversation_id = $1 AND author_kind = 'VISITOR'";
    expect(await house.sql(authors, conversationId)).toEqual([{ authorId: known.visitor.id }]);
    const [moved] = await house.sql<{ dueChannel: string; dueAt: Date | null }>(
      "SELECT due_channel, due_at FROM conversations WHERE id = $1",
      conversationId,
    );
    expect(moved?.dueChannel).toBe("email");
    expect(moved?.dueAt).not.toBeNull();
    const [alias] = await house.sql("SELECT alias_of, connected, page FROM visitors WHERE id = $1", visitor.id);
    expect(alias).toEqual({ aliasOf: known.visitor.id, connected: false, page: null });
    expect(await house.sql("SELECT visitor_id FROM connections WHERE visitor_id = $1", visitor.id)).toEqual([]);

    const full = await startSession(house.services, { resume, token: known.token });
    expect(full).toMatchObject({ kind: "KEPT", conversationId });
    expect(older).not.toBe(conversationId);
  });

  test("keeps what only the anonymous visit knew, and trusts its own address more than a typed one", async () => {
    const known = await identify({ sub: "u4" });
    const anonymous = await visit(house);
    await submitContactForm(house.services, anonymous.viewer, { email: "typed@example.com", name: "Ana" });
    const joined = await identify({ sub: "u4" }, anonymous.token);
    expect(joined.visitor).toMatchObject({
      id: known.visitor.id,
      email: "typed@example.com",
      emailSource: "FORM",
      name: "Ana",
    });
    const vouched = await identify({ sub: "u4", email: "typed@example.com" }, anonymous.token);
    expect(vouched.visitor).toMatchObject({ email: "typed@example.com", emailSource: "IDENTITY" });
    const formAgain = await submitContactForm(house.services, await visitorViewer(house, anonymous.token), {
      email: "typed@example.com",
    });
    expect(formAgain.emailSource).toBe("IDENTITY");
  });

  test("cancels what was queued to the anonymous visit's address", async () => {
    await identify({ sub: "u5", email: "known@example.com" });
    const { visitor, token, viewer } = await visit(house);
    await submitContactForm(house.services, viewer, { email: "ana@example.com" });
    const conversationId = await converse(house, visitor.id, "vr", agentId);
    const deliveryId = await deliver(house, conversationId, "QUEUED");
    const { visitor: joined } = await identify({ sub: "u5" }, token);
    expect(joined.email).toBe("known@example.com");
    expect(await house.sql("SELECT status FROM deliveries WHERE id = $1", deliveryId)).toEqual([
      { status: "CANCELLED" },
    ]);
    const [conversation] = await house.sql<{ dueAt: Date | null }>(
      "SELECT due_at FROM conversations WHERE id = $1",
      conversationId,
    );
    expect(conversation?.dueAt).not.toBeNull();
  });

  test("joins nothing when the kept token is another known person's", async () => {
    const ana = await identify({ sub: "u6", email: "ana@example.com" });
    const conversationId = await converse(house, ana.visitor.id, "vr", agentId);
    const resume = createResumeCode(house.services, conversationId);
    const ben = await identify({ sub: "u7" }, ana.token);
    expect(ben).toMatchObject({ kind: "NEW", conversationId: null, visitor: { email: null } });
    expect(ben.visitor.id).not.toBe(ana.visitor.id);
    expect((await visitorViewer(house, ana.token)).visitorId).toBe(ana.visitor.id);
    const withLink = await startSession(house.services, {
      token: ana.token,
      resume,
      identity: { token: await identityToken(house, { sub: "u8" }) },
    });
    expect(withLink).toMatchObject({ kind: "NEW", conversationId: null });
  });

  test("brought by two pages at once makes one visitor", async () => {
    const fresh = await Promise.all([1, 2, 3].map(() => identify({ sub: "u9" })));
    expect(new Set(fresh.map((session) => session.visitor.id)).size).toBe(1);
    const anonymous = await visit(house);
    const both = await Promise.all([
      identify({ sub: "u9" }, anonymous.token),
      identify({ sub: "u9" }, anonymous.token),
    ]);
    expect(both.map((session) => session.kind).sort()).toEqual(["JOINED", "KEPT"]);
    expect(new Set(both.map((session) => session.visitor.id))).toEqual(new Set([fresh[0]?.visitor.id]));
  });

  test("is refused when it does not verify, and says why by its field", async () => {
    const bad = { code: "BAD_USER_INPUT", field: "input.identity.token" };
    const tokens = {
      expired: await identityToken(house, { sub: "u" }, -1_000),
      tooFarAhead: await identityToken(house, { sub: "u" }, 2 * hourMs),
      foreign: await identityToken(house, { sub: "u" }, minuteMs, "some-other-secret-of-the-wrong-site"),
      nobody: await identityToken(house, {}),
      empty: await identityToken(house, { sub: "" }),
      badEmail: await identityToken(house, { sub: "u", email: "not an address" }),
      nonsense: "nonsense",
    };
    for (const token of Object.values(tokens)) {
      expect(await refusal(startSession(house.services, { identity: { token } }))).toEqual(bad);
    }
    const unlimited = await new SignJWT({ sub: "u" })
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.from(house.config.identitySecret ?? ""));
    expect(await refusal(startSession(house.services, { identity: { token: unlimited } }))).toEqual(bad);
    const closed = house.otherProcess({ identitySecret: null });
    await expect(
      startSession(closed, { identity: { token: await identityToken(house, { sub: "u" }) } }),
    ).rejects.toThrow(/IDENTITY_SECRET/);
  });
});
