import { expect } from "@jest/globals";
import fc from "fast-check";
import { v7 } from "uuid";
import { Availability } from "../../src/agents/agent.entity.js";
import { setAvailability } from "../../src/agents/set-availability.js";
import type { DeliveryResult, Outbound } from "../../src/channels/channel.js";
import { checkChannels } from "../../src/channels/health/check-channels.js";
import { markRead } from "../../src/conversations/mark-read.js";
import { sendMessage } from "../../src/conversations/send-message.js";
import { liftSuppression } from "../../src/forwarding/addresses/lift-suppression.js";
import { setEmailOptOut } from "../../src/forwarding/addresses/opt-out.js";
import { type ClaimedDelivery, claimDeliveries } from "../../src/forwarding/deliveries/claim-deliveries.js";
import { planDueDeliveries } from "../../src/forwarding/deliveries/plan-deliveries.js";
import { recordResults } from "../../src/forwarding/deliveries/record-results.js";
import { retryDelivery } from "../../src/forwarding/deliveries/retry-delivery.js";
import { forwardNow } from "../../src/forwarding/forward-now.js";
import { ForwardingMode } from "../../src/forwarding/forwarding-preference.entity.js";
import { holdForwarding } from "../../src/forwarding/hold-forwarding.js";
import { readForwardings } from "../../src/forwarding/read-forwarding.js";
import { releaseForwarding } from "../../src/forwarding/release-forwarding.js";
import { updateForwardingPreference } from "../../src/forwarding/update-preference.js";
import { deferredReports } from "../../src/inbound/deferred-reports.js";
import { receiveEvents } from "../../src/inbound/receive-events.js";
import { leaveWebsite } from "../../src/presence/leave-website.js";
import { recordActivity } from "../../src/presence/record-activity.js";
import type { AgentViewer, VisitorViewer } from "../../src/viewer.js";
import { updateVisitor } from "../../src/visitors/update-visitor.js";
import { type FakeChannel } from "../support/services/fake-channel.js";
import { agentNumber, type ForwardingContext } from "./forwarding-context.js";
import {
  Model,
  type ModelConversation,
  type ModelDelivery,
  type ModelPreference,
  type ModelResult,
  type ModelVisitor,
} from "./model.js";

const conversationCount = 3;
const visitorOf = [0, 0, 1];
const agents: readonly AgentViewer[] = [agentNumber(1), agentNumber(2)];

/** The beginning of a history, and what happens in it. */
export interface Script {
  readonly idempotent: boolean;
  readonly addresses: readonly (string | null)[];
  readonly steps: readonly Step[];
}

type Conversation = { readonly conversation: number };
type Visitor = { readonly visitor: number };
type Agent = { readonly agent: number };

export type Step =
  | ({ readonly kind: "visitor writes" | "agent replies" | "bot replies" } & Conversation)
  | ({ readonly kind: "visitor reads" | "agent reads"; readonly part: "half" | "all" } & Conversation)
  | ({ readonly kind: "tab opens" | "tab closes" | "does something" | "leaves" | "opts out" | "opts in" } & Visitor)
  | ({ readonly kind: "wants no mail about it" | "wants mail about it" } & Conversation)
  | ({ readonly kind: "gives address"; readonly address: string | null } & Visitor)
  | ({ readonly kind: "agent comes" | "agent goes" } & Agent)
  | ({ readonly kind: "agent chooses"; readonly availability: Availability } & Agent)
  | { readonly kind: "admin lifts"; readonly address: string }
  | { readonly kind: "admin chooses"; readonly change: Partial<ModelPreference> }
  | ({ readonly kind: "hold" | "release" | "forward now" } & Conversation)
  | ({ readonly kind: "retry"; readonly newest: number } & Conversation)
  | { readonly kind: "passes"; readonly seconds: number }
  | { readonly kind: "until due"; readonly earlySeconds: number }
  | { readonly kind: "check" }
  | { readonly kind: "work"; readonly results: readonly ModelResult[] }
  | { readonly kind: "worker freezes" }
  | { readonly kind: "worker wakes"; readonly result: ModelResult }
  | ({ readonly kind: "bounces"; readonly bounce: "hard" | "none"; readonly newest: number } & Conversation)
  | ({ readonly kind: "arrives"; readonly newest: number } & Conversation)
  | { readonly kind: "channel is healthy" };

