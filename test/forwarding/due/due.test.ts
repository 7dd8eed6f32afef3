import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DeliveryStatus, ForwardingTrigger } from "../../../src/forwarding/deliveries/delivery.entity.js";
import {
  type DueFacts,
  decideForwarding,
  isDueNow,
  isSettling,
  listTriggers,
} from "../../../src/forwarding/due/due.js";
import { ForwardingState } from "../../../src/forwarding/forwarding.js";
import { ForwardingMode } from "../../../src/forwarding/forwarding-preference.entity.js";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2026, 2, 2, 12);
const at = (milliseconds: number): Date => new Date(noon + milliseconds);

type Facts = { -readonly [Key in keyof DueFacts]: DueFacts[Key] };

/** One reply at noon, unread; the visitor is connected and reads nothing, an agent is online, the channel is ready. */
function facts(change: Partial<Facts> = {}): DueFacts {
  return {
    preference: {
      mode: ForwardingMode.UNREAD_REPLIES,
      visitorLeftDelaySeconds: 300,
      inactivityDelaySeconds: 1800,
      settleSeconds: 30,
    },
    pending: { firstAt: at(0), lastAt: at(0), lastPosition: 2 },
    attemptedPosition: 0,
    visitorReadPosition: 0,
    visitor: { connected: true, lastInteractionAt: at(-minute), departedAt: null, optedOut: false, blocked: false },
    agents: { offlineFrom: null },
    address: { suppressed: false, channelReady: true },
    unprovenUntil: null,
    held: false,
    openDelivery: false,
    lastOutcome: null,
    ...change,
  };
}

const away = (departedMs: number, lastInteractionMs: number | null = departedMs - minute): Partial<Facts> => ({
  visitor: {
    connected: false,
    lastInteractionAt: lastInteractionMs === null ? null : at(lastInteractionMs),
    departedAt: at(departedMs),
    optedOut: false,
    blocked: false,
  },
});

/** Expects it to become due at this time by this trigger, and not a second before. */
function expectDue(given: DueFacts, dueMs: number, trigger: ForwardingTrigger): void {
  for (const early of [dueMs - second, dueMs]) {
    expect(decideForwarding(given, at(early))).toEqual({ state: "WAITING", due: { at: at(dueMs), trigger } });
  }
  expect(isDueNow(decideForwarding(given, at(dueMs - second)), at(dueMs - second))).toBe(false);
  expect(isDueNow(decideForwarding(given, at(dueMs)), at(dueMs))).toBe(true);
}

describe("The state is the first that applies", () => {
  const obstacles: readonly [ForwardingState, (given: Facts) => void][] = [
    [ForwardingState.SENDING, (given) => Object.assign(given, { openDelivery: true })],
    [ForwardingState.NOTHING_PENDING, (given) => Object.assign(given, { pending: null })],
    [ForwardingState.BLOCKED, (given) => Object.assign(given, { visitor: { ...given.visitor, blocked: true } })],
    [
      ForwardingState.DISABLED,
      (given) => Object.assign(given, { preference: { ...given.preference, mode: ForwardingMode.NOTHING } }),
    ],
    [ForwardingState.HELD, (given) => Object.assign(given, { held: true })],
    [ForwardingState.NO_ADDRESS, (given) => Object.assign(given, { address: null })],
    [ForwardingState.OPTED_OUT, (given) => Object.assign(given, { visitor: { ...given.visitor, optedOut: true } })],
    [
      ForwardingState.ADDRESS_SUPPRESSED,
      (given) => given.address !== null && Object.assign(given, { address: { ...given.address, suppressed: true } }),
    ],
    [
      ForwardingState.CHANNEL_UNAVAILABLE,
      (given) => given.address !== null && Object.assign(given, { address: { ...given.address, channelReady: false } }),
    ],
    [
      ForwardingState.UNCERTAIN,
      (given) => Object.assign(given, { attemptedPosition: 2, lastOutcome: DeliveryStatus.UNCERTAIN }),
    ],
    [ForwardingState.FAILED, (given) => Object.assign(given, { attemptedPosition: 2 })],
    [ForwardingState.ADDRESS_UNPROVEN, (given) => Object.assign(given, { unprovenUntil: at(hour + second) })],
    [ForwardingState.WAITING, () => {}],
  ];

  test.each(obstacles.map(([state], index) => ({ state, index })))(
    "$state takes precedence over all that follow it",
    ({ state, index }) => {
      for (const [, apply] of obstacles.slice(index)) {
        const given = facts();
        apply(given);
        obstacles[index]?.[1](given);
        expect(decideForwarding(given, at(hour)).state).toBe(state);
      }
      const all = facts();
      // In reverse, because a missing address cannot be suppressed as well.
      for (const [, apply] of obstacles.slice(index).reverse()) apply(all);
      expect(decideForwarding(all, at(hour)).state).toBe(state);
    },
  );

  test.each([DeliveryStatus.FAILED, DeliveryStatus.BOUNCED, DeliveryStatus.CANCELLED])(
    "a refused delivery (550) is not planned again automatically: nothing is pending after what was attempted, last outcome %s",
    (lastOutcome) => {
      expect(decideForwarding(facts({ attemptedPosition: 2, lastOutcome, ...away(-day) }), at(day))).toEqual({
        state: ForwardingState.FAILED,
      });
    },
  );

  test("a later reply is forwarded together with the refused one", () => {
    const pending = { firstAt: at(0), lastAt: at(hour), lastPosition: 3 };
    const given = facts({ pending, attemptedPosition: 2, lastOutcome: DeliveryStatus.FAILED, ...away(0) });
    expect(decideForwarding(given, at(hour)).state).toBe(ForwardingState.WAITING);
  });

  test("replies in an UNCERTAIN delivery wait for a person, regardless of what was attempted", () => {
    const pending = { firstAt: at(0), lastAt: at(0), lastPosition: 0 };
    expect(decideForwarding(facts({ pending, lastOutcome: DeliveryStatus.UNCERTAIN, ...away(0) }), at(day))).toEqual({
      state: ForwardingState.UNCERTAIN,
    });
  });
});

