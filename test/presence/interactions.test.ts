import "reflect-metadata";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { v7 } from "uuid";
import { setTyping } from "../../src/conversations/set-typing.js";
import { leaveWebsite } from "../../src/presence/leave-website.js";
import { recordActivity } from "../../src/presence/record-activity.js";
import { isOnline, leftAt } from "../../src/visitors/visitor-presence.js";
import { Stage, type StageProcess } from "../support/services/presence-stage.js";

let stage: Stage;
let process: StageProcess;
beforeAll(async () => {
  stage = await Stage.open();
  process = await stage.startProcess();
});
afterAll(() => stage.close());

describe("recordActivity", () => {
  test("shows for a minute that the visitor is there, and on which page", async () => {
    const viewer = await stage.addVisitor();
    await stage.addConversation(viewer.visitorId);
    const visitor = await recordActivity(process.services, viewer, "https://example.com/prices");
    expect(visitor).toMatchObject({ lastInteractionAt: stage.clock.now(), page: "https://example.com/prices" });
    expect(isOnline(visitor, new Date(stage.clock.now().getTime() + 59_999))).toBe(true);
    expect(isOnline(visitor, new Date(stage.clock.now().getTime() + 60_000))).toBe(false);
    expect(await process.takeHeard("conversationUpdated")).toHaveLength(1);

    expect(await recordActivity(process.services, viewer)).toMatchObject({ page: "https://example.com/prices" });
    expect(await process.takeHeard("conversationUpdated")).toEqual([]);
    await recordActivity(process.services, viewer, "https://example.com/");
    expect(await process.takeHeard("conversationUpdated")).toHaveLength(1);
  });

  test("refuses a page of more than 2,000 characters", async () => {
    const viewer = await stage.addVisitor();
    await expect(recordActivity(process.services, viewer, "x".repeat(2_001))).rejects.toMatchObject({
      extensions: { code: "BAD_USER_INPUT", field: "page" },
    });
  });

  test("makes a guest count", async () => {
    const guest = await stage.addGuest();
    process.book.open(v7(), guest);
    await process.book.flush();
    expect(await stage.visitor(guest)).toMatchObject({ connected: false });
    await recordActivity(process.services, guest);
    await process.takeHeard("sessionActive");
    await process.book.flush();
    expect(await stage.visitor(guest)).toMatchObject({ connected: true });
  });
});

describe("leaveWebsite", () => {
  test("ends the minute that a doing grants", async () => {
    const viewer = await stage.addVisitor();
    await recordActivity(process.services, viewer);
    stage.clock.advance(10_000);
    const visitor = await leaveWebsite(process.services, viewer);
    expect(leftAt(visitor, stage.clock.now())).toEqual(stage.clock.now());
  });

  test("leaves other open tabs counting, and what is done afterwards", async () => {
    const viewer = await stage.addVisitor();
    process.book.open(v7(), viewer);
    await process.book.flush();
    expect(await leaveWebsite(process.services, viewer)).toMatchObject({ connected: true });
    const other = await stage.addVisitor();
    await leaveWebsite(process.services, other);
    stage.clock.advance(1);
    expect(isOnline(await recordActivity(process.services, other), stage.clock.now())).toBe(true);
  });

  test("of a guest who did nothing is no sign of life", async () => {
    const guest = await stage.addGuest();
    expect(await leaveWebsite(process.services, guest)).toMatchObject({ departedAt: null });
  });
});

describe("setTyping", () => {
  test("of a visitor is a doing, stored at most every 2 seconds, and heard each time", async () => {
    const viewer = await stage.addVisitor();
    const conversationId = await stage.addConversation(viewer.visitorId);
    const startedAt = stage.clock.now();
    await setTyping(process.services, viewer, conversationId);
    stage.clock.advance(1_999);
    await setTyping(process.services, viewer, conversationId);
    expect(await stage.visitor(viewer)).toMatchObject({ lastInteractionAt: startedAt });
    stage.clock.advance(1);
    await setTyping(process.services, viewer, conversationId);
    expect(await stage.visitor(viewer)).toMatchObject({ lastInteractionAt: stage.clock.now() });
    const typing = { type: "typing", conversationId, visitorId: viewer.visitorId, agentId: null };
    expect(await process.takeHeard("typing")).toEqual([typing, typing, typing]);
  });

  test("of an agent is no doing of the visitor", async () => {
    const [viewer, agent] = [await stage.addVisitor(), await stage.addAgent("ONLINE")];
    const conversationId = await stage.addConversation(viewer.visitorId);
    await setTyping(process.services, agent, conversationId);
    expect(await stage.visitor(viewer)).toMatchObject({ lastInteractionAt: null });
    expect(await process.takeHeard("typing")).toMatchObject([{ conversationId, agentId: agent.agentId }]);
  });

  test("in a foreign or unknown conversation is NOT_FOUND", async () => {
    const [viewer, other] = [await stage.addVisitor(), await stage.addVisitor()];
    const foreign = await stage.addConversation(other.visitorId);
    for (const id of [foreign, v7(), "unknown"]) {
      await expect(setTyping(process.services, viewer, id)).rejects.toMatchObject({
        extensions: { code: "NOT_FOUND" },
      });
    }
  });
});

test("Whatever an erased visitor does is a CONFLICT", async () => {
  const viewer = await stage.addVisitor();
  const conversationId = await stage.addConversation(viewer.visitorId);
  await stage.sql("UPDATE visitors SET erased_at = $2 WHERE id = $1", [viewer.visitorId, stage.clock.now()]);
  const { services } = process;
  for (const act of [
    () => recordActivity(services, viewer),
    () => leaveWebsite(services, viewer),
    () => setTyping(services, viewer, conversationId),
  ]) {
    await expect(act()).rejects.toMatchObject({ extensions: { code: "CONFLICT" } });
  }
});
