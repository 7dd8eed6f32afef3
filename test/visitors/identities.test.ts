import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SignJWT } from "jose";
import { v7 } from "uuid";
import { createResumeCode } from "../../src/visitors/resume-code.js";
import { startSession } from "../../src/visitors/start-session.js";
import { submitContactForm } from "../../src/visitors/submit-contact-form.js";
import { hourMs, minuteMs } from "../support/clock/durations.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { emailPlugin } from "../support/services/fake-channel.js";
import {
  addAgent,
  addDelivery,
  addMessages,
  identityToken,
  startVisit,
  visitorViewer,
} from "../support/services/fixtures.js";
import { refusal } from "../support/services/refusal.js";

let context: TestServices;
let agentId: string;
beforeAll(async () => {
  context = await createServices({ channels: [emailPlugin] });
  await context.startChannels();
  agentId = (await addAgent(context)).agent.id;
});
afterAll(() => context.stop());

async function identify(claims: Readonly<Record<string, unknown>>, token?: string) {
  return startSession(context.services, { token, identity: { token: await identityToken(context, claims) } });
}

describe("The website's signed identity", () => {
  test("identifies an anonymous visitor, with a name and an address of source IDENTITY", async () => {
    const { visitor, token } = await startVisit(context);
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

  test("starts a session for a new visitor, and finds the same visitor from another browser", async () => {
    const first = await identify({ sub: "u2", name: "Ben" });
    expect(first.kind).toBe("NEW");
    const second = await identify({ sub: "u2" });
    expect(second).toMatchObject({ kind: "JOINED", visitor: { id: first.visitor.id, name: "Ben" } });
    expect(second.token).not.toBe(first.token);
  });

  test("merges an anonymous visitor into the known one: conversations, messages, sessions and links move", async () => {
    const known = await identify({ sub: "u3", email: "ana@example.com" });
    const older = await addMessages(context, known.visitor.id, "v", agentId);
    const { visitor, token, viewer } = await startVisit(context);
    await startSession(context.services, { token, locale: "it", page: "/here" });
    const conversationId = await addMessages(context, visitor.id, "vr", agentId);
    const resume = createResumeCode(context.services, conversationId);
    await context.sql("INSERT INTO connections VALUES ($1, $1, $2, NULL, now())", v7(), visitor.id);
    await context.sql("UPDATE visitors SET connected = true WHERE id = $1", visitor.id);
    context.announced();

    const session = await identify({ sub: "u3" }, token);
    expect(session).toMatchObject({ kind: "JOINED", token, conversationId });
    expect(session.visitor).toMatchObject({ id: known.visitor.id, locale: "it", page: "/here", connected: true });
    expect(await visitorViewer(context, token)).toMatchObject({
      visitorId: known.visitor.id,
      sessionId: viewer.sessionId,
    });
    expect((await visitorViewer(context, known.token)).visitorId).toBe(known.visitor.id);
    expect(context.announced()).toContainEqual({
      type: "conversationUpdated",
      conversationId,
      visitorId: known.visitor.id,
    });

    const authors = "SELECT DISTINCT author_id FROM messages WHERE conversation_id = $1 AND author_kind = 'VISITOR'";
    expect(await context.sql(authors, conversationId)).toEqual([{ authorId: known.visitor.id }]);
    const [moved] = await context.sql<{ dueChannel: string; dueAt: Date | null }>(
      "SELECT due_channel, due_at FROM conversations WHERE id = $1",
      conversationId,
    );
    expect(moved?.dueChannel).toBe("email");
    expect(moved?.dueAt).not.toBeNull();
    const [alias] = await context.sql("SELECT alias_of, connected, page FROM visitors WHERE id = $1", visitor.id);
    expect(alias).toEqual({ aliasOf: known.visitor.id, connected: false, page: null });
    expect(await context.sql("SELECT visitor_id FROM connections WHERE visitor_id = $1", visitor.id)).toEqual([]);

    const full = await startSession(context.services, { resume, token: known.token });
    expect(full).toMatchObject({ kind: "KEPT", conversationId });
    expect(older).not.toBe(conversationId);
  });

  test("keeps the data that only the anonymous visitor had, and prefers its own address to one from a form", async () => {
    const known = await identify({ sub: "u4" });
    const anonymous = await startVisit(context);
    await submitContactForm(context.services, anonymous.viewer, { email: "typed@example.com", name: "Ana" });
    const joined = await identify({ sub: "u4" }, anonymous.token);
    expect(joined.visitor).toMatchObject({
      id: known.visitor.id,
      email: "typed@example.com",
      emailSource: "FORM",
      name: "Ana",
    });
    const signed = await identify({ sub: "u4", email: "typed@example.com" }, anonymous.token);
    expect(signed.visitor).toMatchObject({ email: "typed@example.com", emailSource: "IDENTITY" });
    const formAgain = await submitContactForm(context.services, await visitorViewer(context, anonymous.token), {
      email: "typed@example.com",
    });
    expect(formAgain.emailSource).toBe("IDENTITY");
  });

  test("cancels deliveries queued to the anonymous visitor's address", async () => {
    await identify({ sub: "u5", email: "known@example.com" });
    const { visitor, token, viewer } = await startVisit(context);
    await submitContactForm(context.services, viewer, { email: "ana@example.com" });
    const conversationId = await addMessages(context, visitor.id, "vr", agentId);
    const deliveryId = await addDelivery(context, conversationId, "QUEUED");
    const { visitor: joined } = await identify({ sub: "u5" }, token);
    expect(joined.email).toBe("known@example.com");
    expect(await context.sql("SELECT status FROM deliveries WHERE id = $1", deliveryId)).toEqual([
      { status: "CANCELLED" },
    ]);
    const [conversation] = await context.sql<{ dueAt: Date | null }>(
      "SELECT due_at FROM conversations WHERE id = $1",
      conversationId,
    );
    expect(conversation?.dueAt).not.toBeNull();
  });

  test("merges nothing when the stored token belongs to another known visitor", async () => {
    const ana = await identify({ sub: "u6", email: "ana@example.com" });
    const conversationId = await addMessages(context, ana.visitor.id, "vr", agentId);
    const resume = createResumeCode(context.services, conversationId);
    const ben = await identify({ sub: "u7" }, ana.token);
    expect(ben).toMatchObject({ kind: "NEW", conversationId: null, visitor: { email: null } });
    expect(ben.visitor.id).not.toBe(ana.visitor.id);
    expect((await visitorViewer(context, ana.token)).visitorId).toBe(ana.visitor.id);
    const withLink = await startSession(context.services, {
      token: ana.token,
      resume,
      identity: { token: await identityToken(context, { sub: "u8" }) },
    });
    expect(withLink).toMatchObject({ kind: "NEW", conversationId: null });
  });

  test("sent by several pages concurrently creates one visitor", async () => {
    const fresh = await Promise.all([1, 2, 3].map(() => identify({ sub: "u9" })));
    expect(new Set(fresh.map((session) => session.visitor.id)).size).toBe(1);
    const anonymous = await startVisit(context);
    const both = await Promise.all([
      identify({ sub: "u9" }, anonymous.token),
      identify({ sub: "u9" }, anonymous.token),
    ]);
    expect(both.map((session) => session.kind).sort()).toEqual(["JOINED", "KEPT"]);
    expect(new Set(both.map((session) => session.visitor.id))).toEqual(new Set([fresh[0]?.visitor.id]));
  });

  test("is refused with the field name when it is invalid", async () => {
    const bad = { code: "BAD_USER_INPUT", field: "input.identity.token" };
    const tokens = {
      expired: await identityToken(context, { sub: "u" }, -1_000),
      tooFarAhead: await identityToken(context, { sub: "u" }, 2 * hourMs),
      foreign: await identityToken(context, { sub: "u" }, minuteMs, "some-other-secret-of-the-wrong-site"),
      noSubject: await identityToken(context, {}),
      emptySubject: await identityToken(context, { sub: "" }),
      badEmail: await identityToken(context, { sub: "u", email: "not an address" }),
      nonsense: "nonsense",
    };
    for (const token of Object.values(tokens)) {
      expect(await refusal(startSession(context.services, { identity: { token } }))).toEqual(bad);
    }
    const withoutExpiry = await new SignJWT({ sub: "u" })
      .setProtectedHeader({ alg: "HS256" })
      .sign(Buffer.from(context.services.config.identitySecret ?? ""));
    expect(await refusal(startSession(context.services, { identity: { token: withoutExpiry } }))).toEqual(bad);
    const withoutSecret = await context.join({ config: { identitySecret: null } });
    await expect(
      startSession(withoutSecret.services, { identity: { token: await identityToken(context, { sub: "u" }) } }),
    ).rejects.toThrow(/IDENTITY_SECRET/);
  });
});
