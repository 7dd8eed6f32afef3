import { useState } from "preact/hooks";
import { Icon } from "../parts/icon.js";
import { useWidget } from "../widget.js";
import type { Question } from "./decide-question.js";

/** What becomes of the answer while nobody is here. */
export function AwayNotice({ notice }: { readonly notice: Extract<Question, { kind: "email" | "opted-out" }> }) {
  const { chat, state, texts, wantsForm } = useWidget();
  const [hasFailed, setFailed] = useState(false);
  if (notice.kind === "email")
    return (
      <div class="promise" role="status">
        <span class="ico">
          <Icon name="mail" size={20} />
        </span>
        <b>{texts.t("willEmail", { address: notice.address })}</b>
        <span>{texts.t("canClose")}</span>
        {notice.canChange && (
          <button
            type="button"
            class="text"
            onClick={() => {
              wantsForm.value = true;
            }}
          >
            {texts.t("otherAddress")}
          </button>
        )}
      </div>
    );
  const resume = () => {
    setFailed(false);
    chat.setEmailOptOut(false, state.value.visitor?.optedOut ? "all" : "conversation").catch(() => setFailed(true));
  };
  return (
    <div class="promise idle" role="status">
      <span class="ico">
        <Icon name="clock" size={20} />
      </span>
      <b>{texts.t("answersWait")}</b>
      {hasFailed && <span>{texts.t("failed")}</span>}
      <button type="button" class="text" onClick={resume}>
        {texts.t("emailThem")}
      </button>
    </div>
  );
}
