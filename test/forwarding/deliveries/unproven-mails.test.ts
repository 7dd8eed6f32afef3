import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { sendMessage } from "../../../src/conversations/send-message.js";
import { planDueDeliveries } from "../../../src/forwarding/deliveries/plan-deliveries.js";
import { removeCountedMails } from "../../../src/forwarding/deliveries/unproven-mails.js";
import { readForwardings } from "../../../src/forwarding/read-forwarding.js";
import { forwardingLimits } from "../../../src/limits/limit-table.js";
import { submitContactForm } from "../../../src/visitors/submit-contact-form.js";
import { FakeChannel } from "../../support/services/fake-channel.js";
import { ForwardingContext } from "../forwarding-context.js";

const channels = () => [new FakeChannel("email", "when-away", "idempotent")];
let context: ForwardingContext;
let other: ForwardingContext;

beforeAll(async () => {
  context = await ForwardingContext.setup(channels());
  other = await context.join(channels());
});
afterAll(async () => {
  await other.teardown();
  await context.teardown();
});

/** A visitor who typed an address and left, with a bot's answer. Returns the conversation's id. */
async function answered(email: string, network: string | null): Promise<string> {
  const visitor = await context.addVisitor();
  await submitContactForm(context.services, { ...visitor, sessionId: v7() }, { email }, network);
  const conversationId = await context.addConversation(visitor);
  await sendMessage(context.services, context.agent, { conversationId, text: "Hello", asBot: "Helper" });
  return conversationId;
}

async function countOf(table: string): Promise<number> {
  const [row] = await context.sql<{ count: number }>(`SELECT count(*)::integer AS count FROM ${table}`);
  return row?.count ?? 0;
}

test("Two processes that plan at the same time do not exceed a limit, and each mail counts once", async () => {
  // More than one batch of the due check, so that both processes have something to do.
  const conversations: string[] = [];
  for (let index = 0; index < 240; index += 1) {
    conversations.push(await answered(`stranger-${index}@example.com`, "203.0.113.7"));
  }
  await context.pass(60);
  await Promise.all([context, other, context, other].map(({ services }) => planDueDeliveries(services)));
  const { points } = forwardingLimits.firstMailsOfNetwork;
  expect(await countOf("unproven_mails")).toBe(points);
  expect(await countOf("deliveries")).toBe(points);
  const states = (await readForwardings(context.services, conversations)).map(({ state }) => state);
  expect(states.filter((state) => state === "SENDING")).toHaveLength(points);
  expect(states.filter((state) => state === "ADDRESS_UNPROVEN")).toHaveLength(240 - points);

  // Sending and retrying them counts nothing again; a later check finds nothing until there is room.
  await context.worker.work();
  await context.pass(600);
  expect(await planDueDeliveries(context.services)).toBe(0);
  expect(await countOf("unproven_mails")).toBe(points);
  await context.pass(3_600);
  expect(await planDueDeliveries(context.services)).toBe(points);
  await context.pass(86_400);
  await removeCountedMails(context.services);
  expect(await countOf("unproven_mails")).toBe(0);
});

test("A flood that bots answer from everywhere is bounded; what a person answers is not held up by it", async () => {
  await context.clear();
  const { points } = forwardingLimits.firstMailsOfNewSessions;
  for (let index = 0; index < points + 20; index += 1) {
    await answered(`flooded-${index}@example.com`, `198.51.100.${index}`);
  }
  await context.pass(60);
  await planDueDeliveries(context.services);
  expect(await countOf("deliveries")).toBe(points);
  const honest = await answered("ana@example.com", "203.0.113.9");
  await context.reply(honest, "I am Ben, a person.");
  await context.pass(60);
  await planDueDeliveries(context.services);
  expect((await readForwardings(context.services, [honest]))[0]?.state).toBe("SENDING");
});
