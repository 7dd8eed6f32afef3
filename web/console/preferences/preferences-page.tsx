import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { ChatError } from "../../client/request.js";
import { Icon, Mark } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";
import "./preferences.css";
import type { DryRunQuery, PreferencePartsFragment } from "../api/operations.generated.js";
import { describeProblem, useConsole } from "../app/console.js";
import { Lazy } from "../parts/lazy.js";
import { PageSheet } from "../parts/page.js";
import { Problem, SlowlyLoading } from "../parts/region.js";
import { dayName, duration } from "../parts/times.js";
import { plural } from "../parts/words.js";
import { dryRun, preferences, sendPreview, updatePreference } from "./operations.js";
import {
  changesOf,
  counts,
  type DurationRange,
  describeChanges,
  exampleOf,
  exampleTime,
  parseDuration,
  ranges,
  type Values,
} from "./preference-values.js";

const emailView = () => import("../parts/email-view.js");
const dryRunAfterMs = 250;

/** How replies are forwarded: admins change it, and see what a change does before they save it. */
export function Part() {
  const { api, agent, attempt, clock, notice } = useConsole();
  const [saved, setSaved] = useState<PreferencePartsFragment | null>(null);
  const [problem, setProblem] = useState<ChatError | null>(null);
  const [edits, setEdits] = useState<Partial<Values>>({});
  const [isPreviewOpen, setPreviewOpen] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const read = () => {
    api.read(preferences, {}).then(
      ({ forwardingPreference }) => {
        setSaved(forwardingPreference);
        setProblem(null);
      },
      (error: unknown) => setProblem(error as ChatError),
    );
  };
  useEffect(() => {
    read();
    const stops = [api.on("connected", read), api.on("forwardingPreferenceUpdated", setSaved)];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  const changes = saved === null ? {} : changesOf(saved, { ...saved, ...edits });
  const changed = Object.keys(changes).length;
  const effect = useEffectOf(changes);
  // Leaving the page would lose what is not saved.
  useEffect(() => {
    if (changed === 0) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [changed === 0]);
  if (saved === null) {
    return (
      <PageSheet title="Forwarding preferences" about={about}>
        {problem === null ? <SlowlyLoading rows={4} /> : <Problem problem={problem} again={read} />}
      </PageSheet>
    );
  }
  const values: Values = { ...saved, ...edits };
  const isAdmin = agent.role === "ADMIN";
  const set = (change: Partial<Values>) => setEdits({ ...edits, ...change });
  const save = async () => {
    setSaving(true);
    const isDone = await attempt(async () => {
      const { updateForwardingPreference } = await api.change(updatePreference, { input: changes });
      setSaved(updateForwardingPreference);
    });
    setSaving(false);
    if (!isDone) return;
    setEdits({});
    notice.value = { words: "Saved. It counts at once for all that has not been sent.", isBad: false };
  };
  return (
    <PageSheet
      title="Forwarding preferences"
      about={about}
      className="preferences"
      aside={
        <p class="quiet small changed-by">
          {saved.updatedBy === null
            ? "Never changed"
            : `Last changed by ${saved.updatedBy.name}, ${dayName(saved.updatedAt, clock.now.peek())}`}
        </p>
      }
    >
      <div class="body">
        {!isAdmin && <p class="only-admins">Only admins change this.</p>}
        <fieldset disabled={!isAdmin}>
          <legend class="vh">What is sent</legend>
          <div class="modes" role="radiogroup" aria-label="What is sent">
            <Mode mode="NOTHING" values={values} set={set} title="Do not send anything" picture={<NothingPicture />}>
              Replies stay in the chat. Visitors find them there on returning in the same browser.
            </Mode>
            <Mode
              mode="UNREAD_REPLIES"
              values={values}
              set={set}
              title="Email unread replies"
              isRecommended
              picture={<UnreadPicture />}
            >
              Only what the visitor has not read, with a few earlier messages so that it makes sense.
            </Mode>
            <Mode
              mode="FULL_TRANSCRIPT"
              values={values}
              set={set}
              title="Email full transcripts"
              picture={<TranscriptPicture />}
            >
              The whole conversation, once it holds a reply that has not been emailed. Read or not.
            </Mode>
          </div>
          <div class="when">
            <section class="card">
              <h2>When</h2>
              <p class="quiet small">The earliest of the three counts.</p>
              <Rule icon="exit" title="After the visitor left" about="A reload or a second tab is not leaving">
                <DurationField
                  name="visitorLeftDelaySeconds"
                  label="After the visitor left"
                  values={values}
                  set={set}
                  unit="min"
                />
              </Rule>
              <Rule
                icon="clock"
                title="After no activity, page open or not"
                about="Typing, reading and scrolling are activity"
              >
                <DurationField
                  name="inactivityDelaySeconds"
                  label="After no activity"
                  values={values}
                  set={set}
                  unit="min"
                />
              </Rule>
              <Rule icon="moon" title="As soon as no agent is online" about="Invisible counts as offline">
                <span class="quiet small always">always on</span>
              </Rule>
            </section>
            <ExampleCard
              values={values}
              preview={() => setPreviewOpen(true)}
              sendToMe={
                isAdmin
                  ? () =>
                      void attempt(async () => {
                        await api.change(sendPreview, { preference: changes });
                        notice.value = { words: `Sent to ${agent.email}.`, isBad: false };
                      })
                  : null
              }
            />
          </div>
          <section class="card one">
            <h2>In one email</h2>
            <div class="row">
              <span id="settle">Wait for one more reply</span>
              <DurationField
                name="settleSeconds"
                label="Wait for one more reply"
                values={values}
                set={set}
                unit="s"
                isShort
              />
            </div>
            <CountField name="contextMessages" label="Earlier messages sent along" unit="" values={values} set={set} />
            <CountField
              name="shortConversationMessages"
              label="Sent whole, up to"
              unit="messages"
              values={values}
              set={set}
            />
          </section>
          <section class="card one">
            <h2>Addresses that are not proven</h2>
            <p class="quiet small grow">
              Anybody can type any address into the chat. Until an answer came from it, or its link was followed, it may
              be a stranger’s.
            </p>
            <fieldset class="seg" aria-label="What is sent to addresses that are not proven">
              {(["FULL", "NOTICE"] as const).map((choice) => (
                <button
                  key={choice}
                  type="button"
                  aria-pressed={values.unprovenAddress === choice}
                  onClick={() => set({ unprovenAddress: choice })}
                >
                  {choice === "FULL" ? "The replies" : "Only a notice and the link"}
                </button>
              ))}
            </fieldset>
          </section>
        </fieldset>
      </div>
      {changed > 0 && (
        <div class="save" role="status">
          <span class="tone look">
            <Icon name="alert" />
          </span>
          <p class="small grow">
            <b>{plural(changed, "change is", "changes are")} not saved:</b> {describeChanges(saved, changes).join("; ")}
            . {effect}
          </p>
          <button type="button" class="btn plain" onClick={() => setEdits({})}>
            Discard
          </button>
          <button type="button" class="btn primary" disabled={isSaving} onClick={() => void save()}>
            Save
          </button>
        </div>
      )}
      {isPreviewOpen && (
        <Lazy
          load={emailView}
          source={{ kind: "preview", conversationId: null, preference: changes }}
          close={() => setPreviewOpen(false)}
        />
      )}
    </PageSheet>
  );
}

const about =
  "What becomes of replies that a visitor has not seen. A change counts at once for all that has not been sent.";

/** What saving would do at once, in a sentence. */
function useEffectOf(changes: Partial<Values>): string {
  const { api, agent } = useConsole();
  const [words, setWords] = useState("");
  const key = JSON.stringify(changes);
  useEffect(() => {
    setWords("");
    if (key === "{}" || agent.role !== "ADMIN") return;
    let isOver = false;
    const timer = setTimeout(() => {
      api.read(dryRun, { preference: changes }).then(
        ({ forwardingDryRun }) => {
          if (!isOver) setWords(describeEffect(forwardingDryRun));
        },
        (error: unknown) => {
          if (!isOver) setWords(error instanceof ChatError ? describeProblem(error) : "");
        },
      );
    }, dryRunAfterMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key]);
  return words;
}

function describeEffect({ waiting, dueAtOnce, noLongerSent }: DryRunQuery["forwardingDryRun"]): string {
  if (waiting === 0 && noLongerSent === 0) return "No conversation has replies waiting.";
  const has = waiting === 1 ? "1 conversation has replies waiting" : `${waiting} conversations have replies waiting`;
  const atOnce = dueAtOnce === 0 ? "none of them would go at once" : `${dueAtOnce} of them would go at once`;
  const stops = noLongerSent === 0 ? "" : ` ${noLongerSent} would not be sent any more.`;
  return `${has}; ${atOnce}.${stops}`;
}

interface Editing {
  readonly values: Values;
  readonly set: (change: Partial<Values>) => void;
}

function Mode({
  mode,
  values,
  set,
  title,
  isRecommended = false,
  picture,
  children,
}: Editing & {
  readonly mode: Values["mode"];
  readonly title: string;
  readonly isRecommended?: boolean;
  readonly picture: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const id = useId();
  return (
    <label class={values.mode === mode ? "mode on" : "mode"}>
      <div class="picture" aria-hidden="true">
        {picture}
      </div>
      <div class="tell">
        <input
          type="radio"
          name="mode"
          checked={values.mode === mode}
          aria-describedby={id}
          onChange={() => set({ mode })}
        />
        <b>
          {title}
          {isRecommended && <span class="chip way">Recommended</span>}
        </b>
        <p id={id}>{children}</p>
      </div>
    </label>
  );
}

function Rule({
  icon,
  title,
  about: text,
  children,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly about: string;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="rule">
      <Icon name={icon} />
      <span>
        {title}
        <small>{text}</small>
      </span>
      {children}
    </div>
  );
}

type DurationName = keyof typeof ranges;

/** A slider over usual values, and a field for any. */
function DurationField({
  name,
  label,
  values,
  set,
  unit,
  isShort = false,
}: Editing & {
  readonly name: DurationName;
  readonly label: string;
  readonly unit: "s" | "min";
  readonly isShort?: boolean;
}) {
  const range: DurationRange = ranges[name];
  const seconds = values[name];
  const [text, setText] = useState<string | null>(null);
  const parsed = text === null ? seconds : parseDuration(text, unit);
  const isWrong = parsed === null || parsed < range.min || parsed > range.max;
  const id = useId();
  const nearest = range.usual.reduce(
    (best, value, index) => (Math.abs(value - seconds) < Math.abs((range.usual[best] ?? 0) - seconds) ? index : best),
    0,
  );
  const finish = () => {
    if (text !== null && !isWrong && parsed !== null) set({ [name]: parsed });
    if (!isWrong) setText(null);
  };
  return (
    <>
      {!isShort && (
        <input
          type="range"
          aria-label={`${label}, usual values`}
          aria-valuetext={duration(seconds)}
          min={0}
          max={range.usual.length - 1}
          value={nearest}
          onInput={({ currentTarget }) => {
            setText(null);
            set({ [name]: range.usual[Number(currentTarget.value)] ?? seconds });
          }}
        />
      )}
      <span class="amount">
        <input
          class="input num"
          aria-label={label}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? id : undefined}
          maxLength={40}
          value={text ?? duration(seconds)}
          onFocus={({ currentTarget }) => currentTarget.select()}
          onInput={({ currentTarget }) => {
            setText(currentTarget.value);
            const now = parseDuration(currentTarget.value, unit);
            if (now !== null && now >= range.min && now <= range.max) set({ [name]: now });
          }}
          onBlur={finish}
          onKeyDown={(event) => {
            if (event.key === "Enter") finish();
          }}
        />
        {isWrong && (
          <small class="error" id={id} role="alert">
            {duration(range.min)} to {duration(range.max)}, such as {unit === "s" ? "90 s" : "5 min"}
          </small>
        )}
      </span>
    </>
  );
}

function CountField({
  name,
  label,
  unit,
  values,
  set,
}: Editing & { readonly name: keyof typeof counts; readonly label: string; readonly unit: string }) {
  const { min, max } = counts[name];
  return (
    <label class="row">
      {label}
      <span class="amount">
        <input
          class="input num"
          type="number"
          min={min}
          max={max}
          value={values[name]}
          onInput={({ currentTarget }) => {
            const value = Number(currentTarget.value);
            if (currentTarget.value !== "" && Number.isInteger(value) && value >= min && value <= max)
              set({ [name]: value });
          }}
        />
        {unit !== "" && <span class="quiet small">{unit}</span>}
      </span>
    </label>
  );
}

function ExampleCard({
  values,
  preview,
  sendToMe,
}: {
  readonly values: Values;
  readonly preview: () => void;
  readonly sendToMe: (() => void) | null;
}) {
  const example = exampleOf(values);
  const isTranscript = values.mode === "FULL_TRANSCRIPT";
  return (
    <section class="card" aria-label="An example">
      <h2>An example</h2>
      <ol class="story">
        <li>
          <time>{exampleTime(example.leftAt)}</time>Ana closes the page
        </li>
        <li>
          <time>{exampleTime(example.repliesAt[0])}</time>Ben replies
        </li>
        <li class="wait">
          <time>{exampleTime(example.repliesAt[1])}</time>Ben replies once more{" "}
          {example.emailAt !== null && <small>both travel in one email</small>}
        </li>
        <li class="go">
          <time>{example.emailAt === null ? "never" : exampleTime(example.emailAt)}</time>
          <b>
            {example.emailAt === null
              ? "Nothing is sent"
              : isTranscript
                ? "The transcript goes to Ana"
                : "The email goes to Ana"}
          </b>{" "}
          <small>
            {example.emailAt === null
              ? "she finds both in the chat"
              : isTranscript
                ? "read or not"
                : "unless she has read both"}
          </small>
        </li>
      </ol>
      {example.withoutLeavingAt !== null && example.afterAgentGoneAt !== null && (
        <dl class="else">
          <div>
            <dt>Had she stayed, without activity</dt>
            <dd>{exampleTime(example.withoutLeavingAt)}</dd>
          </div>
          <div>
            <dt>Had the last agent gone at 14:08</dt>
            <dd>{exampleTime(example.afterAgentGoneAt)}</dd>
          </div>
        </dl>
      )}
      {values.mode !== "NOTHING" && (
        <div class="row">
          <button type="button" class="btn less" onClick={preview}>
            <Icon name="eye" />
            Preview the email
          </button>
          {sendToMe !== null && (
            <button type="button" class="btn less plain" onClick={sendToMe}>
              <Icon name="send" />
              Send it to me
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function NothingPicture() {
  return (
    <div class="stays">
      <span class="launcher">
        <Mark size={22} />
        <span class="badge">2</span>
      </span>
      <span class="quiet small">Ana finds 2 replies in the chat on returning</span>
    </div>
  );
}

function Leaf({ children }: { readonly children: ComponentChildren }) {
  const { website } = useConsole();
  const { company } = website;
  return (
    <div class="leaf">
      <div class="subject">
        <b>Ben via {company}</b>
        <span>{company} replied to your chat of 24 November</span>
      </div>
      {children}
    </div>
  );
}

function UnreadPicture() {
  const { website } = useConsole();
  return (
    <Leaf>
      <p class="lead">Ben from {website.company} replied to your chat of 24 November.</p>
      <div class="old">
        You · 14:01
        <br />
        Is my blue tourer ready?
      </div>
      <div class="new">
        <b>New reply from Ben</b> · 14:07
        <br />
        It is ready! New chain and brake pads.
      </div>
    </Leaf>
  );
}

function TranscriptPicture() {
  return (
    <Leaf>
      <p class="lead">This is your conversation:</p>
      <div class="old">
        Ben · yesterday, 17:20
        <br />
        Hello Ana, it is on the stand.
      </div>
      <div class="old">
        You · yesterday, 19:02
        <br />
        Lovely, thank you. No hurry!
      </div>
      <div class="old">
        You · 14:01
        <br />
        Good afternoon! Is my blue tourer ready?
      </div>
    </Leaf>
  );
}
