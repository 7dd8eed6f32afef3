import type { Outbound } from "afterchat/channel";
import { sampleAttachment, sampleMessage, sampleOutbound } from "../../../../src/channels/channel-test-host.js";

const asked = (text: string, at: string) =>
  sampleMessage(text, { role: "context", author: { kind: "visitor", name: null }, sentAt: new Date(at) });
const answered = (text: string, at: string, name = "Ben Carter") =>
  sampleMessage(text, { author: { kind: "agent", name }, sentAt: new Date(at) });

const everyday: Partial<Outbound<string>> = {
  company: { name: "Harbour Bikes", locale: null },
  messages: [
    asked("Hi! Do you ship the Harbour 3 to Lisbon, and how long would that take?", "2026-03-03T11:02:00Z"),
    asked("It is for a birthday on the 14th 🎂", "2026-03-03T11:03:00Z"),
    answered(
      "We do! It takes three working days and costs €29. If you order by Thursday it will be with you well before the 14th.",
      "2026-03-03T11:21:00Z",
    ),
    {
      ...answered("Here is the size guide. 178 cm is a medium, in most cases.", "2026-03-03T11:23:00Z"),
      attachments: [sampleAttachment("Harbour 3, size guide.pdf", "x".repeat(48_000))],
    },
  ],
  earlierMessages: 6,
};

const arabic: Partial<Outbound<string>> = {
  company: { name: "Harbour Bikes", locale: null },
  visitor: { id: "visitor", name: "سارة", locale: "ar", timeZone: "Asia/Riyadh" },
  messages: [
    asked("مرحبًا، هل تشحنون إلى الرياض؟", "2026-03-03T11:02:00Z"),
    answered("نعم، خلال ثلاثة أيام عمل. رقم الطلب هو HB-2048.", "2026-03-03T11:21:00Z", "Ben Carter"),
    answered("And this line is in English, for the warehouse.", "2026-03-03T11:23:00Z", "ليلى"),
  ],
  earlierMessages: 2,
};

const japanese: Partial<Outbound<string>> = {
  company: { name: "Harbour Bikes", locale: null },
  visitor: { id: "visitor", name: null, locale: "ja-JP", timeZone: "Asia/Tokyo" },
  messages: [
    asked("リスボンへの配送は可能ですか?", "2026-03-03T11:02:00Z"),
    answered("はい、三営業日でお届けします。", "2026-03-03T11:21:00Z", "田中"),
  ],
};

const longWords: Partial<Outbound<string>> = {
  company: { name: "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik", locale: null },
  visitor: { id: "visitor", name: "Maximiliane", locale: "de-AT", timeZone: "Europe/Vienna" },
  messages: [
    asked(`https://example.com/${"a-very-long-path/".repeat(12)}`, "2026-03-03T11:02:00Z"),
    answered(
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
      return asked(`Question ${index}: ${"where is my order, please? ".repeat(4)}`, "2026-03-03T11:02:00Z");
    const answer = `Answer ${index}: ${"we looked into it and it will be with you soon. ".repeat(6)}`;
    return { ...answered(answer, "2026-03-03T11:21:00Z"), role: index > 390 ? "pending" : "context" };
  }),
};

/** Mails that show what a mail can come to, by the name of their picture. */
export const sampleMails: Readonly<Record<string, Outbound<string>>> = Object.fromEntries(
  Object.entries({ everyday, arabic, japanese, "long-words": longWords, "long-transcript": longTranscript }).map(
    ([name, overrides]) => [name, sampleOutbound("ana@example.com", overrides)],
  ),
);
