import type { ReceivedMail } from "../fakes/mail-sink.js";

/** The code in a mail's link to the conversation. */
export function resumeCodeOf(mail: ReceivedMail | undefined): string {
  const code = /#afterchat-resume=(\S+)/.exec(mail?.parsed.text ?? "")?.[1];
  if (code === undefined) throw new Error(`No link in: ${mail?.parsed.text}`);
  return code;
}
