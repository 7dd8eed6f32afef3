import "reflect-metadata";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { eraseVisitor } from "../../src/erasure/erase-visitor.js";
import type { AgentViewer } from "../../src/viewer.js";
import { AgentRole } from "../../src/viewer.js";
import { createResumeCode } from "../../src/visitors/resume-code.js";
import { revokeResumeCodes } from "../../src/visitors/revoke-resume-codes.js";
import { startSession } from "../../src/visitors/start-session.js";
import { submitContactForm } from "../../src/visitors/submit-contact-form.js";
import { updateVisitor } from "../../src/visitors/update-visitor.js";
import {
  converse,
  deliver,
  type House,
  hire,
  identityToken,
  openHouse,
  refusal,
  visit,
} from "../support/services/people.js";

let house: House;
let ben: AgentViewer;
beforeAll(async () => {
  house = await openHouse();
  const { agent } = await hire(house);
  ben = { kind: "agent", sessionId: agent.id, agentId: agent.id, role: AgentRole.AGENT };
});
afterAll(() => house.close());

/** Every table as text, in which nothing of an erased visitor may be found. */
async function everything(): Promise<string> {
  const tables = ["visitors", "sessions", "conversations", "messages", "deliveries", "channel_store"];
  const rows = await Promise.all(
    tables.map((table) => house.sql(`SELECT to_jsonb(kept) AS kept FROM ${table} AS kept`)),
  );
  return JSON.stringify(rows);
}

test("Erasing a visitor empties who they were and what was written, and ends everything of theirs", async () => {
  const bystander = await visit(house);
  await submitContactForm(house.services, bystander.viewer, { email: "bystander@example.com", name: "Bystander" });
  const { visitor, viewer, token } = await visit(house);
  const identity = { token: await identityToken(house, { sub: "ana-id", email: "ana@example.com", name: "Ana" }) };
  await startSession(house.services, { token, identity, locale: "pt-BR", timeZone: "America/Bahia", page: "/ana" });
  const conversationId = await converse(house, visitor.id, "vrv", ben.agentId);
  const resume = createResumeCode(house.services, conversationId);
  const guest = await startSession(house.services, { resume });
  const sent = await deliver(house, conversationId, "SENT");
  const queued = await deliver(house, conversationId, "QUEUED");
  await house.sql("UPDATE messages SET forwarded_to = 'ana@example.com' WHERE conversation_id = $1", conversationId);
  await house.sql("UPDATE deliveries SET failure_detail = '<ana@example.com> is full' WHERE id = $1", sent);
  await house.sql(`INSERT INTO channel_store VALUES ('email', 'original/1', '"from Ana"', NULL, $1)`, conversationId);
  await house.sql("INSERT INTO channel_store VALUES ('email', 'cursor', '1', NULL, NULL)");
  house.services.clock.advance(1);
  expect(await everything()).toMatch(/Ana/);
  house.announced();

  const erased = await eraseVisitor(house.services, visitor.id);
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
  const left = await everything();
  expect(left).not.toMatch(/ana|bahia|pt-br/i);
  expect(left).toMatch(/bystander/);
  expect(left).toMatch(/cursor/);

  const statuses = "SELECT status FROM deliveries WHERE id = ANY ($1::uuid[]) ORDER BY id";
  expect(await house.sql(statuses, [sent, queued])).toEqual([{ status: "SENT" }, { status: "CANCELLED" }]);
  const [conversation] = await house.sql(
    "SELECT status, due_at, open_delivery_id FROM conversations WHERE id = $1",
    conversationId,
  );
  expect(conversation).toEqual({ status: "CLOSED", dueAt: null, openDeliveryId: null });

  expect(await house.services.sessions.resolve(token)).toBeNull();
  expect(await house.services.sessions.resolve(guest.token)).toBeNull();
  expect((await startSession(house.services, { resume, token })).kind).toBe("NEW");
  const ended = house.announced().find((event) => event.type === "sessionsEnded");
  expect(ended?.sessionIds).toContain(viewer.sessionId);

  const update = updateVisitor(house.services, ben, { visitorId: visitor.id, name: "Ana" });
  expect(await refusal(update)).toEqual({ code: "CONFLICT" });
  const form = submitContactForm(house.services, viewer, { email: "ana@example.com" });
  expect(await refusal(form)).toEqual({ code: "CONFLICT" });
  expect(await refusal(eraseVisitor(house.services, visitor.id))).toEqual({ code: "CONFLICT" });
  expect(await refusal(revokeResumeCodes(house.services, conversationId))).toEqual({ code: "CONFLICT" });

  const back = await startSession(house.services, { identity });
  expect(back.kind).toBe("NEW");
  expect(back.visitor.id).not.toBe(visitor.id);
});

test("A delivery that is being sent is left to finish", async () => {
  const { visitor } = await visit(house);
  const conversationId = await converse(house, visitor.id, "vr", ben.agentId);
  const sending = await deliver(house, conversationId, "SENDING");
  await eraseVisitor(house.services, visitor.id);
  const rows = await house.sql("SELECT status, address_shown FROM deliveries WHERE id = $1", sending);
  expect(rows).toEqual([{ status: "SENDING", addressShown: "ana@example.com" }]);
});

test("Erasing an alias erases the visitor whom it joined", async () => {
  const { visitor, token } = await visit(house);
  const identity = { token: await identityToken(house, { sub: "joined" }) };
  const known = await startSession(house.services, { identity });
  await startSession(house.services, { token, identity });
  expect((await eraseVisitor(house.services, visitor.id)).id).toBe(known.visitor.id);
  expect(await refusal(eraseVisitor(house.services, visitor.id))).toEqual({ code: "CONFLICT" });
});

test("Nobody cannot be erased", async () => {
  for (const id of ["nobody", ben.agentId]) {
    expect(await refusal(eraseVisitor(house.services, id))).toEqual({ code: "NOT_FOUND" });
  }
});
