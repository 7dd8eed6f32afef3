import { useRef, useState } from "preact/hooks";
import { type AnswerKind, answerMail, type Mail } from "./mailbox-api.js";
import { Icon } from "./parts/icon.js";
import { Menu } from "./parts/menu.js";

interface Outcome {
  readonly isGood: boolean;
  readonly words: string;
}

/** What the visitor, their mail server, or their mail provider may do: it reaches Afterchat as a real email. */
export function AnswerBar({ mail }: { readonly mail: Mail }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const who = mail.name ?? mail.to;

  const answer = async (as: AnswerKind): Promise<void> => {
    if (isBusy) return;
    const text = as === "REPLY" ? (field.current?.value ?? "") : "";
    if (as === "REPLY" && text.trim() === "") {
      setOutcome({ isGood: false, words: "Write an answer first." });
      return field.current?.focus();
    }
    setBusy(true);
    const answered = await answerMail(mail.id, as, text);
    setBusy(false);
    setOutcome(describe(answered, as, mail));
    if (as !== "REPLY" || answered.outcome !== "ok" || field.current === null) return;
    field.current.value = "";
    field.current.focus();
  };
  return (
    <form
      class="answer"
      onSubmit={(event) => {
        event.preventDefault();
        void answer("REPLY");
      }}
    >
      <p
        class={outcome === null ? "outcome" : `outcome ${outcome.isGood ? "good" : "bad"}`}
        id="answer-outcome"
        role="status"
      >
        {outcome !== null && (
          <>
            <Icon name={outcome.isGood ? "check" : "alert"} />
            {outcome.words}
          </>
        )}
      </p>
      <textarea
        ref={field}
        class="input"
        rows={1}
        dir="auto"
        maxLength={50_000}
        aria-label={`Answer as ${who}`}
        aria-describedby="answer-outcome"
        placeholder={`Answer as ${who}…`}
        onInput={() => setOutcome(null)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          void answer("REPLY");
        }}
      />
      <button type="submit" class="btn primary" aria-disabled={isBusy}>
        <Icon name="reply" />
        Reply as visitor
      </button>
      <Menu
        name="More"
        items={[
          { name: "Bounce it", icon: "bounce", onChoose: () => void answer("BOUNCE") },
          { name: "Answer by machine", icon: "clock", onChoose: () => void answer("MACHINE") },
          { name: "Report as unwanted", icon: "ban", onChoose: () => void answer("COMPLAINT") },
          { name: "Open its link", icon: "external", href: mail.link },
        ]}
      />
    </form>
  );
}

function describe(answered: Awaited<ReturnType<typeof answerMail>>, as: AnswerKind, { name, to }: Mail): Outcome {
  if (answered.outcome === "failed") return { isGood: false, words: answered.message };
  if (answered.outcome === "locked") return { isGood: false, words: "Not sent: reload this page, and enter the key." };
  if (answered.outcome === "missing") return { isGood: false, words: "Not sent: this email is no longer stored." };
  const words: Readonly<Record<AnswerKind, string>> = {
    REPLY: `Answered as ${name ?? to}: it is in the conversation in a moment.`,
    MACHINE: "An out-of-office note went back: it becomes no message.",
    BOUNCE: `It came back: nothing more is sent to ${to}.`,
    COMPLAINT: `Reported as unwanted: nothing more is sent to ${to}.`,
  };
  return { isGood: true, words: words[as] };
}
