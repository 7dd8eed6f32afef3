/** Drawn on a grid of 16 px with strokes of 1.5 px. */
const paths = {
  alert: "M8 2.3 14.2 13H1.8ZM8 6.4v3M8 11.2v.05",
  back: "M9.8 3.6 5.4 8l4.4 4.4",
  check: "m3 8.4 3.2 3.2L13 4.8",
  clip: "m13.2 7.4-5.3 5.3a3.4 3.4 0 0 1-4.8-4.8l5.6-5.6a2.25 2.25 0 0 1 3.2 3.2l-5.5 5.5a1.1 1.1 0 0 1-1.6-1.6l4.9-4.9",
  clock: "M13.9 8A5.9 5.9 0 1 1 2.1 8a5.9 5.9 0 0 1 11.8 0M8 4.9V8l2 1.5",
  cross: "m4 4 8 8M12 4l-8 8",
  down: "m4 6.2 4 4 4-4",
  file: "M9 1.8H4.6A1.4 1.4 0 0 0 3.2 3.2v9.6a1.4 1.4 0 0 0 1.4 1.4h6.8a1.4 1.4 0 0 0 1.4-1.4V5.6ZM8.9 1.9v3.8h3.8",
  image:
    "M3.5 2.6h9a1.6 1.6 0 0 1 1.6 1.6v7.6a1.6 1.6 0 0 1-1.6 1.6h-9a1.6 1.6 0 0 1-1.6-1.6V4.2a1.6 1.6 0 0 1 1.6-1.6ZM6.5 6a1.1 1.1 0 1 1-2.2 0 1.1 1.1 0 0 1 2.2 0M2.3 11.6l3.5-3.1 2.4 2 2.7-2.9 3 3",
  link: "M6.6 9.4a2.7 2.7 0 0 0 3.9 0l2.2-2.2a2.75 2.75 0 0 0-3.9-3.9l-.9.9M9.4 6.6a2.7 2.7 0 0 0-3.9 0L3.3 8.8a2.75 2.75 0 0 0 3.9 3.9l.9-.9",
  mail: "M3.35 3.25h9.3a1.6 1.6 0 0 1 1.6 1.6v6.3a1.6 1.6 0 0 1-1.6 1.6h-9.3a1.6 1.6 0 0 1-1.6-1.6v-6.3a1.6 1.6 0 0 1 1.6-1.6ZM2.2 4.6l5.8 4.2 5.8-4.2",
  more: "M3.4 8h.01M8 8h.01M12.6 8h.01",
  offline: "M5 5.1A3.6 3.6 0 0 0 4.3 12.2h7.2M13.2 11.4a2.7 2.7 0 0 0-1.3-4.8A4 4 0 0 0 7.7 3.7M2.4 2.4l11.2 11.2",
  send: "M14 2 7.2 8.8M14 2 9.7 14l-2.5-5.2L2 6.3Z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg class={`i ${name}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
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
