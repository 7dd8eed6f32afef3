import {
  type ChannelFixture,
  everyBehaviour,
  type FakeVendor,
  type Behaviour as KitBehaviour,
} from "afterchat/channel-contract";
import { type AccountKind, type Behaviour, GraphStandIn } from "../../support/fakes/graph-api/graph-api.js";
import { signWebhookBody, writeWebhookBody } from "../../support/fakes/graph-api/webhook-post.js";

const behaviours = {
  accepts: { kind: "accept" },
  "refuses-for-now": { kind: "refuse", error: "temporary" },
  "limits-rate": { kind: "refuse", error: "calls-limit" },
  "refuses-for-good": { kind: "refuse", error: "empty-message" },
  "refuses-address": { kind: "refuse", error: "blocked-by-person" },
  "drops-after-content": { kind: "drop", taken: "yes" },
  "silent-after-content": { kind: "hang", taken: "yes" },
} as const satisfies Partial<Record<KitBehaviour, Behaviour>>;

export const recipient = "PSID-1";

/** What every platform's fixture has in common. */
export const commonFixture = {
  behaviours: everyBehaviour,
  badAddresses: [
    "PSID-1",
    null,
    7,
    {},
    { id: "PSID-1" },
    { id: "", account: "PAGE" },
    { id: "1 2", account: "PAGE" },
    { id: "1/../me", account: "PAGE" },
    { id: 7, account: "PAGE" },
    { id: "1", account: "PAGE", name: "" },
    { id: "x".repeat(129), account: "PAGE" },
  ],
} satisfies Partial<ChannelFixture>;

/** A stand-in with one person who has just written. */
export async function startCounterpart(
  standIn: GraphStandIn,
  kind: AccountKind,
  environment: Readonly<Record<string, string>>,
): Promise<FakeVendor> {
  standIn.meet(kind, recipient);
  const contentReceived = standIn.heard();
  return {
    environment,
    contentReceived: () => contentReceived,
    received: async () => standIn.taken.map(({ text, file, messageId }) => ({ text: file ?? text, messageId })),
    async behave(behaviour) {
      if (behaviour === "unreachable") return standIn.vanish();
      if (behaviour === "refuses-credentials") {
        for (const token of [standIn.pageToken, standIn.instagramLoginToken]) standIn.setToken(token, "expired");
        return;
      }
      standIn.behave(() => behaviours[behaviour]);
    },
    inbound: {
      message: ({ id, text }) => signed(standIn, kind, { message: { mid: `m_${id}`, text } }),
      receipt: ({ messageId }) =>
        signed(standIn, kind, kind === "page" ? { delivery: { mids: [messageId] } } : { read: { mid: messageId } }),
      forgeries: () => [signed(standIn, kind, { message: { mid: "m_forged", text: "Forged" } }, "another secret")],
    },
    stop: () => standIn.stop(),
  };
}

/** An event as Meta posts it. */
function signed(standIn: GraphStandIn, kind: AccountKind, content: object, secret = standIn.appSecret): Request {
  const id = standIn.accountId(kind);
  const event = { sender: { id: recipient }, recipient: { id }, timestamp: Date.now(), ...content };
  const entry = [{ id, time: Date.now(), messaging: [event] }];
  const body = writeWebhookBody({ object: kind === "page" ? "page" : "instagram", entry });
  const headers = { "content-type": "application/json", "x-hub-signature-256": signWebhookBody(secret, body) };
  const url = `http://localhost/webhooks/${kind === "page" ? "messenger" : "instagram"}`;
  return new Request(url, { method: "POST", headers, body: new Uint8Array(body) });
}
