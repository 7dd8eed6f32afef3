import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { admitMail, mailboxOf, type PlannedMail, type UnprovenMail } from "../../../src/forwarding/due/admit-mail.js";
import { forwardingLimits, type RateLimit } from "../../../src/limits/limit-table.js";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2026, 2, 2, 12);
const at = (milliseconds: number): Date => new Date(noon + milliseconds);

let mails = 0;

/** A first mail to a mailbox of its own, by a visitor with a session and a network of their own. */
function mail(change: Partial<UnprovenMail> = {}): UnprovenMail {
  mails += 1;
  const own = {
    visitorId: `v${mails}`,
    mailbox: `m${mails}@example.com`,
    sessionId: `s${mails}`,
    network: `n${mails}`,
  };
  return { ...own, unattended: false, ...change };
}

function planned(minutesAgo: number, change: Partial<PlannedMail> = {}): PlannedMail {
  return { ...mail(), first: true, plannedAt: at(-minutesAgo * minute), ...change };
}

const times = (count: number, make: (index: number) => PlannedMail) => Array.from({ length: count }, (_, i) => make(i));

/** Each limit with what makes mails count towards it. */
const cases = [
  { name: "firstMailsOfSession", shared: { sessionId: "session" } },
  { name: "firstMailsOfNetwork", shared: { network: "network" } },
  { name: "firstMailsOfNewSessions", shared: { unattended: true } },
  { name: "firstMailsToAddress", shared: { mailbox: "ana@example.com" } },
  { name: "mailsToAddress", shared: { mailbox: "ana@example.com", visitorId: "ana" } },
] as const;

describe.each(cases)("$name", ({ name, shared }) => {
  const { points, seconds }: RateLimit = forwardingLimits[name];
  const windowMs = seconds * 1000;
  const first = name !== "mailsToAddress";

  test("lets the last one go that is allowed, and holds the next until the oldest has left the window", () => {
    // The oldest is a minute old.
    const before = times(points, (index) => planned(index === 0 ? 1 : 0, { ...shared, first }));
    const one = mail(shared);
    expect(admitMail(one, before.slice(1), 1, at(0)).notBefore).toBeNull();
    expect(admitMail(one, before, 1, at(0))).toEqual({ first, notBefore: at(windowMs - minute) });
  });

  test("counts nothing that is as old as the window", () => {
    const before = times(points, () => planned(seconds / 60, { ...shared, first }));
    expect(admitMail(mail(shared), before, 1, at(0)).notBefore).toBeNull();
    expect(admitMail(mail(shared), before, 1, at(-1)).notBefore).not.toBeNull();
  });

  test("does not count what has nothing to do with it", () => {
    const others = times(points + 1, () => planned(1, { first }));
    expect(admitMail(mail(shared), others, 1, at(0)).notBefore).toBeNull();
  });

  test(`${name === "firstMailsOfNetwork" ? "is" : "is not"} multiplied by LIMITS_FACTOR`, () => {
    const before = times(points, () => planned(1, { ...shared, first }));
    const { notBefore } = admitMail(mail(shared), before, 2, at(0));
    expect(notBefore === null).toBe(name === "firstMailsOfNetwork");
  });
});

describe("A mail to an unproven address", () => {
  test("is the first of its visitor to a mailbox within a day", () => {
    const ana = { visitorId: "ana", mailbox: "ana@example.com" };
    const now = at(0);
    expect(admitMail(mail(ana), [], 1, now).first).toBe(true);
    expect(admitMail(mail(ana), [planned(24 * 60 - 1, ana)], 1, now).first).toBe(false);
    expect(admitMail(mail(ana), [planned(24 * 60, ana)], 1, now).first).toBe(true);
    expect(admitMail(mail({ ...ana, visitorId: "eve" }), [planned(1, ana)], 1, now).first).toBe(true);
    expect(admitMail(mail({ ...ana, mailbox: "ben@example.com" }), [planned(1, ana)], 1, now).first).toBe(true);
  });

  test("that is not the first is limited only by what its mailbox got", () => {
    const ana = { visitorId: "ana", mailbox: "ana@example.com", sessionId: "session", network: "network" };
    const named = times(500, () => planned(1, { sessionId: "session", network: "network", unattended: true }));
    const one = mail({ ...ana, unattended: true });
    expect(admitMail(one, [...named, planned(30, ana)], 1, at(0)).notBefore).toBeNull();
    expect(admitMail(one, named, 1, at(0)).notBefore).not.toBeNull();
  });

  test("that a person answers for is not held up by what bots send for everybody", () => {
    const flood = times(1_000, () => planned(1, { unattended: true }));
    expect(admitMail(mail(), flood, 1, at(0)).notBefore).toBeNull();
    expect(admitMail(mail({ unattended: true }), flood, 1, at(0)).notBefore).not.toBeNull();
  });

  test("waits until no limit holds it, and at least five minutes", () => {
    const shared = { sessionId: "session", mailbox: "ana@example.com" };
    const bySession = times(5, () => planned(59, { sessionId: "session" }));
    const byAddress = times(3, () => planned(60, { mailbox: "ana@example.com" }));
    expect(admitMail(mail(shared), bySession, 1, at(0)).notBefore).toEqual(at(5 * minute));
    expect(admitMail(mail(shared), [...bySession, ...byAddress], 1, at(0)).notBefore).toEqual(at(day - hour));
  });

  test("of unknown origin is not counted together with others of unknown origin", () => {
    const unknown = { sessionId: null, network: null };
    const before = times(100, () => planned(1, unknown));
    expect(admitMail(mail(unknown), before, 1, at(0)).notBefore).toBeNull();
  });
});