// Mostly one, so that much happens to it.
const conversation = fc.constantFrom(0, 0, 0, 0, 1, 2);
const visitor = fc.constantFrom(0, 0, 0, 1);
const agent = fc.nat({ max: agents.length - 1 });
const newest = fc.constantFrom(0, 0, 1, 1, 2);
const address = fc.constantFrom("ana@example.com", "ben@example.com", "eve@example.com", null);
const result: fc.Arbitrary<ModelResult> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<ModelResult>({ outcome: "accepted" }) },
  { weight: 2, arbitrary: fc.constant<ModelResult>({ outcome: "retry", code: "UNAVAILABLE" }) },
  { weight: 2, arbitrary: fc.constant<ModelResult>({ outcome: "retry", code: "UNAVAILABLE", bounce: "soft" }) },
  { weight: 1, arbitrary: fc.constant<ModelResult>({ outcome: "retry", code: "CREDENTIALS_INVALID" }) },
  { weight: 1, arbitrary: fc.constant<ModelResult>({ outcome: "retry", code: "RATE_LIMITED" }) },
  { weight: 1, arbitrary: fc.constant<ModelResult>({ outcome: "retry", code: "RATE_LIMITED", afterMs: 600_000 }) },
  { weight: 2, arbitrary: fc.constant<ModelResult>({ outcome: "rejected", code: "CONTENT_REJECTED" }) },
  { weight: 1, arbitrary: fc.constant<ModelResult>({ outcome: "rejected", code: "ADDRESS_INVALID", bounce: "hard" }) },
  { weight: 3, arbitrary: fc.constant<ModelResult>({ outcome: "uncertain", code: "TIMED_OUT" }) },
);
const seconds = fc.constantFrom(
  1,
  5,
  29,
  30,
  31,
  59,
  60,
  61,
  120,
  299,
  300,
  900,
  1740,
  1800,
  3600,
  43_200,
  86_400,
  604_800,
);
const change = fc.oneof(
  fc.record({
    mode: fc.constantFrom(
      "NOTHING" as const,
      "UNREAD_REPLIES" as const,
      "UNREAD_REPLIES" as const,
      "FULL_TRANSCRIPT" as const,
      "FULL_TRANSCRIPT" as const,
    ),
  }),
  fc.record({ leftSeconds: fc.constantFrom(0, 60, 300, 600) }),
  fc.record({ inactivitySeconds: fc.constantFrom(60, 1800, 604_800) }),
  fc.record({ settleSeconds: fc.constantFrom(0, 30, 600) }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("agent replies" as const), conversation }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("bot replies" as const), conversation }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("visitor writes" as const), conversation }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("visitor reads" as const),
      conversation,
      part: fc.constantFrom("half" as const, "all" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("agent reads" as const),
      conversation,
      part: fc.constant("all" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("tab opens" as const, "tab closes" as const, "does something" as const, "leaves" as const),
      visitor,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("gives address" as const), visitor, address }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("agent comes" as const, "agent goes" as const), agent }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("agent chooses" as const),
      agent,
      availability: fc.constantFrom(Availability.ONLINE, Availability.INVISIBLE, Availability.OFFLINE),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("admin chooses" as const), change }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("hold" as const, "release" as const, "forward now" as const, "forward now" as const),
      conversation,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("retry" as const), conversation, newest }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("passes" as const), seconds }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("until due" as const), earlySeconds: fc.constantFrom(0, 0, 1) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("check" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("work" as const),
      results: fc.array(result, { minLength: 3, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("worker freezes" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("worker wakes" as const), result }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("bounces" as const),
      conversation,
      bounce: fc.constantFrom("hard" as const, "none" as const),
      newest,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("arrives" as const), conversation, newest }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("channel is healthy" as const) }) },
);

