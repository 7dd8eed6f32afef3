import type { Sentences } from "./sentences.js";

export const nl: Sentences = {
  sender: "{agents} via {company}",
  subject: "{company} heeft gereageerd op uw chat van {day}",
  greeting: "Hallo,",
  greetingNamed: "Hallo {name},",
  introduction: "{company} heeft gereageerd op uw chat van {day}.",
  introductionNamed:
    "{agents} van {company} {count, plural, one {heeft} other {hebben}} gereageerd op uw chat van {day}.",
  wholeConversation: "Dit is het hele gesprek:",
  earlierMessages: "{count, plural, one {# eerder bericht staat} other {# eerdere berichten staan}} op de website.",
  moreReplies: "{count, plural, one {Nog # nieuw antwoord staat} other {Nog # nieuwe antwoorden staan}} op de website.",
  attachedMessages: "{count, plural, one {Nog # bericht staat} other {Nog # berichten staan}} in de bijlage {file}.",
  restOnWebsite: "De rest van dit bericht staat op de website.",
  restAttached: "De rest van dit bericht staat in de bijlage {file}.",
  you: "U",
  newReply: "Nieuw antwoord van {author}",
  attachedFile: "Bijlage: {name} ({size})",
  linkedFile: "Downloaden: {name} ({size})",
  goneFile: "{name} is niet meer beschikbaar.",
  unnamedFile: "bestand",
  bytes: "{count, plural, one {# byte} other {# bytes}}",
  kilobytes: "{count, number} KB",
  megabytes: "{count, number, ::.0} MB",
  continueConversation: "Gesprek voortzetten",
  answerByEmail: "Antwoord op deze e-mail, of zet het gesprek voort op de website.",
  answerOnWebsite:
    "Wilt u antwoorden? Zet het gesprek dan voort op de website: antwoorden op deze e-mail bereiken ons niet.",
  footer: "U ontvangt deze e-mail omdat u {company} hebt geschreven in de chat op de website.",
  optOut: "Geen e-mails meer over dit gesprek",
};
