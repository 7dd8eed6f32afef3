import {
  type ChannelFixture,
  everyBehaviour,
  type FakeVendor,
  type Behaviour as KitBehaviour,
} from "afterchat/channel-contract";
import { type AccountKind, type Behaviour, FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";
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

/** The parts of the fixture that all platforms share. */
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

/** Starts a fake Graph API with one person who has just written. */
export async function startVendor(
  graphApi: FakeGraphApi,
  kind: AccountKind,
  environment: Readonly<Record<string, string>>,
): Promise<FakeVendor> {
  graphApi.meet(kind, recipient);
  const contentReceived = graphApi.contentReceived();
  return {
    environment,
    contentReceived: () => contentReceived,
    received: async () => graphApi.taken.map(({ text, file, messageId }) => ({ text: file ?? text, messageId })),
    async behave(behaviour) {
      if (behaviour === "unreachable") return graphApi.vanish();
      if (behaviour === "refuses-credentials") {
        for (const token of [graphApi.pageToken, graphApi.instagramLoginToken]) graphApi.setToken(token, "expired");
        return;
      }
      graphApi.behave(() => behaviours[behaviour]);
    },
    inbound: {
      message: ({ id, text }) => signed(graphApi, kind, { message: { mid: `m_${id}`, text } }),
      receipt: ({ messageId }) =>
        signed(graphApi, kind, kind === "page" ? { delivery: { mids: [messageId] } } : { read: { mid: messageId } }),
      forgeries: () => [signed(graphApi, kind, { message: { mid: "m_forged", text: "Forged" } }, "another secret")],
    },
    stop: () => graphApi.stop(),
  };
}

/** A webhook request with a signed event, as Meta sends it. */
function signed(graphApi: FakeGraphApi, kind: AccountKind, content: object, secret = graphApi.appSecret): Request {
  const id = graphApi.accountId(kind);
  const event = { sender: { id: recipient }, recipient: { id }, timestamp: Date.now(), ...content };
  const entry = [{ id, time: Date.now(), messaging: [event] }];
  const body = writeWebhookBody({ object: kind === "page" ? "page" : "instagram", entry });
  const headers = { "content-type": "application/json", "x-hub-signature-256": signWebhookBody(secret, body) };
  const url = `http://localhost/webhooks/${kind === "page" ? "messenger" : "instagram"}`;
  return new Request(url, { method: "POST", headers, body: new Uint8Array(body) });
}
