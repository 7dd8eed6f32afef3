import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ChatError } from "../../client/request.js";
import { Icon } from "../../theme/icon.js";
import {
  forwardNow,
  holdForwarding,
  releaseForwarding,
  retryDelivery,
  settleDelivery,
  unblockVisitor,
  updateVisitor,
} from "../api/operations.js";
import { describeProblem, useConsole } from "../app/console.js";
import { useKeys } from "../app/use-keys.js";
import type { MessageFeed } from "../conversation/message-feed.js";
import type { Shown } from "../conversation/shown.js";
import { SignOf } from "../parts/chip.js";
import { Lazy } from "../parts/lazy.js";
import { whenDue } from "../parts/times.js";
import {
  actionWords,
  describeOutlook,
  type OutlookAction,
  type OutlookPart,
  speakOutlook,
} from "./describe-outlook.js";

type Form = "address" | "lift" | "preview" | "said";

const dialogs = () => import("./outlook-dialogs.js");
const emailView = () => import("../parts/email-view.js");

/** What becomes of the replies that the visitor has not seen, and what an agent can do about it. */
export function OutlookBar({
  conversation,
  feed,
  again,
}: {
  readonly conversation: Shown;
  readonly feed: MessageFeed;
  /** Reads the state again: it was another than what is shown. */
  readonly again: () => void;
}) {
  const { api, agent, channels, clock, router } = useConsole();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [form, setForm] = useState<Form | null>(null);
  const { id, visitor, channel, forwarding, lastMessage, replyWindowEndsAt } = conversation;
  const newestReply = feed.messages.value?.findLast(({ author }) => author.__typename !== "Visitor");
  const outlook = describeOutlook(forwarding, {
    ...{ visitor, channel, replyWindowEndsAt },
    lastMessage: lastMessage === null || newestReply === undefined ? lastMessage : newestReply,
    health: channels.value.find((one) => one.id === forwarding.channel?.id)?.health ?? null,
    isAdmin: agent.role === "ADMIN",
    now: clock.now.peek(),
  });
  const spoken = useSpoken(
    `${forwarding.state} ${forwarding.delivery?.status ?? ""} ${forwarding.pendingReplies}`,
    speakOutlook(outlook),
  );
  useEffect(() => {
    setRefusal(null);
    setForm(null);
  }, [id, forwarding.state]);

  const attempt = (action: () => Promise<unknown>): void => {
    if (isBusy) return;
    setBusy(true);
    setRefusal(null);
    const settled = () => {
      setBusy(false);
      again();
    };
    action().then(
      () => {
        setForm(null);
        settled();
      },
      (error: unknown) => {
        setRefusal(error instanceof ChatError ? describeProblem(error) : String(error));
        settled();
      },
    );
  };
  const delivery = forwarding.delivery;
  const act = (action: OutlookAction): void => {
    switch (action) {
      case "send-now":
      case "try-now":
        attempt(() => api.change(forwardNow, { id }));
        break;
      case "hold":
        attempt(() => api.change(holdForwarding, { id }));
        break;
      case "release":
        attempt(() => api.change(releaseForwarding, { id }));
        break;
      case "try-again":
      case "send-again":
        attempt(async () =>
          delivery === null ? api.change(forwardNow, { id }) : api.change(retryDelivery, { id: delivery.id }),
        );
        break;
      case "it-arrived":
        if (delivery !== null) attempt(() => api.change(settleDelivery, { id: delivery.id, arrived: true }));
        break;
      case "preview":
        setForm("preview");
        break;
      case "unblock":
        attempt(() => api.change(unblockVisitor, { id: visitor.id }));
        break;
      case "open-channels":
        router.go({ page: "channels" });
        break;
      case "preferences":
        router.go({ page: "preferences" });
        break;
      case "add-address":
      case "new-address":
        setForm("address");
        break;
      case "lift":
        setForm("lift");
        break;
      case "what-it-said":
        setForm("said");
        break;
    }
  };
  const { buttons } = outlook;
  useKeys({
    h: buttons.includes("hold") ? () => act("hold") : buttons.includes("release") ? () => act("release") : undefined,
    "Shift S": buttons.includes("send-now") ? () => act("send-now") : undefined,
  });
  if (form === "address") {
    return (
      <AddressForm
        {...{ refusal, isBusy }}
        cancel={() => setForm(null)}
        save={(email) => attempt(() => api.change(updateVisitor, { input: { visitorId: visitor.id, email } }))}
      />
    );
  }
  const isTimed = typeof outlook.sign !== "string";
  return (
    <section class={`outlook ${outlook.tone}`} aria-label="What becomes of the replies">
      <span class={isTimed ? "sign timed" : "sign"}>
        <SignOf sign={outlook.sign} now={isTimed ? clock.now.value : 0} size={isTimed ? 28 : 17} />
      </span>
      <div class="grow">
        <p>
          <Line parts={outlook.text} act={act} />
        </p>
        {refusal !== null ? (
          <p class="why refused" role="alert">
            {refusal}
          </p>
        ) : (
          outlook.why.length > 0 && (
            <p class="why">
              <Line parts={outlook.why} act={act} isDotted />
            </p>
          )
        )}
      </div>
      {buttons.length > 0 && (
        <div class="acts">
          {buttons.map((action) => (
            <button key={action} type="button" class="btn less" aria-disabled={isBusy} onClick={() => act(action)}>
              {actionWords[action]}
            </button>
          ))}
        </div>
      )}
      <p class="vh" role="status">
        {spoken}
      </p>
      {form === "preview" && (
        <Lazy
          load={emailView}
          source={{ kind: "preview", conversationId: id, preference: null }}
          close={() => setForm(null)}
        />
      )}
      {(form === "said" || form === "lift") && (
        <Lazy load={dialogs} kind={form} forwarding={forwarding} attempt={attempt} close={() => setForm(null)} />
      )}
    </section>
  );
}