describe("VISITOR_LEFT", () => {
  test("sends nothing when the visitor returns at 4:59: it is due 5 minutes after leaving, not before", () => {
    expectDue(facts(away(minute)), 6 * minute, ForwardingTrigger.VISITOR_LEFT);
    const returned = facts({
      visitor: {
        connected: true,
        lastInteractionAt: at(-minute),
        departedAt: at(minute),
        optedOut: false,
        blocked: false,
      },
    });
    expect(isDueNow(decideForwarding(returned, at(6 * minute)), at(6 * minute))).toBe(false);
  });

  test("waits for the settle time for a visitor who left long ago", () => {
    expectDue(facts(away(-day)), 30 * second, ForwardingTrigger.VISITOR_LEFT);
  });

  test("treats a visitor as present for a minute after an interaction, and then as having left at the interaction", () => {
    const visitor = {
      connected: false,
      lastInteractionAt: at(0),
      departedAt: at(-hour),
      optedOut: false,
      blocked: false,
    };
    expectDue(facts({ visitor }), 5 * minute, ForwardingTrigger.VISITOR_LEFT);
    const preference = { ...facts().preference, visitorLeftDelaySeconds: 0, settleSeconds: 0 };
    expectDue(facts({ visitor, preference }), minute, ForwardingTrigger.VISITOR_LEFT);
  });

  test("leaveWebsite ends the minute of presence after an interaction", () => {
    const preference = { ...facts().preference, visitorLeftDelaySeconds: 0, settleSeconds: 0 };
    expectDue(facts({ ...away(2 * second, 0), preference }), 2 * second, ForwardingTrigger.VISITOR_LEFT);
  });

  test("treats a visitor with two tabs, one of them closed, as present", () => {
    const visitor = {
      connected: true,
      lastInteractionAt: at(0),
      departedAt: at(minute),
      optedOut: false,
      blocked: false,
    };
    expectDue(facts({ visitor }), 30 * minute, ForwardingTrigger.INACTIVITY);
  });

  test("treats a visitor who was never seen as away", () => {
    const visitor = { connected: false, lastInteractionAt: null, departedAt: null, optedOut: false, blocked: false };
    expectDue(facts({ visitor }), 30 * second, ForwardingTrigger.VISITOR_LEFT);
  });

  test("treats a visitor whose browser crashed as away from the last sign of life, not from its detection", () => {
    expectDue(facts(away(-4 * minute)), minute, ForwardingTrigger.VISITOR_LEFT);
  });
});

