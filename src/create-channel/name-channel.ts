/** A channel's name in the forms that code needs. */
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

/** @throws {Error} that says what an id may be */
export function nameChannel(id: string): ChannelNames {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > 40 || id === "web") {
    throw new Error(
      `"${id}" cannot be a channel's id: write up to 40 lower-case letters and digits, words joined by hyphens, beginning ` +
        'with a letter, such as sms or pigeon-post ("web" is the website itself).',
    );
  }
  const pascal = id.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  const words = id.replaceAll("-", " ");
  return {
    id,
    pascal,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    variable: id.replaceAll("-", "_").toUpperCase(),
    // Three letters are an abbreviation more often than a word.
    shown: id.length <= 3 ? id.toUpperCase() : words.charAt(0).toUpperCase() + words.slice(1),
  };
}

/** The template is a channel called sms: every occurrence of that name is replaced. */
export function rename(text: string, { id, camel, pascal, variable, shown }: ChannelNames): string {
  return text
    .replace(/\bSMS(?=_[A-Z])/g, variable)
    .replace(/\bSMS\b/g, shown)
    .replace(/\bsms(?=[A-Z])/g, camel)
    .replace(/Sms(?=[A-Z])/g, pascal)
    .replace(/\bsms\b/g, id);
}
