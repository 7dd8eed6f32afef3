import { linkify } from "./linkify.js";

/** What a person wrote, with its lines and links. Links open in a new tab, which learns nothing of this one (`noreferrer` implies `noopener`). */
export function MessageText({ text }: { readonly text: string }) {
  return (
    <>
      {linkify(text).map(({ text: part, href }) =>
        href === null ? (
          part
        ) : (
          <a href={href} target="_blank" rel="noreferrer nofollow ugc">
            {part}
          </a>
        ),
      )}
    </>
  );
}
