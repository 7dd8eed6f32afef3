import type { ComponentChildren } from "preact";
import { Icon } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";
import type { DeliveryPartsFragment } from "../api/operations.generated.js";
import { useConsole } from "../app/console.js";
import type { Shown } from "../conversation/shown.js";
import { dayAndTime, duration, exactTime } from "../parts/times.js";
import { replies, triggerWords } from "../parts/words.js";

const icons: Readonly<Record<string, IconName>> = {
  VISITOR_LEFT: "exit",
  INACTIVITY: "clock",
  AGENTS_OFFLINE: "moon",
  IMMEDIATE: "bolt",
  REQUESTED: "user",
};

/** When the replies go, and why; once they have gone, when they went. */
export function TriggerPlan({
  conversation,
  deliveries,
}: {
  readonly conversation: Shown;
  readonly deliveries: readonly DeliveryPartsFragment[];
}) {
  const { clock } = useConsole();
  const { forwarding, visitor } = conversation;
  const now = clock.now.peek();
  const { triggers, state } = forwarding;
  if (triggers.length > 0 && state !== "SENDING") {
    const isPlanned = state === "WAITING" || state === "ADDRESS_UNPROVEN";
    return (
      <section>
        <h2>{isPlanned ? "When this goes, and why" : "When this would go, and why"}</h2>
        <ol class="plan">
          {triggers.map(({ trigger, dueAt, since, delaySeconds }, index) => (
            <li key={trigger} class={index === 0 && dueAt !== null && isPlanned ? "first" : ""}>
              <Icon name={icons[trigger] ?? "clock"} />
              <b>{triggerWords[trigger]}</b>
              <time class={dueAt === null ? "quiet" : ""}>{dueAt === null ? "–" : dayAndTime(dueAt, now)}</time>
              <small>{whyThen({ trigger, dueAt, since, delaySeconds }, visitor.online, now)}</small>
            </li>
          ))}
        </ol>
      </section>
    );
  }
  const [last] = deliveries;
  if (last?.sentAt == null) return null;
  const isRead = conversation.lastMessage?.author.__typename === "Visitor" || conversation.lastMessage?.read === true;
  return (
    <section>
      <h2>When this went, and why</h2>
      <ol class="plan">
        <Step
          icon={icons[last.trigger] ?? "clock"}
          title={`Due: ${(triggerWords[last.trigger] ?? "").toLowerCase()}`}
          time={exactTime(last.dueAt)}
        >
          {last.late ? "Late" : dayAndTime(last.dueAt, now)}
        </Step>
        <Step
          isDone
          icon="checkRound"
          title={`Sent by ${last.channel.id === "email" ? "email" : last.channel.name}`}
          time={exactTime(last.sentAt)}
        >
          {last.kind === "FULL_TRANSCRIPT" ? "The transcript" : replies(last.messages.length)}
        </Step>
        <Step icon={isRead ? "checks" : "clock"} title="Read or answered" time={isRead ? "" : "–"}>
          {isRead ? "Yes" : "Not yet"}
        </Step>
      </ol>
    </section>
  );
}

function Step({
  icon,
  title,
  time,
  isDone = false,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly time: string;
  readonly isDone?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <li class={isDone ? "done" : ""}>
      <Icon name={icon} />
      <b>{title}</b>
      <time>{time}</time>
      <small>{children}</small>
    </li>
  );
}

function whyThen(
  { trigger, dueAt, since, delaySeconds }: Shown["forwarding"]["triggers"][number],
  isOnline: boolean,
  now: number,
): string {
  const plus = `plus ${duration(delaySeconds)}`;
  switch (trigger) {
    case "VISITOR_LEFT":
      return since === null ? "Not while the visitor is on the website" : `Left at ${dayAndTime(since, now)}, ${plus}`;
    case "INACTIVITY":
      return since === null
        ? `${duration(delaySeconds)} without activity`
        : `No activity since ${dayAndTime(since, now)}, ${plus}${isOnline ? ", page open or not" : ""}`;
    default:
      if (dueAt === null && since === null) return "Not while an agent is online";
      return since === null ? "No agent is online" : `No agent is online since ${dayAndTime(since, now)}`;
  }
}