describe("Replies in quick succession are forwarded together", () => {
  const replies = (lastMs: number, change: Partial<Facts> = {}) =>
    facts({ pending: { firstAt: at(0), lastAt: at(lastMs), lastPosition: 9 }, ...away(-day), ...change });

  test("and each one restarts the settle time", () => {
    expectDue(replies(20 * second), 50 * second, ForwardingTrigger.VISITOR_LEFT);
  });

  test("and cannot postpone forever: at the latest the left delay after the first reply", () => {
    expectDue(replies(269 * second), 299 * second, ForwardingTrigger.VISITOR_LEFT);
    expectDue(replies(270 * second), 300 * second, ForwardingTrigger.VISITOR_LEFT);
    expectDue(replies(299 * second), 300 * second, ForwardingTrigger.VISITOR_LEFT);
  });

  test("and a settle time longer than the left delay also applies to the first one", () => {
    const preference = { ...facts().preference, visitorLeftDelaySeconds: 60, settleSeconds: 600 };
    expectDue(replies(500 * second, { preference }), 600 * second, ForwardingTrigger.VISITOR_LEFT);
    expectDue(replies(0, { preference }), 600 * second, ForwardingTrigger.VISITOR_LEFT);
  });
});

describe("INACTIVITY", () => {
  test("sends to a visitor who is present but idle for 30 minutes", () => {
    expectDue(facts(), 30 * minute, ForwardingTrigger.INACTIVITY);
  });

  test("restarts with an interaction after the reply", () => {
    const visitor = {
      connected: true,
      lastInteractionAt: at(10 * minute),
      departedAt: null,
      optedOut: false,
      blocked: false,
    };
    expectDue(facts({ visitor }), 40 * minute, ForwardingTrigger.INACTIVITY);
  });

  test("counts from the first pending reply in an idle tab with a reply every 29 minutes", () => {
    const pending = { firstAt: at(0), lastAt: at(29 * minute), lastPosition: 3 };
    expectDue(facts({ pending }), 30 * minute, ForwardingTrigger.INACTIVITY);
  });

  test("waits for the settle time", () => {
    const pending = { firstAt: at(0), lastAt: at(0), lastPosition: 2 };
    const preference = { ...facts().preference, inactivityDelaySeconds: 60, settleSeconds: 600 };
    expectDue(facts({ pending, preference }), 10 * minute, ForwardingTrigger.INACTIVITY);
  });
});

describe("AGENTS_OFFLINE", () => {
  const agentsOfflineAt = (milliseconds: number): Partial<Facts> => ({ agents: { offlineFrom: at(milliseconds) } });
  const read = { visitorReadPosition: 2 };
  const transcript = { preference: { ...facts().preference, mode: ForwardingMode.FULL_TRANSCRIPT } };

  test("sends after the settle time to a present visitor who has not read it, once the last agent goes offline", () => {
    expectDue(facts(agentsOfflineAt(10 * second)), 30 * second, ForwardingTrigger.AGENTS_OFFLINE);
    expectDue(facts(agentsOfflineAt(10 * minute)), 10 * minute, ForwardingTrigger.AGENTS_OFFLINE);
  });

  test("treats agents who were never online as offline for a long time", () => {
    expectDue(facts({ agents: { offlineFrom: new Date(0) } }), 30 * second, ForwardingTrigger.AGENTS_OFFLINE);
  });

  test("sends no transcript while an invisible agent chats live with a present visitor who reads", () => {
    const visitor = {
      connected: true,
      lastInteractionAt: at(5 * second),
      departedAt: null,
      optedOut: false,
      blocked: false,
    };
    const given = facts({ ...agentsOfflineAt(-day), ...transcript, ...read, visitor });
    expectDue(given, 5 * minute + 5 * second, ForwardingTrigger.AGENTS_OFFLINE);
  });

  test("does not wait longer for a visitor who has read everything and leaves", () => {
    const given = facts({ ...agentsOfflineAt(-day), ...transcript, ...read, ...away(2 * minute, 5 * second) });
    expectDue(given, 2 * minute, ForwardingTrigger.AGENTS_OFFLINE);
  });

  test("treats the minute after the last interaction as presence without a connection", () => {
    const visitor = {
      connected: false,
      lastInteractionAt: at(5 * second),
      departedAt: null,
      optedOut: false,
      blocked: false,
    };
    const given = facts({ ...agentsOfflineAt(-day), ...transcript, ...read, visitor });
    expectDue(given, minute + 5 * second, ForwardingTrigger.AGENTS_OFFLINE);
  });

  test("does not wait when one pending reply is unread", () => {
    const visitor = {
      connected: true,
      lastInteractionAt: at(5 * second),
      departedAt: null,
      optedOut: false,
      blocked: false,
    };
    const given = facts({ ...agentsOfflineAt(-day), ...transcript, visitorReadPosition: 1, visitor });
    expectDue(given, 30 * second, ForwardingTrigger.AGENTS_OFFLINE);
  });
});

