import { describe, expect, test } from "@jest/globals";
import { type ChangeEvent, Events } from "../../src/events/events.js";
import { SlowSubscriberError } from "../../src/events/subscriber-queue.js";

function messageAdded(conversationId: string, visitorId: string, messageId: string): ChangeEvent {
  return { type: "messageAdded", conversationId, visitorId, messageId };
}

describe("events", () => {
  test("a subscriber receives the events of its scope that follow the call, in order", async () => {
    const events = new Events();
    const everything = events.subscribe("messageAdded", "all");
    const ofVisitor = events.subscribe("messageAdded", { visitorId: "ana" });
    const ofConversation = events.subscribe("messageAdded", { conversationId: "second" });
    const first = messageAdded("first", "ana", "1");
    const second = messageAdded("second", "ben", "2");
    events.publish(first);
    events.publish(second);
    events.publish({ type: "conversationUpdated", conversationId: "second", visitorId: "ben" });
    expect([await everything.next(), await everything.next()].map(({ value }) => value)).toEqual([first, second]);
    expect((await ofVisitor.next()).value).toBe(first);
    expect((await ofConversation.next()).value).toBe(second);
  });

  test("a waiting reader receives the next event, and ends when the subscription ends", async () => {
    const events = new Events();
    const subscription = events.subscribe("contactFormUpdated", "all");
    const waiting = subscription.next();
    events.publish({ type: "contactFormUpdated" });
    expect(await waiting).toEqual({ value: { type: "contactFormUpdated" }, done: false });
    const never = subscription.next();
    await subscription.return?.();
    expect(await never).toEqual({ value: undefined, done: true });
    events.publish({ type: "contactFormUpdated" });
    expect(await subscription.next()).toEqual({ value: undefined, done: true });
  });

  test("a subscriber that never reads is dropped, and publishing is not affected", async () => {
    const events = new Events();
    const subscription = events.subscribe("contactFormUpdated", "all");
    for (let count = 0; count < 6_000; count++) events.publish({ type: "contactFormUpdated" });
    await expect(subscription.next()).rejects.toThrow(SlowSubscriberError);
  });

  test("a listener is called asynchronously until it is removed", async () => {
    const events = new Events();
    const received: string[] = [];
    const end = events.listen("sessionsEnded", ({ sessionIds }) => received.push(...sessionIds));
    events.publish({ type: "sessionsEnded", sessionIds: ["one"] });
    expect(received).toEqual([]);
    await Promise.resolve();
    expect(received).toEqual(["one"]);
    end();
    events.publish({ type: "sessionsEnded", sessionIds: ["two"] });
    await Promise.resolve();
    expect(received).toEqual(["one"]);
  });
});
