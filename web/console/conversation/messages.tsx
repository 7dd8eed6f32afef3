import { Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { OutgoingMessage } from "../../client/chat-state.js";
import { MessageText } from "../../message/message-text.js";
import { Icon } from "../../theme/icon.js";
import { useConsole } from "../app/console.js";
import { Avatar } from "../parts/avatar.js";
import { fileSize } from "../parts/file-size.js";
import { Problem, SlowlyLoading } from "../parts/region.js";
import { clockTime, dayName } from "../parts/times.js";
import { inSentence, nameOf, replies } from "../parts/words.js";
import { groupTurns, type Turn } from "./group-turns.js";
import type { MessageFeed } from "./message-feed.js";
import type { Shown, ShownMessage } from "./shown.js";

/** From this far above the newest message, the list stays where it is. */
const nearEndPixels = 60;
const loadAbovePixels = 400;
/** An event of a message that is being sent is among so many newest ones. */
const outgoingShown = 3;
/** Longer texts are folded. */
const maxLines = 30;

export function Messages({ feed, conversation }: { readonly feed: MessageFeed; readonly conversation: Shown }) {
  const { clock, replies: written } = useConsole();
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const heightBefore = useRef(0);
  const messages = feed.messages.value;
  const { visitor, forwarding } = conversation;
  const shownIds = new Set(messages?.map(({ clientMessageId }) => clientMessageId));
  const echoed = new Set(messages?.slice(-outgoingShown).map(({ text }) => text));
  const outgoing = written.outgoing.value.filter(
    ({ conversationId, clientMessageId, text, status }) =>
      conversationId === conversation.id &&
      !shownIds.has(clientMessageId) &&
      // It is heard of before the server has answered.
      !(status === "sending" && echoed.has(text)),
  );
  const isPending = forwarding.state !== "NOTHING_PENDING";
  const turns = groupTurns(messages ?? [], {
    pendingReplies: isPending ? forwarding.pendingReplies : 0,
    leftAt: visitor.leftAt,
  });
  const announcement = useAnnouncement(messages);

  // New ones come into sight for those who are at the end; older ones do not move what is read.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    if (isAtEnd.current) box.scrollTop = box.scrollHeight;
    else if (box.scrollTop < loadAbovePixels) box.scrollTop += box.scrollHeight - heightBefore.current;
    heightBefore.current = box.scrollHeight;
  }, [messages, outgoing.length]);
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const watch = new ResizeObserver(() => {
      if (isAtEnd.current) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);
  const scroll = () => {
    const box = scroller.current;
    if (box === null) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < nearEndPixels;
    if (box.scrollTop < loadAbovePixels) {
      heightBefore.current = box.scrollHeight;
      void feed.loadEarlier();
    }
  };
  const leftAt = visitor.leftAt;
  const leftBefore = leftAt === null ? -1 : turns.findIndex(({ messages: [first] }) => (first?.sentAt ?? "") > leftAt);
  const left = leftAt !== null && turns.length > 0 && (
    <div class="fact">
      <Icon name="exit" />
      <span>
        <bdi>{visitor.name ?? "The visitor"}</bdi> left the website at {clockTime(leftAt)}
      </span>
    </div>
  );
  return (
    <div
      class="talk scroll"
      ref={scroller}
      onScroll={scroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys.
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label="Messages"
    >
      <div class="turns">
        {messages === null && feed.problem.value === null && <SlowlyLoading rows={4} />}
        {feed.problem.value !== null && <Problem problem={feed.problem.value} again={() => void feed.catchUp()} />}
        {feed.hasEarlier.value && (
          <button type="button" class="btn plain less earlier" onClick={() => void feed.loadEarlier()}>
            Earlier messages
          </button>
        )}
        {turns.map((turn, index) => (
          <Fragment key={turn.key}>
            {turn.day !== null && <div class="day">{dayName(turn.day, clock.now.peek())}</div>}
            {index === leftBefore && left}
            <TurnOf turn={turn} conversation={conversation} />
          </Fragment>
        ))}
        {leftBefore === -1 && left}
        {outgoing.map((message) => (
          <Outgoing key={message.clientMessageId} message={message} />
        ))}
        <TypingLine conversation={conversation} />
      </div>
      <p class="vh" aria-live="polite">
        {announcement}
      </p>
    </div>
  );
}

function TurnOf({ turn, conversation }: { readonly turn: Turn; readonly conversation: Shown }) {
  const { visitor } = conversation;
  const last = turn.messages.at(-1);
  if (last === undefined) return null;
  return (
    <div class={turn.isVisitors ? "turn in" : "turn out"}>
      {turn.isVisitors && <Avatar name={visitor.name} size="m" />}
      <div>
        {turn.messages.map((message) => (
          <Bubble key={message.id} message={message} isPending={turn.fate === "pending"} />
        ))}
        <div class="meta">
          {turn.isVisitors ? (
            <VisitorsLine message={last} visitor={visitor} />
          ) : (
            <>
              <bdi>{last.author.name}</bdi> · {clockTime(last.sentAt)}
              <FateOf turn={turn} conversation={conversation} />
            </>
          )}
        </div>
      </div>
    </div>
  );
}

function Bubble({ message, isPending }: { readonly message: ShownMessage; readonly isPending: boolean }) {
  const { text, attachments, unsentAt, editedAt } = message;
  const [isWhole, setWhole] = useState(false);
  const lines = text.split("\n");
  const isLong = lines.length > maxLines || text.length > maxLines * 90;
  if (unsentAt !== null) return <div class="msg gone">Taken back by its writer</div>;
  const shown =
    isWhole || !isLong
      ? text
      : `${lines
          .slice(0, maxLines)
          .join("\n")
          .slice(0, maxLines * 90)}…`;
  return (
    <div class={isPending ? "msg pending" : "msg"} dir="auto">
      {text !== "" && (
        <p>
          <MessageText text={shown} />
        </p>
      )}
      {isLong && (
        <button type="button" class="words-only" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show less" : "Show all"}
        </button>
      )}
      {attachments.map(({ id, name, contentType, sizeBytes, url }) => (
        <a key={id} class="att" href={url} target="_blank" rel="noreferrer" download={name}>
          <span class="ico">
            <Icon name={contentType.startsWith("image/") ? "image" : "file"} />
          </span>
          <span class="cut">
            <bdi class="cut">{name}</bdi>
            <small>{fileSize(sizeBytes)}</small>
          </span>
        </a>
      ))}
      {editedAt !== null && <small class="edited">edited {clockTime(editedAt)}</small>}
    </div>
  );
}

function VisitorsLine({
  message,
  visitor,
}: {
  readonly message: ShownMessage;
  readonly visitor: { readonly email: string | null };
}) {
  const { sentAt, via, sender, original } = message;
  return (
    <>
      {clockTime(sentAt)}
      {via.id !== "web" && <> · by {via.name.toLowerCase() === "email" ? "email" : via.name}</>}
      {sender !== null &&
        (sender.verified ? (
          <>
            {" · "}
            <span class="tone good">
              <Icon name="shield" />
              sender checked
            </span>
          </>
        ) : (
          <>
            {" · "}
            <span class="tone look">
              <Icon name="question" />
              {sender.explanation}
              {sender.address !== "" && sender.address !== visitor.email && (
                <>
                  {" "}
                  (<bdi>{sender.address}</bdi>)
                </>
              )}
            </span>
          </>
        ))}
      {original !== null && (
        <>
          {" · "}
          <a href={original.url} target="_blank" rel="noreferrer">
            Show original
          </a>
        </>
      )}
    </>
  );
}

/** What became of replies, or will. */
function FateOf({ turn, conversation }: { readonly turn: Turn; readonly conversation: Shown }) {
  const [first] = turn.messages;
  const { state, delivery } = conversation.forwarding;
  const count = turn.messages.length;
  switch (turn.fate) {
    case "forwarded":
      return (
        <>
          {" · "}
          <span class="tone good">
            <Icon name="mailOut" />
            <span>
              (forwarded to <bdi>{first?.forwardedTo}</bdi>)
            </span>
          </span>
        </>
      );
    case "read":
      return (
        <>
          {" · "}
          <span class="tone good">
            <Icon name="checks" />
            Read
          </span>
        </>
      );
    case "pending": {
      const [tone, icon, words] =
        state === "SENDING" && delivery?.status === "SENDING"
          ? (["way", "mailOut", "Sending"] as const)
          : state === "HELD"
            ? (["held", "pause", `${replies(count)} held`] as const)
            : state === "FAILED"
              ? (["bad", "alert", "Not sent"] as const)
              : state === "UNCERTAIN"
                ? (["look", "question", "Unclear if sent"] as const)
                : (["way", "clock", `${replies(count)} ${count === 1 ? "waits" : "wait"}`] as const);
      return (
        <>
          {" · "}
          <span class={`tone ${tone}`}>
            <Icon name={icon} />
            {words}
          </span>
        </>
      );
    }
    default:
      return null;
  }
}

/** A reply on its way to the server. */
function Outgoing({ message }: { readonly message: OutgoingMessage }) {
  const { replies: written, api } = useConsole();
  const { clientMessageId, text, attachments, status, problem } = message;
  return (
    <div class="turn out">
      <div>
        <div class="msg pending" dir="auto">
          {text !== "" && <p>{text}</p>}
          {attachments.map(({ id, name }) => (
            <span key={id} class="att">
              <span class="ico">
                <Icon name="file" />
              </span>
              <bdi class="cut">{name}</bdi>
            </span>
          ))}
        </div>
        <div class="meta">
          {status === "refused" ? (
            <>
              <span class="tone bad" role="alert">
                <Icon name="alert" />
                Not sent. {problem?.message}
              </span>
              <button type="button" onClick={() => written.edit(clientMessageId)}>
                Edit
              </button>
              <button type="button" onClick={() => written.discard(clientMessageId)}>
                Delete
              </button>
            </>
          ) : (
            <span class="tone idle">
              <Icon name="clock" />
              {api.isConnected.value ? "Sending" : "Waits for the connection"}
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

function TypingLine({ conversation }: { readonly conversation: Shown }) {
  const { typing, clock } = useConsole();
  const until = typing.value.get(conversation.id) ?? 0;
  if (until <= clock.now.value) return null;
  return (
    <div class="typing">
      <i />
      <i />
      <i />
      <span>
        <bdi>{nameOf(conversation.visitor)}</bdi> is writing
      </span>
    </div>
  );
}

/** What the visitor has just written, to be spoken once. */
function useAnnouncement(messages: readonly ShownMessage[] | null): string {
  const [spoken, setSpoken] = useState("");
  const newest = useRef<string | null>(null);
  useEffect(() => {
    const last = messages?.findLast(({ author }) => author.__typename === "Visitor");
    if (last === undefined || last.id === newest.current) return;
    const isFirst = newest.current === null;
    newest.current = last.id;
    if (!isFirst) setSpoken(`${inSentence(last.author)}: ${last.text.slice(0, 500)}`);
  }, [messages]);
  return spoken;
}
