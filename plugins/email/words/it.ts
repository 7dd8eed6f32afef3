import type { Sentences } from "./sentences.js";

// "In data": an article would have to become "dell’" before some days.
export const it: Sentences = {
  sender: "{agents} via {company}",
  subject: "{company} ha risposto alla Sua chat in data {day}",
  greeting: "Buongiorno,",
  greetingNamed: "Buongiorno {name},",
  introduction: "{company} ha risposto alla Sua chat in data {day}.",
  introductionNamed:
    "{agents} ({company}) {count, plural, one {ha} other {hanno}} risposto alla Sua chat in data {day}.",
  wholeConversation: "Ecco l’intera conversazione:",
  earlierMessages:
    "{count, plural, one {# messaggio precedente si trova} many {# di messaggi precedenti si trovano} other {# messaggi precedenti si trovano}} sul sito web.",
  moreReplies:
    "{count, plural, one {Un’altra nuova risposta si trova} many {Altri # di nuove risposte si trovano} other {Altre # nuove risposte si trovano}} sul sito web.",
  attachedMessages:
    "{count, plural, one {Un altro messaggio si trova} many {Altri # di messaggi si trovano} other {Altri # messaggi si trovano}} nel file allegato {file}.",
  restOnWebsite: "Il resto di questo messaggio si trova sul sito web.",
  restAttached: "Il resto di questo messaggio si trova nel file allegato {file}.",
  you: "Lei",
  newReply: "Nuova risposta da {author}",
  attachedFile: "Allegato: {name} ({size})",
  linkedFile: "Scarica: {name} ({size})",
  goneFile: "{name} non è più disponibile.",
  unnamedFile: "file",
  bytes: "{count, plural, one {# byte} many {# di byte} other {# byte}}",
  kilobytes: "{count, number} KB",
  megabytes: "{count, number, ::.0} MB",
  continueConversation: "Continua la conversazione",
  answerByEmail: "Per rispondere, risponda a questa e-mail o continui la conversazione sul sito web.",
  answerOnWebsite:
    "Per rispondere, continui la conversazione sul sito web: le risposte a questa e-mail non ci raggiungono.",
  footer: "Riceve questa e-mail perché ha scritto a {company} nella chat del sito web.",
  optOut: "Non ricevere più e-mail su questa conversazione",
};
