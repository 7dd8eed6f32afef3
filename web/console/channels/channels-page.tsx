import { useQuery } from "@urql/preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";
import "./channels.css";
import { toProblem } from "../api/api.js";
import type { ChannelPartsFragment, ChannelSettingsQuery } from "../api/operations.generated.js";
import { useConsole } from "../app/console.js";
import { Chip } from "../parts/chip.js";
import { CopyScript } from "../parts/copy-script.js";
import { PageSheet } from "../parts/page.js";
import { Problem, SlowlyLoading } from "../parts/region.js";
import { age, clockTime, dayAndTime, duration } from "../parts/times.js";
import { failureWords, replies } from "../parts/words.js";
import { channelList, channelSettings, checkChannel, resumeChannel } from "./operations.js";

const icons: Readonly<Record<string, IconName>> = {
  web: "globe",
  email: "mail",
  messenger: "bubble",
  instagram: "camera",
  telegram: "plane",
};
const policies: Readonly<Record<ChannelPartsFragment["policy"], string>> = {
  IMMEDIATE: "Sends at once",
  LIVE: "The visitor reads here",
  WHEN_AWAY: "Sends once the visitor is away",
};
const refreshEveryMs = 30_000;

/** The ways to a visitor. */
export function Part() {
  const { api, agent } = useConsole();
  const [{ data, error }, read] = useQuery({ query: channelList, variables: {}, requestPolicy: "cache-and-network" });
  const [settings, setSettings] = useState<ChannelSettingsQuery | null>(null);
  const again = () => read({ requestPolicy: "network-only" });
  useEffect(() => {
    const stop = api.on("connected", again);
    // Queues grow and shrink without an event of the channel.
    const timer = setInterval(again, refreshEveryMs);
    return () => {
      stop();
      clearInterval(timer);
    };
  }, []);
  useEffect(() => {
    // Only the names of settings are missing without it.
    if (agent.role === "ADMIN") api.read(channelSettings, {}).then(setSettings, () => {});
  }, []);
  const channels = data?.channels;
  return (
    <PageSheet title="Channels" about="The ways to a visitor, whether they work, and what waits in them.">
      <div class="body">
        {channels === undefined ? (
          error === undefined ? (
            <SlowlyLoading rows={3} />
          ) : (
            <Problem problem={toProblem(error)} again={again} />
          )
        ) : (
          <>
            {channels
              .filter(({ health }) => health?.status === "PAUSED")
              .map((channel) => (
                <Paused key={channel.id} channel={channel} settings={settingsOf(settings, channel.id)} />
              ))}
            <div class="channels">
              {channels.map((channel) => (
                <ChannelCard
                  key={channel.id}
                  channel={channel}
                  settings={settingsOf(settings, channel.id)}
                  visitorsOnline={data?.website.visitorsOnline ?? null}
                  seenOn={settings?.website.seenOn ?? []}
                />
              ))}
            </div>
          </>
        )}
      </div>
    </PageSheet>
  );
}

type Settings = NonNullable<ChannelSettingsQuery["channels"][number]["settings"]>;

function settingsOf(settings: ChannelSettingsQuery | null, id: string): Settings {
  return settings?.channels.find((channel) => channel.id === id)?.settings ?? [];
}

function Paused({ channel, settings }: { readonly channel: ChannelPartsFragment; readonly settings: Settings }) {
  const { api, agent, attempt, clock, notice } = useConsole();
  const { id, name, pausedAt, health, queue } = channel;
  const now = clock.now.peek();
  const length = queue?.length ?? 0;
  return (
    <div class="notice bad" role="status">
      <Icon name="alert" size={20} />
      <b>
        {name} is paused{pausedAt === null ? "" : ` since ${dayAndTime(pausedAt, now)}`}.{" "}
        {length === 0
          ? "Replies are kept and go out once it works again."
          : `${replies(length)} ${length === 1 ? "is" : "are"} kept and ${length === 1 ? "goes" : "go"} out once it works again.`}
      </b>
      <p>
        {health?.detail}
        {settings.length > 0 && (
          <>
            {" "}
            Its settings: <Names settings={settings.filter(({ set }) => set)} />.
          </>
        )}{" "}
        Afterchat looks every few minutes by itself, or at once when you resume.
      </p>
      {agent.role === "ADMIN" && (
        <button
          type="button"
          class="btn primary"
          onClick={() =>
            void attempt(async () => {
              await api.change(resumeChannel, { id });
              notice.value = { words: `${name} works again.`, isBad: false };
            })
          }
        >
          <Icon name="play" />
          Resume now
        </button>
      )}
    </div>
  );
}

