/**
 * A second, plain implementation of the forwarding rules: everything is recomputed from the messages, the deliveries and
 * who is present. Written from the specification, not from src. Times are Unix milliseconds.
 */

type Mode = "NOTHING" | "UNREAD_REPLIES" | "FULL_TRANSCRIPT";
export type Availability = "ONLINE" | "INVISIBLE" | "OFFLINE";

export interface ModelPreference {
  mode: Mode;
  modeSince: number;
  leftSeconds: number;
  inactivitySeconds: number;
  settleSeconds: number;
}

export interface ModelVisitor {
  address: string | null;
  optedOut: boolean;
  tabs: number;
  lastInteraction: number | null;
  /** When the last connection closed, or leaveWebsite. */
  departedAt: number | null;
}

export interface ModelAgent {
  availability: Availability;
  connected: boolean;
  /** When the connection of the agent, who had chosen ONLINE, dropped. */
  droppedAt: number | null;
  /** When the agent last went offline by choice. */
  offlineAt: number | null;
}

export interface ModelConversation {
  visitor: ModelVisitor;
  /** By position, starting at 1: [0] is unused. */
  messages: { reply: boolean; at: number }[];
  read: number;
  forwarded: number;
  attempted: number;
  held: boolean;
  optedOut: boolean;
  deliveries: ModelDelivery[];
  lastOutcome: string | null;
}

export interface ModelDelivery {
  status: "QUEUED" | "SENDING" | "SENT" | "DELIVERED" | "BOUNCED" | "FAILED" | "UNCERTAIN" | "CANCELLED";
  trigger: string;
  dueAt: number;
  address: string;
  carried: number[];
  frozen: boolean;
  attempts: number;
  firstAttempt: number | null;
  nextAttempt: number | null;
  leaseUntil: number | null;
  /** The claim that holds the lease. */
  lease: number | null;
}

export type ModelResult =
  | { outcome: "accepted" }
  | {
      outcome: "retry";
      code: "UNAVAILABLE" | "CREDENTIALS_INVALID" | "RATE_LIMITED";
      afterMs?: number;
      bounce?: "soft";
    }
  | { outcome: "rejected"; code: "ADDRESS_INVALID" | "CONTENT_REJECTED"; bounce?: "hard" }
  | { outcome: "uncertain"; code: "TIMED_OUT" };

export interface ModelForwarding {
  state: string;
  dueAt: number | null;
  trigger: string | null;
  address: string | null;
  pendingReplies: number;
}

const minute = 60_000;
const day = 24 * 60 * minute;

export class Model {
  preference: ModelPreference;
  readonly visitors: ModelVisitor[] = [];
  readonly agents: ModelAgent[] = [];
  readonly conversations: ModelConversation[] = [];
  readonly softBounces = new Map<string, number>();
  readonly suppressed = new Set<string>();
  pausedAt: number | null = null;
  readonly pauses: { from: number; to: number }[] = [];
  throttledUntil = Number.NEGATIVE_INFINITY;
  #leases = 0;

  constructor(
    public now: number,
    readonly idempotent: boolean,
  ) {
    const preference = { leftSeconds: 300, inactivitySeconds: 1800, settleSeconds: 30 };
    this.preference = { mode: "UNREAD_REPLIES", modeSince: now, ...preference };
  }

  // Pending

  pending(conversation: ModelConversation): number[] {
    const positions: number[] = [];
    conversation.messages.forEach((message, position) => {
      if (!message.reply || position <= conversation.forwarded) return;
      const unread = position > conversation.read;
      const sentSince = this.preference.mode === "FULL_TRANSCRIPT" && message.at >= this.preference.modeSince;
      if (unread || sentSince) positions.push(position);
    });
    return positions;
  }

  /** The pending positions that are not in an UNCERTAIN delivery, about which a person decides. */
  forwardable(conversation: ModelConversation): number[] {
    const uncertain = conversation.deliveries.filter((delivery) => delivery.status === "UNCERTAIN");
    return this.pending(conversation).filter(
      (position) => !uncertain.some((delivery) => delivery.carried.includes(position)),
    );
  }

  open(conversation: ModelConversation): ModelDelivery | undefined {
    return conversation.deliveries.find((delivery) => delivery.status === "QUEUED" || delivery.status === "SENDING");
  }

