import type { InboundSender } from "afterchat/channel";
import { endOfHeader } from "../mail-headers.js";
import { type MailReader, UnreadableMailError } from "../reading/mail-reader.js";
import {
  type CheckedSender,
  type DnsAnswer,
  type DnsQuestion,
  questionKey,
  type Resolve,
  type SenderToCheck,
} from "./check-sender.js";
import type { ReadSender } from "./read-sender.js";

export type { Resolve } from "./check-sender.js";

/** For all DNS lookups of an email together; well below Afterchat's time limit for interpreting it. */
const maxDnsMs = 8_000;
/** Many more than SPF (10 lookups), DMARC and ten signatures need; answers may lead to new questions. */
const maxQuestions = 100;

interface AuthenticateOptions {
  readonly reader: Pick<MailReader, "checkSender">;
  readonly resolve: Resolve;
}

/**
 * Who sent an email, and whether that is authenticated, as far as its header did not show it. Throws only if aborted, or
 * if the reader fails; without DNS nothing is authenticated.
 */
export async function authenticateSender(
  { reader, resolve }: AuthenticateOptions,
  read: ReadSender,
  { content, envelope }: Pick<SenderToCheck, "content" | "envelope">,
  signal: AbortSignal,
): Promise<InboundSender> {
  if (read.isKnown) return read.sender;
  const { address, domain, isSigned } = read;
  const unchecked = (why: string): InboundSender => ({ address, authenticated: false, detail: `Not checked: ${why}.` });
  const dns = new DnsAnswers(resolve, signal);
  /** Asks DNS until nothing is left to be asked; null: that takes too long. */
  const check = async (checked: Uint8Array): Promise<CheckedSender | null> => {
    for (;;) {
      const result = await reader.checkSender({ content: checked, envelope, domain, answers: dns.answers }, signal);
      if (result.questions.length === 0) return result;
      if (!(await dns.ask(result.questions))) return null;
    }
  };
  try {
    // First without the body, which is hashed anew each time: SPF and DMARC do not need it.
    const header = await check(headerOf(content));
    const result = header !== null && isSigned ? await check(content) : header;
    return result === null ? unchecked("it took too long") : { address, ...result.proof };
  } catch (error) {
    if (error instanceof UnreadableMailError) return unchecked(error.message);
    throw error;
  }
}

function headerOf(content: Uint8Array): Uint8Array {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return Buffer.concat([bytes.subarray(0, endOfHeader(bytes)), Buffer.from("\r\n\r\n")]);
}

/** What DNS has answered for one email. */
class DnsAnswers {
  readonly answers = new Map<string, DnsAnswer>();
  #remainingMs = maxDnsMs;

  constructor(
    private readonly resolve: Resolve,
    private readonly signal: AbortSignal,
  ) {}

  /** Asks all questions at once. False: no time is left, or too many were asked. @throws if aborted */
  async ask(questions: readonly DnsQuestion[]): Promise<boolean> {
    if (this.answers.size + questions.length > maxQuestions) return false;
    const beganAt = performance.now();
    const deadline = AbortSignal.any([this.signal, AbortSignal.timeout(Math.max(0, Math.round(this.#remainingMs)))]);
    const late = Promise.withResolvers<false>();
    const stop = () => late.resolve(false);
    deadline.addEventListener("abort", stop, { once: true });
    const all = Promise.all(
      questions.map(async (question) => {
        this.answers.set(questionKey(question), await this.#answer(question));
      }),
    );
    const inTime = await Promise.race([all.then(() => true), late.promise]);
    deadline.removeEventListener("abort", stop);
    this.signal.throwIfAborted();
    this.#remainingMs -= performance.now() - beganAt;
    return inTime;
  }

  async #answer({ name, type }: DnsQuestion): Promise<DnsAnswer> {
    try {
      return { records: await this.resolve(name, type) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { code: error instanceof Error && "code" in error ? String(error.code) : "EUNKNOWN", message };
    }
  }
}
