/** Classes of widget.css. */
const tones = "abcde";

/** The first letter of a person's name, in a colour of theirs. */
export function Avatar({ name, size = "" }: { readonly name: string; readonly size?: "m" | "" }) {
  return (
    <span class={`avatar ${toneOf(name)} ${size}`} aria-hidden="true">
      {initialOf(name)}
    </span>
  );
}

/** Of a person or company: a whole character, also where it takes more than one code unit. */
function initialOf(name: string): string {
  const [first = ""] = [...name.trim()];
  return first.toLocaleUpperCase();
}

/** The same name has the same colour everywhere. */
function toneOf(name: string): string {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return tones.charAt(sum % tones.length);
}
