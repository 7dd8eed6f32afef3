import { randomUUID } from "node:crypto";
import { signWebhook } from "afterchat/channel";
import type { Inbound, TestHost } from "afterchat/channel-contract";
import { webhookSecretOf } from "../../support/fakes/webhook-secret.js";

export const webhookSecret = webhookSecretOf("a secret of the mail server");
const conversationId = "0190a000-0000-7000-8000-000000000001";

/** What comes in by POST /webhooks/email: an answer to a conversation's address, and a report of a mail that came back. */
export function broughtMails(host: TestHost): Inbound {
  host.addConversation({ id: conversationId });
  const bring = (from: string, to: string, mail: string) =>
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
      const mail = [
        "From: Ana <ana@example.com>",
        `To: <${to}>`,
        "Subject: Re: Your chat",
        `Message-ID: <${id}@example.com>`,
      ];
      return bring("ana@example.com", to, [...mail, "", text, ""].join("\r\n"));
    },
    receipt({ messageId, deliveryId }) {
      const to = `chat+${host.sign("bounce", deliveryId)}@example.com`;
      const report = [
        "From: MAILER-DAEMON@mx.example.com",
        `To: <${to}>`,
        "Subject: Undelivered Mail Returned to Sender",
        "Message-ID: <report@mx.example.com>",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        ...["--b", "Content-Type: text/plain", "", "The mail could not be delivered."],
        ...["--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.com", ""],
        ...["Final-Recipient: rfc822; ana@example.com", "Action: failed", "Status: 5.1.1"],
        ...["--b", "Content-Type: message/rfc822", "", `Message-ID: ${messageId}`, "", "It is ready.", "--b--", ""],
      ];
      return bring("<>", to, report.join("\r\n"));
    },
    forgeries: () => {
      const old = signWebhook(webhookSecret, "1", "Old", new Date(0));
      return [new Request(new URL("webhooks/email", host.publicUrl), { method: "POST", headers: old, body: "Old" })];
    },
  };
}
