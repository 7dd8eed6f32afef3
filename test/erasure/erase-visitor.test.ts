import "reflect-metadata";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { eraseVisitor } from "../../src/erasure/erase-visitor.js";
import type { AgentViewer } from "../../src/viewer.js";
import { createResumeCode } from "../../src/visitors/resume-code.js";
import { revokeResumeCodes } from "../../src/visitors/revoke-resume-codes.js";
import { startSession } from "../../src/visitors/start-session.js";
import { submitContactForm } from "../../src/visitors/submit-contact-form.js";
import { updateVisitor } from "../../src/visitors/update-visitor.js";
import { createServices, type TestServices } from "../support/services/create-services.js";
import { emailPlugin } from "../support/services/fake-channel.js";
import { addAgent, addDelivery, addMessages, identityToken, startVisit } from "../support/services/fixtures.js";
import { refusal } from "../support/services/refusal.js";

let context: TestServices;
let ben: AgentViewer;
beforeAll(async () => {
  context = await createServices({ channels: [emailPlugin] });
  await context.startChannels();
  ({ viewer: ben } = await addAgent(context));
});
afterAll(() => context.stop());

/** Every table as text, which must contain nothing about an erased visitor. */
async function readEverything(): Promise<string> {
  const tables = [
    ...["visitors", "sessions", "conversations", "messages", "deliveries", "channel_store"],
    ...["typed_addresses", "unproven_mails"],
  ];
  const rows = await Promise.all(
    tables.map((table) => context.sql(`SELECT to_jsonb(kept) AS kept FROM ${table} AS kept`)),
  );
  return JSON.stringify(rows);
}

test("Erasing a visitor deletes their personal data and messages, and ends their sessions, links and deliveries", async () => {
  const bystander = await startVisit(context);
  await submitContactForm(context.services, bystander.viewer, { email: "bystander@example.com", name: "Bystander" });
  const { visitor, viewer, token } = await startVisit(context);
  const identity = { token: await identityToken(context, { sub: "ana-id", email: "ana@example.com", name: "Ana" }) };
  await startSession(context.services, { token, identity, locale: "pt-BR", timeZone: "America/Bahia", page: "/ana" });
  const conversationId = await addMessages(context, visitor.id, "vrv", ben.agentId);
  const resume = createResumeCode(context.services, conversationId);
  const guest = await startSession(context.services, { resume });
  const sent = await addDelivery(context, conversationId, "SENT");
  const queued = await addDelivery(context, conversationId, "QUEUED");
  await context.sql("UPDATE messages SET forwarded_to = 'ana@example.com' WHERE conversation_id = $1", conversationId);
  await context.sql("UPDATE deliveries SET failure_detail = '<ana@example.com> is full' WHERE id = $1", sent);
  await context.sql(`INSERT INTO channel_store VALUES ('email', 'original/1', '"from Ana"', NULL, $1)`, conversationId);
  await context.sql("INSERT INTO channel_store VALUES ('email', 'cursor', '1', NULL, NULL)");
  context.clock.advance(1);
  expect(await readEverything()).toMatch(/Ana/);
  context.announced();

  const erased = await eraseVisitor(context.services, visitor.id);
  expect(erased).toMatchObject({
    id: visitor.id,
    name: null,
    email: null,
    page: null,
    locale: null,
    timeZone: null,
    addresses: {},
  });
  expect(erased.erasedAt).toBeInstanceOf(Date);
  const remaining = await readEverything();
  expect(remaining).not.toMatch(/ana|bahia|pt-br/i);
  expect(remaining).toMatch(/bystander/);
  expect(remaining).toMatch(/cursor/);

  const statuses = "SELECT status FROM deliveries WHERE id = ANY ($1::uuid[]) ORDER BY id";
  expect(await context.sql(statuses, [sent, queued])).toEqual([{ status: "SENT" }, { status: "CANCELLED" }]);
  const [conversation] = await context.sql(
    "SELECT status, due_at, open_delivery_id FROM conversations WHERE id = $1",
    conversationId,
  );
  expect(conversation).toEqual({ status: "CLOSED", dueAt: null, openDeliveryId: null });

  expect(await context.services.sessions.resolve(token)).toBeNull();
  expect(await context.services.sessions.resolve(guest.token)).toBeNull();
  expect((await startSession(context.services, { resume, token })).kind).toBe("NEW");
  const ended = context.announced().find((event) => event.type === "sessionsEnded");
  expect(ended?.sessionIds).toContain(viewer.sessionId);

  const update = updateVisitor(context.services, ben, { visitorId: visitor.id, name: "Ana" });
  expect(await refusal(update)).toEqual({ code: "CONFLICT" });
  const form = submitContactForm(context.services, viewer, { email: "ana@example.com" });
  expect(await refusal(form)).toEqual({ code: "CONFLICT" });
  expect(await refusal(eraseVisitor(context.services, visitor.id))).toEqual({ code: "CONFLICT" });
  expect(await refusal(revokeResumeCodes(context.services, conversationId))).toEqual({ code: "CONFLICT" });

  const back = await startSession(context.services, { identity });
  expect(back.kind).toBe("NEW");
  expect(back.visitor.id).not.toBe(visitor.id);
});

test("Erasing a visitor lets a delivery that is being sent finish", async () => {
  const { visitor } = await startVisit(context);
  const conversationId = await addMessages(context, visitor.id, "vr", ben.agentId);
  const sending = await addDelivery(context, conversationId, "SENDING");
  await eraseVisitor(context.services, visitor.id);
  const rows = await context.sql("SELECT status, address_shown FROM deliveries WHERE id = $1", sending);
  expect(rows).toEqual([{ status: "SENDING", addressShown: "ana@example.com" }]);
});

test("Erasing an alias erases the visitor it was merged into", async () => {
  const { visitor, token } = await startVisit(context);
  const identity = { token: await identityToken(context, { sub: "joined" }) };
  const known = await startSession(context.services, { identity });
  await startSession(context.services, { token, identity });
  expect((await eraseVisitor(context.services, visitor.id)).id).toBe(known.visitor.id);
  expect(await refusal(eraseVisitor(context.services, visitor.id))).toEqual({ code: "CONFLICT" });
});

test("Erasing an unknown visitor is NOT_FOUND", async () => {
  for (const id of ["unknown", ben.agentId]) {
    expect(await refusal(eraseVisitor(context.services, id))).toEqual({ code: "NOT_FOUND" });
  }
});
