import type { Outbound } from "afterchat/channel";
import { sampleAttachment, sampleMessage, sampleOutbound } from "../../../../src/channels/contract/test-host.js";

const question = (text: string, at: string) =>
  sampleMessage(text, { role: "context", author: { kind: "visitor", name: null }, sentAt: new Date(at) });
const answer = (text: string, at: string, name = "Ben Carter") =>
  sampleMessage(text, { author: { kind: "agent", name }, sentAt: new Date(at) });

const everyday: Partial<Outbound<string>> = {
  company: { name: "Harbour Bikes", locale: null },
  messages: [
    question("Hi! Do you ship the Harbour 3 to Lisbon, and how long would that take?", "2026-03-03T11:02:00Z"),
    question("It is for a birthday on the 14th 🎂", "2026-03-03T11:03:00Z"),
    answer(
      "We do! It takes three working days and costs €29. If you order by Thursday it will be with you well before the 14th.",
      "2026-03-03T11:21:00Z",
    ),
    {
      ...answer("Here is the size guide. 178 cm is a medium, in most cases.", "2026-03-03T11:23:00Z"),
      attachments: [sampleAttachment("Harbour 3, size guide.pdf", "x".repeat(48_000))],
    },
  ],
  earlierMessages: 6,
};

/** Many people and files in one email. */
const manyPeople: Partial<Outbound<string>> = {
  company: { name: "Harbour Bikes", locale: null },
  visitor: { id: "visitor", name: "Zoë 🚲", locale: "en-GB", timeZone: null },
  messages: [
    {
      ...question("My bell broke 😢 see the pictures", "2026-03-03T11:02:00Z"),
      attachments: [sampleAttachment("bell.jpg", "x".repeat(900)), sampleAttachment("bell, from the side.jpg", "x")],
    },
    sampleMessage("We answer within a day. 🤖", {
      role: "context",
      author: { kind: "bot", name: "Bikebot" },
      sentAt: new Date("2026-03-03T11:02:30Z"),
    }),
    answer("Oh no! 👩‍🔧 Noor knows bells best.", "2026-03-03T11:21:00Z"),
    {
      ...answer("", "2026-03-03T11:22:00Z", "Noor Haddad"),
      attachments: [
        sampleAttachment("Prices of all our bells, and of what they are mounted with.xlsx", "x".repeat(180_000)),
        sampleAttachment("How to mount it.mp4", "x", { sizeBytes: 48_200_000 }),
        sampleAttachment("手順書.pdf", "x".repeat(2_400_000)),
      ],
    },
    answer(
      "1. Take the old one off\n2. Put the new one on\n3. 🔔 👍🏽 🇵🇹 👩‍👩‍👧‍👦\n\nDone!",
      "2026-03-03T11:25:00Z",
      "Maximiliane von Hohenstein-Wolkenburg",
    ),
  ],
};

const arabic: Partial<Outbound<string>> = {
  company: { name: "Harbour Bikes", locale: null },
  visitor: { id: "visitor", name: "سارة", locale: "ar", timeZone: "Asia/Riyadh" },
  messages: [
    question("مرحبًا، هل تشحنون إلى الرياض؟", "2026-03-03T11:02:00Z"),
    answer("نعم، خلال ثلاثة أيام عمل. رقم الطلب هو HB-2048.", "2026-03-03T11:21:00Z", "Ben Carter"),
    answer("And this line is in English, for the warehouse.", "2026-03-03T11:23:00Z", "ليلى"),
  ],
  earlierMessages: 2,
};

const japanese: Partial<Outbound<string>> = {
  company: { name: "Harbour Bikes", locale: null },
  visitor: { id: "visitor", name: null, locale: "ja-JP", timeZone: "Asia/Tokyo" },
  messages: [
    question("リスボンへの配送は可能ですか?", "2026-03-03T11:02:00Z"),
    answer("はい、三営業日でお届けします。", "2026-03-03T11:21:00Z", "田中"),
  ],
};

const longWords: Partial<Outbound<string>> = {
  company: { name: "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik", locale: null },
  visitor: { id: "visitor", name: "Maximiliane", locale: "de-AT", timeZone: "Europe/Vienna" },
  messages: [
    question(`https://example.com/${"a-very-long-path/".repeat(12)}`, "2026-03-03T11:02:00Z"),
    answer(
      `Rechtsschutzversicherungsgesellschaften${"x".repeat(120)}\n\n  eingerückt: 👩‍👩‍👧‍👦👩‍👩‍👧‍👦`,
      "2026-03-03T11:21:00Z",
    ),
  ],
};

const longTranscript: Partial<Outbound<string>> = {
  ...everyday,
  kind: "full-transcript",
  earlierMessages: 0,
  messages: Array.from({ length: 400 }, (_, index) => {
    if (index % 3 !== 2)
      return question(`Question ${index}: ${"where is my order, please? ".repeat(4)}`, "2026-03-03T11:02:00Z");
    const text = `Answer ${index}: ${"we looked into it and it will be with you soon. ".repeat(6)}`;
    return { ...answer(text, "2026-03-03T11:21:00Z"), role: index > 390 ? "pending" : "context" };
  }),
};

/** Sample emails that cover what an email can contain, by the name of their screenshot. */
export const sampleMails: Readonly<Record<string, Outbound<string>>> = Object.fromEntries(
  Object.entries({
    ...{ everyday, "many-people": manyPeople, arabic, japanese },
    ...{ "long-words": longWords, "long-transcript": longTranscript },
  }).map(([name, overrides]) => [name, sampleOutbound("ana@example.com", overrides)]),
);
