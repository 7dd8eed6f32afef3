import { formatTime, formatWholeTime } from "./format-time.js";
import type { MailSummary } from "./mailbox-api.js";

interface MailListProps {
  readonly mails: readonly MailSummary[];
  readonly fresh: ReadonlySet<string>;
  readonly shown: string | null;
}

/** The emails, newest first, as links; the arrow keys go from one to the next. */
export function MailList({ mails, fresh, shown }: MailListProps) {
  const now = new Date();
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const links = [...(event.currentTarget as HTMLElement).querySelectorAll("a")];
    const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
    next?.focus();
    event.preventDefault();
  };
  return (
    <ul class="mails" id="mails" onKeyDown={move}>
      {mails.map(({ id, to, subject, sentAt }) => {
        const time = new Date(sentAt);
        return (
          <li key={id}>
            <a href={`#${id}`} aria-current={id === shown ? "true" : undefined}>
              <span class="row">
                <b class="cut" title={to}>
                  {to}
                </b>
                {fresh.has(id) && id !== shown && <span class="chip way">New</span>}
                <time dateTime={sentAt} title={formatWholeTime(time)}>
                  {formatTime(time, now)}
                </time>
              </span>
              <span class="cut quiet" title={subject}>
                <bdi>{subject}</bdi>
              </span>
            </a>
          </li>
        );
      })}
    </ul>
  );
}
