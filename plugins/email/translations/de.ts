import type { Messages } from "./messages.js";

export const de: Messages = {
  sender: "{agents} via {company}",
  subject: "{company} hat auf Ihren Chat vom {day} geantwortet",
  greeting: "Guten Tag,",
  greetingNamed: "Guten Tag {name},",
  introduction: "{company} hat auf Ihren Chat vom {day} geantwortet.",
  introductionNamed:
    "{agents} von {company} {count, plural, one {hat} other {haben}} auf Ihren Chat vom {day} geantwortet.",
  wholeConversation: "Hier ist die ganze Unterhaltung:",
  earlierMessages:
    "{count, plural, one {# frühere Nachricht finden Sie} other {# frühere Nachrichten finden Sie}} auf der Website.",
  moreReplies:
    "{count, plural, one {# weitere neue Antwort finden Sie} other {# weitere neue Antworten finden Sie}} auf der Website.",
  attachedMessages:
    "{count, plural, one {# weitere Nachricht finden Sie} other {# weitere Nachrichten finden Sie}} in der angehängten Datei {file}.",
  restOnWebsite: "Den Rest dieser Nachricht finden Sie auf der Website.",
  restAttached: "Den Rest dieser Nachricht finden Sie in der angehängten Datei {file}.",
  you: "Sie",
  newReply: "Neue Antwort von {author}",
  attachedFile: "Angehängt: {name} ({size})",
  linkedFile: "Herunterladen: {name} ({size})",
  goneFile: "{name} ist nicht mehr verfügbar.",
  unnamedFile: "Datei",
  bytes: "{count, plural, one {# Byte} other {# Byte}}",
  kilobytes: "{count, number} KB",
  megabytes: "{count, number, ::.0} MB",
  continueConversation: "Unterhaltung fortsetzen",
  answerByEmail: "Antworten Sie einfach auf diese E-Mail, oder setzen Sie die Unterhaltung auf der Website fort.",
  answerOnWebsite:
    "Bitte antworten Sie auf der Website, indem Sie die Unterhaltung dort fortsetzen: Antworten auf diese E-Mail erreichen uns nicht.",
  readOnWebsite: "Um die Antwort zu lesen, öffnen Sie bitte die Unterhaltung auf der Website.",
  footer: "Sie erhalten diese E-Mail, weil Sie {company} im Chat auf der Website geschrieben haben.",
  footerUnproven:
    "Sie erhalten diese E-Mail, weil diese Adresse im Chat auf der Website von {company} eingegeben wurde. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren.",
  optOut: "Keine weiteren E-Mails zu dieser Unterhaltung",
  unsubscribeTitle: "E-Mails von {company}",
  unsubscribeOffer: "Wenn {company} im Chat antwortet, während Sie nicht da sind, erhalten Sie die Antwort per E-Mail.",
  unsubscribeChatStays: "Wofür Sie sich auch entscheiden: Ihre Unterhaltungen bleiben im Chat auf der Website.",
  unsubscribeStop: "E-Mails zu dieser Unterhaltung abbestellen",
  unsubscribeStopAll: "Alle E-Mails abbestellen",
  unsubscribeResume: "Wieder E-Mails zu dieser Unterhaltung erhalten",
  unsubscribeResumeAll: "Wieder E-Mails erhalten",
  unsubscribeStopped: "Keine E-Mails mehr zu dieser Unterhaltung",
  unsubscribeStoppedMeans:
    "{company} schreibt Ihnen dazu keine E-Mails mehr. Zu anderen Unterhaltungen können Sie weiterhin welche erhalten.",
  unsubscribeStoppedAll: "Keine E-Mails mehr",
  unsubscribeStoppedAllMeans: "{company} schreibt Ihnen zu keiner Unterhaltung mehr E-Mails.",
  unsubscribeUnderWay: "Eine E-Mail, die schon unterwegs ist, kann noch ankommen.",
  unsubscribeErased: "Sie erhalten nichts mehr",
  unsubscribeErasedMeans: "{company} hat gelöscht, was über Sie gespeichert war: Es gibt nichts mehr abzubestellen.",
  unsubscribeUnknown: "Dieser Link funktioniert nicht",
  unsubscribeUnknownMeans:
    "Er ist vielleicht unvollständig oder zu alt. Öffnen Sie den Link in einer neueren E-Mail von {company}, oder sagen Sie im Chat auf der Website, dass Sie keine E-Mails mehr möchten.",
  unsubscribeUnclear: "Es wurde nicht gesagt, was abbestellt werden soll. Bitte wählen Sie es hier.",
};
