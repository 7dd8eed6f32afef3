import { describe, expect, test } from "@jest/globals";
import { createTestHost, sampleAttachment, sampleMessage, sampleOutbound } from "afterchat/channel-contract";
import { Webhook } from "standardwebhooks";
import { deliver, describeDelivery } from "../../../plugins/webhook/deliver.js";
import { handleEvent } from "../../../plugins/webhook/handle-event.js";
import { webhookChannel } from "../../../plugins/webhook/index.js";
import { FakeHttpServer } from "../../support/fakes/http-server.js";
import { webhookEvent, webhookSecret } from "../../support/fakes/webhook-receiver.js";

const url = "https://chat.example.com/webhooks/webhook";

async function postEvent(event: object) {
  const host = createTestHost();
  const response = await handleEvent(webhookSecret, host, webhookEvent(url, event, host.now()));
  return { status: response.status, responseText: await response.text(), events: host.events };
}

describe("The body of a delivery", () => {
  test("contains the complete delivery under the documented names", () => {
    const file = sampleAttachment("bike.jpg", "a picture", { contentType: "image/jpeg" });
    const outbound = sampleOutbound("+351912345678", { messages: [sampleMessage("It is.", { attachments: [file] })] });
    expect(describeDelivery(outbound)).toEqual({
      type: "delivery",
      reference: outbound.reference,
      attempt: 1,
      to: "+351912345678",
      messages: [
        {
          role: "pending",
          author: { kind: "agent", name: "Ben" },
          text: "It is.",
          sentAt: "2026-03-03T11:05:00.000Z",
          attachments: [{ name: "bike.jpg", contentType: "image/jpeg", sizeBytes: 9, url: file.url }],
        },
      ],
      conversation: { id: outbound.conversation.id, startedAt: "2026-03-03T10:58:00.000Z" },
      visitor: { name: "Ana", locale: "en-GB", timeZone: "Europe/Lisbon" },
      company: { name: "Company" },
      link: "http://localhost:4000/#afterchat-resume=code",
    });
  });
});

describe("A request to the operator's URL", () => {
  test("is signed according to Standard Webhooks, with the delivery's reference in every attempt", async () => {
    const library = new Webhook(webhookSecret);
    const posts: { readonly id: string | undefined; readonly body: unknown }[] = [];
    const server = await FakeHttpServer.start(({ headers, body }) => {
      library.verify(body, headers as Record<string, string>);
      const { reference } = JSON.parse(body);
      posts.push({ id: String(headers["webhook-id"]), body: { reference } });
      // A response may contain the delivery's id, and also the secret.
      return { status: 200, body: JSON.stringify({ id: reference, secret: webhookSecret }) };
    });
    try {
      const host = createTestHost();
      host.setTime(new Date());
      const config = { url: new URL(server.url), secret: webhookSecret };
      const outbound = sampleOutbound("+351912345678", { messages: [sampleMessage("It is.")] });
      const { reference } = outbound;
      for (const attempt of [1, 2]) {
        const result = await deliver(config, host, { ...outbound, attempt }, new AbortController().signal);
        expect(result).toEqual({ outcome: "accepted", externalIds: [reference] });
      }
      expect(posts).toEqual([1, 2].map(() => ({ id: reference, body: { reference } })));
    } finally {
      await server.stop();
    }
  });
});

test("An invalid secret is rejected with instructions to generate one, and is not repeated", () => {
  const environment = { WEBHOOK_URL: "https://example.com/replies", WEBHOOK_SECRET: "hunter2-hunter2-hunter2" };
  expect(() => webhookChannel.configure(environment)).toThrow(
    "WEBHOOK_SECRET: write whsec_ and 24 to 64 random bytes in base64, as this prints: echo whsec_$(openssl rand -base64 32)",
  );
});

describe("A request to /webhooks/webhook", () => {
  test("becomes a message with the sender's details; a time in the future counts as now", async () => {
    const event = {
      type: "message",
      id: "1",
      from: " ana ",
      text: "Hello",
      name: "Ana",
      at: "2036-01-01T00:00:00+01:00",
    };
    const { status, events } = await postEvent({ ...event, locale: null });
    expect(status).toBe(204);
    expect(events).toEqual([
      {
        type: "message",
        externalId: "1",
        at: new Date("2026-03-03T12:00:00.000Z"),
        address: "ana",
        text: "Hello",
        name: "Ana",
      },
    ]);
  });

  test("becomes a receipt with the reference as its message id", async () => {
    const { events } = await postEvent({ type: "read", id: "2", at: "2026-03-03T11:00:00Z", reference: "abc" });
    expect(events).toEqual([
      { type: "read", externalId: "2", at: new Date("2026-03-03T11:00:00.000Z"), messageId: "abc" },
    ]);
  });

  test.each([
    [{ type: "message", from: "ana", text: "Hello" }, /unique id for this event.*id/s],
    [{ type: "message", id: "1", text: "Hello" }, /sender's address.*from/s],
    [{ type: "message", id: "1", from: "ana" }, /what the visitor wrote.*text/s],
    [{ type: "message", id: "1", from: "ana", text: "Hello", at: "yesterday" }, /write a time such as.*at/s],
    [{ type: "sung", id: "1" }, /write the type/],
    [[], /type/],
  ])("%j is rejected with what to fix", async (event, message) => {
    const result = await postEvent(event);
    expect(result).toMatchObject({ status: 400, events: [] });
    expect(result.responseText).toMatch(message);
  });
});