describe("For all histories", () => {
  const mailboxes = Array.from({ length: 40 }, (_, index) => `m${index}@example.com`);
  const some = fc.record({
    visitorId: fc.constantFrom("v1", "v2", "v3", "v4", "v5", "v6"),
    mailbox: fc.oneof(fc.constantFrom("a@example.com", "b@example.com"), fc.constantFrom(...mailboxes)),
    sessionId: fc.constantFrom("s1", "s2", "s3", null, null, null),
    network: fc.constantFrom("n1", "n1", "n1", null),
    unattended: fc.boolean(),
  });
  const minutes = fc.constantFrom(0, 0, 0, 0, 1, 1, 5, 61, 600);
  const history = fc.array(fc.tuple(some, minutes), { minLength: 1, maxLength: 150, size: "max" });

  interface Refused {
    readonly mail: UnprovenMail;
    readonly first: boolean;
    readonly at: Date;
    readonly notBefore: Date;
    readonly sentBefore: readonly PlannedMail[];
  }

  /** Plans what is admitted, as the due check does. */
  function run(steps: readonly (readonly [UnprovenMail, number])[]) {
    const sent: PlannedMail[] = [];
    const refused: Refused[] = [];
    let now = noon;
    for (const [one, minutesLater] of steps) {
      now += minutesLater * minute;
      const { first, notBefore } = admitMail(one, sent, 1, new Date(now));
      if (notBefore === null) sent.push({ ...one, first, plannedAt: new Date(now) });
      else refused.push({ mail: one, first, at: new Date(now), notBefore, sentBefore: [...sent] });
    }
    return { sent, refused };
  }

  test("no window of a limit's length holds more than it allows", () => {
    const keys: readonly [RateLimit, (mail: PlannedMail) => string | null][] = [
      [forwardingLimits.firstMailsOfSession, ({ first, sessionId }) => (first ? sessionId : null)],
      [forwardingLimits.firstMailsOfNetwork, ({ first, network }) => (first ? network : null)],
      [forwardingLimits.firstMailsOfNewSessions, ({ first, unattended }) => (first && unattended ? "all" : null)],
      [forwardingLimits.firstMailsToAddress, ({ first, mailbox }) => (first ? mailbox : null)],
      [forwardingLimits.mailsToAddress, ({ mailbox }) => mailbox],
    ];
    fc.assert(
      fc.property(history, (steps) => {
        const { sent } = run(steps);
        for (const [{ points, seconds }, keyOf] of keys) {
          for (const last of sent) {
            const key = keyOf(last);
            if (key === null) continue;
            const until = last.plannedAt.getTime();
            const together = sent.filter((one) => {
              const time = one.plannedAt.getTime();
              return keyOf(one) === key && time > until - seconds * 1000 && time <= until;
            });
            if (together.length > points) return false;
          }
        }
        return true;
      }),
      { numRuns: 50 },
    );
  });

  test("a first mail that is refused is admitted when its time comes, if nothing else was planned meanwhile", () => {
    let seen = 0;
    fc.assert(
      fc.property(history, (steps) => {
        for (const { mail: one, first, at: refusedAt, notBefore, sentBefore } of run(steps).refused) {
          if (notBefore.getTime() < refusedAt.getTime() + 5 * minute) return false;
          if (!first) continue;
          seen += 1;
          if (admitMail(one, sentBefore, 1, notBefore).notBefore !== null) return false;
          // Not earlier than needed, unless it would be looked at too soon.
          const early = new Date(notBefore.getTime() - 1);
          const waitedMs = notBefore.getTime() - refusedAt.getTime();
          if (waitedMs > 5 * minute && admitMail(one, sentBefore, 1, early).notBefore === null) return false;
        }
        return true;
      }),
      { numRuns: 50 },
    );
    expect(seen).toBeGreaterThan(100);
  });
});

test.each([
  ["Ana@Example.com", "ana@example.com"],
  ["ana+shop@example.com", "ana@example.com"],
  ["ana+a+b@example.com", "ana@example.com"],
  ["ana.b@example.com", "ana.b@example.com"],
  ["+@example.com", "@example.com"],
])("%s counts as %s", (address, mailbox) => {
  expect(mailboxOf(address)).toBe(mailbox);
});
