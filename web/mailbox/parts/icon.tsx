/** Drawn on a grid of 16 px with strokes of 1.5 px. */
const paths = {
  alert: "M8 2.3 14.2 13H1.8ZM8 6.4v3M8 11.2v.05",
  back: "M9.8 3.6 5.4 8l4.4 4.4",
  ban: "M13.9 8A5.9 5.9 0 1 1 2.1 8a5.9 5.9 0 0 1 11.8 0M3.9 12.1l8.2-8.2",
  bounce:
    "M14.25 7V4.85a1.6 1.6 0 0 0-1.6-1.6h-9.3a1.6 1.6 0 0 0-1.6 1.6v6.3a1.6 1.6 0 0 0 1.6 1.6H7M2.2 4.6 8 8.8l5.8-4.2M14.6 12h-5M11.6 10l-2 2 2 2",
  check: "m3 8.4 3.2 3.2L13 4.8",
  clip: "m13.2 7.4-5.3 5.3a3.4 3.4 0 0 1-4.8-4.8l5.6-5.6a2.25 2.25 0 0 1 3.2 3.2l-5.5 5.5a1.1 1.1 0 0 1-1.6-1.6l4.9-4.9",
  clock: "M13.9 8A5.9 5.9 0 1 1 2.1 8a5.9 5.9 0 0 1 11.8 0M8 4.9V8l2 1.5",
  external:
    "M9.3 2.6h4.1v4.1M13.2 2.8 7.6 8.4M11.6 9.4v2.8a1.2 1.2 0 0 1-1.2 1.2H3.8a1.2 1.2 0 0 1-1.2-1.2V5.6a1.2 1.2 0 0 1 1.2-1.2h2.8",
  mail: "M3.35 3.25h9.3a1.6 1.6 0 0 1 1.6 1.6v6.3a1.6 1.6 0 0 1-1.6 1.6h-9.3a1.6 1.6 0 0 1-1.6-1.6v-6.3a1.6 1.6 0 0 1 1.6-1.6ZM2.2 4.6l5.8 4.2 5.8-4.2",
  moon: "M13.3 9.5A5.7 5.7 0 1 1 6.5 2.7a4.6 4.6 0 0 0 6.8 6.8Z",
  more: "M3.4 8h.01M8 8h.01M12.6 8h.01",
  reply: "M6.2 3.5 2.4 7.2l3.8 3.7M2.6 7.2h6.6a4.4 4.4 0 0 1 4.4 4.4v.9",
  sun: "M10.8 8a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0M8 1.6v1.2M8 13.2v1.2M1.6 8h1.2M13.2 8h1.2M3.5 3.5l.8.8M11.7 11.7l.8.8M3.5 12.5l.8-.8M11.7 4.3l.8-.8",
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