  // Due time and state

  forwarding(conversation: ModelConversation): ModelForwarding {
    const state = this.state(conversation);
    const due = state === "WAITING" ? this.due(conversation) : null;
    return {
      state,
      dueAt: due?.at ?? null,
      trigger: due?.trigger ?? null,
      address: conversation.visitor.address,
      pendingReplies: this.pending(conversation).length,
    };
  }

  state(conversation: ModelConversation): string {
    if (this.open(conversation) !== undefined) return "SENDING";
    const obstacle = this.obstacle(conversation);
    if (obstacle !== null) return obstacle;
    if (!this.forwardable(conversation).some((position) => position > conversation.attempted)) {
      return conversation.lastOutcome === "UNCERTAIN" ? "UNCERTAIN" : "FAILED";
    }
    return "WAITING";
  }

  obstacle(conversation: ModelConversation): string | null {
    const { visitor } = conversation;
    if (this.pending(conversation).length === 0) return "NOTHING_PENDING";
    if (this.preference.mode === "NOTHING") return "DISABLED";
    if (conversation.held) return "HELD";
    if (visitor.address === null) return "NO_ADDRESS";
    if (visitor.optedOut || conversation.optedOut) return "OPTED_OUT";
    if (this.suppressed.has(visitor.address)) return "ADDRESS_SUPPRESSED";
    if (this.pausedAt !== null) return "CHANNEL_UNAVAILABLE";
    return null;
  }

  due(conversation: ModelConversation): { at: number; trigger: string } | null {
    const { visitor, messages } = conversation;
    const left = this.preference.leftSeconds * 1000;
    const settle = this.preference.settleSeconds * 1000;
    const pending = this.pending(conversation);
    // In a transcript, replies that were read are pending too, but do not make the next one due earlier (case 60).
    const unread = pending.filter((position) => position > conversation.read);
    const first = Math.min(...(unread.length > 0 ? unread : pending).map((position) => messages[position]?.at ?? 0));
    const last = Math.max(...pending.map((position) => messages[position]?.at ?? 0));
    const settledAt = Math.min(last + settle, first + Math.max(left, settle));
    const never = Number.NEGATIVE_INFINITY;
    const interaction = visitor.lastInteraction ?? never;

    const candidates: { at: number; trigger: string }[] = [];
    const awayFrom = this.awayFrom(visitor);
    if (awayFrom !== null) {
      const leftAt = Math.max(interaction, visitor.departedAt ?? never);
      candidates.push({ trigger: "VISITOR_LEFT", at: Math.max(awayFrom, leftAt + left, settledAt) });
    }
    const idle = Math.max(interaction, first) + this.preference.inactivitySeconds * 1000;
    candidates.push({ trigger: "INACTIVITY", at: Math.max(idle, settledAt) });
    const agentsOfflineFrom = this.agentsOfflineFrom();
    if (agentsOfflineFrom !== null) {
      let at = Math.max(agentsOfflineFrom, settledAt);
      const hasReadAll = pending.every((position) => position <= conversation.read);
      const presentUntil = awayFrom ?? Number.POSITIVE_INFINITY;
      if (hasReadAll) at = Math.max(at, Math.min(interaction + left, presentUntil));
      candidates.push({ trigger: "AGENTS_OFFLINE", at });
    }
    const earliest = Math.min(...candidates.map((candidate) => candidate.at));
    if (this.now >= last + 7 * day || earliest >= last + 7 * day) return null;
    return candidates.find((candidate) => candidate.at === earliest) ?? null;
  }

  /** The time from which the visitor is away if nothing changes; null while connected. */
  awayFrom(visitor: ModelVisitor): number | null {
    if (visitor.tabs > 0) return null;
    const departedAt = visitor.departedAt ?? Number.NEGATIVE_INFINITY;
    if (visitor.lastInteraction === null || departedAt >= visitor.lastInteraction) return departedAt;
    return visitor.lastInteraction + minute;
  }

  /** The time from which no agent is online if nothing changes; null while one is connected. */
  agentsOfflineFrom(): number | null {
    let offlineFrom = Number.NEGATIVE_INFINITY;
    for (const agent of this.agents) {
      if (agent.availability === "ONLINE" && agent.connected) return null;
      if (agent.availability === "ONLINE" && agent.droppedAt !== null)
        offlineFrom = Math.max(offlineFrom, agent.droppedAt + 30_000);
      if (agent.offlineAt !== null) offlineFrom = Math.max(offlineFrom, agent.offlineAt);
    }
    return offlineFrom;
  }

