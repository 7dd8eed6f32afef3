/** What each sentence of a mail, or of the page behind it, is told. A `count` decides plural forms; everything else is text. */
export interface MessageArguments {
  /** In the From header. */
  readonly sender: { readonly agents: string; readonly company: string };
  readonly subject: { readonly company: string; readonly day: string };
  readonly greeting: Nothing;
  readonly greetingNamed: { readonly name: string };
  readonly introduction: { readonly company: string; readonly day: string };
  /** `count`: how many agents, for the verb. */
  readonly introductionNamed: {
    readonly agents: string;
    readonly count: number;
    readonly company: string;
    readonly day: string;
  };
  readonly wholeConversation: Nothing;
  readonly earlierMessages: { readonly count: number };
  readonly moreReplies: { readonly count: number };
  readonly attachedMessages: { readonly count: number; readonly file: string };
  readonly restOnWebsite: Nothing;
  readonly restAttached: { readonly file: string };
  readonly you: Nothing;
  readonly newReply: { readonly author: string };
  readonly attachedFile: { readonly name: string; readonly size: string };
  readonly linkedFile: { readonly name: string; readonly size: string };
  readonly goneFile: { readonly name: string };
  /** A file whose name has nothing to show. */
  readonly unnamedFile: Nothing;
  readonly bytes: { readonly count: number };
  readonly kilobytes: { readonly count: number };
  readonly megabytes: { readonly count: number };
  readonly continueConversation: Nothing;
  readonly answerByEmail: Nothing;
  readonly answerOnWebsite: Nothing;
  readonly footer: { readonly company: string };
  readonly optOut: Nothing;
  /** The page that `optOut` leads to, from here on. */
  readonly unsubscribeTitle: { readonly company: string };
  readonly unsubscribeOffer: { readonly company: string };
  readonly unsubscribeChatStays: Nothing;
  readonly unsubscribeStop: Nothing;
  readonly unsubscribeStopAll: Nothing;
  readonly unsubscribeResume: Nothing;
  readonly unsubscribeResumeAll: Nothing;
  readonly unsubscribeStopped: Nothing;
  readonly unsubscribeStoppedMeans: { readonly company: string };
  readonly unsubscribeStoppedAll: Nothing;
  readonly unsubscribeStoppedAllMeans: { readonly company: string };
  readonly unsubscribeUnderWay: Nothing;
  readonly unsubscribeErased: Nothing;
  readonly unsubscribeErasedMeans: { readonly company: string };
  readonly unsubscribeUnknown: Nothing;
  readonly unsubscribeUnknownMeans: { readonly company: string };
  readonly unsubscribeUnclear: Nothing;
}

export type Nothing = Readonly<Record<never, never>>;
export type MessageKey = keyof MessageArguments;

/**
 * A language's sentences as ICU messages (unicode-org.github.io/icu, "Formatting Messages"). An apostrophe before a brace
 * would quote it: write ’. Names are put in as they are, so a sentence must not need them inflected or elided.
 */
export type Sentences = Readonly<Record<MessageKey, string>>;
