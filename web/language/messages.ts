/** The arguments of each text of the widget. `count` selects plural forms, and is shown as a number; all others are text. */
export interface MessageArguments {
  /** The name of the dialog. */
  readonly chatWith: { readonly company: string };
  readonly openChat: NoArguments;
  readonly openChatUnread: { readonly count: number };
  readonly closeChat: NoArguments;
  readonly more: NoArguments;
  readonly back: NoArguments;
  /** The first line of the start page. */
  readonly hello: NoArguments;
  readonly writeToUs: NoArguments;
  readonly yourConversations: NoArguments;
  readonly moreConversations: NoArguments;
  readonly answersFollow: NoArguments;
  /** `names`: a list of names; `count`: how many. */
  readonly areHere: { readonly names: string; readonly count: number };
  readonly nobodyHere: NoArguments;
  readonly awayByEmail: NoArguments;
  readonly awayChatOnly: NoArguments;
  readonly connecting: NoArguments;
  readonly messages: NoArguments;
  readonly writeMessage: NoArguments;
  readonly firstEmail: NoArguments;
  readonly send: NoArguments;
  readonly attach: NoArguments;
  readonly dropFiles: NoArguments;
  readonly remove: { readonly name: string };
  readonly whereAnswer: NoArguments;
  /** Under it, while no agent is online. */
  readonly leaveEmail: NoArguments;
  /** Under it, while agents are online. */
  readonly leaveEmailAnyway: NoArguments;
  readonly email: NoArguments;
  readonly name: NoArguments;
  readonly ifYouLike: NoArguments;
  readonly sendMessage: NoArguments;
  readonly emailMe: NoArguments;
  readonly notNow: NoArguments;
  readonly emailMissing: NoArguments;
  readonly emailUnfinished: NoArguments;
  readonly usedToAnswer: NoArguments;
  readonly willEmail: { readonly address: string };
  readonly canClose: NoArguments;
  readonly otherAddress: NoArguments;
  readonly answersWait: NoArguments;
  readonly emailThem: NoArguments;
  /** `address` is shown in bold. */
  readonly guest: { readonly address: string };
  readonly notYou: NoArguments;
  readonly linkExpired: NoArguments;
  readonly waits: NoArguments;
  readonly sent: NoArguments;
  readonly read: NoArguments;
  readonly alsoEmailed: { readonly time: string };
  readonly fromEmail: { readonly time: string };
  readonly edited: NoArguments;
  readonly takenBack: NoArguments;
  readonly notSent: NoArguments;
  readonly edit: NoArguments;
  readonly delete: NoArguments;
  readonly offline: NoArguments;
  readonly failed: NoArguments;
  readonly tryAgain: NoArguments;
  readonly tooLarge: { readonly size: string };
  readonly typeRefused: NoArguments;
  readonly tooManyFiles: { readonly count: number };
  readonly uploadFailed: NoArguments;
  readonly uploadWaits: NoArguments;
  readonly closedConversation: NoArguments;
  readonly emailsOn: NoArguments;
  readonly soundOn: NoArguments;
  readonly typing: { readonly name: string };
  readonly someoneTyping: NoArguments;
  readonly you: NoArguments;
  readonly newReplies: { readonly count: number };
  readonly earlier: NoArguments;
  readonly today: { readonly time: string };
  readonly yesterday: { readonly time: string };
  readonly nameFrom: { readonly name: string; readonly company: string };
  readonly dismiss: NoArguments;
  readonly unread: { readonly count: number };
  readonly tooLong: { readonly count: number };
}

export type NoArguments = Readonly<Record<never, never>>;
export type MessageKey = keyof MessageArguments;

/**
 * A language's texts as ICU messages, as those of emails: plugins/email/translations. An apostrophe before a brace would quote
 * it: write ’. Names are inserted unchanged, so a message must not need them inflected or elided.
 */
export type Messages = Readonly<Record<MessageKey, string>>;
