import { describe, expect, test } from "@jest/globals";
import { type ChangeEvent, Events } from "../../src/events/events.js";
import { SlowSubscriberError } from "../../src/events/subscriber-queue.js";

function messageAdded(conversationId: string, visitorId: string, messageId: string): ChangeEvent {
  return { type: "messageAdded", conversationId, visitorId, messageId };
}

describe("events", () => {
  test("a subscriber hears its own scope, from the call on and in order", async () => {
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

  test("a reader that waits is served, and released when the subscription ends", async () => {
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

  test("who never reads is given up, and the publisher does not notice", async () => {
    const events = new Events();
    const subscription = events.subscribe("contactFormUpdated", "all");
    for (let count = 0; count < 6_000; count++) events.publish({ type: "contactFormUpdated" });
    await expect(subscription.next()).rejects.toThrow(SlowSubscriberError);
  });

  test("a listener is called after the publisher went on, until it is ended", async () => {
    const events = new Events();
    const heard: string[] = [];
    const end = events.listen("sessionsEnded", ({ sessionIds }) => heard.push(...sessionIds));
    events.publish({ type: "sessionsEnded", sessionIds: ["one"] });
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual(["one"]);
    end();
    events.publish({ type: "sessionsEnded", sessionIds: ["two"] });
    await Promise.resolve();
    expect(heard).toEqual(["one"]);
  });
});
