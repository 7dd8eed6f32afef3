import type { ChannelFixture, Counterpart, Behaviour as KitBehaviour } from "afterchat/channel-contract";
import { type AccountKind, type Behaviour, GraphStandIn } from "../../support/graph-stand-in/graph-stand-in.js";

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

/** What every flavour's fixture has in common. */
export const commonFixture = {
  behaviours: [
    "refuses-for-now",
    "limits-rate",
    "refuses-credentials",
    "unreachable",
    "refuses-for-good",
    "refuses-address",
    "drops-after-content",
    "silent-after-content",
  ],
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
): Promise<Counterpart> {
  standIn.meet(kind, recipient);
  const heard = standIn.heard();
  return {
    environment,
    heard: () => heard,
    received: async () => standIn.taken.map(({ text, file, messageId }) => ({ text: file ?? text, messageId })),
    async behave(behaviour) {
      if (behaviour === "unreachable") return standIn.vanish();
      if (behaviour === "refuses-credentials") {
        for (const token of [standIn.pageToken, standIn.instagramLoginToken]) standIn.setToken(token, "expired");
        return;
      }
      standIn.behave(() => behaviours[behaviour]);
    },
    stop: () => standIn.stop(),
  };
}
