import { useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";
import type { DeliveryPartsFragment } from "../api/operations.generated.js";
import { unblockVisitor, updateVisitor } from "../api/operations.js";
import { useConsole } from "../app/console.js";
import { addressOf } from "../app/route.js";
import type { Shown } from "../conversation/shown.js";
import { Avatar } from "../parts/avatar.js";
import { Dialog } from "../parts/dialog.js";
import { shortAge } from "../parts/times.js";
import { cityOf, inSentence, nameOf, replies } from "../parts/words.js";
import { blockVisitor, eraseVisitor, revokeResumeCodes, visitorsPast } from "./operations.js";
import { TriggerPlan } from "./trigger-plan.js";

const sources: Readonly<Record<string, string>> = {
  AGENT: "Entered by an agent",
  CHAT: "Written in the chat",
  FORM: "From the contact form",
  IDENTITY: "Signed by the website",
};

/** Who the visitor is, when the replies go and why, what went before. */
export function Part({ conversation, close }: { readonly conversation: Shown; readonly close: () => void }) {
  const { api, agent, attempt, clock, notice, router } = useConsole();
  const [dialog, setDialog] = useState<"erase" | "edit" | null>(null);
  const { id, visitor } = conversation;
  const [{ data }, read] = useQuery({
    query: visitorsPast,
    variables: { conversationId: id },
    requestPolicy: "cache-and-network",
  });
  useEffect(() => {
    const again = () => read({ requestPolicy: "network-only" });
    const stops = [
      api.on("deliveryUpdated", (delivery) => {
        if (delivery.conversation.id === id) again();
      }),
      api.on("connected", again),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [id]);
  const deliveries = data?.deliveries.nodes ?? [];
  const earlier = data?.conversation?.visitor.conversations.nodes.filter((other) => other.id !== id) ?? [];
  const route = router.route.value;
  const now = clock.now.value;
  const facts: readonly (readonly [string, preact.ComponentChildren])[] = [
    ["Address", visitor.emailSource === null ? "None" : (sources[visitor.emailSource] ?? "")],
    ...(visitor.addressProof === null
      ? []
      : [["Proven", visitor.addressProof.state === "PROVEN" ? "Yes" : "Not yet: the visitor only typed it"] as const]),
    ...(visitor.addresses
      ?.filter(({ channel }) => channel.id !== "email")
      .map(({ channel, address }) => [channel.name, <bdi>{address}</bdi>] as const) ?? []),
    ...(visitor.timeZone === null ? [] : [["Local time", localTime(visitor.timeZone, now)] as const]),
    ...(visitor.locale === null ? [] : [["Language", languageName(visitor.locale)] as const]),
    ...(visitor.page === null ? [] : [["Page", <PageLink page={visitor.page} />] as const]),
    ["Opted out", visitor.optedOut ? "Yes, of all email" : conversation.optedOut ? "Of this conversation" : "No"],
  ];
  return (
    <aside class="pane visitor" aria-label="Visitor">
      <div class="side scroll">
        <div class="person">
          <Avatar name={visitor.name} size="l" online={visitor.online} />
          <div class="grow">
            <b class="cut" title={nameOf(visitor)}>
              <bdi>{nameOf(visitor)}</bdi>
            </b>
            {visitor.email !== null && (
              <span class="row quiet email">
                <bdi class="cut" title={visitor.email}>
                  {visitor.email}
                </bdi>
                <button
                  type="button"
                  class="words-only"
                  aria-label="Copy the address"
                  title="Copy the address"
                  onClick={() => {
                    void navigator.clipboard?.writeText(visitor.email ?? "").then(() => {
                      notice.value = { words: "Copied.", isBad: false };
                    });
                  }}
                >
                  <Icon name="copy" size={14} />
                </button>
              </span>
            )}
          </div>
          <button
            type="button"
            class="btn plain icon less"
            aria-label="Edit"
            title="Edit"
            onClick={() => setDialog("edit")}
          >
            <Icon name="edit" />
          </button>
          <button type="button" class="btn plain icon less narrow-only" aria-label="Close the panel" onClick={close}>
            <Icon name="cross" />
          </button>
        </div>
        {visitor.blockedAt !== null && (
          <p class="chip bad">
            <Icon name="ban" />
            Blocked {visitor.blockedBy === null ? "" : `by ${visitor.blockedBy.name}`}
          </p>
        )}
        <TriggerPlan conversation={conversation} deliveries={deliveries} />
        <section>
          <h2>Visitor</h2>
          <dl class="facts">
            {facts.map(([term, value]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
        {deliveries.length > 0 && (
          <section>
            <h2>
              Emails <span class="quiet num">{deliveries.length}</span>
            </h2>
            <ul class="mails">
              {deliveries.map((delivery) => (
                <Mail key={delivery.id} delivery={delivery} now={now} />
              ))}
            </ul>
          </section>
        )}
        {earlier.length > 0 && (
          <section>
            <h2>
              Earlier conversations <span class="quiet num">{earlier.length}</span>
            </h2>
            <ul class="mails">
              {earlier.map((other) => (
                <li key={other.id}>
                  <Icon name="bubble" />
                  <a
                    class="cut"
                    href={addressOf({
                      page: "inbox",
                      view: route.page === "inbox" ? route.view : "open",
                      id: other.id,
                      search: "",
                    })}
                  >
                    <bdi>{other.lastMessage?.text.slice(0, 100) || "Conversation"}</bdi>
                  </a>
                  <time dateTime={other.lastActivityAt}>{shortAge(other.lastActivityAt, now)}</time>
                </li>
              ))}
            </ul>
          </section>
        )}
        <div class="last">
          <button
            type="button"
            class="btn less plain"
            onClick={() =>
              void attempt(async () => {
                await api.change(revokeResumeCodes, { id });
                notice.value = { words: "Links in emails about this conversation do not work any more.", isBad: false };
              })
            }
          >
            <Icon name="link" />
            Stop links in emails
          </button>
          <button
            type="button"
            class="btn less plain"
            onClick={() =>
              void attempt(async () =>
                visitor.blockedAt === null
                  ? api.change(blockVisitor, { id: visitor.id })
                  : api.change(unblockVisitor, { id: visitor.id }),
              )
            }
          >
            <Icon name="ban" />
            {visitor.blockedAt === null ? "Block visitor" : "Unblock visitor"}
          </button>
          {agent.role === "ADMIN" && (
            <button type="button" class="btn less plain danger" onClick={() => setDialog("erase")}>
              <Icon name="userNone" />
              Erase visitor…
            </button>
          )}
        </div>
      </div>
      {dialog === "edit" && <EditVisitor conversation={conversation} close={() => setDialog(null)} />}
      {dialog === "erase" && (
        <Dialog title={`Erase ${inSentence(visitor)}?`} close={() => setDialog(null)}>
          <p>
            Name, addresses and messages, and the replies to them, are deleted for good. Queued emails are cancelled.
          </p>
          <div class="acts">
            <button type="button" class="btn" onClick={() => setDialog(null)}>
              Cancel
            </button>
            <button
              type="button"
              class="btn danger"
              onClick={() => {
                setDialog(null);
                void attempt(() => api.change(eraseVisitor, { id: visitor.id }));
              }}
            >
              Erase
            </button>
          </div>
        </Dialog>
      )}
    </aside>
  );
}

const statusSigns: Readonly<Record<DeliveryPartsFragment["status"], readonly [string, IconName, string]>> = {
  QUEUED: ["way", "clock", "queued"],
  SENDING: ["way", "mailOut", "being sent"],
  SENT: ["good", "check", "sent"],
  DELIVERED: ["good", "checkRound", "delivered"],
  BOUNCED: ["bad", "ban", "came back"],
  FAILED: ["bad", "alert", "not sent"],
  UNCERTAIN: ["look", "question", "unclear if sent"],
  CANCELLED: ["idle", "crossRound", "cancelled"],
};
const triggerNames: Readonly<Record<string, string>> = {
  AGENTS_OFFLINE: "No agent was online",
  IMMEDIATE: "At once",
  INACTIVITY: "No activity",
  REQUESTED: "Sent by an agent",
  VISITOR_LEFT: "Visitor left",
};

function Mail({ delivery, now }: { readonly delivery: DeliveryPartsFragment; readonly now: number }) {
  const [tone, icon, words] = statusSigns[delivery.status];
  const at = delivery.deliveredAt ?? delivery.sentAt ?? delivery.dueAt;
  return (
    <li>
      <span class={`tone ${tone}`}>
        <Icon name={icon} />
      </span>
      <span>
        {delivery.kind === "FULL_TRANSCRIPT" ? "Transcript" : replies(delivery.messages.length)}, {words}
      </span>
      <time dateTime={at}>{shortAge(at, now)}</time>
      <small>{triggerNames[delivery.trigger]}</small>
    </li>
  );
}

function EditVisitor({ conversation, close }: { readonly conversation: Shown; readonly close: () => void }) {
  const { api, attempt } = useConsole();
  const { visitor } = conversation;
  return (
    <Dialog title="Visitor" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const text = (name: string) => String(form.get(name) ?? "").trim() || null;
          const input = { visitorId: visitor.id, name: text("name"), email: text("email") };
          void attempt(() => api.change(updateVisitor, { input })).then((isDone) => {
            if (isDone) close();
          });
        }}
      >
        <label class="field">
          <span>Name</span>
          <input class="input" name="name" dir="auto" maxLength={200} value={visitor.name ?? ""} />
        </label>
        <label class="field">
          <span>Email</span>
          <input class="input" name="email" type="email" maxLength={254} value={visitor.email ?? ""} />
        </label>
        <div class="acts">
          <button type="button" class="btn" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="btn primary">
            Save
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function PageLink({ page }: { readonly page: string }) {
  if (!/^https?:\/\//i.test(page) || !URL.canParse(page)) return <bdi>{page}</bdi>;
  const { href, pathname, search } = new URL(page);
  return (
    <a href={href} target="_blank" rel="noreferrer nofollow" title={href}>
      <bdi>{pathname + search}</bdi>
    </a>
  );
}

function localTime(timeZone: string, now: number): string {
  try {
    const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(now);
    const city = cityOf(timeZone);
    return city === null ? time : `${time}, ${city}`;
  } catch {
    // A zone that this browser does not know yet.
    return timeZone;
  }
}

function languageName(locale: string): string {
  try {
    return new Intl.DisplayNames("en", { type: "language" }).of(locale) ?? locale;
  } catch {
    // Not a language tag.
    return locale;
  }
}
