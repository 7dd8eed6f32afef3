import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import WebSocket from "ws";
import type { ChangeEvent } from "../../src/events/events.js";
import { Connection, type Subscription } from "../support/app/graphql-client.js";
import { anaId, benId, conversationId, messageId, StubServer } from "./stub-server.js";

let server: StubServer;
beforeEach(async () => {
  server = await StubServer.start();
});
afterEach(() => server.stop());

const messageAdded: ChangeEvent = { type: "messageAdded", conversationId, visitorId: anaId, messageId };
const conversationUpdated: ChangeEvent = { type: "conversationUpdated", conversationId, visitorId: anaId };

/** Publishes a new event object each time, as operations do: rows are read once per event. */
function publish(event: ChangeEvent): void {
  server.events.publish({ ...event });
}

/** Subscribes, and resolves once the server has subscribed. */
async function subscribe(connection: Connection, query: string): Promise<Subscription> {
  const before = server.subscriptions.length;
  const subscription = connection.subscribe(query);
  await server.until(() => server.subscriptions.length > before);
  return subscription;
}

describe("sockets", () => {
  test("an invalid token closes the socket with 4403", async () => {
    const connection = new Connection(server.url, "forged");
    expect((await connection.closed()).code).toBe(4403);
    expect(server.presence).toEqual([]);
  });

  test("an acknowledged socket counts as presence until it closes, if it has a token", async () => {
    const anonymous = await server.client().connect();
    const ana = await server.client("ana").connect();
    expect(server.presence).toEqual(["open session of ana"]);
    expect(server.connections()).toBe(2);
    ana.terminate();
    await server.until(() => server.presence.includes("close"));
    await anonymous.close();
    expect(server.presence).toEqual(["open session of ana", "close"]);
  });

  test("ending a session closes only its own sockets, with 4403", async () => {
    const ana = await server.client("ana").connect();
    const ben = await server.client("ben").connect();
    server.events.publish({ type: "sessionsEnded", sessionIds: ["session of ana"] });
    expect((await ana.closed()).code).toBe(4403);
    await server.until(() => server.presence.includes("close"));
    expect(server.connections()).toBe(1);
    await ben.close();
  });

  test("a session that ended in another process receives no further events", async () => {
    const ana = await server.client("ana").connect();
    await subscribe(ana, "subscription { messageAdded { text } }");
    server.ended.add("ana");
    server.clock.advance(31_000);
    publish(messageAdded);
    expect((await ana.closed()).code).toBe(4403);
  });

  test("stopping the server closes every socket", async () => {
    const ana = await server.client("ana").connect();
    await server.stop();
    expect((await ana.closed()).code).toBe(1001);
    expect(server.connections()).toBe(0);
    expect(server.presence).toEqual(["open session of ana", "close"]);
  });

  test("rejects a WebSocket on another path", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/elsewhere`, "graphql-transport-ws");
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toContain("404");
  });

  test.each([undefined, "https://shop.example", "http://localhost:3000", "null", "chrome-extension://abcdef"])(
    "a page of any origin may open one, and only connectionParams say who it is (%s)",
    async (origin) => {
      // What a browser would add by itself, and what no browser can: neither is a login.
      const ambient = {
        cookie: "token=ana; afterchat.token=ana; authorization=Bearer ana",
        authorization: "Bearer ana",
      };
      const headers = { ...ambient, ...(origin === undefined ? {} : { origin }) };
      for (const [token, viewer] of [
        [null, null],
        ["ana", { name: "Ana" }],
      ] as const) {
        const connection = new Connection(server.url, token, headers);
        await connection.acknowledged();
        const answer = await connection.subscribe("{ viewer { ... on Visitor { name } } }").next();
        expect(answer).toMatchObject({ data: { viewer } });
        await connection.close();
      }
      const forged = new Connection(server.url, "forged", headers);
      expect((await forged.closed()).code).toBe(4403);
    },
  );

  test("queries and mutations work over a socket, with the same errors as over HTTP", async () => {
    const ana = await server.client("ana").connect();
    const answer = await ana.subscribe("{ viewer { ... on Visitor { name emailSource } } }").next();
    expect(answer.data).toEqual({ viewer: { name: "Ana", emailSource: null } });
    expect(answer.errors?.[0]?.extensions).toEqual({ code: "FORBIDDEN" });
    await expect(ana.subscribe("{ nothing }").next()).rejects.toMatchObject([
      { extensions: { code: "GRAPHQL_VALIDATION_FAILED" } },
    ]);
    await ana.close();
  });
});

describe("subscriptions", () => {
  test("an event is executed once for all agents with the same selection", async () => {
    const query = "subscription { messageAdded { text read author { ... on Agent { name } } conversation { id } } }";
    const [ben, cleo] = [await server.client("ben").connect(), await server.client("cleo").connect()];
    const subscriptions = [await subscribe(ben, query), await subscribe(cleo, query)];
    publish(messageAdded);
    for (const subscription of subscriptions) {
      expect(await subscription.next()).toEqual({
        data: {
          messageAdded: { text: "Hello", read: true, author: { name: "Ben" }, conversation: { id: conversationId } },
        },
      });
    }
    expect(server.statements.toSorted()).toEqual(["load-agents", "load-conversations", "load-messages"]);
    await ben.close();
    await cleo.close();
  });

  test("agents with different selections each get theirs, and rows are read once", async () => {
    const [ben, cleo] = [await server.client("ben").connect(), await server.client("cleo").connect()];
    const texts = await subscribe(ben, "subscription { messageAdded { text } }");
    const ids = await subscribe(cleo, "subscription { messageAdded { id } }");
    publish(messageAdded);
    expect(await texts.next()).toEqual({ data: { messageAdded: { text: "Hello" } } });
    expect(await ids.next()).toEqual({ data: { messageAdded: { id: messageId } } });
    expect(server.statements).toEqual(["load-messages"]);
    await ben.close();
    await cleo.close();
  });

  test("clientMessageId is visible only to the author", async () => {
    const query = "subscription { messageAdded { clientMessageId } }";
    const [ben, cleo] = [await server.client("ben").connect(), await server.client("cleo").connect()];
    const own = await subscribe(ben, query);
    const other = await subscribe(cleo, query);
    publish(messageAdded);
    expect((await own.next()).data).toEqual({ messageAdded: { clientMessageId: "echo" } });
    expect((await other.next()).data).toEqual({ messageAdded: { clientMessageId: null } });
    await ben.close();
    await cleo.close();
  });

  test("a guest receives events of their conversation, with the address masked", async () => {
    const guest = await server.client("guest").connect();
    const subscription = await subscribe(guest, "subscription { messageAdded { forwardedTo } }");
    publish(messageAdded);
    expect((await subscription.next()).data).toEqual({ messageAdded: { forwardedTo: "a***@example.com" } });
    await guest.close();
  });

  test("another visitor's conversation is NOT_FOUND, and its events are not received", async () => {
    const ownId = "019386f4-9b4e-7a51-8c4c-000000000005";
    await server.stop();
    server = await StubServer.start({
      "load-conversations": [conversationId, ownId].map((id) => ({ id })),
    });
    const stranger = await server.client("stranger").connect();
    const rejected = await stranger
      .subscribe("subscription ($id: ID) { messageAdded(conversationId: $id) { id } }", { id: conversationId })
      .next();
    expect(rejected.errors?.[0]?.extensions).toEqual({ code: "NOT_FOUND" });
    const subscription = await subscribe(stranger, "subscription { conversationUpdated { id } }");
    publish(conversationUpdated);
    server.events.publish({ ...conversationUpdated, conversationId: ownId, visitorId: benId });
    expect((await subscription.next()).data).toEqual({ conversationUpdated: { id: ownId } });
    await stranger.close();
  });

  test("deliveryUpdated is FORBIDDEN to visitors", async () => {
    const ana = await server.client("ana").connect();
    const rejected = await ana.subscribe("subscription { deliveryUpdated { id } }").next();
    expect(rejected.errors?.[0]?.extensions).toEqual({ code: "FORBIDDEN" });
    await ana.close();
  });

  test("only typing by the other side is received", async () => {
    const query =
      "subscription { typing { author { ... on Visitor { visitorName: name } ... on Agent { agentName: name } } } }";
    const byVisitor: ChangeEvent = {
      type: "typing",
      conversationId,
      visitorId: anaId,
      agentId: null,
      endsAt: new Date(),
    };
    const byBen: ChangeEvent = { ...byVisitor, agentId: benId };
    const ana = await server.client("ana").connect();
    const ben = await server.client("ben").connect();
    const anaTyping = await subscribe(ana, query);
    const benTyping = await subscribe(ben, query);
    publish(byBen);
    publish(byVisitor);
    expect(await benTyping.next()).toEqual({ data: { typing: { author: { visitorName: "Ana" } } } });
    expect(await anaTyping.next()).toEqual({ data: { typing: { author: { agentName: "Ben" } } } });
    await ana.close();
    await ben.close();
  });

  test("anyone receives changes of the contact form, even without a token", async () => {
    await server.stop();
    server = await StubServer.start({
      "read-contact-form": [{ whenOnline: "OPTIONAL", whenOffline: "REQUIRED" }],
    });
    const anonymous = await server.client().connect();
    const subscription = await subscribe(anonymous, "subscription { contactFormUpdated { whenOffline } }");
    server.events.publish({ type: "contactFormUpdated" });
    expect((await subscription.next()).data).toEqual({ contactFormUpdated: { whenOffline: "REQUIRED" } });
    await anonymous.close();
  });

  test("a subscriber that reads too slowly is disconnected instead of buffered", async () => {
    await server.stop();
    server = await StubServer.start({
      "load-messages": [{ id: messageId, conversationId, authorKind: "AGENT", text: "x".repeat(400_000) }],
    });
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const opened = new Promise((resolve) => socket.once("open", resolve));
    await opened;
    const acknowledged = new Promise((resolve) => socket.once("message", resolve));
    socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: "Bearer ben" } }));
    await acknowledged;
    socket.send(
      JSON.stringify({ id: "1", type: "subscribe", payload: { query: "subscription { messageAdded { text } }" } }),
    );
    socket.pause();
    const publishing = setInterval(() => publish(messageAdded), 1);
    await server.until(() => server.logged.includes("A subscriber reads too slowly and is disconnected"));
    clearInterval(publishing);
    socket.resume();
    await closed;
    await server.until(() => server.presence.includes("close"));
    expect(server.connections()).toBe(0);
  });
});