const results = fc.array(result, { minLength: conversationCount, maxLength: conversationCount });
const work = fc.record({ kind: fc.constant("work" as const), results });
const untilDue: Step = { kind: "until due", earlySeconds: 0 };

const check: Step = { kind: "check" };
const reply = (index: number): Step => ({ kind: "agent replies", conversation: index });
const now = (index: number): Step => ({ kind: "forward now", conversation: index });

/** What may happen to a conversation while a delivery of it is under way, or after. */
const meanwhile: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Step>(
      { kind: "hold", conversation: 0 },
      { kind: "release", conversation: 0 },
      { kind: "visitor reads", conversation: 0, part: "all" },
      { kind: "visitor reads", conversation: 0, part: "half" },
      { kind: "wants no mail about it", conversation: 0 },
      { kind: "wants mail about it", conversation: 0 },
      reply(0),
      now(0),
    ),
    address.map((given): Step => ({ kind: "gives address", visitor: 0, address: given })),
    change.map((given): Step => ({ kind: "admin chooses", change: given })),
    newest.map((number): Step => ({ kind: "retry", conversation: 0, newest: number })),
    newest.map((number): Step => ({ kind: "bounces", conversation: 0, newest: number, bounce: "none" })),
  ),
  { maxLength: 2 },
);
const answered: fc.Arbitrary<readonly Step[]> = fc.oneof(
  result.map((given) => [{ kind: "worker wakes" as const, result: given }]),
  work.map((tried) => [{ kind: "passes" as const, seconds: 61 }, tried]),
);

// What leads somewhere, because chance alone seldom does.
const steps: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 10, arbitrary: step.map((one) => [one]) },
  // A reply that is waited for.
  {
    weight: 3,
    arbitrary: fc.tuple(conversation, work).map(([index, tried]) => [reply(index), untilDue, check, tried]),
  },
  // A delivery by hand, and what happens while a worker has it and after.
  {
    weight: 4,
    arbitrary: fc
      .tuple(meanwhile, answered, meanwhile, work)
      .map(([during, came, after, tried]) => [
        reply(0),
        now(0),
        { kind: "worker freezes" as const },
        ...during,
        ...came,
        ...after,
        untilDue,
        check,
        tried,
      ]),
  },
  // A delivery that ends at once, and what happens then.
  { weight: 3, arbitrary: fc.tuple(work, meanwhile).map(([tried, after]) => [reply(0), now(0), tried, ...after]) },
  // Queued, and not wanted or wanted otherwise before a worker comes.
  { weight: 3, arbitrary: fc.tuple(meanwhile, work).map(([before, tried]) => [reply(0), now(0), ...before, tried]) },
  // The same, held up by the address of someone else.
  {
    weight: 1,
    arbitrary: fc.constant<readonly Step[]>([
      { kind: "gives address", visitor: 0, address: "ana@example.com" },
      { kind: "gives address", visitor: 1, address: "ana@example.com" },
      reply(2),
      reply(0),
      now(0),
      { kind: "work", results: [{ outcome: "accepted" }] },
      { kind: "bounces", conversation: 0, newest: 0, bounce: "hard" },
    ]),
  },
  // Refused for good, and an admin who knows better.
  {
    weight: 2,
    arbitrary: fc
      .tuple(meanwhile, work)
      .map(([during, tried]): readonly Step[] => [
        { kind: "gives address", visitor: 0, address: "ana@example.com" },
        reply(0),
        now(0),
        { kind: "work", results: [{ outcome: "rejected", code: "ADDRESS_INVALID", bounce: "hard" }] },
        reply(1),
        ...during,
        { kind: "admin lifts", address: "ana@example.com" },
        untilDue,
        check,
        tried,
      ]),
  },
  { weight: 2, arbitrary: work.map((tried) => [untilDue, check, tried]) },
  {
    weight: 1,
    arbitrary: fc.tuple(visitor, work).map(([index, tried]) => [{ kind: "opts out" as const, visitor: index }, tried]),
  },
  // No more email, about one conversation or any, while something waits or is queued; and again, later.
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom<readonly [Step, Step]>(
          [
            { kind: "opts out", visitor: 0 },
            { kind: "opts in", visitor: 0 },
          ],
          [
            { kind: "wants no mail about it", conversation: 0 },
            { kind: "wants mail about it", conversation: 0 },
          ],
        ),
        meanwhile,
        meanwhile,
        work,
      )
      .map(([[out, back], before, during, tried]) => [
        reply(0),
        ...before,
        out,
        now(0),
        ...during,
        check,
        tried,
        back,
        untilDue,
        check,
        tried,
      ]),
  },
);

