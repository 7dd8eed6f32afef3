import type { Messages } from "./messages.js";

// "In data": an article would have to become "dell’" before some days.
export const it: Messages = {
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
  readOnWebsite: "Per leggere la risposta, apra la conversazione sul sito web.",
  footer: "Riceve questa e-mail perché ha scritto a {company} nella chat del sito web.",
  footerUnproven:
    "Riceve questa e-mail perché questo indirizzo è stato inserito nella chat del sito web di {company}. Se non è stato Lei a farlo, può ignorare questa e-mail.",
  optOut: "Non ricevere più e-mail su questa conversazione",
  unsubscribeTitle: "E-mail da {company}",
  unsubscribeOffer: "Quando {company} risponde nella chat in Sua assenza, la risposta Le viene inviata per e-mail.",
  unsubscribeChatStays: "Qualunque sia la Sua scelta, le conversazioni restano nella chat del sito web.",
  unsubscribeStop: "Non ricevere più e-mail su questa conversazione",
  unsubscribeStopAll: "Non ricevere più alcuna e-mail",
  unsubscribeResume: "Ricevere di nuovo e-mail su questa conversazione",
  unsubscribeResumeAll: "Ricevere di nuovo e-mail",
  unsubscribeStopped: "Niente più e-mail su questa conversazione",
  unsubscribeStoppedMeans: "{company} non Le invierà più e-mail al riguardo. Per altre conversazioni può ancora farlo.",
  unsubscribeStoppedAll: "Niente più e-mail",
  unsubscribeStoppedAllMeans: "{company} non Le invierà più e-mail su alcuna conversazione.",
  unsubscribeUnderWay: "Un’e-mail già in viaggio può ancora arrivare.",
  unsubscribeErased: "Non verrà inviato più nulla",
  unsubscribeErasedMeans: "{company} ha cancellato i Suoi dati: non c’è più nulla da disattivare.",
  unsubscribeUnknown: "Questo link non funziona",
  unsubscribeUnknownMeans:
    "Potrebbe essere incompleto o troppo vecchio. Apra il link in un’e-mail più recente ricevuta da {company}, oppure dica nella chat del sito web che non desidera riceverne altre.",
  unsubscribeUnclear: "Non è stato indicato che cosa disattivare. Lo scelga qui.",
};
