import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { setTyping } from "../../src/conversations/set-typing.js";
import { leaveWebsite } from "../../src/presence/leave-website.js";
import { recordActivity } from "../../src/presence/record-activity.js";
import { isOnline, leftAt } from "../../src/visitors/visitor-presence.js";
import { PresenceContext, type PresenceProcess } from "./presence-context.js";

let context: PresenceContext;
let process: PresenceProcess;
beforeAll(async () => {
  context = await PresenceContext.setup();
  process = await context.startProcess();
});
afterAll(() => context.teardown());

describe("recordActivity", () => {
  test("makes the visitor online for a minute, and stores the page", async () => {
    const viewer = await context.addVisitor();
    await context.addConversation(viewer.visitorId);
    const visitor = await recordActivity(process.services, viewer, "https://example.com/prices");
    expect(visitor).toMatchObject({ lastInteractionAt: context.clock.now(), page: "https://example.com/prices" });
    expect(isOnline(visitor, new Date(context.clock.now().getTime() + 59_999))).toBe(true);
    expect(isOnline(visitor, new Date(context.clock.now().getTime() + 60_000))).toBe(false);
    expect(process.takeAnnounced("conversationUpdated")).toHaveLength(1);

    expect(await recordActivity(process.services, viewer)).toMatchObject({ page: "https://example.com/prices" });
    expect(process.takeAnnounced("conversationUpdated")).toEqual([]);
    await recordActivity(process.services, viewer, "https://example.com/");
    expect(process.takeAnnounced("conversationUpdated")).toHaveLength(1);
  });

  test("refuses a page of more than 2,000 characters", async () => {
    const viewer = await context.addVisitor();
    await expect(recordActivity(process.services, viewer, "x".repeat(2_001))).rejects.toMatchObject({
      extensions: { code: "BAD_USER_INPUT", field: "page" },
    });
  });

  test("makes a guest count as online", async () => {
    const guest = await context.addGuest();
    process.tracker.open(v7(), guest);
    await process.tracker.flush();
    expect(await context.visitor(guest)).toMatchObject({ connected: false });
    await recordActivity(process.services, guest);
    process.takeAnnounced("sessionActive");
    await process.tracker.flush();
    expect(await context.visitor(guest)).toMatchObject({ connected: true });
  });
});

describe("leaveWebsite", () => {
  test("ends the minute of presence after an interaction", async () => {
    const viewer = await context.addVisitor();
    await recordActivity(process.services, viewer);
    context.clock.advance(10_000);
    const visitor = await leaveWebsite(process.services, viewer);
    expect(leftAt(visitor, context.clock.now())).toEqual(context.clock.now());
  });

  test("does not affect other open tabs or later interactions", async () => {
    const viewer = await context.addVisitor();
    process.tracker.open(v7(), viewer);
    await process.tracker.flush();
    expect(await leaveWebsite(process.services, viewer)).toMatchObject({ connected: true });
    const other = await context.addVisitor();
    await leaveWebsite(process.services, other);
    context.clock.advance(1);
    expect(isOnline(await recordActivity(process.services, other), context.clock.now())).toBe(true);
  });

  test("does not count for a guest without interactions", async () => {
    const guest = await context.addGuest();
    expect(await leaveWebsite(process.services, guest)).toMatchObject({ departedAt: null });
  });
});

describe("setTyping", () => {
  test("of a visitor is an interaction, stored at most every 2 seconds and published each time", async () => {
    const viewer = await context.addVisitor();
    const conversationId = await context.addConversation(viewer.visitorId);
    const startedAt = context.clock.now();
    await setTyping(process.services, viewer, conversationId);
    context.clock.advance(1_999);
    await setTyping(process.services, viewer, conversationId);
    expect(await context.visitor(viewer)).toMatchObject({ lastInteractionAt: startedAt });
    context.clock.advance(1);
    await setTyping(process.services, viewer, conversationId);
    expect(await context.visitor(viewer)).toMatchObject({ lastInteractionAt: context.clock.now() });
    const typing = {
      type: "typing",
      conversationId,
      visitorId: viewer.visitorId,
      agentId: null,
      endsAt: expect.any(Date),
    };
    expect(process.takeAnnounced("typing")).toEqual([typing, typing, typing]);
  });

  test("of an agent is not an interaction of the visitor", async () => {
    const [viewer, agent] = [await context.addVisitor(), await context.addAgent("ONLINE")];
    const conversationId = await context.addConversation(viewer.visitorId);
    await setTyping(process.services, agent, conversationId);
    expect(await context.visitor(viewer)).toMatchObject({ lastInteractionAt: null });
    expect(process.takeAnnounced("typing")).toMatchObject([{ conversationId, agentId: agent.agentId }]);
  });

  test("in another visitor's or an unknown conversation is NOT_FOUND", async () => {
    const [viewer, other] = [await context.addVisitor(), await context.addVisitor()];
    const foreign = await context.addConversation(other.visitorId);
    for (const id of [foreign, v7(), "unknown"]) {
      await expect(setTyping(process.services, viewer, id)).rejects.toMatchObject({
        extensions: { code: "NOT_FOUND" },
      });
    }
  });
});

test("Every interaction of an erased visitor is a CONFLICT", async () => {
  const viewer = await context.addVisitor();
  const conversationId = await context.addConversation(viewer.visitorId);
  await context.sql("UPDATE visitors SET erased_at = $2 WHERE id = $1", viewer.visitorId, context.clock.now());
  const { services } = process;
  for (const act of [
    () => recordActivity(services, viewer),
    () => leaveWebsite(services, viewer),
    () => setTyping(services, viewer, conversationId),
  ]) {
    await expect(act()).rejects.toMatchObject({ extensions: { code: "CONFLICT" } });
  }
});
