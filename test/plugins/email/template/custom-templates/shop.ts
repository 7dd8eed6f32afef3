import type { EmailTemplate } from "afterchat/email-template";

/** A company's custom template; the messages' text chooses what it does, so that its failures can be tested. */
const template: EmailTemplate = async ({ messages, greeting, footer, button }) => {
  const texts = messages.map(({ text }) => text).join("\n");
  if (texts === "throw") throw new Error("The shop's template broke");
  if (texts === "nonsense") return { subject: "", html: "", text: "" };
  if (texts === "too large") return { subject: "Large", html: "x".repeat(100_001), text: "x" };
  const html = `<!doctype html><html><BODY class="shop"><p>${greeting}</p><p>${texts.length}</p></BODY></html>`;
  return {
    subject: "News from\r\nBcc: eve@example.com",
    html,
    text: `${greeting}\n${texts}\n${button.url}\n${footer}`,
  };
};

export default template;