export const script: fc.Arbitrary<Script> = fc.record({
  idempotent: fc.boolean(),
  addresses: fc.tuple(
    fc.constantFrom("ana@example.com", "ana@example.com", null),
    fc.constantFrom("ana@example.com", "ben@example.com", null),
  ),
  steps: fc.array(steps, { minLength: 3, maxLength: 14, size: "max" }).map((groups) => groups.flat()),
});

interface Frozen {
  readonly claimed: readonly ClaimedDelivery[];
  readonly expected: readonly { conversation: ModelConversation; delivery: ModelDelivery; lease: number | null }[];
}

/** Plays a script on the real operations and on the model, and holds the two against each other after every step. */
export class History {
  readonly #model: Model;
  readonly #visitors: VisitorViewer[] = [];
  readonly #conversations: string[] = [];
  readonly #messages: string[][] = [];
  readonly #tabs: string[][] = [[], []];
  readonly #agentConnections: (string | null)[] = [null, null];
  #frozen: Frozen[] = [];

  private constructor(
    private readonly context: ForwardingContext,
    private readonly channel: FakeChannel,
    script: Script,
  ) {
    this.#model = new Model(context.clock.now().getTime(), script.idempotent);
  }

  static async play(context: ForwardingContext, channel: FakeChannel, script: Script): Promise<void> {
    const history = new History(context, channel, script);
    await history.#begin(script);
    try {
      for (const [index, step] of script.steps.entries()) {
        await history.#take(step);
        history.#model.settleHolds();
        await history.#compare(`step ${index + 1}: ${JSON.stringify(step)}`);
      }
    } finally {
      await history.#end();
    }
  }

