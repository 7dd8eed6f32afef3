import { useEffect, useRef, useState } from "preact/hooks";
import { ChatError } from "../../client/client.js";
import { Icon } from "../parts/icon.js";
import { useWidget } from "../widget.js";
import { checkEmail } from "./check-email.js";
import type { Question } from "./decide-question.js";

/** Where the answer should go. */
export function ContactForm({ question }: { readonly question: Extract<Question, { kind: "form" }> }) {
  const { chat, state, texts, wantsForm, declinedForm } = useWidget();
  const { visitor } = state.value;
  const email = useRef<HTMLInputElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  useEffect(() => {
    // Someone who is writing is not interrupted; someone whose message waits for the address is led to it.
    if (question.isNeeded || wantsForm.value) email.current?.focus();
  }, [question.isNeeded]);

  const fail = (words: string) => {
    setProblem(words);
    email.current?.focus();
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const address = email.current?.value.trim() ?? "";
    const fault = checkEmail(address);
    if (fault !== null) return fail(texts.t(fault === "missing" ? "emailMissing" : "emailUnfinished"));
    setProblem(null);
    setSending(true);
    try {
      await chat.submitContactForm({ email: address, name: name.current?.value.trim() || null });
      wantsForm.value = false;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      fail(texts.t(error.code === "BAD_USER_INPUT" ? "emailUnfinished" : "failed"));
    } finally {
      setSending(false);
    }
  };
  const decline = () => {
    wantsForm.value = false;
    declinedForm.value = true;
  };
  return (
    <form class="ask" noValidate onSubmit={submit} aria-labelledby="ask-title">
      <h2 id="ask-title">{texts.t("whereAnswer")}</h2>
      <p id="ask-why">{texts.t(question.nobodyHere ? "leaveEmail" : "leaveEmailAnyway")}</p>
      <label class="field">
        <span>{texts.t("email")}</span>
        <input
          ref={email}
          class={problem === null ? "input" : "input wrong"}
          type="email"
          name="email"
          autocomplete="email"
          dir="ltr"
          maxLength={254}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? "ask-why" : "ask-problem"}
        />
      </label>
      <p class="error" id="ask-problem" role="alert">
        {problem !== null && (
          <>
            <Icon name="alert" />
            {problem}
          </>
        )}
      </p>
      <label class="field">
        <span>
          {texts.t("name")} <i>{texts.t("ifYouLike")}</i>
        </span>
        <input
          ref={name}
          class="input"
          name="name"
          autocomplete="name"
          dir="auto"
          maxLength={100}
          defaultValue={visitor?.name ?? ""}
        />
      </label>
      <div class="acts">
        <button type="submit" disabled={isSending}>
          {texts.t(question.isNeeded ? "sendMessage" : "emailMe")}
        </button>
        {question.canDecline && (
          <button type="button" onClick={decline}>
            {texts.t("notNow")}
          </button>
        )}
      </div>
      <p class="hint">{texts.t("usedToAnswer")}</p>
    </form>
  );
}
