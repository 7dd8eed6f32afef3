import { useComputed } from "@preact/signals";
import { useQuery } from "@urql/preact";
import { Icon } from "../../theme/icon.js";
import type { RowPartsFragment } from "../api/operations.generated.js";
import { conversationRow } from "../api/operations.js";
import { useConsole } from "../app/console.js";
import { Avatar } from "../parts/avatar.js";
import { Chip } from "../parts/chip.js";
import { shortAge } from "../parts/times.js";
import { nameOf } from "../parts/words.js";
import { describeChip } from "./describe-chip.js";

const channelIcons: Readonly<Record<string, "bubble" | "camera" | "mail" | "plane" | "hook">> = {
  messenger: "bubble",
  instagram: "camera",
  email: "mail",
  telegram: "plane",
  webhook: "hook",
};
const minuteMs = 60_000;

/** `top`: where it stands in a list of which only a part is drawn; null: after the one before. */
export function ConversationRow({
  row: read,
  href,
  isOpen,
  top,
}: {
  readonly row: RowPartsFragment;
  readonly href: string;
  readonly isOpen: boolean;
  readonly top: number | null;
}) {
  const { clock, agent, typing } = useConsole();
  // With what the agent has just done, before the server has answered.
  const [{ data }] = useQuery({ query: conversationRow, variables: { id: read.id }, requestPolicy: "cache-only" });
  const row = data?.conversation ?? read;
  // The list is calm: it changes with the minutes.
  const minute = useComputed(() => Math.floor(clock.now.value / minuteMs) * minuteMs);
  const typingUntil = useComputed(() => (typing.value.get(row.id) ?? 0) > clock.now.value);
  const now = Math.max(minute.value, clock.now.peek());
  const { visitor, lastMessage, assignee, unreadByAgents } = row;
  const chip = describeChip(row, now);
  const via = channelIcons[row.channel.id];
  return (
    <li style={top === null ? undefined : { transform: `translateY(${top}px)` }}>
      <a href={href} aria-current={isOpen ? "true" : undefined} class={unreadByAgents > 0 ? "unread" : ""}>
        <Avatar name={visitor.name} online={visitor.online} />
        <div class="grow">
          <div class="who">
            <bdi class="cut" title={nameOf(visitor)}>
              {nameOf(visitor)}
            </bdi>
            {via !== undefined && (
              <span class="via" title={row.channel.name}>
                <Icon name={via} size={13} />
              </span>
            )}
            <time dateTime={row.lastActivityAt}>{shortAge(row.lastActivityAt, now)}</time>
          </div>
          <div class="what">
            <span class="cut grow">
              {typingUntil.value ? (
                "Writing…"
              ) : lastMessage === null ? (
                ""
              ) : (
                <LastMessage message={lastMessage} viewer={agent.id} />
              )}
            </span>
            {unreadByAgents > 0 && (
              <span class="badge">
                {unreadByAgents}
                <span class="vh"> unread</span>
              </span>
            )}
          </div>
          <div class="fate">
            {chip !== null && (
              <Chip tone={chip.tone} sign={chip.sign} isBare={chip.isBare} now={clock.now}>
                {chip.words}
              </Chip>
            )}
            {assignee !== null && (
              <span class="to" title={`Assigned to ${assignee.name}`}>
                <Avatar name={assignee.name} size="s" />
                <span class="vh">Assigned to {assignee.name}</span>
              </span>
            )}
          </div>
        </div>
      </a>
    </li>
  );
}

function LastMessage({
  message,
  viewer,
}: {
  readonly message: NonNullable<RowPartsFragment["lastMessage"]>;
  readonly viewer: string;
}) {
  const { author, text, attachments, unsentAt } = message;
  const by =
    author.__typename === "Visitor"
      ? ""
      : author.__typename === "Agent" && author.id === viewer
        ? "You: "
        : `${author.name ?? "Colleague"}: `;
  const words =
    unsentAt !== null
      ? "Taken back by its writer"
      : text.slice(0, 200) || attachments.map(({ name }) => name).join(", ");
  return (
    <>
      {by}
      <bdi>{words}</bdi>
    </>
  );
}
