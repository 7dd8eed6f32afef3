/** Classes of ui.css. */
const tones = "abcde";

export interface AvatarProps {
  readonly name: string | null;
  readonly size?: "s" | "m" | "l";
  /** Undefined: not shown. */
  readonly online?: boolean;
}

/** The first letter of a person's name, in a colour of theirs. */
export function Avatar({ name, size, online }: AvatarProps) {
  return (
    <span class={`avatar ${name === null ? "" : toneOf(name)} ${size ?? ""}`} aria-hidden="true">
      {name === null ? "?" : initialOf(name)}
      {online !== undefined && <i class={online ? "dot" : "dot off"} />}
    </span>
  );
}

/** A whole character, also where it takes more than one code unit. */
function initialOf(name: string): string {
  const [first = "?"] = [...name.trim()];
  return first.toLocaleUpperCase();
}

/** The same name has the same colour everywhere. */
function toneOf(name: string): string {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return tones.charAt(sum % tones.length);
}
