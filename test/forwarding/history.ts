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

/** The initial state of a history, and its steps. */
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
  | ({
      readonly kind:
        | "visitor opens tab"
        | "visitor closes tab"
        | "visitor interacts"
        | "visitor leaves"
        | "visitor opts out"
        | "visitor opts in";
    } & Visitor)
  | ({ readonly kind: "visitor opts out of conversation" | "visitor opts in to conversation" } & Conversation)
  | ({ readonly kind: "address changes"; readonly address: string | null } & Visitor)
  | ({ readonly kind: "agent connects" | "agent disconnects" } & Agent)
  | ({ readonly kind: "agent sets availability"; readonly availability: Availability } & Agent)
  | { readonly kind: "admin lifts suppression"; readonly address: string }
  | { readonly kind: "admin updates preference"; readonly change: Partial<ModelPreference> }
  | ({ readonly kind: "hold" | "release" | "forward now" } & Conversation)
  | ({ readonly kind: "retry"; readonly newest: number } & Conversation)
  | { readonly kind: "time passes"; readonly seconds: number }
  | { readonly kind: "time passes until due"; readonly earlySeconds: number }
  | { readonly kind: "due check" }
  | { readonly kind: "worker runs"; readonly results: readonly ModelResult[] }
  | { readonly kind: "worker freezes" }
  | { readonly kind: "worker resumes"; readonly result: ModelResult }
  | ({ readonly kind: "delivery bounces"; readonly bounce: "hard" | "none"; readonly newest: number } & Conversation)
  | ({ readonly kind: "delivery arrives"; readonly newest: number } & Conversation)
  | { readonly kind: "health check succeeds" };

// Mostly the same conversation, so that it goes through many steps.
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
      kind: fc.constantFrom(
        "visitor opens tab" as const,
        "visitor closes tab" as const,
        "visitor interacts" as const,
        "visitor leaves" as const,
      ),
      visitor,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("address changes" as const), visitor, address }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("agent connects" as const, "agent disconnects" as const), agent }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("agent sets availability" as const),
      agent,
      availability: fc.constantFrom(Availability.ONLINE, Availability.INVISIBLE, Availability.OFFLINE),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("admin updates preference" as const), change }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("hold" as const, "release" as const, "forward now" as const, "forward now" as const),
      conversation,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("retry" as const), conversation, newest }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("time passes" as const), seconds }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("time passes until due" as const),
      earlySeconds: fc.constantFrom(0, 0, 1),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("due check" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("worker runs" as const),
      results: fc.array(result, { minLength: 3, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("worker freezes" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("worker resumes" as const), result }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("delivery bounces" as const),
      conversation,
      bounce: fc.constantFrom("hard" as const, "none" as const),
      newest,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delivery arrives" as const), conversation, newest }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("health check succeeds" as const) }) },
);

const results = fc.array(result, { minLength: conversationCount, maxLength: conversationCount });
const workerRuns = fc.record({ kind: fc.constant("worker runs" as const), results });
const untilDue: Step = { kind: "time passes until due", earlySeconds: 0 };

const dueCheck: Step = { kind: "due check" };
const reply = (index: number): Step => ({ kind: "agent replies", conversation: index });
const sendNow = (index: number): Step => ({ kind: "forward now", conversation: index });

/** Steps that may happen to a conversation during or after a delivery. */
const otherSteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.constantFrom<Step>(
      { kind: "hold", conversation: 0 },
      { kind: "release", conversation: 0 },
      { kind: "visitor reads", conversation: 0, part: "all" },
      { kind: "visitor reads", conversation: 0, part: "half" },
      { kind: "visitor opts out of conversation", conversation: 0 },
      { kind: "visitor opts in to conversation", conversation: 0 },
      reply(0),
      sendNow(0),
    ),
    address.map((given): Step => ({ kind: "address changes", visitor: 0, address: given })),
    change.map((given): Step => ({ kind: "admin updates preference", change: given })),
    newest.map((number): Step => ({ kind: "retry", conversation: 0, newest: number })),
    newest.map((number): Step => ({ kind: "delivery bounces", conversation: 0, newest: number, bounce: "none" })),
  ),
  { maxLength: 2 },
);
const finishing: fc.Arbitrary<readonly Step[]> = fc.oneof(
  result.map((given) => [{ kind: "worker resumes" as const, result: given }]),
  workerRuns.map((run) => [{ kind: "time passes" as const, seconds: 61 }, run]),
);

