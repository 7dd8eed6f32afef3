import { ForwardingMode, type ForwardingPreference } from "../forwarding/forwarding-preference.entity.js";
import type { Sighting } from "../website/read-website.js";

/** What has been done since the first start. */
export interface SetUpFacts {
  /** `changedAt`: null if it was never changed. */
  readonly firstPassword: { readonly isKept: boolean; readonly changedAt: Date | null };
  /** ADMIN_PASSWORD is set. */
  readonly hasAdminPassword: boolean;
  /** The first reply that was sent after a visitor. `address` is empty once the visitor was erased. */
  readonly firstSent: { readonly address: string; readonly at: Date } | null;
  readonly preference: Pick<ForwardingPreference, "mode" | "visitorLeftDelaySeconds" | "updatedAt" | "updatedById">;
  /** Without those who were removed. */
  readonly agents: number;
  /** Null if the channel is not installed. */
  readonly email: {
    readonly status: "READY" | "NOT_CONFIGURED" | "PAUSED";
    readonly detail: string | null;
    /** The variables without which nothing leaves this machine. */
    readonly missing: readonly string[];
  } | null;
  /** The latest first. */
  readonly sightings: readonly Sighting[];
  /** Where the demo website is served; null if it is off. */
  readonly demoOrigin: string | null;
  /** Of WEBSITE_URL. */
  readonly websiteOrigin: string;
}

/** One step from the first start to the real website. */
export interface SetUpStep {
  readonly id: "PASSWORD" | "TRIED" | "PREFERENCE" | "COLLEAGUES" | "EMAIL" | "WEBSITE";
  readonly done: boolean;
  /** When it was done, where that is known. */
  readonly doneAt: Date | null;
  /** What was found, or what is missing; for admins, in English. */
  readonly detail: string | null;
}

/** The steps, in the order in which they are best taken. Steps look at state: one that is undone is open again. */
export function decideSetUp(facts: SetUpFacts): SetUpStep[] {
  return [
    passwordStep(facts),
    triedStep(facts),
    preferenceStep(facts),
    colleaguesStep(facts),
    emailStep(facts),
    websiteStep(facts),
  ];
}

function passwordStep({ firstPassword, hasAdminPassword }: SetUpFacts): SetUpStep {
  if (!firstPassword.isKept) return { id: "PASSWORD", done: true, doneAt: firstPassword.changedAt, detail: null };
  const detail = `${hasAdminPassword ? "ADMIN_PASSWORD" : "The printed password"} is still in use`;
  return { id: "PASSWORD", done: false, doneAt: null, detail };
}

function triedStep({ firstSent }: SetUpFacts): SetUpStep {
  if (firstSent === null) return { id: "TRIED", done: false, doneAt: null, detail: "No reply has been sent yet" };
  const detail = firstSent.address === "" ? null : `A reply reached ${firstSent.address}`;
  return { id: "TRIED", done: true, doneAt: firstSent.at, detail };
}

function preferenceStep({ preference }: SetUpFacts): SetUpStep {
  const done = preference.updatedById !== null;
  return {
    id: "PREFERENCE",
    done,
    doneAt: done ? preference.updatedAt : null,
    detail: describePreference(preference),
  };
}

function describePreference({ mode, visitorLeftDelaySeconds: seconds }: SetUpFacts["preference"]): string {
  const when = seconds === 0 ? "as soon as the visitor left" : `${describeDuration(seconds)} after the visitor left`;
  switch (mode) {
    case ForwardingMode.NOTHING:
      return "Nothing is sent";
    case ForwardingMode.UNREAD_REPLIES:
      return `Unread replies, ${when}`;
    case ForwardingMode.FULL_TRANSCRIPT:
      return `Full transcripts, ${when}`;
  }
}

/** Such as "1 h 30 min"; above 0 seconds. */
function describeDuration(seconds: number): string {
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 3_600), "h"],
    [Math.floor((seconds % 3_600) / 60), "min"],
    [seconds % 60, "s"],
  ];
  return parts.flatMap(([amount, unit]) => (amount === 0 ? [] : [`${amount} ${unit}`])).join(" ");
}

function colleaguesStep({ agents }: SetUpFacts): SetUpStep {
  return { id: "COLLEAGUES", done: agents > 1, doneAt: null, detail: agents === 1 ? "1 agent" : `${agents} agents` };
}

function emailStep({ email }: SetUpFacts): SetUpStep {
  const step = (done: boolean, detail: string | null): SetUpStep => ({ id: "EMAIL", done, doneAt: null, detail });
  if (email === null) return step(false, "The channel email is not installed: add it to CHANNELS");
  const [missing] = email.missing;
  if (missing !== undefined) {
    return step(false, `${missing} is not set${email.status === "READY" ? ": emails stay in the mailbox" : ""}`);
  }
  return step(email.status === "READY", email.detail);
}

function websiteStep({ sightings, demoOrigin, websiteOrigin }: SetUpFacts): SetUpStep {
  const seen = sightings.find(({ origin }) => origin !== demoOrigin);
  if (seen !== undefined) {
    return { id: "WEBSITE", done: true, doneAt: seen.seenAt, detail: `Seen on ${new URL(seen.origin).host}` };
  }
  const detail =
    websiteOrigin === demoOrigin
      ? "The chat is on the demo website only: set WEBSITE_URL"
      : `Not seen yet on ${new URL(websiteOrigin).host}`;
  return { id: "WEBSITE", done: false, doneAt: null, detail };
}