describe("A reply that is seven days old", () => {
  test("is not forwarded automatically, even when it becomes due: the age of the newest reply counts", () => {
    const old = facts(away(-day));
    expect(isDueNow(decideForwarding(old, at(7 * day - second)), at(7 * day - second))).toBe(true);
    expect(decideForwarding(old, at(7 * day))).toEqual({ state: ForwardingState.WAITING, due: null });
    const pending = { firstAt: at(-30 * day), lastAt: at(0), lastPosition: 5 };
    expect(isDueNow(decideForwarding(facts({ pending, ...away(-day) }), at(day)), at(day))).toBe(true);
  });

  test("never becomes due if it would only then", () => {
    const preference = { ...facts().preference, inactivityDelaySeconds: 604_800 };
    expect(decideForwarding(facts({ preference }), at(hour))).toEqual({ state: ForwardingState.WAITING, due: null });
  });
});

describe("Every trigger", () => {
  const outlook = (given: DueFacts) =>
    listTriggers(given).map(({ trigger, at: when, since, delaySeconds }) => [
      trigger,
      when && (when.getTime() - noon) / second,
      since && (since.getTime() - noon) / second,
      delaySeconds,
    ]);

  test("is listed, the earliest first, and those that cannot come now last", () => {
    expect(outlook(facts())).toEqual([
      ["INACTIVITY", 1800, 0, 1800],
      ["VISITOR_LEFT", null, null, 300],
      ["AGENTS_OFFLINE", null, null, 0],
    ]);
    expect(outlook(facts(away(10 * second)))).toEqual([
      ["VISITOR_LEFT", 310, 10, 300],
      ["INACTIVITY", 1800, 0, 1800],
      ["AGENTS_OFFLINE", null, null, 0],
    ]);
    expect(outlook(facts({ ...away(10 * second), agents: { offlineFrom: at(2 * minute) } }))).toEqual([
      ["AGENTS_OFFLINE", 120, 120, 0],
      ["VISITOR_LEFT", 310, 10, 300],
      ["INACTIVITY", 1800, 0, 1800],
    ]);
  });

  test("counts from nothing for a visitor who has never been here", () => {
    const never = { connected: false, lastInteractionAt: null, departedAt: null, optedOut: false, blocked: false };
    expect(outlook(facts({ visitor: never }))).toContainEqual(["VISITOR_LEFT", 30, null, 300]);
  });

  test("waits as long as an address that is not proven is limited", () => {
    const limited = outlook(facts({ ...away(0), unprovenUntil: at(hour) }));
    expect(limited.map(([, when]) => when)).toEqual([3600, 3600, null]);
  });

  test("is not listed when nothing is pending", () => {
    expect(listTriggers(facts({ pending: null }))).toEqual([]);
  });

  test.each([
    ["while one more reply is waited for", 10 * second, true],
    ["once it has been waited for", 30 * second, false],
  ])("settles %s", (_when, nowMs, expected) => {
    const given = facts({ ...away(-hour), agents: { offlineFrom: at(-hour) } });
    expect(isSettling(given, at(nowMs))).toBe(expected);
  });

  test("does not settle while another time comes first", () => {
    expect(isSettling(facts(away(0)), at(10 * second))).toBe(false);
  });
});