  // Events

  message(conversation: ModelConversation, author: "visitor" | "reply"): void {
    conversation.messages.push({ reply: author === "reply", at: this.now });
    if (author === "visitor") conversation.visitor.lastInteraction = this.now;
  }

  read(conversation: ModelConversation, position: number): void {
    conversation.visitor.lastInteraction = this.now;
    if (position <= conversation.read) return;
    conversation.read = position;
    this.cancelWithoutPending(conversation);
  }

  closeTab(visitor: ModelVisitor): void {
    visitor.tabs -= 1;
    if (visitor.tabs === 0) visitor.departedAt = this.now;
  }

  agentDisconnects(agent: ModelAgent): void {
    agent.connected = false;
    if (agent.availability === "ONLINE") agent.droppedAt = this.now;
  }

  setAvailability(agent: ModelAgent, availability: Availability): void {
    if (agent.availability === availability) return;
    if (agent.availability === "ONLINE") {
      const inGrace = agent.droppedAt !== null && this.now < agent.droppedAt + 30_000;
      if (agent.connected || inGrace) agent.offlineAt = this.now;
      else if (agent.droppedAt !== null) agent.offlineAt = Math.max(agent.offlineAt ?? 0, agent.droppedAt + 30_000);
    }
    agent.droppedAt = null;
    agent.availability = availability;
  }

  changePreference(change: Partial<ModelPreference>): void {
    if (change.mode !== undefined && change.mode !== this.preference.mode) this.preference.modeSince = this.now;
    Object.assign(this.preference, change);
    for (const conversation of this.conversations) {
      const open = this.open(conversation);
      if (this.preference.mode === "NOTHING" && open?.status === "QUEUED") this.cancel(conversation, open);
      this.cancelWithoutPending(conversation);
    }
  }

  changeAddress(visitor: ModelVisitor, address: string | null): void {
    if (visitor.address === address) return;
    visitor.address = address;
    for (const conversation of this.conversations.filter((candidate) => candidate.visitor === visitor)) {
      const open = this.open(conversation);
      if (open?.status === "QUEUED") this.cancel(conversation, open);
      conversation.attempted = conversation.forwarded;
    }
  }

  /** Opts out of email about some conversations, or back in. Opting in does not undo refusals or reads. */
  optOut(subject: ModelVisitor | ModelConversation, optedOut: boolean): void {
    const stops = optedOut && !subject.optedOut;
    subject.optedOut = optedOut;
    if (!stops) return;
    for (const conversation of this.conversations) {
      if (conversation !== subject && conversation.visitor !== subject) continue;
      const open = this.open(conversation);
      if (open?.status === "QUEUED") this.cancel(conversation, open);
    }
  }

  /** Lifts a suppression: what was refused at the address is tried again, except for what may have arrived. */
  lift(address: string): void {
    this.suppressed.delete(address);
    this.softBounces.delete(address);
    for (const conversation of this.conversations) {
      if (conversation.visitor.address !== address || this.pending(conversation).length === 0) continue;
      const frozen = conversation.deliveries.filter(
        ({ status, frozen }) => frozen && ["FAILED", "CANCELLED", "UNCERTAIN"].includes(status),
      );
      conversation.attempted = Math.max(conversation.forwarded, ...frozen.flatMap(({ carried }) => carried));
    }
  }

  hold(conversation: ModelConversation): void {
    const open = this.open(conversation);
    if (open?.status === "QUEUED") this.cancel(conversation, open);
    if (this.pending(conversation).length > 0) conversation.held = true;
  }

  /** Returns the reason of DELIVERY_NOT_POSSIBLE, or null when a delivery is queued or being sent. */
  forwardNow(conversation: ModelConversation): string | null {
    const open = this.open(conversation);
    if (open !== undefined) {
      if (open.status === "QUEUED") open.nextAttempt = Math.min(open.nextAttempt ?? this.now, this.now);
      conversation.held = false;
      return null;
    }
    const obstacle = this.obstacle({ ...conversation, held: false });
    if (obstacle !== null) return obstacle;
    if (this.forwardable(conversation).length === 0) return "UNCERTAIN";
    this.queue(conversation, "REQUESTED", this.now);
    return null;
  }

