import { type IconName, iconPaths } from "./icon-paths.js";

/** Their strokes are short. */
const bold: ReadonlySet<IconName> = new Set(["more", "pause"]);

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class={bold.has(name) ? "i bold" : "i"} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={iconPaths[name]} />
    </svg>
  );
}

/** The mark of Afterchat: a chat bubble that is an envelope. */
export function Mark({ size }: { readonly size: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3.5 1.75h9A2.25 2.25 0 0 1 14.75 4v5.5a2.25 2.25 0 0 1-2.25 2.25H7.9l-2.96 2.5a.6.6 0 0 1-.99-.46v-2.04H3.5A2.25 2.25 0 0 1 1.25 9.5V4A2.25 2.25 0 0 1 3.5 1.75Z" />
      <path class="fold" d="m4.6 5.1 3.4 2.5 3.4-2.5" />
    </svg>
  );
}

/** A countdown: a ring that empties. `left`: 1 at its beginning, 0 at its end. */
export function Ring({ left, size = 16 }: { readonly left: number; readonly size?: number }) {
  const length = 2 * Math.PI * 6.25;
  return (
    <svg class="i ring" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <circle class="track" cx="8" cy="8" r="6.25" />
      <circle
        cx="8"
        cy="8"
        r="6.25"
        stroke-dasharray={`${(length * Math.max(0, Math.min(1, left))).toFixed(2)} ${length.toFixed(2)}`}
        transform="rotate(-90 8 8)"
      />
    </svg>
  );
}
