import type { TargetedClipboardEvent, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Upload } from "../../client/chat-state.js";
import { Icon } from "../../theme/icon.js";
import { reopenConversation, setTyping } from "../api/operations.js";
import { useConsole } from "../app/console.js";
import { useKeys } from "../app/use-keys.js";
import { fileSize } from "../parts/file-size.js";
import { Menu } from "../parts/menu.js";
import { nameOf } from "../parts/words.js";
import type { MessageFeed } from "./message-feed.js";
import type { Afterwards } from "./replies.js";
import type { Shown } from "./shown.js";

const maxFieldPixels = 240;
const typingEveryMs = 3_000;
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const control = isMac ? "⌘" : "Ctrl";

/** Where a reply is written. */
export function Composer({ conversation, feed }: { readonly conversation: Shown; readonly feed: MessageFeed }) {
  const { api, replies, website, attempt } = useConsole();
  const { id, visitor, status, channel } = conversation;
  const field = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const typedAt = useRef(0);
  const [isDropping, setDropping] = useState(false);
  const text = replies.draftOf(id);
  const uploads = replies.uploadsOf(id);
  const other = useOtherAnswer(feed, text !== "");
  const { maxMessageLength: max } = website;
  const isTooLong = text.length > max && [...text].length > max;
  const isUploading = uploads.some(({ status: one }) => one === "uploading" || one === "waiting");
  const hasFiles = uploads.some(({ status: one }) => one === "done");
  const canSend = !isTooLong && !isUploading && (text.trim() !== "" || hasFiles);

  useKeys({ r: () => field.current?.focus() });
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) field.current?.focus({ preventScroll: true });
  }, [id]);
  useLayoutEffect(() => {
    const box = field.current;
    if (box === null) return;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, maxFieldPixels)}px`;
  }, [text]);

  if (status === "CLOSED") {
    return (
      <div class="tools closed">
        <p class="quiet small grow">This conversation is closed.</p>
        <button
          type="button"
          class="btn less"
          onClick={() => void attempt(() => api.change(reopenConversation, { id }))}
        >
          Reopen
        </button>
      </div>
    );
  }
  const send = (afterwards: Afterwards = "nothing") => {
    if (!canSend) return;
    // Who has not seen yet what a colleague has just answered sees it first.
    if (other.name !== null && !other.wasTold()) return;
    other.clear();
    replies.send(id, afterwards);
    field.current?.focus();
  };
  const press = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    if (event.isComposing) return;
    if (event.key === "Escape") return event.currentTarget.blur();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    send(event.shiftKey && channel.policy !== "IMMEDIATE" ? "email" : "nothing");
  };
  const input = (value: string) => {
    replies.setDraft(id, value);
    const now = performance.now();
    if (value === "" || now - typedAt.current < typingEveryMs) return;
    typedAt.current = now;
    // Whether the visitor sees that somebody writes is not worth a message of its own.
    api.change(setTyping, { conversationId: id }).catch(() => {});
  };
  const paste = (event: TargetedClipboardEvent<HTMLTextAreaElement>) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    replies.attach(id, files);
  };
  return (
    <form
      class={isDropping ? "composer dropping" : "composer"}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        replies.attach(id, event.dataTransfer?.files ?? []);
      }}
    >
      {other.name !== null && (
        <p class="told" role="alert">
          <Icon name="users" />
          <span class="grow">
            <bdi>{other.name}</bdi> has just answered. Look before you send.
          </span>
          <button type="button" class="btn less" onClick={other.clear}>
            I have seen it
          </button>
        </p>
      )}
      <textarea
        id="composer"
        ref={field}
        rows={2}
        dir="auto"
        aria-label={`Write to ${nameOf(visitor)}`}
        placeholder={`Write to ${nameOf(visitor)}…`}
        value={text}
        aria-invalid={isTooLong}
        aria-describedby={isTooLong ? "too-long" : undefined}
        onInput={({ currentTarget }) => input(currentTarget.value)}
        onKeyDown={press}
        onPaste={paste}
      />
      {uploads.length > 0 && (
        <ul class="files">
          {uploads.map((upload) => (
            <File key={upload.id} upload={upload} remove={() => replies.detach(id, upload.id)} />
          ))}
        </ul>
      )}
      {isTooLong && (
        <p class="error" id="too-long" role="alert">
          <Icon name="alert" />
          At most {max.toLocaleString("en")} characters; these are {[...text].length.toLocaleString("en")}.
        </p>
      )}
      <div class="tools">
        <button
          type="button"
          class="btn plain icon less"
          aria-label="Attach a file"
          title="Attach a file"
          onClick={() => picker.current?.click()}
        >
          <Icon name="clip" />
        </button>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={({ currentTarget }) => {
            replies.attach(id, currentTarget.files ?? []);
            currentTarget.value = "";
          }}
        />
        <span class="tip">{control} Enter</span>
        <span class="split">
          <button type="submit" class="btn primary less" aria-disabled={!canSend}>
            Reply
          </button>
          <Menu
            label="More ways to reply"
            className="btn primary less"
            up
            items={[
              { words: "Reply", icon: "reply", keys: `${control} Enter`, act: () => send() },
              ...(channel.policy === "IMMEDIATE"
                ? []
                : [
                    {
                      words: "Reply and email now",
                      icon: "mailOut" as const,
                      keys: `${control} Shift Enter`,
                      act: () => send("email"),
                    },
                  ]),
              { words: "Reply and close", icon: "check", act: () => send("close") },
            ]}
          >
            <Icon name="down" />
          </Menu>
        </span>
      </div>
    </form>
  );
}

const reasons: Readonly<Record<string, string>> = {
  type: "This kind of file is not accepted",
  "too-many": "Too many files at once: wait a little",
  other: "This file could not be sent",
};

function File({ upload, remove }: { readonly upload: Upload; readonly remove: () => void }) {
  const { website } = useConsole();
  const { name, sizeBytes, progress, status, problem } = upload;
  const why =
    problem === null
      ? null
      : problem.reason === "too-large"
        ? `Larger than ${fileSize(website.maxAttachmentBytes)}`
        : reasons[problem.reason];
  return (
    <li class={problem === null ? "" : "bad"}>
      <Icon name={problem === null ? "file" : "alert"} />
      <bdi class="cut">{name}</bdi>
      <small>{why ?? (status === "waiting" ? "Waits for the connection" : fileSize(sizeBytes))}</small>
      {status === "uploading" && <progress max={1} value={progress} aria-label={name} />}
      <button type="button" class="btn plain icon less" aria-label={`Remove ${name}`} onClick={remove}>
        <Icon name="cross" />
      </button>
    </li>
  );
}

/** The colleague who answered while this agent was writing. */
function useOtherAnswer(feed: MessageFeed, isWriting: boolean) {
  const { agent } = useConsole();
  const [name, setName] = useState<string | null>(null);
  const wasTold = useRef(false);
  const known = useRef<number | null>(null);
  const messages = feed.messages.value;
  useEffect(() => {
    if (messages === null) return;
    const before = known.current;
    known.current = messages.length;
    const last = messages.at(-1);
    if (before === null || messages.length <= before || last === undefined || !isWriting) return;
    const { author } = last;
    if (author.__typename !== "Agent" || author.id === agent.id) return;
    wasTold.current = false;
    setName(author.name ?? "A colleague");
  }, [messages]);
  return {
    name,
    /** Whether sending was tried since: the first time only tells. */
    wasTold: () => {
      const before = wasTold.current;
      wasTold.current = true;
      return before;
    },
    clear: () => setName(null),
  };
}