/** Words with addresses, countdowns and buttons in them. */
function Line({
  parts,
  act,
  isDotted = false,
}: {
  readonly parts: readonly OutlookPart[];
  readonly act: (action: OutlookAction) => void;
  readonly isDotted?: boolean;
}) {
  return (
    <>
      {parts.map((part, index) => (
        <Fragment key={index}>
          {index > 0 && (isDotted ? "\u00a0· " : " ")}
          {typeof part === "string" ? (
            part
          ) : "address" in part ? (
            <b>
              <bdi>{part.address}</bdi>
            </b>
          ) : "due" in part ? (
            <Due at={part.due} />
          ) : (
            <button type="button" onClick={() => act(part.action)}>
              {actionWords[part.action]}
            </button>
          )}
        </Fragment>
      ))}
    </>
  );
}

/** "in 4:10", "at 14:37", "any moment": never less than nothing. */
function Due({ at }: { readonly at: string }) {
  const { clock } = useConsole();
  const now = clock.now.value;
  if (Date.parse(at) <= now) return <b class="when">any moment</b>;
  const { word, time } = whenDue(at, now);
  return (
    <>
      {word}{" "}
      <b class="when num" aria-hidden={word === "in"}>
        {time}
      </b>
    </>
  );
}

function AddressForm({
  refusal,
  isBusy,
  cancel,
  save,
}: {
  readonly refusal: string | null;
  readonly isBusy: boolean;
  readonly cancel: () => void;
  readonly save: (email: string) => void;
}) {
  const [email, setEmail] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      class="outlook look"
      aria-label="The visitor's address"
      // The server says better what is wrong.
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (email.trim() !== "") save(email.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") cancel();
      }}
    >
      <span class="sign">
        <Icon name="userNone" size={17} />
      </span>
      <div class="grow">
        <input
          ref={field}
          class="input"
          type="email"
          maxLength={254}
          aria-label="Email address of the visitor"
          aria-invalid={refusal !== null}
          aria-describedby="address-hint"
          value={email}
          onInput={({ currentTarget }) => setEmail(currentTarget.value)}
        />
        <p
          class={refusal === null ? "why" : "why refused"}
          id="address-hint"
          role={refusal === null ? undefined : "alert"}
        >
          {refusal ?? "The replies go there unless they are read first"}
        </p>
      </div>
      <div class="acts">
        <button type="button" class="btn less" onClick={cancel}>
          Cancel
        </button>
        <button type="submit" class="btn less primary" aria-disabled={isBusy}>
          Add
        </button>
      </div>
    </form>
  );
}

/** Speaks when the state changes, not when a second has passed nor when the page opens. */
function useSpoken(state: string, words: string): string {
  const [spoken, setSpoken] = useState("");
  const before = useRef(state);
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    setSpoken(words);
  }, [state]);
  return spoken;
}
