import { useEffect } from "preact/hooks";
import { KeyForm } from "./key-form.js";
import { MailList } from "./mail-list.js";
import type { MailSummary } from "./mailbox-api.js";
import { Icon } from "./parts/icon.js";
import { ShownMail } from "./shown-mail.js";
import { useShownId } from "./use-address.js";
import { useMails } from "./use-mails.js";

/** As in mailbox.css: there is room for the list and an email. */
const wide = matchMedia("(width >= 760px)");

/** The emails that would have been sent, for whoever develops: the list, and the one that the address names. */
export function Mailbox() {
  const [{ phase, mails, fresh, readAt, isLive, problem }, reload] = useMails();
  const shown = useShownId();
  const newest = mails[0]?.id;
  const isEmpty = phase === "shown" && mails.length === 0;

  // Beside a list there is always an email. It then stays, whatever comes.
  useEffect(() => {
    const showNewest = () => {
      if (wide.matches && shown === null && newest !== undefined) location.replace(`#${newest}`);
    };
    showNewest();
    wide.addEventListener("change", showNewest);
    return () => wide.removeEventListener("change", showNewest);
  }, [shown, newest]);
  useEffect(() => {
    document.title = mails.length === 0 ? "Mailbox" : `Mailbox (${mails.length})`;
  }, [mails.length]);

  if (phase === "locked") return <KeyForm onOpened={reload} />;
  return (
    <main class={`mailbox ${shown !== null ? "reads" : isEmpty ? "none" : ""}`}>
      <h1 class="vh">Mailbox</h1>
      <section class="pane" aria-label="Emails">
        <header>
          <b aria-hidden="true">Mailbox</b>
          {mails.length > 0 && <span class="quiet num">{mails.length}</span>}
          <span class="chip look">
            <Icon name="alert" />
            Nothing is sent out
          </span>
        </header>
        {!isLive && (
          <p class="strip" role="status">
            {offlineWords(readAt, problem)}
          </p>
        )}
        {phase === "loading" && problem === null && <LoadingRows />}
        <MailList mails={mails} fresh={fresh} shown={shown} />
      </section>
      <p class="vh" role="status">
        {announce(mails, fresh)}
      </p>
      <section class="pane of-mail" aria-label="The email">
        {shown !== null && <ShownMail key={shown} id={shown} onLocked={reload} />}
        {shown === null && isEmpty && (
          <div class="empty">
            <Icon name="mail" size={28} />
            <h2>No emails yet</h2>
            <p>They appear here by themselves, instead of being sent, until EMAIL_SMTP_URL is set.</p>
          </div>
        )}
      </section>
    </main>
  );
}

/** Grey rows, which only show if the list takes a while. */
function LoadingRows() {
  return (
    <div class="loading" role="status">
      <span class="vh">Loading</span>
      <i />
      <i />
      <i />
    </div>
  );
}

function offlineWords(readAt: Date | null, problem: string | null): string {
  if (readAt === null) return problem ?? "No connection. Trying again.";
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(readAt);
  return `No connection. What you see is from ${time}. Trying again.`;
}

/** What has just come, for those who do not see the list. */
function announce(mails: readonly MailSummary[], fresh: ReadonlySet<string>): string {
  const [latest] = mails;
  return latest === undefined || !fresh.has(latest.id) ? "" : `New email to ${latest.to}: ${latest.subject}`;
}