  /** Returns CONFLICT, the reason of DELIVERY_NOT_POSSIBLE, or null when it is queued again. */
  retry(conversation: ModelConversation, delivery: ModelDelivery): string | null {
    if (delivery.status !== "FAILED" && delivery.status !== "UNCERTAIN") return "CONFLICT";
    if (this.open(conversation) !== undefined) return "CONFLICT";
    const later = conversation.deliveries.slice(conversation.deliveries.indexOf(delivery) + 1);
    const arrived = later.filter((other) => ["SENT", "DELIVERED", "UNCERTAIN"].includes(other.status));
    if (arrived.some((other) => other.carried.some((position) => delivery.carried.includes(position))))
      return "CONFLICT";
    const obstacle = this.obstacle({ ...conversation, held: false });
    if (obstacle !== null) return obstacle;
    if (!this.pending(conversation).some((position) => delivery.carried.includes(position))) return "NOTHING_PENDING";
    conversation.held = false;
    if (!delivery.frozen) delivery.address = conversation.visitor.address ?? "";
    Object.assign(delivery, { status: "QUEUED", attempts: 0, firstAttempt: null, nextAttempt: this.now });
    return null;
  }

  /** The due check. */
  check(): void {
    for (const conversation of this.conversations) {
      if (this.state(conversation) !== "WAITING") continue;
      const due = this.due(conversation);
      if (due !== null && due.at <= this.now) this.queue(conversation, due.trigger, due.at);
    }
  }

  queue(conversation: ModelConversation, trigger: string, dueAt: number): void {
    conversation.held = false;
    conversation.deliveries.push({
      status: "QUEUED",
      trigger,
      dueAt,
      address: conversation.visitor.address ?? "",
      carried: this.forwardable(conversation),
      frozen: false,
      attempts: 0,
      firstAttempt: null,
      nextAttempt: this.now,
      leaseUntil: null,
      lease: null,
    });
  }

  /** A worker claims the queued deliveries that may be sent now; those no longer wanted are cancelled. Returns the claimed. */
  claim(): { conversation: ModelConversation; delivery: ModelDelivery }[] {
    if (this.pausedAt !== null || this.now < this.throttledUntil) return [];
    const claimed: { conversation: ModelConversation; delivery: ModelDelivery }[] = [];
    for (const conversation of this.conversations) {
      const delivery = this.open(conversation);
      if (delivery?.status !== "QUEUED" || (delivery.nextAttempt ?? 0) > this.now) continue;
      const forwardable = this.forwardable(conversation);
      const wanted = delivery.frozen
        ? delivery.carried.some((position) => forwardable.includes(position))
        : forwardable.length > 0 && delivery.address === conversation.visitor.address;
      if (this.obstacle(conversation) !== null || !wanted) {
        this.cancel(conversation, delivery);
        continue;
      }
      if (!delivery.frozen) delivery.carried = forwardable;
      this.#leases += 1;
      Object.assign(delivery, {
        status: "SENDING",
        attempts: delivery.attempts + 1,
        firstAttempt: delivery.firstAttempt ?? this.now,
        nextAttempt: null,
        leaseUntil: this.now + minute,
        lease: this.#leases,
      });
      claimed.push({ conversation, delivery });
    }
    return claimed;
  }

  /** Expired leases: the delivery is sent again unchanged on an idempotent channel, otherwise it becomes UNCERTAIN. */
  reclaim(): void {
    for (const conversation of this.conversations) {
      const delivery = this.open(conversation);
      if (delivery?.status !== "SENDING" || (delivery.leaseUntil ?? 0) >= this.now) continue;
      delivery.frozen = true;
      if (this.idempotent) Object.assign(delivery, { status: "QUEUED", nextAttempt: this.now, lease: null });
      else this.finish(conversation, delivery, "UNCERTAIN");
    }
  }

