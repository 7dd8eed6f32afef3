import { readFile } from "node:fs/promises";
import mjml2html from "mjml";
import { markerName } from "../../../../plugins/email/reply/marker.js";

const MESSAGE = /<!-- message -->(.*?)<!-- \/message -->/s;
/** MJML's outermost element of the body: what stands in it is ours, and easy to cut from an answer. */
const OUTERMOST = /<div(?=\s+aria-roledescription="email")/g;

/**
 * The module that `mail.mjml` becomes: eta templates for the mail and for one message of it. MJML stays a tool of
 * development: what it made is committed, and a test holds the two together.
 * @throws {Error} when the source is no good
 */
export async function compileTemplate(source: URL): Promise<string> {
  const { html, errors } = await mjml2html(await readFile(source, "utf8"), {
    keepComments: true,
    validationLevel: "soft",
  });
  // MJML cannot know what eta will put into an attribute.
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
