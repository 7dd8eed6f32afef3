import { effect } from "@preact/signals-core";

/** A colour as a website has written it, if it is #rgb or #rrggbb; otherwise none. */
export function accentOf(color: string | null | undefined): string {
  return color != null && /^#(?:[0-9a-f]{3}){1,2}$/i.test(color) ? color : "";
}

/** Colours the page in the accent, whenever it changes; widget.css decides what is readable on it. */
export function showAccent(accent: () => string): void {
  effect(() => {
    const { style, classList } = document.documentElement;
    style.setProperty("--chosen", accent());
    classList.toggle("accent", accent() !== "");
  });
}
