import { useEffect, useRef, useState } from "preact/hooks";
import { AnswerBar } from "./answer-bar.js";
import { formatSize } from "./format-size.js";
import { formatTime, formatWholeTime } from "./format-time.js";
import { type Answered, type Mail, pageOfMail, readMail } from "./mailbox-api.js";
import { Choice } from "./parts/choice.js";
import { Icon } from "./parts/icon.js";
import { useKept } from "./use-kept.js";

const views = { preview: "Preview", text: "Text", headers: "Headers" } as const;
const widths = { "375": "375", "600": "600" } as const;
const schemes = {
  light: { label: "Light", icon: "sun" },
  dark: { label: "Dark", icon: "moon" },
} as const;
const preferredScheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

interface ShownMailProps {
  readonly id: string;
  readonly onLocked: () => void;
}

/** One email: as a mail program shows it, its text, its headers, and what its visitor may do with it. */
export function ShownMail({ id, onLocked }: ShownMailProps) {
  const [answered, setAnswered] = useState<Answered<Mail> | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const load = async (): Promise<void> => {
    const latest = await readMail(id);
    if (latest.outcome === "locked") return onLocked();
    setAnswered(latest);
  };
  useEffect(() => void load(), []);

  if (answered === null) return null;
  return (
    <>
      <a class="btn plain to-list" href="#mails">
        <Icon name="back" />
        Mailbox
      </a>
      {answered.outcome === "ok" ? (
        <Letter mail={answered.value} heading={heading} />
      ) : answered.outcome === "failed" ? (
        <div class="empty">
          <Icon name="alert" size={28} />
          <h2>That did not work</h2>
          <p>{answered.message}</p>
          <button type="button" class="btn" onClick={() => void load()}>
            Try again
          </button>
        </div>
      ) : (
        <div class="empty">
          <Icon name="mail" size={28} />
          <h2>This email is gone</h2>
          <p>Only the newest 500 are kept, and erasing a visitor erases theirs.</p>
        </div>
      )}
    </>
  );
}

function Letter({ mail, heading }: { readonly mail: Mail; readonly heading: { current: HTMLHeadingElement | null } }) {
  const [view, setView] = useKept("view", "preview", views);
  const [width, setWidth] = useKept("width", "375", widths);
  const [scheme, setScheme] = useKept("scheme", preferredScheme, schemes);
  const time = new Date(mail.sentAt);
  return (
    <>
      <header>
        <a
          class="btn"
          href={mail.link}
          target="_blank"
          rel="noopener noreferrer"
          title="Into the conversation. In the preview, links do nothing."
        >
          <Icon name="external" />
          Open its link
        </a>
        <h2 ref={heading} dir="auto">
          {mail.subject}
        </h2>
        <p class="quiet">
          <bdi title={mail.from}>{mail.from.replace(/ <[^<>]*>$/, "")}</bdi> · to <bdi>{mail.to}</bdi> ·{" "}
          <time dateTime={mail.sentAt} title={formatWholeTime(time)}>
            {formatTime(time, new Date())}
          </time>
        </p>
        {mail.attachments.length > 0 && (
          <ul class="files" aria-label="Attached">
            {mail.attachments.map((file) => (
              <li class="chip idle" key={file.name} title={file.contentType}>
                <Icon name="clip" />
                <bdi class="cut">{file.name}</bdi>
                <span class="quiet">{formatSize(file.sizeBytes)}</span>
              </li>
            ))}
          </ul>
        )}
      </header>
      <div class="controls">
        <Choice name="Show" options={views} chosen={view} onChoose={setView} />
        <span class="grow" />
        {view === "preview" && (
          <>
            <Choice name="Width" options={widths} chosen={width} onChoose={setWidth} extra="widths" />
            <Choice name="Colours" options={schemes} chosen={scheme} onChoose={setScheme} />
          </>
        )}
      </div>
      {view === "preview" && (
        <div class="desk">
          <iframe
            class={`w${width} ${scheme}`}
            sandbox=""
            title={`The email as a mail program shows it, ${width} pixels wide, ${scheme}`}
            src={pageOfMail(mail.id, scheme)}
          />
        </div>
      )}
      {view === "text" && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached with the keyboard
        <pre class="source" dir="auto" tabIndex={0}>
          {mail.text}
        </pre>
      )}
      {view === "headers" && (
        <dl class="source" tabIndex={0}>
          {mail.headers.map(({ name, value }, index) => (
            <div key={`${index} ${name}`}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <AnswerBar mail={mail} />
    </>
  );
}