  async #begin(script: Script): Promise<void> {
    const { context } = this;
    Object.assign(this.channel.plugin.supports, { idempotentSend: script.idempotent });
    this.channel.clear();
    await context.clear();
    for (const _ of agents) {
      this.#model.agents.push({ availability: "ONLINE", connected: false, dropped: null, gone: null });
    }
    for (const address of script.addresses) {
      this.#visitors.push(await context.addVisitor(address === null ? {} : { email: address }));
      this.#model.visitors.push({ address, optedOut: false, tabs: 0, lastDoing: null, departed: null });
    }
    for (const visitor of visitorOf) {
      this.#conversations.push(await context.addConversation(this.#viewer(visitor)));
      this.#messages.push([""]);
      this.#model.conversations.push({
        visitor: this.#modelVisitor(visitor),
        messages: [{ reply: false, at: 0 }],
        read: 0,
        forwarded: 0,
        attempted: 0,
        held: false,
        optedOut: false,
        deliveries: [],
        lastOutcome: null,
      });
    }
  }

  async #end(): Promise<void> {
    const { presence } = this.context.services;
    for (const id of [...this.#tabs.flat(), ...this.#agentConnections]) if (id !== null) presence.close(id);
    await presence.flush();
  }

  async #take(step: Step): Promise<void> {
    const { context } = this;
    const { services } = context;
    const model = this.#model;
    switch (step.kind) {
      case "visitor writes":
      case "agent replies":
      case "bot replies": {
        const index = step.conversation;
        const visits = step.kind === "visitor writes";
        const viewer = visits ? this.#viewer(visitorOf[index] ?? 0) : context.agent;
        const messages = this.#messages[index] ?? [];
        const input = { conversationId: this.#id(index), text: `message ${messages.length}` };
        const asBot = step.kind === "bot replies" ? { asBot: "Helper" } : {};
        messages.push((await sendMessage(services, viewer, { ...input, ...asBot })).id);
        return model.message(this.#modelOf(index), visits ? "visitor" : "reply");
      }
      case "visitor reads":
      case "agent reads": {
        const messages = this.#messages[step.conversation] ?? [];
        const position = step.part === "all" ? messages.length - 1 : Math.floor(messages.length / 2);
        if (position === 0) return;
        const visits = step.kind === "visitor reads";
        const viewer = visits ? this.#viewer(visitorOf[step.conversation] ?? 0) : context.agent;
        const messageId = messages[position] ?? "";
        await markRead(services, viewer, { conversationId: this.#id(step.conversation), messageId });
        if (visits) model.read(this.#modelOf(step.conversation), position);
        return;
      }
      case "tab opens": {
        const id = v7();
        this.#tabs[step.visitor]?.push(id);
        services.presence.open(id, this.#viewer(step.visitor));
        await services.presence.flush();
        this.#modelVisitor(step.visitor).tabs += 1;
        return;
      }
      case "tab closes": {
        const id = this.#tabs[step.visitor]?.shift();
        if (id === undefined) return;
        services.presence.close(id);
        await services.presence.flush();
        return model.closeTab(this.#modelVisitor(step.visitor));
      }
      case "does something":
        await recordActivity(services, this.#viewer(step.visitor));
        this.#modelVisitor(step.visitor).lastDoing = model.now;
        return;
      case "leaves":
        await leaveWebsite(services, this.#viewer(step.visitor));
        this.#modelVisitor(step.visitor).departed = model.now;
        return;
      case "opts out":
      case "opts in": {
        const optedOut = step.kind === "opts out";
        await setEmailOptOut(services, this.#viewer(step.visitor), { optedOut, conversationId: null });
        return model.optOut(this.#modelVisitor(step.visitor), optedOut);
      }
      case "wants no mail about it":
      case "wants mail about it": {
        const optedOut = step.kind === "wants no mail about it";
        const viewer = this.#viewer(visitorOf[step.conversation] ?? 0);
        await setEmailOptOut(services, viewer, { optedOut, conversationId: this.#id(step.conversation) });
        return model.optOut(this.#modelOf(step.conversation), optedOut);
      }
      case "gives address": {
        const { visitorId } = this.#viewer(step.visitor);
        await updateVisitor(services, context.agent, { visitorId, email: step.address });
        return model.changeAddress(this.#modelVisitor(step.visitor), step.address);
      }
      case "agent comes": {
        if (this.#agentConnections[step.agent] !== null) return;
        const id = v7();
        this.#agentConnections[step.agent] = id;
        services.presence.open(id, this.#agent(step.agent));
        await services.presence.flush();
        Object.assign(this.#modelAgent(step.agent), { connected: true, dropped: null });
        return;
      }
      case "agent goes": {
        const id = this.#agentConnections[step.agent] ?? null;
        if (id === null) return;
        this.#agentConnections[step.agent] = null;
        services.presence.close(id);
        await services.presence.flush();
        return model.agentGoes(this.#modelAgent(step.agent));
      }
      case "agent chooses":
        await setAvailability(services, this.#agent(step.agent), step.availability);
        return model.agentChooses(this.#modelAgent(step.agent), step.availability);
      case "admin lifts": {
        if (!model.suppressed.has(step.address)) return;
        await liftSuppression(services, "email", step.address);
        return model.lift(step.address);
      }
      case "admin chooses": {
        const { mode, leftSeconds, inactivitySeconds, settleSeconds } = step.change;
        await updateForwardingPreference(services, context.agent, {
          mode: mode === undefined ? null : ForwardingMode[mode],
          visitorLeftDelaySeconds: leftSeconds,
          inactivityDelaySeconds: inactivitySeconds,
          settleSeconds,
        });
        return model.changePreference(step.change);
      }
      case "hold":
        await holdForwarding(services, context.agent, this.#id(step.conversation));
        return model.hold(this.#modelOf(step.conversation));
      case "release":
        await releaseForwarding(services, context.agent, this.#id(step.conversation));
        this.#modelOf(step.conversation).held = false;
        return;
      case "forward now": {
        const refused = await refusal(forwardNow(services, context.agent, this.#id(step.conversation)));
        expect(refused).toBe(model.forwardNow(this.#modelOf(step.conversation)));
        return;
      }
      case "retry": {
        const conversation = this.#modelOf(step.conversation);
        const delivery = conversation.deliveries.at(-1 - step.newest);
        if (delivery === undefined) return;
        const row = (await context.deliveries(this.#id(step.conversation))).at(-1 - step.newest);
        const refused = await refusal(retryDelivery(services, context.agent, row?.id ?? ""));
        expect(refused).toBe(model.retry(conversation, delivery));
        return;
      }
      case "passes":
        return this.#pass(step.seconds);
      case "until due": {
        const times = model.conversations.flatMap((one) => {
          const open = model.open(one);
          return [model.forwarding(one).dueAt, open?.nextAttempt ?? null, open?.leaseUntil ?? null];
        });
        const next = Math.min(...times.filter((at) => at !== null && at > model.now).map(Number));
        return Number.isFinite(next) ? this.#pass((next - model.now) / 1000 - step.earlySeconds) : undefined;
      }
      case "check":
        await planDueDeliveries(services);
        return model.check();
      case "work":
        return this.#work(step.results);
      case "worker freezes": {
        if (model.pausedAt !== null || model.now < model.throttledUntil) return;
        const claimed = await claimDeliveries(services, "email", 50);
        const expected = model.claim().map((taken) => ({ ...taken, lease: taken.delivery.lease }));
        this.#frozen.push({ claimed, expected });
        return;
      }
      case "worker wakes": {
        const frozen = this.#frozen;
        this.#frozen = [];
        for (const { claimed, expected } of frozen) {
          const real = toResult(step.result, "woken");
          await recordResults(
            services,
            deferredReports(services),
            claimed.map((delivery) => ({ delivery, result: real(delivery.outbound.reference) })),
          );
          model.record(expected.map((taken) => ({ ...taken, result: step.result })));
        }
        return;
      }
      case "bounces":
      case "arrives": {
        const conversation = this.#modelOf(step.conversation);
        const delivery = conversation.deliveries.at(-1 - step.newest);
        const row = (await context.deliveries(this.#id(step.conversation))).at(-1 - step.newest);
        const messageId = row?.externalIds[0];
        if (delivery === undefined || messageId === undefined) return;
        const event = { externalId: v7(), at: context.clock.now(), messageId };
        if (step.kind === "arrives") {
          await receiveEvents(services, "email", [{ ...event, type: "delivered" }]);
          if (delivery.status === "SENT") delivery.status = "DELIVERED";
          return;
        }
        const bounce = step.bounce === "hard" ? { bounce: "hard" as const } : {};
        const failure = { code: "ADDRESS_INVALID" as const, detail: "came back", ...bounce };
        await receiveEvents(services, "email", [{ ...event, type: "bounced", failure }]);
        return model.bounce(conversation, delivery, bounce.bounce);
      }
      case "channel is healthy":
        await checkChannels(services);
        return model.resume();
    }
  }

  async #work(results: readonly ModelResult[]): Promise<void> {
    const { context, channel } = this;
    const model = this.#model;
    const handed: Outbound[] = [];
    channel.answer = async (outbound) => {
      handed.push(outbound);
      return toResult(this.#resultOf(results, outbound), "worked")(outbound.reference);
    };
    await context.worker.work();
    model.reclaim();
    const taken = model.claim();
    expect(handed.map((outbound) => outbound.conversation.id).sort()).toEqual(
      taken.map(({ conversation }) => this.#id(model.conversations.indexOf(conversation))).sort(),
    );
    const round = handed.flatMap((outbound) => {
      const index = this.#conversations.indexOf(outbound.conversation.id);
      const expected = taken.find(({ conversation }) => conversation === model.conversations[index]);
      if (expected === undefined) return [];
      this.#inspect(outbound, expected);
      return [{ ...expected, lease: expected.delivery.lease, result: this.#resultOf(results, outbound) }];
    });
    model.record(round);
  }

  #resultOf(results: readonly ModelResult[], outbound: Outbound): ModelResult {
    return results[this.#conversations.indexOf(outbound.conversation.id)] ?? { outcome: "accepted" };
  }

  #inspect(
    outbound: Outbound,
    { conversation, delivery }: { conversation: ModelConversation; delivery: ModelDelivery },
  ): void {
    const pending = outbound.messages.filter((message) => message.role === "pending");
    expect(pending.map((message) => message.text)).toEqual(delivery.carried.map((position) => `message ${position}`));
    expect(outbound).toMatchObject({ address: delivery.address, attempt: delivery.attempts });
    for (const other of conversation.deliveries) {
      const sent = other !== delivery && (other.status === "SENT" || other.status === "DELIVERED");
      expect(sent && other.carried.some((position) => delivery.carried.includes(position))).toBe(false);
    }
  }

  async #pass(passing: number): Promise<void> {
    if (passing <= 0) return;
    await this.context.pass(passing);
    this.#model.now += passing * 1000;
  }

  async #compare(after: string): Promise<void> {
    const { services } = this.context;
    const [forwardings, ...deliveries] = await Promise.all([
      readForwardings(services, this.#conversations),
      ...this.#conversations.map((id) => this.context.deliveries(id)),
    ]);
    const real = forwardings.map(({ state, dueAt, trigger, address, pendingReplies }, index) => ({
      after,
      index,
      forwarding: { state, dueAt: dueAt?.getTime() ?? null, trigger, address, pendingReplies },
      deliveries: deliveries[index]?.map((row) => ({
        status: row.status,
        trigger: row.trigger,
        address: row.address,
        carried: row.carried,
        attempts: row.attempts,
        dueAt: row.dueAt.getTime(),
        nextAttempt: row.nextAttemptAt?.getTime() ?? null,
      })),
    }));
    const expected = this.#model.conversations.map((one, index) => ({
      after,
      index,
      forwarding: this.#model.forwarding(one),
      deliveries: one.deliveries.map(({ status, trigger, address, carried, attempts, dueAt, nextAttempt }) => {
        return { status, trigger, address, carried, attempts, dueAt, nextAttempt };
      }),
    }));
    expect(real).toEqual(expected);
  }

  #id(index: number): string {
    return this.#conversations[index] ?? "";
  }

  #viewer(visitor: number): VisitorViewer {
    const viewer = this.#visitors[visitor];
    if (viewer === undefined) throw new Error(`There is no visitor ${visitor}.`);
    return viewer;
  }

  #agent(index: number): AgentViewer {
    return agents[index] ?? this.context.agent;
  }

  #modelOf(index: number): ModelConversation {
    const found = this.#model.conversations[index];
    if (found === undefined) throw new Error(`There is no conversation ${index}.`);
    return found;
  }

  #modelVisitor(index: number): ModelVisitor {
    const found = this.#model.visitors[index];
    if (found === undefined) throw new Error(`There is no visitor ${index}.`);
    return found;
  }

  #modelAgent(index: number) {
    const found = this.#model.agents[index];
    if (found === undefined) throw new Error(`There is no agent ${index}.`);
    return found;
  }
}

function toResult(result: ModelResult, round: string): (reference: string) => DeliveryResult {
  return (reference) => {
    if (result.outcome === "accepted") return { outcome: "accepted", externalIds: [`${reference}-${round}`] };
    const { code } = result;
    const bounce = "bounce" in result ? { bounce: result.bounce } : {};
    const failure = { code, detail: "as the history says", ...bounce };
    if (result.outcome !== "retry") return { outcome: result.outcome, failure };
    return { outcome: "retry", failure, ...(result.afterMs === undefined ? {} : { afterMs: result.afterMs }) };
  };
}

/** Null when it was done; else CONFLICT, or the reason of DELIVERY_NOT_POSSIBLE. */
async function refusal(operation: Promise<unknown>): Promise<string | null> {
  try {
    await operation;
    return null;
  } catch (error) {
    const { extensions } = error as { extensions?: { code: string; reason?: string } };
    if (extensions === undefined) throw error;
    return extensions.reason ?? extensions.code;
  }
}
