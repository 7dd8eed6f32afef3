import type { Messages } from "./messages.js";

// Names stay in the nominative and nobody's gender is needed: hence "firma" and the impersonal forms.
export const pl: Messages = {
  sender: "{agents} ({company})",
  subject: "Odpowiedź na czat z {day} – {company}",
  greeting: "Dzień dobry,",
  greetingNamed: "Dzień dobry, {name},",
  introduction: "Na czat z {day} odpowiada firma {company}.",
  introductionNamed: "Na czat z {day} {count, plural, one {odpowiada} other {odpowiadają}} {agents} ({company}).",
  wholeConversation: "Oto cała rozmowa:",
  earlierMessages:
    "Na stronie {count, plural, one {jest # wcześniejsza wiadomość} few {są # wcześniejsze wiadomości} many {jest # wcześniejszych wiadomości} other {jest # wcześniejszej wiadomości}}.",
  moreReplies:
    "Na stronie {count, plural, one {jest jeszcze # nowa odpowiedź} few {są jeszcze # nowe odpowiedzi} many {jest jeszcze # nowych odpowiedzi} other {jest jeszcze # nowej odpowiedzi}}.",
  attachedMessages:
    "W załączniku {file} {count, plural, one {jest jeszcze # wiadomość} few {są jeszcze # wiadomości} many {jest jeszcze # wiadomości} other {jest jeszcze # wiadomości}}.",
  restOnWebsite: "Dalszy ciąg tej wiadomości jest na stronie.",
  restAttached: "Dalszy ciąg tej wiadomości jest w załączniku {file}.",
  you: "Państwa wiadomość",
  newReply: "Nowa odpowiedź – {author}",
  attachedFile: "Załącznik: {name} ({size})",
  linkedFile: "Do pobrania: {name} ({size})",
  goneFile: "Plik {name} nie jest już dostępny.",
  unnamedFile: "plik",
  bytes: "{count, plural, one {# bajt} few {# bajty} many {# bajtów} other {# bajta}}",
  kilobytes: "{count, number} KB",
  megabytes: "{count, number, ::.0} MB",
  continueConversation: "Kontynuuj rozmowę",
  answerByEmail: "Aby odpowiedzieć, wystarczy odpisać na tę wiadomość lub kontynuować rozmowę na stronie.",
  answerOnWebsite:
    "Aby odpowiedzieć, prosimy kontynuować rozmowę na stronie: odpowiedzi na tę wiadomość do nas nie docierają.",
  readOnWebsite: "Aby przeczytać odpowiedź, prosimy otworzyć rozmowę na stronie.",
  footer: "Ta wiadomość została wysłana w związku z rozmową z firmą {company} na czacie na jej stronie.",
  footerUnproven:
    "Ta wiadomość została wysłana, ponieważ ten adres podano na czacie na stronie firmy {company}. Jeśli to pomyłka, można tę wiadomość zignorować.",
  optOut: "Nie chcę więcej wiadomości o tej rozmowie",
  unsubscribeTitle: "Wiadomości e-mail od firmy {company}",
  unsubscribeOffer:
    "Gdy firma {company} odpowiada na czacie pod Państwa nieobecność, odpowiedź jest wysyłana e-mailem.",
  unsubscribeChatStays: "Niezależnie od wyboru rozmowy pozostają na czacie na stronie.",
  unsubscribeStop: "Nie chcę więcej wiadomości o tej rozmowie",
  unsubscribeStopAll: "Nie chcę żadnych wiadomości",
  unsubscribeResume: "Chcę znów otrzymywać wiadomości o tej rozmowie",
  unsubscribeResumeAll: "Chcę znów otrzymywać wiadomości",
  unsubscribeStopped: "Koniec wiadomości o tej rozmowie",
  unsubscribeStoppedMeans:
    "Firma {company} nie będzie już wysyłać e-maili o tej rozmowie. W sprawie innych rozmów nadal może to robić.",
  unsubscribeStoppedAll: "Koniec wiadomości",
  unsubscribeStoppedAllMeans: "Firma {company} nie będzie już wysyłać e-maili o żadnej rozmowie.",
  unsubscribeUnderWay: "Wiadomość, która jest już w drodze, może jeszcze dotrzeć.",
  unsubscribeErased: "Nic więcej nie zostanie wysłane",
  unsubscribeErasedMeans: "Firma {company} usunęła Państwa dane: nie ma już czego wyłączać.",
  unsubscribeUnknown: "Ten link nie działa",
  unsubscribeUnknownMeans:
    "Może jest niepełny albo zbyt stary. Prosimy otworzyć link w nowszej wiadomości od firmy {company} albo napisać na czacie na jej stronie, że nie chcą Państwo więcej wiadomości.",
  unsubscribeUnclear: "Nie wskazano, co wyłączyć. Prosimy wybrać to tutaj.",
};
