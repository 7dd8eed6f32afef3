import { Fragment } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";
import type {
  DeliveryFilter,
  DeliveryRowPartsFragment,
  DeliveryStatus,
  ForwardingTrigger,
} from "../api/operations.generated.js";
import { retryDelivery, settleDelivery } from "../api/operations.js";
import { useConsole } from "../app/console.js";
import { addressOf } from "../app/route.js";
import { Chip } from "../parts/chip.js";
import { Part as EmailView } from "../parts/email-view.js";
import { Menu } from "../parts/menu.js";
import { ListRegion, PageSheet, useList } from "../parts/page.js";
import { dayAndTime } from "../parts/times.js";
import { nameOf } from "../parts/words.js";
import { adviceOf, reasonOf, statusOf, whatHappened } from "./describe-delivery.js";
import { deliveryList } from "./operations.js";

const tabs = {
  all: { words: "All", statuses: null },
  open: { words: "Open", statuses: ["QUEUED", "SENDING"] },
  sent: { words: "Sent", statuses: ["SENT", "DELIVERED"] },
  problems: { words: "Problems", statuses: ["FAILED", "BOUNCED", "UNCERTAIN"] },
  cancelled: { words: "Cancelled", statuses: ["CANCELLED"] },
} as const satisfies Record<string, { words: string; statuses: readonly DeliveryStatus[] | null }>;
type Tab = keyof typeof tabs;

const triggers: readonly (readonly [ForwardingTrigger, string])[] = [
  ["VISITOR_LEFT", "Visitor left"],
  ["INACTIVITY", "Inactivity"],
  ["AGENTS_OFFLINE", "All agents offline"],
  ["REQUESTED", "Sent by an agent"],
  ["IMMEDIATE", "At once"],
];
const channelIcons: Readonly<Record<string, IconName>> = {
  email: "mail",
  messenger: "bubble",
  instagram: "camera",
  telegram: "plane",
};
const searchAfterMs = 300;

/** Every attempt to get replies to a visitor. */
export function Part() {
  const { api, channels, counts: countsSignal } = useConsole();
  const counts = countsSignal.value;
  const [tab, setTab] = useState<Tab>("all");
  const [channel, setChannel] = useState<string | null>(null);
  const [trigger, setTrigger] = useState<ForwardingTrigger | null>(null);
  const [isLateOnly, setLateOnly] = useState(false);
  const [words, setWords] = useState("");
  const [address, setAddress] = useState("");
  const [openId, setOpenId] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setAddress(words.trim()), searchAfterMs);
    return () => clearTimeout(timer);
  }, [words]);
  const statuses = tabs[tab].statuses;
  const filter: DeliveryFilter = {
    ...(statuses !== null && { statuses: [...statuses] }),
    ...(channel !== null && { channel }),
    ...(trigger !== null && { triggers: [trigger] }),
    ...(isLateOnly && { late: true }),
    ...(address !== "" && { address }),
  };
  const feed = useList<DeliveryRowPartsFragment>(
    async (after) => (await api.read(deliveryList, { filter, after })).deliveries,
    [tab, channel, trigger, isLateOnly, address],
  );
  useEffect(() => api.on("deliveryUpdated", () => feed.touch()), [feed]);
  const channelName = channels.value.find(({ id }) => id === channel)?.name;
  return (
    <PageSheet
      title="Deliveries"
      about="Every attempt to get replies to a visitor, with what became of it."
      aside={
        <label class="lookup">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            aria-label="Address"
            placeholder="Address"
            maxLength={200}
            value={words}
            onInput={({ currentTarget }) => setWords(currentTarget.value)}
          />
        </label>
      }
    >
      <div class="bar">
        <fieldset class="seg" aria-label="Status">
          {(Object.keys(tabs) as Tab[]).map((name) => (
            <button key={name} type="button" aria-pressed={tab === name} onClick={() => setTab(name)}>
              {name === "problems" && (counts?.deliveryProblems ?? 0) > 0 && (
                <span class="tone bad">
                  <Icon name="alert" size={14} />
                </span>
              )}
              {tabs[name].words}
              {name === "open" && counts !== null && <span class="n">{counts.openDeliveries}</span>}
              {name === "problems" && counts !== null && <span class="n">{counts.deliveryProblems}</span>}
            </button>
          ))}
        </fieldset>
        <span class="grow" />
        <Menu
          label="Channel"
          isNamed
          className="btn less"
          items={[
            { words: "Every channel", isChosen: channel === null, act: () => setChannel(null) },
            ...channels.value
              .filter(({ policy }) => policy !== "LIVE")
              .map(({ id, name }) => ({ words: name, isChosen: channel === id, act: () => setChannel(id) })),
          ]}
        >
          {channelName ?? "Every channel"}
          <Icon name="down" size={14} />
        </Menu>
        <Menu
          label="Reason"
          isNamed
          className="btn less"
          items={[
            { words: "Every reason", isChosen: trigger === null, act: () => setTrigger(null) },
            ...triggers.map(([id, name]) => ({ words: name, isChosen: trigger === id, act: () => setTrigger(id) })),
          ]}
        >
          {triggers.find(([id]) => id === trigger)?.[1] ?? "Every reason"}
          <Icon name="down" size={14} />
        </Menu>
        <button
          type="button"
          class="btn less toggle"
          aria-pressed={isLateOnly}
          onClick={() => setLateOnly(!isLateOnly)}
        >
          <Icon name="clock" size={14} />
          Late only
        </button>
      </div>
      <ListRegion
        feed={feed}
        empty={{
          icon: "mailOut",
          title: "No deliveries",
          text: "Each email and each reply to another channel appears here.",
        }}
      >
        {(items) => (
          <table class="table deliveries">
            <thead>
              <tr>
                <th>Status</th>
                <th>To</th>
                <th>Conversation</th>
                <th>Why</th>
                <th>Due</th>
                <th>What happened</th>
                <th class="end">Attempts</th>
              </tr>
            </thead>
            <tbody>
              {items.map((delivery) => (
                <Row
                  key={delivery.id}
                  delivery={delivery}
                  isOpen={delivery.id === openId}
                  toggle={() => setOpenId(delivery.id === openId ? null : delivery.id)}
                  changed={() => feed.touch()}
                />
              ))}
            </tbody>
          </table>
        )}
      </ListRegion>
    </PageSheet>
  );
}

