/** A mail as its text part, and the new text in it. */
export interface AnsweredMail {
  readonly text: string;
  readonly expected: string;
}

/** What a table of tails cannot say: answers below, between and without quotes, signatures, and words that must stay. */
export const answeredMails: Readonly<Record<string, AnsweredMail>> = {
  "an answer below the quote stands alone": {
    text: "On 4 Mar 2025, at 09:12, Lantern Books <shop@lantern.example> wrote:\n> Which colour?\n>\n> Greetings\n\nThe blue one, please.",
    expected: "The blue one, please.",
  },
  "answers between the quotes keep the questions": {
    text: "Hello,\n\nOn 4 Mar 2025, at 09:12, Lantern Books <shop@lantern.example> wrote:\n> Which colour?\n\nBlue.\n\n> And which size?\n\nLarge.\n\n> Greetings",
    expected: "Hello,\n\n> Which colour?\n\nBlue.\n\n> And which size?\n\nLarge.",
  },
  "answers between quotes from the first line on": {
    text: "Am 04.03.25 um 09:12 schrieb Laterne Bücher:\n> Welche Farbe?\nBlau.\n> Welche Größe?\nGroß.",
    expected: "> Welche Farbe?\nBlau.\n> Welche Größe?\nGroß.",
  },
  "a quote that the person chose, with the answer below": {
    text: "> a blue one or a red one\n\nBlue!\n\nOn Tue, Mar 4, 2025 at 9:12 AM Lantern Books <shop@lantern.example> wrote:\n\n> Do you want\n> a blue one or a red one",
    expected: "> a blue one or a red one\n\nBlue!",
  },
  "a wrapped rest of a quoted line is no answer": {
    text: "Blue.\n\nOn 3/4/25 09:12, Lantern Books wrote:\n> This is a quoted line that a mail program on the way has wrapped in an\nugly manner\n> and here it goes on.",
    expected: "Blue.",
  },
  "a signature behind its delimiter": {
    text: "Blue, please.\n\n-- \nNora\nHome Office Ltd.\n+44 20 7946 0000",
    expected: "Blue, please.",
  },
  "a signature below the quote": {
    text: "Blue, please.\n\nOn 3/4/25 09:12, Lantern Books wrote:\n> Which colour?\n\n--\nNora\nhttps://home.example",
    expected: "Blue, please.",
  },
  "a signature behind a line of underscores": {
    text: "Blue, please.\n\n______________________\nNora Home\nHead of Lamps\nTel.: +44 20 7946 0000\nnora@home.example",
    expected: "Blue, please.",
  },
  "a closing with a name stays": {
    text: "Blue, please.\n\nKind regards\nNora",
    expected: "Blue, please.\n\nKind regards\nNora",
  },
  "rules between paragraphs stay": {
    text: "First part.\n\n---\n\nSecond part, which is as long as the first and ends in a full stop.\n\n***\n\nThird part.",
    expected:
      "First part.\n\n---\n\nSecond part, which is as long as the first and ends in a full stop.\n\n***\n\nThird part.",
  },
  "a list with hyphens and numbers stays": {
    text: "I need:\n\n- a lamp\n- a shade\n  - blue\n\n1. soon\n2. cheap\n\n* and thanks",
    expected: "I need:\n\n- a lamp\n- a shade\n  - blue\n\n1. soon\n2. cheap\n\n* and thanks",
  },
  "code with a greater-than sign stays": {
    text: "It fails:\n\n```\n> select 1;\n-- \nFrom: here\n```\n\nWhy?",
    expected: "It fails:\n\n```\n> select 1;\n-- \nFrom: here\n```\n\nWhy?",
  },
  "a sentence that says who wrote when stays": {
    text: "On Monday I wrote to you at 9:12 and nobody answered:\n\nwhere is my parcel?\n\nAs I wrote on 4 March 2025 at 9:12:\nit never came.",
    expected:
      "On Monday I wrote to you at 9:12 and nobody answered:\n\nwhere is my parcel?\n\nAs I wrote on 4 March 2025 at 9:12:\nit never came.",
  },
  "a journey from one place to another is no header block": {
    text: "Please book:\n\nFrom: Porto\nTo: Lisbon\nDate: 4 March 2025\n\nThank you!",
    expected: "Please book:\n\nFrom: Porto\nTo: Lisbon\nDate: 4 March 2025\n\nThank you!",
  },
  "an address form is no header block": {
    text: "Name: Nora\nTo: Harbour Street 4\nSubject: lamps\nPhone: 020 7946 0000",
    expected: "Name: Nora\nTo: Harbour Street 4\nSubject: lamps\nPhone: 020 7946 0000",
  },
  "words about being sent from something stay": {
    text: "The parcel was\nsent from my office in Porto on Monday, I have the receipt here.\n\nSent from Porto, it takes two days.\n\nWhere is it?",
    expected:
      "The parcel was\nsent from my office in Porto on Monday, I have the receipt here.\n\nSent from Porto, it takes two days.\n\nWhere is it?",
  },
  "a disclaimer without a delimiter stays, for it may be the person's": {
    text: "Blue.\n\nThis message is confidential, please do not tell my husband.",
    expected: "Blue.\n\nThis message is confidential, please do not tell my husband.",
  },
  "a gateway's disclaimer below the quote goes": {
    text: "Blue.\n\nOn 3/4/25 09:12, Lantern Books wrote:\n> Which colour?\n\nThis email and any attachments are confidential and intended solely for the use of the individual to whom they are addressed.",
    expected: "Blue.",
  },
  "a postscript below the quote stays": {
    text: "Blue.\n\nOn 3/4/25 09:12, Lantern Books wrote:\n> Which colour?\n\nPS: and a red one for my sister.",
    expected: "Blue.\n\n> Which colour?\n\nPS: and a red one for my sister.",
  },
  "a mailing list's or antivirus's footer goes": {
    text: "Blue.\n\nOn 3/4/25 09:12, Lantern Books wrote:\n> Which colour?\n\n--\nThis email has been checked for viruses by AVG.\nwww.avg.com",
    expected: "Blue.",
  },
  "Windows line ends and no-break spaces": {
    text: "Blue.\r\n\r\nLe\u00a0mar. 4 mars 2025 à\u00a009:12, Livres Lanterne <boutique@lanterne.example> a écrit\u00a0:\r\n\r\n> Quelle couleur ?\r\n",
    expected: "Blue.",
  },
  "an encrypted mail's wrapping": {
    text: "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nBlue, please.\n-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----",
    expected: "Blue, please.",
  },
  "quotes marked with initials": {
    text: "Blue.\n\nLantern Books <shop@lantern.example> wrote:\nLB> Which colour?\nLB> Greetings",
    expected: "Blue.",
  },
  "only a phone's signature and a quote: the whole is shown": {
    text: "Sent from my iPhone\n\n> On 4 Mar 2025, at 09:12, Lantern Books <shop@lantern.example> wrote:\n>\n> Which colour?",
    expected:
      "Sent from my iPhone\n\n> On 4 Mar 2025, at 09:12, Lantern Books <shop@lantern.example> wrote:\n>\n> Which colour?",
  },
  "a forward without a word of one's own: the whole is shown": {
    text: "---------- Forwarded message ---------\nFrom: Lantern Books <shop@lantern.example>\nDate: Tue, Mar 4, 2025 at 9:12 AM\nSubject: Lamps\nTo: <nora@home.example>\n\nYour parcel left.",
    expected:
      "---------- Forwarded message ---------\nFrom: Lantern Books <shop@lantern.example>\nDate: Tue, Mar 4, 2025 at 9:12 AM\nSubject: Lamps\nTo: <nora@home.example>\n\nYour parcel left.",
  },
  "a plain short answer": { text: "Ja!", expected: "Ja!" },
  "an arrow and a heart are words": { text: "blue -> red\n<3\n>_<", expected: "blue -> red\n<3\n>_<" },
  "a colon and a time are no attribution": {
    text: "The opening hours on your page:\n\nMonday 9:12 - 18:00, Lantern Books:\nclosed\n\nIs that right?",
    expected: "The opening hours on your page:\n\nMonday 9:12 - 18:00, Lantern Books:\nclosed\n\nIs that right?",
  },
  "a colleague's words that the person tells stay": {
    text: 'On Monday at 9:12 your colleague wrote:\n"We ship tomorrow."\n\nThat never happened.',
    expected: 'On Monday at 9:12 your colleague wrote:\n"We ship tomorrow."\n\nThat never happened.',
  },
  "a sentence that begins like an attribution stays": {
    text: "Le colis est parti le 4 mars 2025 à 09:12 et le livreur a écrit :\n\nabsent\n\nC'est faux.",
    expected: "Le colis est parti le 4 mars 2025 à 09:12 et le livreur a écrit :\n\nabsent\n\nC'est faux.",
  },
  "a log between rules stays": {
    text: "Here is the log:\n\n----- begin log -----\nline one\n----- end log -----\n\nPlease help.",
    expected: "Here is the log:\n\n----- begin log -----\nline one\n----- end log -----\n\nPlease help.",
  },
  "a table of pipes stays": {
    text: "Is it this one?\n\n| Size | Price |\n|------|-------|\n| L    | 9     |",
    expected: "Is it this one?\n\n| Size | Price |\n|------|-------|\n| L    | 9     |",
  },
  "a session with prompts stays": {
    text: "It prints:\n\n>>> lamp.colour\n>>> lamp.size",
    expected: "It prints:\n\n>>> lamp.colour\n>>> lamp.size",
  },
  "a mailing list's footer goes": {
    text: "Blue.\n\nUnsubscribe: <mailto:lamps-request@lists.example?subject=unsubscribe>\n<https://lists.example/lamps>",
    expected: "Blue.",
  },
};

