import { channelContract, everyBehaviour } from "afterchat/channel-contract";
import { webhookChannel } from "../../../plugins/webhook/index.js";
import { FakeWebhookReceiver, webhookEvent, webhookSecret } from "../../support/fakes/webhook-receiver.js";
import { webhookSecretOf } from "../../support/fakes/webhook-secret.js";

channelContract(webhookChannel, {
  environment: { WEBHOOK_URL: "https://example.com/replies", WEBHOOK_SECRET: webhookSecret },
  unconfiguredEnvironment: {},
  badEnvironments: [
    {
      environment: { WEBHOOK_URL: "example.com", WEBHOOK_SECRET: "hunter2" },
      variables: ["WEBHOOK_URL", "WEBHOOK_SECRET"],
    },
    { environment: { WEBHOOK_URL: "https://me:hunter2@example.com" }, variables: ["WEBHOOK_URL", "WEBHOOK_SECRET"] },
    { environment: { WEBHOOK_SECRET: webhookSecret }, variables: ["WEBHOOK_URL"] },
  ],
  goodAddresses: ["+351912345678", "ana", " somebody on the radio "],
  badAddresses: ["", "  ", "x".repeat(201), null, 7],
  secrets: ["hunter2"],
  behaviours: everyBehaviour,
  start: async (host) => {
    const tool = await FakeWebhookReceiver.start();
    tool.now = host.now();
    const url = new URL("webhooks/webhook", host.publicUrl);
    return {
      environment: tool.environment,
      received: async () => tool.posted.map(({ text, webhookId }) => ({ text, messageId: webhookId })),
      contentReceived: () => tool.heard(),
      behave: (behaviour) => tool.behave(behaviour),
      inbound: {
        message: ({ id, text }) => webhookEvent(url, { type: "message", id, from: "+351912345678", text }, host.now()),
        receipt: ({ messageId }) =>
          webhookEvent(url, { type: "delivered", id: "r-1", reference: messageId }, host.now()),
        forgeries: () => [
          webhookEvent(
            url,
            { type: "message", id: "1", from: "a", text: "b" },
            host.now(),
            webhookSecretOf("another secret altogether"),
          ),
          webhookEvent(url, { type: "message", id: "1", from: "a", text: "b" }, new Date(0)),
        ],
      },
      stop: () => tool.stop(),
    };
  },
});