function Names({ settings }: { readonly settings: Settings }) {
  return (
    <>
      {settings.map(({ name }, index) => (
        <span key={name}>
          {index > 0 && (index === settings.length - 1 ? " and " : ", ")}
          <code>{name}</code>
        </span>
      ))}
    </>
  );
}

function ChannelCard({
  channel,
  settings,
  visitorsOnline,
  seenOn,
}: {
  readonly channel: ChannelPartsFragment;
  readonly settings: Settings;
  readonly visitorsOnline: number | null;
  readonly seenOn: readonly { readonly origin: string; readonly at: string }[];
}) {
  const { api, attempt, clock } = useConsole();
  const [isChecking, setChecking] = useState(false);
  const { id, name, policy, health, queue, lastFailure, lastReceivedAt } = channel;
  const now = clock.now.value;
  const isOff = health?.status === "NOT_CONFIGURED";
  const check = async () => {
    setChecking(true);
    await attempt(() => api.change(checkChannel, { id }));
    setChecking(false);
  };
  return (
    <section class={isOff ? "card channel off" : "card channel"} aria-label={name}>
      <div class="top">
        <span class="ico">
          <Icon name={icons[id] ?? "hook"} size={19} />
        </span>
        <div class="grow">
          <b>{name}</b>
          <small>{policies[policy]}</small>
        </div>
        <Status channel={channel} now={now} />
      </div>
      {isOff ? (
        <p class="quiet small">
          {settings.some(({ set, required }) => required && !set) ? (
            <>
              Set <Names settings={settings.filter(({ set, required }) => required && !set)} />, and start Afterchat
              again.
            </>
          ) : (
            (health?.detail ?? "Not set up.")
          )}
        </p>
      ) : (
        <dl class="facts">
          {queue !== null && (
            <div>
              <dt>Queue</dt>
              <dd>
                {queue.length === 0 ? "Empty" : `${queue.length} waiting`}
                {queue.oldestDueAt !== null && <small>the oldest since {dayAndTime(queue.oldestDueAt, now)}</small>}
              </dd>
            </div>
          )}
          {lastFailure !== null && (
            <div>
              <dt>Last failure</dt>
              <dd>
                {dayAndTime(lastFailure.at, now)} · {(failureWords[lastFailure.code] ?? lastFailure.code).toLowerCase()}
                {lastFailure.detail !== null && (
                  <small>
                    <code>{lastFailure.detail.slice(0, 200)}</code>
                  </small>
                )}
              </dd>
            </div>
          )}
          {lastReceivedAt !== null && (
            <div>
              <dt>Answers</dt>
              <dd>the last came in {age(lastReceivedAt, now)}</dd>
            </div>
          )}
          {policy === "LIVE" && visitorsOnline !== null && (
            <div>
              <dt>Visitors</dt>
              <dd>{visitorsOnline} on the website now</dd>
            </div>
          )}
          {policy === "LIVE" && seenOn[0] !== undefined && (
            <div>
              <dt>Widget</dt>
              <dd>
                on <bdi>{hostOf(seenOn[0].origin)}</bdi>
                <small>last seen {age(seenOn[0].at, now)}</small>
              </dd>
            </div>
          )}
        </dl>
      )}
      <div class="foot">
        {policy === "LIVE" ? (
          <CopyScript className="btn less plain" />
        ) : isOff ? (
          <span>docs/channels.md says how.</span>
        ) : (
          <>
            <button type="button" class="btn less plain" disabled={isChecking} onClick={() => void check()}>
              <Icon name="retry" />
              Check now
            </button>
            <span class="grow" />
            {health?.checkedAt != null && <span>checked {age(health.checkedAt, now)}</span>}
          </>
        )}
      </div>
    </section>
  );
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin;
}

function Status({ channel, now }: { readonly channel: ChannelPartsFragment; readonly now: number }) {
  const { health, throttledUntil } = channel;
  if (health?.status === "NOT_CONFIGURED")
    return (
      <Chip tone="idle" sign="plug">
        Not set up
      </Chip>
    );
  if (health?.status === "PAUSED")
    return (
      <Chip tone="bad" sign="pause">
        Paused
      </Chip>
    );
  if (throttledUntil !== null && Date.parse(throttledUntil) > now)
    return (
      <span
        title={`Until ${clockTime(throttledUntil)}: ${duration(Math.ceil((Date.parse(throttledUntil) - now) / 1000))}`}
      >
        <Chip tone="look" sign="clock">
          Slowed down
        </Chip>
      </span>
    );
  return (
    <Chip tone="good" sign="check">
      Ready
    </Chip>
  );
}
