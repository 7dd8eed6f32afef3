/** A channel's name in every form that the template contains. */
export interface ChannelNames {
  /** pigeon-post */
  readonly id: string;
  /** pigeonPost */
  readonly camel: string;
  /** PigeonPost */
  readonly pascal: string;
  /** PIGEON_POST */
  readonly variable: string;
  /** Pigeon post */
  readonly shown: string;
}

/** @throws {Error} whose message says what an id may look like */
export function deriveNames(id: string): ChannelNames {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 40 || id === "web") {
    throw new Error(
      `"${id}" cannot be a channel's id: use up to 40 lower-case letters and digits, beginning with a letter, with ` +
        'hyphens between words, such as sms or pigeon-post ("web" is reserved for the website).',
    );
  }
  const pascal = id.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  const words = id.replaceAll("-", " ");
  return {
    id,
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    variable: id.replaceAll("-", "_").toUpperCase(),
    // A name of up to three letters is usually an abbreviation.
    shown: id.length <= 3 ? id.toUpperCase() : words.charAt(0).toUpperCase() + words.slice(1),
  };
}

/** Replaces every occurrence of sms, the name of the template's channel. */
export function replaceNames(text: string, { id, camel, pascal, variable, shown }: ChannelNames): string {
  return text
    .replace(/\bSMS(?=_[A-Z])/g, variable)
    .replace(/\bSMS\b/g, shown)
    .replace(/\bsms(?=[A-Z])/g, camel)
    .replace(/Sms(?=[A-Z])/g, pascal)
    .replace(/\bsms\b/g, id);
}
