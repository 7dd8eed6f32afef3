/** Every sentence of the mail, in one place so that other languages can be put beside it. */
const names = new Intl.ListFormat("en", { type: "conjunction" });

const count = (number: number, one: string, many: string) => (number === 1 ? `1 ${one} is` : `${number} ${many} are`);

const mebibyte = 1_048_576;

export const texts = {
  language: "en",
  /** In the From header. */
  sender: (agents: readonly string[], company: string) => `${agents.join(", ")} via ${company}`,
  subject: (company: string, day: string) => `${company} replied to your chat of ${day}`,
  answerTo: (subject: string) => `Re: ${subject}`,
  greeting: (name: string | null) => (name === null ? "Hello," : `Hello ${name},`),
  introduction: (agents: readonly string[], company: string, day: string) =>
    agents.length === 0
      ? `${company} replied to your chat of ${day}.`
      : `${names.format(agents)} from ${company} replied to your chat of ${day}.`,
  wholeConversation: "This is your conversation:",
  earlierMessages: (number: number) => `${count(number, "earlier message", "earlier messages")} on the website.`,
  moreReplies: (number: number) => `${count(number, "more new reply", "more new replies")} on the website.`,
  attachedFile: (name: string, size: string) => `Attached: ${name} (${size})`,
  linkedFile: (name: string, size: string) => `Download: ${name} (${size})`,
  goneFile: (name: string) => `${name} is no longer available.`,
  size: (bytes: number) => {
    if (bytes < 1024) return `${bytes} bytes`;
    return bytes < mebibyte ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / mebibyte).toFixed(1)} MB`;
  },
  restOfMessage: "The rest of this message is on the website.",
  you: "You",
  newReply: (author: string) => `New reply from ${author}`,
  continueConversation: "Continue the conversation",
  footer: (company: string) => `You receive this because you wrote to ${company} in the chat on its website.`,
};
