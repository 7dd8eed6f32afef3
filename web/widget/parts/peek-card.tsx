import { type Peek, useWidget } from "../widget.js";
import { Avatar } from "./avatar.js";
import { Icon } from "./icon.js";

/** A reply that has just arrived, while the panel is closed. */
export function PeekCard({ peek: { name, text } }: { readonly peek: Peek }) {
  const { state, texts, peek, open } = useWidget();
  const company = state.value.website?.company ?? "";
  return (
    <div class="peek" role="status" lang={texts.language} dir={texts.direction}>
      <button type="button" class="words" onClick={open}>
        <Avatar name={name} />
        <small class="cut">{texts.t("nameFrom", { name, company })}</small>
        <span dir="auto">{text}</span>
      </button>
      <button
        type="button"
        class="tap"
        aria-label={texts.t("dismiss")}
        onClick={() => {
          peek.value = null;
        }}
      >
        <Icon name="cross" />
      </button>
    </div>
  );
}
