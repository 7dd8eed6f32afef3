import { useWidget } from "../widget.js";
import { Icon } from "./icon.js";

/** Above the field, what a visitor has to know to trust the chat: that it is offline, or cannot begin. */
export function Strips() {
  const { state, texts } = useWidget();
  const { connection, problem } = state.value;
  if (problem !== null && state.value.visitor === null)
    return (
      <p class="strip foot bad" role="alert">
        <Icon name="alert" />
        {texts.t("failed")}
      </p>
    );
  if (connection !== "offline") return null;
  return (
    <p class="strip foot look" role="status">
      <Icon name="offline" />
      {texts.t("offline")}
    </p>
  );
}
