import { simpleParser } from "mailparser";
import { createTransport, type SendMailOptions } from "nodemailer";
import type { Contender } from "../rounds.js";
import { type EmailFigure, evaluate, take } from "./accepted.js";
import { marker } from "./seed.js";
import type { Sink } from "./sink.js";

/**
 * What a program of twenty lines would do with nodemailer's pool, if it had nothing to claim, read, render or record: the
 * mails are prepared, with the same content as the program's. Two senders per connection keep the pool busy.
 */
export async function bareLoop(
  sink: Sink,
  accepted: string,
  { mails, connections }: { readonly mails: number; readonly connections: number },
): Promise<Contender<EmailFigure>> {
  const mailOf = await readMail(accepted);
  return {
    name: "nodemailer, bare loop",
    measure: async () => {
      const waiting = Array.from({ length: mails }, (_, index) => mailOf(index + 1));
      const pool = createTransport({ pool: true, host: "127.0.0.1", port: sink.port, maxConnections: connections });
      const send = async (): Promise<void> => {
        for (let mail = waiting.pop(); mail !== undefined; mail = waiting.pop()) await pool.sendMail(mail);
      };
      const taken = await take(() => Promise.all(Array.from({ length: 2 * connections }, send)));
      pool.close();
      return evaluate(sink, taken, 1, mails);
    },
  };
}

/** The headers that nodemailer does not add by itself. */
const OWN_HEADERS = new Set([
  "auto-submitted",
  "x-auto-response-suppress",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "feedback-id",
  "thread-index",
]);

/** Parses one of the program's mails, as a template for others. */
async function readMail(accepted: string): Promise<(number: number) => SendMailOptions> {
  const sample = await simpleParser(Buffer.from(accepted, "latin1"));
  const { text, html, from, replyTo, subject, references, messageId } = sample;
  if (
    text === undefined ||
    html === undefined ||
    html === false ||
    from === undefined ||
    replyTo === undefined ||
    messageId === undefined
  ) {
    throw new Error("The program's mail lacks what every mail of the program has.");
  }
  const { name = "", address = "" } = from.value[0] ?? {};
  const ownHeaders = sample.headerLines
    .filter(({ key }) => OWN_HEADERS.has(key))
    .map(({ key, line }) => [
      key,
      line
        .slice(line.indexOf(":") + 1)
        .replace(/\s+/g, " ")
        .trim(),
    ]);
  return (number) => ({
    from: { name, address },
    replyTo: { name: "", address: replyTo.text },
    to: { name: "", address: `visitor-${number}@example.com` },
    envelope: { from: replyTo.text, to: [`visitor-${number}@example.com`] },
    messageId: messageId.replace("<", `<${number}.`),
    references: references ?? [],
    subject: subject ?? "",
    date: sample.date ?? new Date(),
    headers: Object.fromEntries(ownHeaders),
    text: text.replace(/answer-\d{9}/, marker(number)),
    html: html.replace(/answer-\d{9}/, marker(number)),
    xMailer: false,
  });
}