describe("For all facts", () => {
  const moment = (from: number, to: number) =>
    fc.integer({ min: from / second, max: to / second }).map((value) => at(value * second));
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
  const situation: fc.Arbitrary<DueFacts> = fc.record({
    preference: fc.record({
      mode: fc.constantFrom(...Object.values(ForwardingMode)),
      visitorLeftDelaySeconds: fc.integer({ min: 0, max: 86_400 }),
      inactivityDelaySeconds: fc.integer({ min: 60, max: 604_800 }),
      settleSeconds: fc.integer({ min: 0, max: 600 }),
    }),
    pending: maybe(
      fc
        .tuple(moment(-day, day), fc.integer({ min: 0, max: day }), fc.nat({ max: 5 }))
        .map(([firstAt, longMs, lastPosition]) => {
          return { firstAt, lastAt: new Date(firstAt.getTime() + longMs), lastPosition };
        }),
    ),
    attemptedPosition: fc.nat({ max: 3 }),
    visitorReadPosition: fc.nat({ max: 5 }),
    visitor: fc.record({
      connected: fc.boolean(),
      lastInteractionAt: maybe(moment(-day, day)),
      departedAt: maybe(moment(-day, day)),
      optedOut: fc.boolean(),
      blocked: fc.boolean(),
    }),
    agents: fc.record({ offlineFrom: maybe(moment(-day, day)) }),
    address: maybe(fc.record({ suppressed: fc.boolean(), channelReady: fc.boolean() })),
    unprovenUntil: fc.option(moment(-day, day), { nil: null, freq: 2 }),
    held: fc.boolean(),
    openDelivery: fc.boolean(),
    lastOutcome: maybe(fc.constantFrom(...Object.values(DeliveryStatus))),
  });
  const waiting: fc.Arbitrary<DueFacts> = situation.map((given) => ({
    ...given,
    preference: { ...given.preference, mode: ForwardingMode.UNREAD_REPLIES },
    pending: { ...(given.pending ?? { firstAt: at(0), lastAt: at(0) }), lastPosition: 9 },
    visitor: { ...given.visitor, optedOut: false, blocked: false },
    address: { suppressed: false, channelReady: true },
    held: false,
    openDelivery: false,
  }));
  const now = moment(-day, 10 * day);

  test("the first trigger is the one that the decision names, in order of their times", () => {
    fc.assert(
      fc.property(waiting, now, (given, moment) => {
        const triggers = listTriggers(given);
        const times = triggers.map(({ at: when }) => when?.getTime() ?? Number.POSITIVE_INFINITY);
        expect(times).toEqual(times.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0)));
        expect(new Set(triggers.map(({ trigger }) => trigger)).size).toBe(3);
        const decision = decideForwarding(given, moment);
        if (!("due" in decision) || decision.due === null) return;
        expect(decision.due).toEqual({ at: triggers[0]?.at, trigger: triggers[0]?.trigger });
      }),
    );
  });

  test("the decision depends only on facts and time, and changes neither", () => {
    fc.assert(
      fc.property(situation, now, (given, moment) => {
        const copy = structuredClone(given);
        const first = decideForwarding(given, moment);
        expect(decideForwarding(copy, new Date(moment))).toEqual(first);
        expect(given).toEqual(copy);
      }),
    );
  });

  test("only a WAITING forwarding is due, exactly from its due time", () => {
    fc.assert(
      fc.property(fc.oneof(situation, waiting), now, (given, moment) => {
        const decision = decideForwarding(given, moment);
        const due = decision.state === ForwardingState.WAITING ? decision.due : null;
        expect(isDueNow(decision, moment)).toBe(due !== null && due.at.getTime() <= moment.getTime());
        if (decision.state === ForwardingState.ADDRESS_UNPROVEN && decision.due !== null) {
          expect(decision.due.at.getTime()).toBeGreaterThan(moment.getTime());
        }
      }),
    );
  });

  test("the due time stays the same while nothing changes, and a due forwarding stays due until it is 7 days old", () => {
    fc.assert(
      fc.property(waiting, now, fc.integer({ min: 0, max: 8 * day }), (given, moment, laterMs) => {
        const later = new Date(moment.getTime() + laterMs);
        const tooOld = later.getTime() >= (given.pending?.lastAt.getTime() ?? 0) + 7 * day;
        const due = (at: Date) => {
          const decision = decideForwarding(given, at);
          return "due" in decision ? decision.due : "blocked";
        };
        expect(due(later)).toEqual(tooOld ? null : due(moment));
      }),
    );
  });

  test("nothing is due before the settle time, and for a visitor who left long ago it is due exactly then", () => {
    fc.assert(
      fc.property(waiting, (given) => {
        const { pending, preference } = given;
        if (pending === null) return;
        const decision = decideForwarding(given, pending.lastAt);
        if (decision.state !== ForwardingState.WAITING || decision.due === null) return;
        const settled = Math.min(
          pending.lastAt.getTime() + preference.settleSeconds * second,
          pending.firstAt.getTime() + Math.max(preference.visitorLeftDelaySeconds, preference.settleSeconds) * second,
        );
        expect(decision.due.at.getTime()).toBeGreaterThanOrEqual(settled);
        const visitorAway = facts({
          pending,
          preference,
          visitor: { connected: false, lastInteractionAt: null, departedAt: null, optedOut: false, blocked: false },
        });
        expect(decideForwarding(visitorAway, pending.lastAt)).toMatchObject({ due: { at: new Date(settled) } });
      }),
    );
  });
});
