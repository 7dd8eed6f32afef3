import { randomUUID } from "node:crypto";
import { signWebhook } from "afterchat/channel";
import type { Inbound, TestHost } from "afterchat/channel-contract";
import { webhookSecretOf } from "../../support/fakes/webhook-secret.js";
import { deliveryStatus } from "./delivery-status.js";
import { readFixture } from "./read-fixture.js";

export const webhookSecret = webhookSecretOf("a secret of the mail server");
const conversationId = "0190a000-0000-7000-8000-000000000001";

/** Inbound emails posted to /webhooks/email: a reply to a conversation's address, and a bounce report. */
export function inboundMails(host: TestHost): Inbound {
  host.addConversation({ id: conversationId });
  const post = (from: string, to: string, mail: string | Buffer) =>
    new Request(new URL("webhooks/email", host.publicUrl), {
      method: "POST",
      headers: {
        "content-type": "message/rfc822",
        ...signWebhook(webhookSecret, randomUUID(), mail, host.now()),
        "x-afterchat-from": from,
        "x-afterchat-to": to,
      },
      body: mail,
    });
  return {
    message({ id, text }) {
      const to = `chat+${host.sign("reply", conversationId)}@example.com`;
      const mail = readFixture("answers/plain.eml", { id, to, text });
      return post("ana@example.com", to, mail);
    },
    receipt({ messageId, deliveryId }) {
      const to = `chat+${host.sign("bounce", deliveryId)}@example.com`;
      const returned = [`Message-ID: ${messageId}`, "", "It is ready."];
      return post("<>", to, deliveryStatus({ to, recipient: "ana@example.com", returned }));
    },
    forgeries: () => {
      const old = signWebhook(webhookSecret, "1", "Old", new Date(0));
      return [new Request(new URL("webhooks/email", host.publicUrl), { method: "POST", headers: old, body: "Old" })];
    },
  };
}
