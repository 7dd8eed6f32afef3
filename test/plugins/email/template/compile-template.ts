import { readFile } from "node:fs/promises";
import mjml2html from "mjml";
import { markerName } from "../../../../plugins/email/reply/marker.js";

const MESSAGE = /<!-- message -->(.*?)<!-- \/message -->/s;
/** MJML's outermost element of the body. Marking it makes the quoted email easy to remove from an answer. */
const OUTERMOST = /<div(?=\s+aria-roledescription="email")/g;

/**
 * Compiles `mail.mjml` to a module with eta templates for the email and for one message. MJML is a development
 * dependency only: its output is committed, and a test compares the two.
 * @throws {Error} if the source is invalid
 */
export async function compileTemplate(source: URL): Promise<string> {
  const { html, errors } = await mjml2html(await readFile(source, "utf8"), {
    keepComments: true,
    validationLevel: "soft",
    // Else it loads Roboto, which is only named for those who have it, from Google, who would learn who reads an email and when.
    fonts: {},
  });
  // MJML cannot validate attributes that eta fills in.
  const faults = errors.filter(({ message }) => !message.includes("<%"));
  if (faults.length > 0) throw new Error(faults.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const marked = html.replace(OUTERMOST, `<div id="${markerName}" class="${markerName} page"`);
  const short = marked.replace(/\s*\n\s*/g, "\n").replace(/<(\w+)\n/g, "<$1 ");
  const message = MESSAGE.exec(short)?.[1];
  if (message === undefined) throw new Error("The template lacks the comments around a message.");
  if (marked === html) throw new Error("MJML's outermost element is not where it was: the reply marker has no place.");
  const mail = short.replace(MESSAGE, '<%~ it.messages.join("") %>');
  return `// Made of template/mail.mjml by \`npm run email:template\`; never edited.
export const MAIL = ${JSON.stringify(mail)};

export const MESSAGE = ${JSON.stringify(message)};
`;
}
