import { useEffect } from "preact/hooks";

/** Keys by what they do: "h", "Shift S", "g i" for one after the other. */
export type Keys = Readonly<Record<string, (() => void) | undefined>>;

const offKey = "afterchat.console.keys-off";
const chordMs = 1_200;
let chord: { readonly key: string; readonly at: number } | null = null;

export function areKeysOn(): boolean {
  return localStorage.getItem(offKey) === null;
}

export function switchKeys(on: boolean): void {
  if (on) localStorage.removeItem(offKey);
  else localStorage.setItem(offKey, "1");
}

/** Calls back for keys, unless something is being written, a dialog is open, or the agent has switched them off. */
export function useKeys(keys: Keys): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (!areKeysOn() || isWriting(event.target) || document.querySelector("dialog[open]") !== null) return;
      const name =
        event.shiftKey && event.key.length === 1 && event.key !== "?" ? `Shift ${event.key.toUpperCase()}` : event.key;
      const isChord = chord !== null && performance.now() - chord.at < chordMs;
      const action = (isChord ? keys[`${chord?.key} ${name}`] : undefined) ?? keys[name];
      if (action === undefined) return;
      event.preventDefault();
      chord = null;
      action();
    };
    const remember = (event: KeyboardEvent) => {
      if (event.key === "g" && !isWriting(event.target)) chord = { key: "g", at: performance.now() };
    };
    addEventListener("keydown", press);
    addEventListener("keydown", remember);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener("keydown", remember);
    };
  }, [keys]);
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, [role=menu]") !== null)
  );
}
