import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { Icon, Ring } from "../../theme/icon.js";
import type { IconName } from "../../theme/icon-paths.js";

/** A sign, or what is left of a countdown. */
export type Sign = IconName | { readonly until: string; readonly seconds: number };

export function SignOf({ sign, now, size }: { readonly sign: Sign; readonly now: number; readonly size: number }) {
  if (typeof sign === "string") return <Icon name={sign} size={size} />;
  return <Ring left={(Date.parse(sign.until) - now) / 1000 / sign.seconds} size={size} />;
}

/** A status: never a colour without a sign and words. */
export function Chip({
  tone,
  sign,
  now,
  isBare = false,
  children,
}: {
  readonly tone: string;
  readonly sign: Sign;
  readonly now?: ReadonlySignal<number>;
  readonly isBare?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`chip ${tone} ${isBare ? "bare" : ""}`}>
      <SignOf sign={sign} now={typeof sign === "string" ? 0 : (now?.value ?? 0)} size={13} />
      {children}
    </span>
  );
}
