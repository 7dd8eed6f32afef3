import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { AgentViewer } from "../../src/viewer.js";
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

async function dueAt(conversationId: string): Promise<Date | null | undefined> {
  const [row] = await context.sql<{ dueAt: Date | null }>(
    "SELECT due_at FROM conversations WHERE id = $1",
    conversationId,
  );
  return row?.dueAt;
}

describe("The contact form", () => {
  test("makes earlier unread replies eligible when an address is given later", async () => {
    const { visitor, viewer } = await startVisit(context);
    const conversationId = await addMessages(context, visitor.id, "vr", ben.agentId);
    expect(await dueAt(conversationId)).toBeNull();
    context.announced();
    const identified = await submitContactForm(context.services, viewer, {
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
    expect(context.announced()).toContainEqual({ type: "conversationUpdated", conversationId, visitorId: visitor.id });
  });

  test("cancels a queued delivery when the address changes", async () => {
    const { visitor, viewer } = await startVisit(context);
    await submitContactForm(context.services, viewer, { email: "ana@example.com" });
    const conversationId = await addMessages(context, visitor.id, "vr", ben.agentId);
    const deliveryId = await addDelivery(context, conversationId, "QUEUED");
    await submitContactForm(context.services, viewer, { email: "ana@example.com" });
    expect(await context.sql("SELECT status FROM deliveries WHERE id = $1", deliveryId)).toEqual([
      { status: "QUEUED" },
    ]);
    await submitContactForm(context.services, viewer, { email: "new@example.com" });
    expect(await context.sql("SELECT status FROM deliveries WHERE id = $1", deliveryId)).toEqual([
      { status: "CANCELLED" },
    ]);
    expect(await dueAt(conversationId)).toBeInstanceOf(Date);
  });

  test("does not merge two visitors who enter the same address", async () => {
    const one = await startVisit(context);
    const two = await startVisit(context);
    for (const { viewer } of [one, two])
      await submitContactForm(context.services, viewer, { email: "shared@example.com" });
    expect((await startSession(context.services, { token: one.token })).visitor.id).toBe(one.visitor.id);
    expect((await startSession(context.services, { token: two.token })).visitor.id).toBe(two.visitor.id);
    const rows = await context.sql("SELECT id FROM visitors WHERE email = 'shared@example.com' AND alias_of IS NULL");
    expect(rows).toHaveLength(2);
  });

  test("does not rename a visitor who enters another person's address", async () => {
    const { viewer } = await startVisit(context);
    await submitContactForm(context.services, viewer, { email: "ana@example.com", name: "Ana" });
    const after = await submitContactForm(context.services, viewer, { email: "her.boss@example.com", name: " " });
    expect(after).toMatchObject({ name: "Ana", email: "her.boss@example.com", emailSource: "FORM" });
  });

  test("refuses an invalid address and a name that is too long", async () => {
    const { viewer } = await startVisit(context);
    const email = "ana@example.com";
    expect(await refusal(submitContactForm(context.services, viewer, { email: "ana at home" }))).toEqual({
      code: "BAD_USER_INPUT",
      field: "input.email",
    });
    expect(await refusal(submitContactForm(context.services, viewer, { email, name: "x".repeat(201) }))).toEqual({
      code: "BAD_USER_INPUT",
      field: "input.name",
    });
    expect((await submitContactForm(context.services, viewer, { email, name: "😀".repeat(200) })).name).toHaveLength(
      400,
    );
  });
});

describe("An agent's update of a visitor", () => {
  test("identifies the visitor; null clears a field, and an omitted field stays unchanged", async () => {
    const { visitor } = await startVisit(context);
    const update = (input: { email?: string | null; name?: string | null }) =>
      updateVisitor(context.services, ben, { visitorId: visitor.id, ...input });
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

  test("with the address from the website's identity keeps IDENTITY as its source", async () => {
    const identity = { token: await identityToken(context, { sub: "ana", email: "ana@example.com" }) };
    const { visitor } = await startSession(context.services, { identity });
    const updated = await updateVisitor(context.services, ben, { visitorId: visitor.id, email: "ANA@example.com" });
    expect(updated.emailSource).toBe("IDENTITY");
  });

  test("of a merged anonymous visitor updates the visitor it was merged into", async () => {
    const { visitor, token } = await startVisit(context);
    const known = await startSession(context.services, {
      identity: { token: await identityToken(context, { sub: "cleo" }) },
    });
    await startSession(context.services, { token, identity: { token: await identityToken(context, { sub: "cleo" }) } });
    const updated = await updateVisitor(context.services, ben, { visitorId: visitor.id, name: "Cleo" });
    expect(updated).toMatchObject({ id: known.visitor.id, name: "Cleo" });
  });

  test("is NOT_FOUND for an unknown visitor", async () => {
    for (const visitorId of ["unknown", ben.agentId]) {
      expect(await refusal(updateVisitor(context.services, ben, { visitorId, name: "Ana" }))).toEqual({
        code: "NOT_FOUND",
      });
    }
  });
});
