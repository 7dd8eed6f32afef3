import { describe, expect, test } from "@jest/globals";
import { ForwardingMode } from "../../src/forwarding/forwarding-preference.entity.js";
import { decideSetUp, type SetUpFacts, type SetUpStep } from "../../src/set-up/decide-set-up.js";

const at = new Date("2026-11-21T09:00:00Z");
const later = new Date("2026-11-22T09:00:00Z");
const fresh: SetUpFacts = {
  firstPassword: { isKept: true, changedAt: null },
  hasAdminPassword: false,
  firstSent: null,
  preference: {
    mode: ForwardingMode.UNREAD_REPLIES,
    visitorLeftDelaySeconds: 300,
    updatedAt: at,
    updatedById: null,
  },
  agents: 1,
  email: { status: "READY", detail: "Stored at /mailbox", missing: ["EMAIL_SMTP_URL"] },
  sightings: [],
  demoOrigin: "http://localhost:4000",
  websiteOrigin: "http://localhost:4000",
};

function step(id: SetUpStep["id"], facts: Partial<SetUpFacts>): Omit<SetUpStep, "id"> | undefined {
  const { id: _, ...found } = decideSetUp({ ...fresh, ...facts }).find((one) => one.id === id) ?? { id };
  return found as Omit<SetUpStep, "id">;
}
const open = (detail: string) => ({ done: false, doneAt: null, detail });

describe("The steps of a set-up", () => {
  test("are all open at first, in the order in which they are best taken", () => {
    expect(decideSetUp(fresh)).toEqual([
      { id: "PASSWORD", ...open("The printed password is still in use") },
      { id: "TRIED", ...open("No reply has been sent yet") },
      { id: "PREFERENCE", ...open("Unread replies, 5 min after the visitor left") },
      { id: "COLLEAGUES", ...open("1 agent") },
      { id: "EMAIL", ...open("EMAIL_SMTP_URL is not set: emails stay in the mailbox") },
      { id: "WEBSITE", ...open("The chat is on the demo website only: set WEBSITE_URL") },
    ]);
  });

  test.each<[string, SetUpStep["id"], Partial<SetUpFacts>, Omit<SetUpStep, "id">]>([
    ["a password of the settings", "PASSWORD", { hasAdminPassword: true }, open("ADMIN_PASSWORD is still in use")],
    [
      "a changed password",
      "PASSWORD",
      { hasAdminPassword: true, firstPassword: { isKept: false, changedAt: at } },
      { done: true, doneAt: at, detail: null },
    ],
    [
      "a reply that was sent",
      "TRIED",
      { firstSent: { address: "ana@example.com", at } },
      { done: true, doneAt: at, detail: "A reply reached ana@example.com" },
    ],
    [
      "one to a visitor who was erased",
      "TRIED",
      { firstSent: { address: "", at } },
      { done: true, doneAt: at, detail: null },
    ],
    [
      "a saved preference",
      "PREFERENCE",
      { preference: { ...fresh.preference, visitorLeftDelaySeconds: 5_430, updatedAt: later, updatedById: "ben" } },
      { done: true, doneAt: later, detail: "Unread replies, 1 h 30 min 30 s after the visitor left" },
    ],
    [
      "full transcripts at once",
      "PREFERENCE",
      {
        preference: {
          ...fresh.preference,
          mode: ForwardingMode.FULL_TRANSCRIPT,
          visitorLeftDelaySeconds: 0,
          updatedById: "ben",
        },
      },
      { done: true, doneAt: at, detail: "Full transcripts, as soon as the visitor left" },
    ],
    [
      "a preference to send nothing",
      "PREFERENCE",
      { preference: { ...fresh.preference, mode: ForwardingMode.NOTHING, updatedById: "ben" } },
      { done: true, doneAt: at, detail: "Nothing is sent" },
    ],
    ["three agents", "COLLEAGUES", { agents: 3 }, { done: true, doneAt: null, detail: "3 agents" }],
    ["nobody", "COLLEAGUES", { agents: 0 }, open("0 agents")],
    [
      "a server for emails",
      "EMAIL",
      { email: { status: "READY", detail: null, missing: [] } },
      { done: true, doneAt: null, detail: null },
    ],
    [
      "a server that refuses the password",
      "EMAIL",
      { email: { status: "PAUSED", detail: "535 wrong password", missing: [] } },
      open("535 wrong password"),
    ],
    [
      "no server in production",
      "EMAIL",
      { email: { status: "NOT_CONFIGURED", detail: null, missing: ["EMAIL_SMTP_URL"] } },
      open("EMAIL_SMTP_URL is not set"),
    ],
    ["no email channel", "EMAIL", { email: null }, open("The channel email is not installed: add it to CHANNELS")],
    [
      "the demo website only",
      "WEBSITE",
      {
        sightings: [{ origin: "http://localhost:4000", seenAt: at }],
        websiteOrigin: "https://www.harbour.example",
      },
      open("Not seen yet on www.harbour.example"),
    ],
    [
      "a website beside the demo",
      "WEBSITE",
      {
        sightings: [
          { origin: "http://localhost:4000", seenAt: later },
          { origin: "https://shop.harbour.example:8443", seenAt: at },
        ],
      },
      { done: true, doneAt: at, detail: "Seen on shop.harbour.example:8443" },
    ],
    [
      "this server's own pages without the demo website",
      "WEBSITE",
      { sightings: [{ origin: "http://localhost:4000", seenAt: at }], demoOrigin: null },
      { done: true, doneAt: at, detail: "Seen on localhost:4000" },
    ],
  ])("with %s", (_what, id, facts, expected) => {
    expect(step(id, facts)).toEqual(expected);
  });
});
