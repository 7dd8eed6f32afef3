import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { AgentViewer } from "../../src/viewer.js";
import { AgentRole } from "../../src/viewer.js";
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

async function dueAt(conversationId: string): Promise<Date | null | undefined> {
  const [row] = await house.sql<{ dueAt: Date | null }>(
    "SELECT due_at FROM conversations WHERE id = $1",
    conversationId,
  );
  return row?.dueAt;
}

describe("The contact form", () => {
  test("makes earlier unread replies eligible for the address that is given later", async () => {
    const { visitor, viewer } = await visit(house);
    const conversationId = await converse(house, visitor.id, "vr", ben.agentId);
    expect(await dueAt(conversationId)).toBeNull();
    house.announced();
    const identified = await submitContactForm(house.services, viewer, {
      email: "Ana@Example.com",
      name: "  Ana\n Maria ",
    });
    expect(identified).toMatchObject({
      id: visitor.id,
      email: "ana@example.com",
      emailSource: "FORM",
      name: "Ana Maria",
    });
    expect(await dueAt(conversationId)).toBeInstanceOf(Date);
    expect(house.announced()).toContainEqual({ type: "conversationUpdated", conversationId, visitorId: visitor.id });
  });

  test("changes the address while a delivery is queued: that one is cancelled", async () => {
    const { visitor, viewer } = await visit(house);
    await submitContactForm(house.services, viewer, { email: "ana@example.com" });
    const conversationId = await converse(house, visitor.id, "vr", ben.agentId);
    const deliveryId = await deliver(house, conversationId, "QUEUED");
    await submitContactForm(house.services, viewer, { email: "ana@example.com" });
    expect(await house.sql("SELECT status FROM deliveries WHERE id = $1", deliveryId)).toEqual([{ status: "QUEUED" }]);
    await submitContactForm(house.services, viewer, { email: "new@example.com" });
    expect(await house.sql("SELECT status FROM deliveries WHERE id = $1", deliveryId)).toEqual([
      { status: "CANCELLED" },
    ]);
    expect(await dueAt(conversationId)).toBeInstanceOf(Date);
  });

  test("leaves two visitors who type one address two visitors", async () => {
    const one = await visit(house);
    const two = await visit(house);
    for (const { viewer } of [one, two])
      await submitContactForm(house.services, viewer, { email: "shared@example.com" });
    expect((await startSession(house.services, { token: one.token })).visitor.id).toBe(one.visitor.id);
    expect((await startSession(house.services, { token: two.token })).visitor.id).toBe(two.visitor.id);
    const rows = await house.sql("SELECT id FROM visitors WHERE email = 'shared@example.com' AND alias_of IS NULL");
    expect(rows).toHaveLength(2);
  });

  test("does not rename the visitor who types another person's address", async () => {
    const { viewer } = await visit(house);
    await submitContactForm(house.services, viewer, { email: "ana@example.com", name: "Ana" });
    const after = await submitContactForm(house.services, viewer, { email: "her.boss@example.com", name: " " });
    expect(after).toMatchObject({ name: "Ana", email: "her.boss@example.com", emailSource: "FORM" });
  });

  test("refuses what is no address, and a name without end", async () => {
    const { viewer } = await visit(house);
    const email = "ana@example.com";
    expect(await refusal(submitContactForm(house.services, viewer, { email: "ana at home" }))).toEqual({
      code: "BAD_USER_INPUT",
      field: "input.email",
    });
    expect(await refusal(submitContactForm(house.services, viewer, { email, name: "x".repeat(201) }))).toEqual({
      code: "BAD_USER_INPUT",
      field: "input.name",
    });
    expect((await submitContactForm(house.services, viewer, { email, name: "😀".repeat(200) })).name).toHaveLength(400);
  });
});

describe("An agent's note", () => {
  test("identifies the visitor; null clears, left out leaves", async () => {
    const { visitor } = await visit(house);
    const update = (input: { email?: string | null; name?: string | null }) =>
      updateVisitor(house.services, ben, { visitorId: visitor.id, ...input });
    expect(await update({ email: "ana@example.com", name: "Ana" })).toMatchObject({
      email: "ana@example.com",
      emailSource: "AGENT",
      name: "Ana",
    });
    expect(await update({ name: null })).toMatchObject({ email: "ana@example.com", name: null });
    expect(await update({ name: "Ana\u202e\u0000 Lima" })).toMatchObject({ name: "Ana Lima" });
    expect(await update({ email: null })).toMatchObject({
      email: null,
      emailSource: null,
      addresses: {},
      name: "Ana Lima",
    });
    expect(await update({})).toMatchObject({ email: null, name: "Ana Lima" });
  });

  test("of the address that the website vouches for leaves it vouched for", async () => {
    const identity = { token: await identityToken(house, { sub: "ana", email: "ana@example.com" }) };
    const { visitor } = await startSession(house.services, { identity });
    const noted = await updateVisitor(house.services, ben, { visitorId: visitor.id, email: "ANA@example.com" });
    expect(noted.emailSource).toBe("IDENTITY");
  });

  test("on an earlier anonymous visitor is a note on the one who it joined", async () => {
    const { visitor, token } = await visit(house);
    const known = await startSession(house.services, {
      identity: { token: await identityToken(house, { sub: "cleo" }) },
    });
    await startSession(house.services, { token, identity: { token: await identityToken(house, { sub: "cleo" }) } });
    const noted = await updateVisitor(house.services, ben, { visitorId: visitor.id, name: "Cleo" });
    expect(noted).toMatchObject({ id: known.visitor.id, name: "Cleo" });
  });

  test("on nobody is NOT_FOUND", async () => {
    for (const visitorId of ["nobody", ben.agentId]) {
      expect(await refusal(updateVisitor(house.services, ben, { visitorId, name: "Ana" }))).toEqual({
        code: "NOT_FOUND",
      });
    }
  });
});