/** As above, but shown to the rules only when they were done. */
export const unseenAnsweredMails: Readonly<Record<string, AnsweredMail>> = {
  "an answer below a German quote": {
    text: "Am Di., 4. März 2025 um 09:12 Uhr schrieb Laterne Bücher <laden@laterne.example>:\n\n> Welche Farbe?\n>\n\nBlau, bitte.\nGruß Nora",
    expected: "Blau, bitte.\nGruß Nora",
  },
  "an answer between French quotes": {
    text: "Le 04/03/2025 à 09:12, Livres Lanterne a écrit :\n> Quelle couleur ?\nBleu.\n> Quelle taille ?\nGrande.\n> Cordialement",
    expected: "> Quelle couleur ?\nBleu.\n> Quelle taille ?\nGrande.",
  },
  "an answer below a quoted header block": {
    text: "-----Original Message-----\nFrom: Lantern Books <shop@lantern.example>\nSent: Tuesday, March 4, 2025 9:12 AM\nTo: nora@home.example\nSubject: Lamps\n\n> Which colour?\n\nBlue.",
    expected: "Blue.",
  },
  "a signature with a long dash": {
    text: "Blue.\n\n—\nNora Home\nnora@home.example\n020 7946 0000",
    expected: "Blue.",
  },
  "a postscript behind a rule stays": {
    text: "Blue, please.\n\n---\nPS: and my sister wants a red one, if there is one.",
    expected: "Blue, please.\n\n---\nPS: and my sister wants a red one, if there is one.",
  },
  "a quotation with a date inside a sentence stays": {
    text: "Your mail of Tue, 4 Mar 2025 at 09:12 said that the parcel left, but\nthe tracking says:\n\nnot found.",
    expected: "Your mail of Tue, 4 Mar 2025 at 09:12 said that the parcel left, but\nthe tracking says:\n\nnot found.",
  },
  "a line from a log stays": {
    text: "The app prints\n\n2025-03-04 09:12:33 ERROR mail to shop@lantern.example failed:\nconnection refused\n\nWhat now?",
    expected:
      "The app prints\n\n2025-03-04 09:12:33 ERROR mail to shop@lantern.example failed:\nconnection refused\n\nWhat now?",
  },
  "a Dutch phone's signature": { text: "Blauw.\n\nVerzonden met mijn Samsung Galaxy-smartphone.", expected: "Blauw." },
  "a Polish phone's signature": { text: "Niebieski.\n\nWysłane z iPhone'a", expected: "Niebieski." },
  "a Russian phone's signature": { text: "Синий.\n\nОтправлено с iPhone", expected: "Синий." },
  "a Japanese answer without anything else": {
    text: "青をお願いします。\n\nよろしくお願いします。",
    expected: "青をお願いします。\n\nよろしくお願いします。",
  },
};
