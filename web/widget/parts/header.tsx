import type { ComponentChildren } from "preact";
import { useWidget } from "../widget.js";
import { Avatar } from "./avatar.js";
import { Icon, type IconName } from "./icon.js";
import { Menu } from "./menu.js";
import { presenceLine } from "./presence-line.js";

/** A button that is only a picture. */
export function Tap({
  icon,
  label,
  onClick,
}: {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
}) {
  return (
    <button type="button" class="tap" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} size={20} />
    </button>
  );
}

/** The people of a conversation: who is here, else who has answered, else the company. */
export function usePeople(): readonly string[] {
  const { website, open, conversations } = useWidget().state.value;
  const here = website?.here.map(({ name }) => name) ?? [];
  const assignee = conversations.find(({ id }) => id === open?.id)?.assignee?.name;
  const answered = (open?.messages ?? []).flatMap(({ author }) =>
    author.__typename === "Visitor" || author.name === null ? [] : [author.name],
  );
  const names = [...new Set([...(assignee === undefined ? [] : [assignee]), ...here, ...answered.reverse()])];
  return names.length === 0 ? [website?.company ?? ""] : names.slice(0, 2);
}

export function People({ names }: { readonly names: readonly string[] }) {
  return (
    <span class="stack">
      {names.map((name) => (
        <Avatar key={name} name={name} />
      ))}
    </span>
  );
}

/** The words of `presenceLine`. */
export function usePresence(): { readonly isHere: boolean; readonly words: string } | null {
  const { state, texts } = useWidget();
  const line = presenceLine(state.value);
  if (line === null) return null;
  if (line.kind !== "areHere") return { isHere: false, words: texts.t(line.kind) };
  return { isHere: true, words: texts.t("areHere", { names: texts.list(line.names), count: line.names.length }) };
}

export function Header({ children }: { readonly children?: ComponentChildren }) {
  const { state, texts, close } = useWidget();
  const presence = usePresence();
  return (
    <header>
      {children}
      <People names={usePeople()} />
      <div class="who">
        <b class="cut" dir="auto">
          {state.value.website?.company}
        </b>
        {presence !== null && <small class={presence.isHere ? "" : "away"}>{presence.words}</small>}
      </div>
      <Menu />
      <Tap icon="cross" label={texts.t("closeChat")} onClick={close} />
    </header>
  );
}
