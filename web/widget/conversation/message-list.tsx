import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Attachment, OutgoingMessage } from "../../client/client.js";
import { MessageText } from "../../message/message-text.js";
import { Avatar } from "../parts/avatar.js";
import { Icon, type IconName } from "../parts/icon.js";
import { useWidget } from "../widget.js";
import { AwayNotice } from "./away-notice.js";
import { ContactForm } from "./contact-form.js";
import type { Question } from "./decide-question.js";
import { groupMessages, type Mark, type MessageGroup, outgoingOf } from "./group-messages.js";
import { useReading } from "./use-reading.js";

/** A reader this close to the end wants to see what comes next. */
const nearEndPixels = 60;

/** The messages, with what is under them. It stays at the end, unless the visitor has scrolled up. */
export function MessageList({ question }: { readonly question: Question | null }) {
  const { chat, state, texts } = useWidget();
  const { open, outbox } = state.value;
  const scroll = useRef<HTMLDivElement>(null);
  const end = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const heightBefore = useRef(0);
  const [unseen, setUnseen] = useState(0);
  const messages = open?.messages ?? [];
  // A key press must not draw hundreds of messages again.
  const groups = useMemo(
    () => groupMessages(messages).map((group) => <Group key={group.key} group={group} />),
    [messages],
  );
  const outgoing = open === null ? [] : outgoingOf(outbox, open);
  const first = messages[0]?.id;
  const firstBefore = useRef(first);
  const countBefore = useRef(messages.length);
  useReading(scroll, end);

  useLayoutEffect(() => {
    const box = scroll.current;
    if (box === null) return;
    const added = messages.length - countBefore.current;
    const isEarlierPage = firstBefore.current !== undefined && firstBefore.current !== first;
    // Earlier messages appear above what is being read, which stays where it is.
    if (isEarlierPage && !isAtEnd.current) box.scrollTop += box.scrollHeight - heightBefore.current;
    else if (isAtEnd.current || outgoing.length > 0) box.scrollTop = box.scrollHeight;
    else if (added > 0) setUnseen((count) => count + added);
    heightBefore.current = box.scrollHeight;
    firstBefore.current = first;
    countBefore.current = messages.length;
  }, [messages, outgoing.length, question?.kind, open?.typing]);

  // What grows above, such as the keyboard of a phone, must not hide the end.
  useEffect(() => {
    const box = scroll.current;
    if (box === null) return;
    const observer = new ResizeObserver(() => {
      if (isAtEnd.current) box.scrollTop = box.scrollHeight;
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  // What cannot be read now is read by the next scrolling.
  const loadEarlier = () => void chat.loadEarlier().catch(() => {});
  const scrolled = () => {
    const box = scroll.current;
    if (box === null) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < nearEndPixels;
    if (isAtEnd.current) setUnseen(0);
    if (box.scrollTop < 200) loadEarlier();
  };
  const toEnd = () => end.current?.scrollIntoView({ block: "end", behavior: "smooth" });

  return (
    <div class="stretch">
      <div
        class="scroll flow"
        ref={scroll}
        onScroll={scrolled}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who has only keys must be able to scroll.
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={texts.t("messages")}
      >
        {open?.hasEarlier && (
          <button type="button" class="plain" disabled={open.isLoading} onClick={loadEarlier}>
            {texts.t("earlier")}
          </button>
        )}
        {open?.isLoading && messages.length === 0 && <Loading />}
        {groups}
        {outgoing.length > 0 && <Outgoing messages={outgoing} />}
        {open?.typing != null && <Typing name={open.typing} />}
        {question?.kind === "form" && <ContactForm question={question} />}
        {(question?.kind === "email" || question?.kind === "opted-out") && <AwayNotice notice={question} />}
        <div ref={end} />
      </div>
      {unseen > 0 && (
        <button type="button" class="pill" onClick={toEnd}>
          <Icon name="down" />
          {texts.t("newReplies", { count: unseen })}
        </button>
      )}
    </div>
  );
}

function Group({ group }: { readonly group: MessageGroup }) {
  const { texts } = useWidget();
  return (
    <>
      {group.moment !== null && <div class="when">{texts.moment(group.moment, new Date())}</div>}
      <div class={group.isOwn ? "say me" : "say"}>
        {!group.isOwn && <Avatar name={group.name ?? "?"} size="m" />}
        <div>
          <div class={group.isNamed ? "name" : "vh"} dir="auto">
            {group.isOwn ? texts.t("you") : group.name}
          </div>
          {group.messages.map((message) => (
            <div key={message.id} class="message">
              {message.unsentAt !== null ? (
                <p class="taken">{texts.t("takenBack")}</p>
              ) : (
                message.text !== "" && (
                  <p dir="auto">
                    <MessageText text={message.text} />
                  </p>
                )
              )}
              {message.attachments.map((attachment) => (
                <File key={attachment.id} attachment={attachment} />
              ))}
              {message.editedAt !== null && message.unsentAt === null && <Note icon={null} words={texts.t("edited")} />}
            </div>
          ))}
          {group.mark !== null && <MarkNote mark={group.mark} />}
        </div>
      </div>
    </>
  );
}

function MarkNote({ mark }: { readonly mark: Mark }) {
  const { texts } = useWidget();
  if ("at" in mark) return <Note icon="mail" words={texts.t(mark.kind, { time: texts.time(mark.at) })} />;
  return <Note icon={mark.kind === "sent" ? "check" : null} words={texts.t(mark.kind)} />;
}

function Note({ icon, words }: { readonly icon: IconName | null; readonly words: string }) {
  return (
    <div class="note">
      {icon !== null && <Icon name={icon} />}
      {words}
    </div>
  );
}

function File({ attachment }: { readonly attachment: Attachment }) {
  const { texts } = useWidget();
  const { name, contentType, sizeBytes, url } = attachment;
  return (
    <a class="att" href={url} target="_blank" rel="noreferrer" download={name}>
      <span class="ico">
        <Icon name={contentType.startsWith("image/") ? "image" : "file"} />
      </span>
      <span class="grow">
        <span class="cut" dir="auto">
          {name}
        </span>
        <small>{texts.size(sizeBytes)}</small>
      </span>
    </a>
  );
}

function Outgoing({ messages }: { readonly messages: readonly OutgoingMessage[] }) {
  const { chat, state, texts, draft } = useWidget();
  const isOnline = state.value.connection === "online";
  const lastWaiting = messages.findLast(({ status }) => status === "waiting" || status === "sending");
  return (
    <div class="say me">
      <div>
        {messages.map((message) => (
          <div key={message.clientMessageId} class="message">
            {message.text !== "" && (
              <p dir="auto" class="later">
                <MessageText text={message.text} />
              </p>
            )}
            {message.attachments.map(({ id, name }) => (
              <span key={id} class="att">
                <span class="ico">
                  <Icon name="file" />
                </span>
                <span class="cut">{name}</span>
              </span>
            ))}
            {message.status === "refused" && (
              <div class="note" role="alert">
                <span class="bad tone">
                  <Icon name="alert" />
                  {texts.t("notSent")}
                </span>
                <button
                  type="button"
                  class="text"
                  onClick={() => {
                    draft.value = message.text;
                    chat.discardOutgoing(message.clientMessageId);
                  }}
                >
                  {texts.t("edit")}
                </button>
                <button type="button" class="text" onClick={() => chat.discardOutgoing(message.clientMessageId)}>
                  {texts.t("delete")}
                </button>
              </div>
            )}
            {message === lastWaiting && !isOnline && <Note icon="clock" words={texts.t("waits")} />}
          </div>
        ))}
      </div>
    </div>
  );
}

function Typing({ name }: { readonly name: string }) {
  const { texts } = useWidget();
  const words = name === "" ? texts.t("someoneTyping") : texts.t("typing", { name });
  return (
    <div class="say">
      <Avatar name={name} size="m" />
      <span class="typing" role="status">
        <i />
        <i />
        <i />
        <span>{words}</span>
      </span>
    </div>
  );
}

/** Seen only if it takes longer than a moment. */
export function Loading() {
  return (
    <div class="loading" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}