// Meaningful sequences, because chance alone rarely produces them.
const steps: fc.Arbitrary<readonly Step[]> = fc.oneof(
  { weight: 10, arbitrary: step.map((single) => [single]) },
  // A reply that becomes due.
  {
    weight: 3,
    arbitrary: fc.tuple(conversation, workerRuns).map(([index, run]) => [reply(index), untilDue, dueCheck, run]),
  },
  // A manual delivery, and steps while a worker holds it and after.
  {
    weight: 4,
    arbitrary: fc
      .tuple(otherSteps, finishing, otherSteps, workerRuns)
      .map(([during, finished, after, run]) => [
        reply(0),
        sendNow(0),
        { kind: "worker freezes" as const },
        ...during,
        ...finished,
        ...after,
        untilDue,
        dueCheck,
        run,
      ]),
  },
  // A manual delivery that ends immediately, and steps after it.
  {
    weight: 3,
    arbitrary: fc.tuple(workerRuns, otherSteps).map(([run, after]) => [reply(0), sendNow(0), run, ...after]),
  },
  // A queued delivery that is cancelled or changed before a worker claims it.
  {
    weight: 3,
    arbitrary: fc.tuple(otherSteps, workerRuns).map(([before, run]) => [reply(0), sendNow(0), ...before, run]),
  },
  // The same, stopped by a bounce for another visitor's address.
  {
    weight: 1,
    arbitrary: fc.constant<readonly Step[]>([
      { kind: "address changes", visitor: 0, address: "ana@example.com" },
      { kind: "address changes", visitor: 1, address: "ana@example.com" },
      reply(2),
      reply(0),
      sendNow(0),
      { kind: "worker runs", results: [{ outcome: "accepted" }] },
      { kind: "delivery bounces", conversation: 0, newest: 0, bounce: "hard" },
    ]),
  },
  // A permanent refusal, and an admin who lifts the suppression.
  {
    weight: 2,
    arbitrary: fc
      .tuple(otherSteps, workerRuns)
      .map(([during, run]): readonly Step[] => [
        { kind: "address changes", visitor: 0, address: "ana@example.com" },
        reply(0),
        sendNow(0),
        { kind: "worker runs", results: [{ outcome: "rejected", code: "ADDRESS_INVALID", bounce: "hard" }] },
        reply(1),
        ...during,
        { kind: "admin lifts suppression", address: "ana@example.com" },
        untilDue,
        dueCheck,
        run,
      ]),
  },
  { weight: 2, arbitrary: workerRuns.map((run) => [untilDue, dueCheck, run]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(visitor, workerRuns)
      .map(([index, run]) => [{ kind: "visitor opts out" as const, visitor: index }, run]),
  },
  // Opting out of one conversation or all email while a reply is pending or queued, and back in later.
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom<readonly [Step, Step]>(
          [
            { kind: "visitor opts out", visitor: 0 },
            { kind: "visitor opts in", visitor: 0 },
          ],
          [
            { kind: "visitor opts out of conversation", conversation: 0 },
            { kind: "visitor opts in to conversation", conversation: 0 },
          ],
        ),
        otherSteps,
        otherSteps,
        workerRuns,
      )
      .map(([[optOut, optIn], before, during, run]) => [
        reply(0),
        ...before,
        optOut,
        sendNow(0),
        ...during,
        dueCheck,
        run,
        optIn,
        untilDue,
        dueCheck,
        run,
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

/** Runs a script on the real operations and on the model, and compares the two after every step. */
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

  static async run(context: ForwardingContext, channel: FakeChannel, script: Script): Promise<void> {
    const history = new History(context, channel, script);
    await history.#setup(script);
    try {
      for (const [index, step] of script.steps.entries()) {
        await history.#apply(step);
        history.#model.endHolds();
        await history.#compare(`step ${index + 1}: ${JSON.stringify(step)}`);
      }
    } finally {
      await history.#teardown();
    }
  }

  async #setup(script: Script): Promise<void> {
    const { context } = this;
    Object.assign(this.channel.plugin.supports, { idempotentSend: script.idempotent });
    this.channel.clear();
    await context.clear();
    for (const _ of agents) {
      this.#model.agents.push({ availability: "ONLINE", connected: false, droppedAt: null, offlineAt: null });
    }
    for (const address of script.addresses) {
      this.#visitors.push(await context.addVisitor(address === null ? {} : { email: address }));
      this.#model.visitors.push({ address, optedOut: false, tabs: 0, lastInteraction: null, departedAt: null });
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

  async #teardown(): Promise<void> {
    const { presence } = this.context.services;
    for (const id of [...this.#tabs.flat(), ...this.#agentConnections]) if (id !== null) presence.close(id);
    await presence.flush();
  }

  async #apply(step: Step): Promise<void> {
    const { context } = this;
    const { services } = context;
    const model = this.#model;
    switch (step.kind) {
      case "visitor writes":
      case "agent replies":
      case "bot replies": {
        const index = step.conversation;
        const byVisitor = step.kind === "visitor writes";
        const viewer = byVisitor ? this.#viewer(visitorOf[index] ?? 0) : context.agent;
        const messages = this.#messages[index] ?? [];
        const input = { conversationId: this.#id(index), text: `message ${messages.length}` };
        const asBot = step.kind === "bot replies" ? { asBot: "Helper" } : {};
        messages.push((await sendMessage(services, viewer, { ...input, ...asBot })).id);
        return model.message(this.#modelOf(index), byVisitor ? "visitor" : "reply");
      }
      case "visitor reads":
      case "agent reads": {
        const messages = this.#messages[step.conversation] ?? [];
        const position = step.part === "all" ? messages.length - 1 : Math.floor(messages.length / 2);
        if (position === 0) return;
        const byVisitor = step.kind === "visitor reads";
        const viewer = byVisitor ? this.#viewer(visitorOf[step.conversation] ?? 0) : context.agent;
        const messageId = messages[position] ?? "";
        await markRead(services, viewer, { conversationId: this.#id(step.conversation), messageId });
        if (byVisitor) model.read(this.#modelOf(step.conversation), position);
        return;
      }
      case "visitor opens tab": {
        const id = v7();
        this.#tabs[step.visitor]?.push(id);
        services.presence.open(id, this.#viewer(step.visitor));
        await services.presence.flush();
        this.#modelVisitor(step.visitor).tabs += 1;
        return;
      }
      case "visitor closes tab": {
        const id = this.#tabs[step.visitor]?.shift();
        if (id === undefined) return;
        services.presence.close(id);
        await services.presence.flush();
        return model.closeTab(this.#modelVisitor(step.visitor));
      }
      case "visitor interacts":
        await recordActivity(services, this.#viewer(step.visitor));
        this.#modelVisitor(step.visitor).lastInteraction = model.now;
        return;
      case "visitor leaves":
        await leaveWebsite(services, this.#viewer(step.visitor));
        this.#modelVisitor(step.visitor).departedAt = model.now;
        return;
      case "visitor opts out":
      case "visitor opts in": {
        const optedOut = step.kind === "visitor opts out";
        await setEmailOptOut(services, this.#viewer(step.visitor), { optedOut, conversationId: null });
        return model.optOut(this.#modelVisitor(step.visitor), optedOut);
      }
      case "visitor opts out of conversation":
      case "visitor opts in to conversation": {
        const optedOut = step.kind === "visitor opts out of conversation";
        const viewer = this.#viewer(visitorOf[step.conversation] ?? 0);
        await setEmailOptOut(services, viewer, { optedOut, conversationId: this.#id(step.conversation) });
        return model.optOut(this.#modelOf(step.conversation), optedOut);
      }
      case "address changes": {
        const { visitorId } = this.#viewer(step.visitor);
        await updateVisitor(services, context.agent, { visitorId, email: step.address });
        return model.changeAddress(this.#modelVisitor(step.visitor), step.address);
      }
      case "agent connects": {
        if (this.#agentConnections[step.agent] !== null) return;
        const id = v7();
        this.#agentConnections[step.agent] = id;
        services.presence.open(id, this.#agent(step.agent));
        await services.presence.flush();
        Object.assign(this.#modelAgent(step.agent), { connected: true, droppedAt: null });
        return;
      }
      case "agent disconnects": {
        const id = this.#agentConnections[step.agent] ?? null;
        if (id === null) return;
        this.#agentConnections[step.agent] = null;
        services.presence.close(id);
        await services.presence.flush();
        return model.agentDisconnects(this.#modelAgent(step.agent));
      }
      case "agent sets availability":
        await setAvailability(services, this.#agent(step.agent), step.availability);
        return model.setAvailability(this.#modelAgent(step.agent), step.availability);
      case "admin lifts suppression": {
        if (!model.suppressed.has(step.address)) return;
        await liftSuppression(services, "email", step.address);
        return model.lift(step.address);
      }
      case "admin updates preference": {
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
      case "time passes":
        return this.#pass(step.seconds);
      case "time passes until due": {
        const times = model.conversations.flatMap((conversation) => {
          const open = model.open(conversation);
          return [model.forwarding(conversation).dueAt, open?.nextAttempt ?? null, open?.leaseUntil ?? null];
        });
        const next = Math.min(...times.filter((at) => at !== null && at > model.now).map(Number));
        return Number.isFinite(next) ? this.#pass((next - model.now) / 1000 - step.earlySeconds) : undefined;
      }
      case "due check":
        await planDueDeliveries(services);
        return model.check();
      case "worker runs":
        return this.#work(step.results);
      case "worker freezes": {
        if (model.pausedAt !== null || model.now < model.throttledUntil) return;
        const claimed = await claimDeliveries(services, "email", 50);
        const expected = model.claim().map((taken) => ({ ...taken, lease: taken.delivery.lease }));
        this.#frozen.push({ claimed, expected });
        return;
      }
      case "worker resumes": {
        const frozen = this.#frozen;
        this.#frozen = [];
        for (const { claimed, expected } of frozen) {
          const real = toResult(step.result, "resumed");
          await recordResults(
            services,
            deferredReports(services),
            claimed.map((delivery) => ({ delivery, result: real(delivery.outbound.reference) })),
          );
          model.record(expected.map((taken) => ({ ...taken, result: step.result })));
        }
        return;
      }
      case "delivery bounces":
      case "delivery arrives": {
        const conversation = this.#modelOf(step.conversation);
        const delivery = conversation.deliveries.at(-1 - step.newest);
        const row = (await context.deliveries(this.#id(step.conversation))).at(-1 - step.newest);
        const messageId = row?.externalIds[0];
        if (delivery === undefined || messageId === undefined) return;
        const event = { externalId: v7(), at: context.clock.now(), messageId };
        if (step.kind === "delivery arrives") {
          await receiveEvents(services, "email", [{ ...event, type: "delivered" }]);
          if (delivery.status === "SENT") delivery.status = "DELIVERED";
          return;
        }
        const bounce = step.bounce === "hard" ? { bounce: "hard" as const } : {};
        const failure = { code: "ADDRESS_INVALID" as const, detail: "came back", ...bounce };
        await receiveEvents(services, "email", [{ ...event, type: "bounced", failure }]);
        return model.bounce(conversation, delivery, bounce.bounce);
      }
      case "health check succeeds":
        await checkChannels(services);
        return model.resume();
    }
  }

  async #work(results: readonly ModelResult[]): Promise<void> {
    const { context, channel } = this;
    const model = this.#model;
    const sent: Outbound[] = [];
    channel.answer = async (outbound) => {
      sent.push(outbound);
      return toResult(this.#resultOf(results, outbound), "run")(outbound.reference);
    };
    await context.worker.work();
    model.reclaim();
    const taken = model.claim();
    expect(sent.map((outbound) => outbound.conversation.id).sort()).toEqual(
      taken.map(({ conversation }) => this.#id(model.conversations.indexOf(conversation))).sort(),
    );
    const round = sent.flatMap((outbound) => {
      const index = this.#conversations.indexOf(outbound.conversation.id);
      const expected = taken.find(({ conversation }) => conversation === model.conversations[index]);
      if (expected === undefined) return [];
      this.#expectOutbound(outbound, expected);
      return [{ ...expected, lease: expected.delivery.lease, result: this.#resultOf(results, outbound) }];
    });
    model.record(round);
  }

  #resultOf(results: readonly ModelResult[], outbound: Outbound): ModelResult {
    return results[this.#conversations.indexOf(outbound.conversation.id)] ?? { outcome: "accepted" };
  }

  #expectOutbound(
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

  async #pass(seconds: number): Promise<void> {
    if (seconds <= 0) return;
    await this.context.pass(seconds);
    this.#model.now += seconds * 1000;
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
    const expected = this.#model.conversations.map((conversation, index) => ({
      after,
      index,
      forwarding: this.#model.forwarding(conversation),
      deliveries: conversation.deliveries.map(({ status, trigger, address, carried, attempts, dueAt, nextAttempt }) => {
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
    const failure = { code, detail: "a failure of the history", ...bounce };
    if (result.outcome !== "retry") return { outcome: result.outcome, failure };
    return { outcome: "retry", failure, ...(result.afterMs === undefined ? {} : { afterMs: result.afterMs }) };
  };
}

/** Null when it succeeds; otherwise CONFLICT, or the reason of DELIVERY_NOT_POSSIBLE. */
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
