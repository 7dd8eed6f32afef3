/**
 * The arguments of each message of an email and of the unsubscribe page. `count` selects plural forms; all others are
 * text.
 */
export interface MessageArguments {
  /** In the From header. */
  readonly sender: { readonly agents: string; readonly company: string };
  readonly subject: { readonly company: string; readonly day: string };
  readonly greeting: NoArguments;
  readonly greetingNamed: { readonly name: string };
  readonly introduction: { readonly company: string; readonly day: string };
  /** `count`: the number of agents, for the verb. */
  readonly introductionNamed: {
    readonly agents: string;
    readonly count: number;
    readonly company: string;
    readonly day: string;
  };
  readonly wholeConversation: NoArguments;
  readonly earlierMessages: { readonly count: number };
  readonly moreReplies: { readonly count: number };
  readonly attachedMessages: { readonly count: number; readonly file: string };
  readonly restOnWebsite: NoArguments;
  readonly restAttached: { readonly file: string };
  readonly you: NoArguments;
  readonly newReply: { readonly author: string };
  readonly attachedFile: { readonly name: string; readonly size: string };
  readonly linkedFile: { readonly name: string; readonly size: string };
  readonly goneFile: { readonly name: string };
  /** A file without a displayable name. */
  readonly unnamedFile: NoArguments;
  readonly bytes: { readonly count: number };
  readonly kilobytes: { readonly count: number };
  readonly megabytes: { readonly count: number };
  readonly continueConversation: NoArguments;
  readonly answerByEmail: NoArguments;
  readonly answerOnWebsite: NoArguments;
  /** Of an email that shows no reply. */
  readonly readOnWebsite: NoArguments;
  readonly footer: { readonly company: string };
  /** The address may be a stranger's. */
  readonly footerUnproven: { readonly company: string };
  readonly optOut: NoArguments;
  /** From here on: the page that `optOut` links to. */
  readonly unsubscribeTitle: { readonly company: string };
  readonly unsubscribeOffer: { readonly company: string };
  readonly unsubscribeChatStays: NoArguments;
  readonly unsubscribeStop: NoArguments;
  readonly unsubscribeStopAll: NoArguments;
  readonly unsubscribeResume: NoArguments;
  readonly unsubscribeResumeAll: NoArguments;
  readonly unsubscribeStopped: NoArguments;
  readonly unsubscribeStoppedMeans: { readonly company: string };
  readonly unsubscribeStoppedAll: NoArguments;
  readonly unsubscribeStoppedAllMeans: { readonly company: string };
  readonly unsubscribeUnderWay: NoArguments;
  readonly unsubscribeErased: NoArguments;
  readonly unsubscribeErasedMeans: { readonly company: string };
  readonly unsubscribeUnknown: NoArguments;
  readonly unsubscribeUnknownMeans: { readonly company: string };
  readonly unsubscribeUnclear: NoArguments;
}

export type NoArguments = Readonly<Record<never, never>>;
export type MessageKey = keyof MessageArguments;

/**
 * A language's texts as ICU messages (unicode-org.github.io/icu, "Formatting Messages"). An apostrophe before a brace
 * would quote it: write ’. Names are inserted unchanged, so a message must not need them inflected or elided.
 */
export type Messages = Readonly<Record<MessageKey, string>>;
