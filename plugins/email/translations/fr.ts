import type { Messages } from "./messages.js";

// Names stand in brackets or after a dash: "de" would have to become "d’" before some.
export const fr: Messages = {
  sender: "{agents} via {company}",
  subject: "{company} a répondu à votre conversation du {day}",
  greeting: "Bonjour,",
  greetingNamed: "Bonjour {name},",
  introduction: "{company} a répondu à votre conversation du {day}.",
  introductionNamed: "{agents} ({company}) {count, plural, one {a} other {ont}} répondu à votre conversation du {day}.",
  wholeConversation: "Voici la conversation complète :",
  earlierMessages:
    "{count, plural, one {# message précédent se trouve} many {# de messages précédents se trouvent} other {# messages précédents se trouvent}} sur le site.",
  moreReplies:
    "{count, plural, one {# autre nouvelle réponse se trouve} many {# d’autres nouvelles réponses se trouvent} other {# autres nouvelles réponses se trouvent}} sur le site.",
  attachedMessages:
    "{count, plural, one {# autre message se trouve} many {# d’autres messages se trouvent} other {# autres messages se trouvent}} dans la pièce jointe {file}.",
  restOnWebsite: "La suite de ce message se trouve sur le site.",
  restAttached: "La suite de ce message se trouve dans la pièce jointe {file}.",
  you: "Vous",
  newReply: "Nouvelle réponse – {author}",
  attachedFile: "Pièce jointe : {name} ({size})",
  linkedFile: "Télécharger : {name} ({size})",
  goneFile: "{name} n’est plus disponible.",
  unnamedFile: "fichier",
  bytes: "{count, plural, one {# octet} many {# d’octets} other {# octets}}",
  kilobytes: "{count, number} Ko",
  megabytes: "{count, number, ::.0} Mo",
  continueConversation: "Poursuivre la conversation",
  answerByEmail: "Pour répondre, répondez à cet e-mail ou poursuivez la conversation sur le site.",
  answerOnWebsite:
    "Pour répondre, poursuivez la conversation sur le site : les réponses à cet e-mail ne nous parviennent pas.",
  readOnWebsite: "Pour lire la réponse, ouvrez la conversation sur le site.",
  footer: "Vous recevez cet e-mail car vous avez écrit à {company} dans le chat de son site.",
  footerUnproven:
    "Vous recevez cet e-mail car cette adresse a été saisie dans le chat du site de l’entreprise {company}. Si ce n’était pas vous, vous pouvez ignorer cet e-mail.",
  optOut: "Ne plus recevoir d’e-mails sur cette conversation",
  unsubscribeTitle: "E-mails envoyés par {company}",
  unsubscribeOffer: "Quand {company} répond dans le chat en votre absence, la réponse vous est envoyée par e-mail.",
  unsubscribeChatStays: "Quel que soit votre choix, vos conversations restent dans le chat du site.",
  unsubscribeStop: "Ne plus recevoir d’e-mails sur cette conversation",
  unsubscribeStopAll: "Ne plus recevoir aucun e-mail",
  unsubscribeResume: "Recevoir à nouveau des e-mails sur cette conversation",
  unsubscribeResumeAll: "Recevoir à nouveau des e-mails",
  unsubscribeStopped: "Fin des e-mails sur cette conversation",
  unsubscribeStoppedMeans:
    "{company} ne vous enverra plus d’e-mails à ce sujet, mais peut encore le faire pour d’autres conversations.",
  unsubscribeStoppedAll: "Fin des e-mails",
  unsubscribeStoppedAllMeans: "{company} ne vous enverra plus d’e-mails, quelle que soit la conversation.",
  unsubscribeUnderWay: "Un e-mail déjà en route peut encore arriver.",
  unsubscribeErased: "Plus rien ne vous sera envoyé",
  unsubscribeErasedMeans: "{company} a effacé vos données : il n’y a plus rien à arrêter.",
  unsubscribeUnknown: "Ce lien ne fonctionne pas",
  unsubscribeUnknownMeans:
    "Il est peut-être incomplet ou trop ancien. Ouvrez le lien d’un e-mail plus récent envoyé par {company}, ou indiquez dans le chat de son site que vous n’en voulez plus.",
  unsubscribeUnclear: "Il n’a pas été précisé ce qui doit être arrêté. Veuillez le choisir ici.",
};