function Row({
  delivery,
  isOpen,
  toggle,
  changed,
}: {
  readonly delivery: DeliveryRowPartsFragment;
  readonly isOpen: boolean;
  readonly toggle: () => void;
  readonly changed: () => void;
}) {
  const { clock } = useConsole();
  const now = clock.now.peek();
  const { tone, icon, words } = statusOf(delivery);
  const happened = whatHappened(delivery, now);
  const { visitor } = delivery.conversation;
  return (
    <Fragment>
      <tr class={isOpen ? "open" : ""} onClick={toggle}>
        <td>
          <button type="button" class="words-only" aria-expanded={isOpen}>
            <Chip tone={tone} sign={icon}>
              {words}
            </Chip>
          </button>
        </td>
        <td>
          <span class="row">
            <span class="quiet" title={delivery.channel.name}>
              <Icon name={channelIcons[delivery.channel.id] ?? "hook"} size={15} />
            </span>
            <bdi class="cut" title={delivery.address}>
              {delivery.address}
            </bdi>
          </span>
        </td>
        <td>
          <div class="cut">
            <bdi class="strong">{nameOf(visitor)}</bdi>{" "}
            <bdi class="quiet">{delivery.messages[0]?.text.slice(0, 120)}</bdi>
          </div>
        </td>
        <td>{reasonOf(delivery)}</td>
        <td class="num">{dayAndTime(delivery.dueAt, now)}</td>
        <td class="num">
          {happened.words}
          {happened.more !== null && <small class={delivery.status === "BOUNCED" ? "" : "late"}>{happened.more}</small>}
        </td>
        <td class="num end">{delivery.attempts}</td>
      </tr>
      {isOpen && (
        <tr class="more">
          <td colSpan={7}>
            <Explained delivery={delivery} tone={tone} changed={changed} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

function Explained({
  delivery,
  tone,
  changed,
}: {
  readonly delivery: DeliveryRowPartsFragment;
  readonly tone: string;
  readonly changed: () => void;
}) {
  const { api, attempt } = useConsole();
  const [isEmailOpen, setEmailOpen] = useState(false);
  const { id, status, failure, conversation, channel } = delivery;
  const advice = adviceOf(delivery);
  const act = (action: () => Promise<unknown>) => void attempt(action).then(changed);
  return (
    <div class={`explain ${tone}`}>
      <div class="grow">
        <b>{advice.title}</b>
        <p>{advice.text}</p>
        {failure?.detail != null && <code>{failure.detail}</code>}
      </div>
      <div class="acts">
        {status === "UNCERTAIN" && (
          <button
            type="button"
            class="btn less"
            onClick={() => act(() => api.change(settleDelivery, { id, arrived: true }))}
          >
            <Icon name="check" />
            It arrived
          </button>
        )}
        {(status === "FAILED" || status === "UNCERTAIN") && (
          <button type="button" class="btn less" onClick={() => act(() => api.change(retryDelivery, { id }))}>
            <Icon name="retry" />
            {status === "FAILED" ? "Try again" : "Send again"}
          </button>
        )}
        {channel.id === "email" && status !== "CANCELLED" && (
          <button type="button" class="btn less plain" onClick={() => setEmailOpen(true)}>
            <Icon name="eye" />
            Show it
          </button>
        )}
        <a
          class="btn less plain"
          href={addressOf({
            page: "inbox",
            view: conversation.status === "OPEN" ? "open" : "closed",
            id: conversation.id,
            search: "",
          })}
        >
          Open conversation
        </a>
      </div>
      {isEmailOpen && (
        <EmailView
          source={{ kind: "delivery", id, conversationId: conversation.id }}
          close={() => setEmailOpen(false)}
        />
      )}
    </div>
  );
}
