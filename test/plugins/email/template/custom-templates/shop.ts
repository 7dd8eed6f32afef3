import type { EmailTemplate } from "afterchat/email-template";

/** A company's own template; `company` chooses what it does, so that its failures can be tested. */
const template: EmailTemplate = async ({ messages, greeting, footer, button }) => {
  const said = messages.map(({ text }) => text).join("\n");
  if (said === "throw") throw new Error("The shop's template broke");
  if (said === "nonsense") return { subject: "", html: "", text: "" };
  if (said === "too large") return { subject: "Large", html: "x".repeat(100_001), text: "x" };
  const html = `<!doctype html><html><BODY class="shop"><p>${greeting}</p><p>${said.length}</p></BODY></html>`;
  return {
    subject: "News from\r\nBcc: eve@example.com",
    html,
    text: `${greeting}\n${said}\n${button.url}\n${footer}`,
  };
};

export default template;
