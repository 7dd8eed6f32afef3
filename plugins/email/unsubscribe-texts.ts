/** Every sentence of the unsubscribe page in one language. */
export interface UnsubscribeTexts {
  readonly language: string;
  readonly title: (company: string) => string;
  readonly offer: (company: string) => string;
  readonly stayInChat: string;
  readonly stopped: { readonly title: string; readonly body: (company: string) => string };
  readonly stoppedAll: { readonly title: string; readonly body: (company: string) => string };
  readonly underWay: string;
  readonly stop: string;
  readonly stopAll: string;
  readonly resume: string;
  readonly resumeAll: string;
  readonly erased: { readonly title: string; readonly body: (company: string) => string };
  readonly unknown: { readonly title: string; readonly body: (company: string) => string };
  readonly unclear: string;
}

const english: UnsubscribeTexts = {
  language: "en",
  title: (company) => `Emails from ${company}`,
  offer: (company) => `When ${company} answers in the chat while you are away, the answer is sent to you by email.`,
  stayInChat: "Whatever you choose, your conversations stay in the chat on the website.",
  stopped: {
    title: "No more emails about this conversation",
    body: (company) => `${company} will not email you about it any more. About other conversations it still may.`,
  },
  stoppedAll: {
    title: "No more emails",
    body: (company) => `${company} will not email you about any conversation any more.`,
  },
  underWay: "An email that is already on its way may still arrive.",
  stop: "Stop emails about this conversation",
  stopAll: "Stop all emails",
  resume: "Email me about it again",
  resumeAll: "Email me again",
  erased: {
    title: "Nothing more will be sent",
    body: (company) => `${company} has erased what it knew of you: there is nothing left to stop.`,
  },
  unknown: {
    title: "This link does not work",
    body: (company) =>
      `It may have been cut off, or be too old. Open the link in a newer email from ${company}, or say in the chat on its website that you want no more.`,
  },
  unclear: "What should stop was not said. Please choose it here.",
};

/** By language: what stands here is spoken. */
const languages: Readonly<Record<string, UnsubscribeTexts>> = { en: english };

/** In the first language of an Accept-Language header that the page speaks; English otherwise. */
export function textsFor(acceptLanguage: string | null): UnsubscribeTexts {
  const wanted = (acceptLanguage ?? "")
    .split(",")
    .map((range) => range.trim().split(/[-;]/, 1)[0]?.toLowerCase() ?? "");
  const spoken = wanted.find((language) => Object.hasOwn(languages, language));
  return (spoken === undefined ? undefined : languages[spoken]) ?? english;
}