  /** Records the results of attempts whose worker still holds the lease. */
  record(
    results: { conversation: ModelConversation; delivery: ModelDelivery; lease: number | null; result: ModelResult }[],
  ): void {
    const held = results.filter(({ delivery, lease }) => delivery.lease !== null && delivery.lease === lease);
    for (const { conversation, delivery, result } of held) {
      switch (result.outcome) {
        case "accepted":
          if (!this.suppressed.has(delivery.address)) this.softBounces.delete(delivery.address);
          this.finish(conversation, delivery, "SENT");
          break;
        case "rejected":
          if (result.bounce === "hard") this.suppressed.add(delivery.address);
          this.finish(conversation, delivery, "FAILED");
          break;
        case "uncertain":
          delivery.frozen = true;
          if (this.idempotent) this.tryAgain(conversation, delivery, 0);
          else this.finish(conversation, delivery, "UNCERTAIN");
          break;
        case "retry":
          if (result.bounce === "soft") this.countSoftBounce(delivery.address);
          if (result.code === "CREDENTIALS_INVALID") {
            this.pausedAt ??= this.now;
            Object.assign(delivery, { status: "QUEUED", nextAttempt: this.now, lease: null });
          } else this.tryAgain(conversation, delivery, result.afterMs ?? 0);
          if (result.code === "RATE_LIMITED" && result.afterMs !== undefined && delivery.status === "QUEUED") {
            this.throttledUntil = Math.max(this.throttledUntil, this.now + result.afterMs);
          }
          break;
      }
    }
  }

  private tryAgain(conversation: ModelConversation, delivery: ModelDelivery, afterMs: number): void {
    const since = delivery.firstAttempt ?? this.now;
    const pauses = this.pausedAt === null ? this.pauses : [...this.pauses, { from: this.pausedAt, to: this.now }];
    const paused = pauses.map((pause) => Math.max(0, pause.to - Math.max(pause.from, since)));
    const triedMs = this.now - since - paused.reduce((sum, length) => sum + length, 0);
    if (triedMs >= day) {
      this.finish(conversation, delivery, "FAILED");
      return;
    }
    const minutes = [1, 2, 4, 8][delivery.attempts - 1] ?? 15;
    Object.assign(delivery, {
      status: "QUEUED",
      nextAttempt: this.now + Math.max(minutes * minute, afterMs),
      lease: null,
    });
  }

  private countSoftBounce(address: string): void {
    const count = (this.softBounces.get(address) ?? 0) + 1;
    this.softBounces.set(address, count);
    if (count >= 5) this.suppressed.add(address);
  }

  resume(): void {
    if (this.pausedAt !== null) this.pauses.push({ from: this.pausedAt, to: this.now });
    this.pausedAt = null;
  }

  bounce(conversation: ModelConversation, delivery: ModelDelivery, bounce: "hard" | undefined): void {
    if (delivery.status !== "SENT" && delivery.status !== "DELIVERED") return;
    delivery.status = "BOUNCED";
    if (conversation.lastOutcome !== "UNCERTAIN") conversation.lastOutcome = "BOUNCED";
    if (bounce === "hard") this.suppressed.add(delivery.address);
    const remaining = conversation.deliveries.filter(
      (other) => other.status === "SENT" || other.status === "DELIVERED",
    );
    conversation.forwarded = Math.max(0, ...remaining.flatMap((other) => other.carried));
  }

  private finish(
    conversation: ModelConversation,
    delivery: ModelDelivery,
    status: "SENT" | "FAILED" | "UNCERTAIN",
  ): void {
    Object.assign(delivery, { status, nextAttempt: null, lease: null });
    conversation.lastOutcome = status;
    conversation.attempted = Math.max(conversation.attempted, ...delivery.carried);
    if (status === "SENT") conversation.forwarded = Math.max(conversation.forwarded, ...delivery.carried);
  }

  private cancel(conversation: ModelConversation, delivery: ModelDelivery): void {
    Object.assign(delivery, { status: "CANCELLED", nextAttempt: null });
    conversation.lastOutcome = "CANCELLED";
    // It may have arrived: it is not forwarded again automatically.
    if (delivery.frozen) conversation.attempted = Math.max(conversation.attempted, ...delivery.carried);
  }

  private cancelWithoutPending(conversation: ModelConversation): void {
    const open = this.open(conversation);
    if (open?.status === "QUEUED" && this.pending(conversation).length === 0) this.cancel(conversation, open);
  }

  /** A hold ends when nothing is pending. */
  endHolds(): void {
    for (const conversation of this.conversations) {
      if (this.pending(conversation).length === 0) conversation.held = false;
    }
  }
}
