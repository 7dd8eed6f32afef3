import type {
  ChannelConnection,
  ChannelPlugin,
  DeliveryResult,
  Interpretation,
  KeptOriginal,
  Outbound,
} from "afterchat/channel";
import { z } from "zod";

/** What the webhook is brought, and what it keeps: the original's key, and what `interpret` is to make of it. */
const fakeEmail = z.object({
  key: z.string(),
  from: z.string().default(""),
  to: z.array(z.string()).default([]),
  subject: z.string().nullable().default(null),
  interpretation: z.unknown(),
});
export type FakeEmail = z.input<typeof fakeEmail>;

type Interpret = NonNullable<ChannelConnection["interpret"]>;

/** The other side of the fake email channel, in the same process: what was sent, and how it behaves. */
class FakeEmailVendor {
  /** Every attempt, oldest first. */
  readonly attempts: Outbound<string>[] = [];
  deliver: (outbound: Outbound<string>) => DeliveryResult | Promise<DeliveryResult> = accept;
  interpret: Interpret = async (original) => asWritten(original);
  /** What `supports.idempotentSend` says. */
  repeatable = true;

  /** As at the start, but for what was sent. */
  behave(): void {
    this.deliver = accept;
    this.interpret = async (original) => asWritten(original);
    this.repeatable = true;
  }

  /** The last attempt that went to an address. */
  lastTo(address: string): Outbound<string> {
    const last = this.attempts.findLast((attempt) => attempt.address === address);
    if (last === undefined) throw new Error(`Nothing was sent to ${address}`);
    return last;
  }
}

export const fakeEmailVendor = new FakeEmailVendor();

function accept({ reference }: Outbound): DeliveryResult {
  return { outcome: "accepted", externalIds: [messageIdOf(reference)] };
}

/** The Message-ID of what was sent under a reference. */
export function messageIdOf(reference: string): string {
  return `<${reference}@sent.example>`;
}

/** An event in JSON: dates in ISO 8601, contents in base64. */
interface WrittenEvent {
  readonly at?: string;
  readonly attachments?: readonly { readonly content: string }[];
}

/** What the email itself says that it means. */
export function asWritten({ content, receivedAt }: Pick<KeptOriginal, "content" | "receivedAt">): Interpretation {
  const { interpretation } = fakeEmail.parse(JSON.parse(Buffer.from(content).toString("utf8")));
  const given = interpretation as { readonly events?: readonly WrittenEvent[] };
  if (given.events === undefined) return given as Interpretation;
  const events = given.events.map(({ attachments, ...event }) => ({
    ...event,
    at: event.at === undefined ? receivedAt : new Date(event.at),
    ...(attachments && {
      attachments: attachments.map((file) => ({ ...file, content: Buffer.from(file.content, "base64") })),
    }),
  }));
  return { ...given, events } as unknown as Interpretation;
}

/** The fake email channel: WHEN_AWAY, in the place of email, with originals that say what they mean. */
export const channel: ChannelPlugin<object, string> = {
  id: "email",
  name: "Email",
  policy: "when-away",
  supports: {
    replies: true,
    receipts: true,
    get idempotentSend() {
      return fakeEmailVendor.repeatable;
    },
    maxTextLength: null,
    replyWindowHours: null,
  },
  address: z.string().trim().toLowerCase().pipe(z.email()),
  settings: [],
  configure: () => ({}),
  describeAddress: (address) => address,

  async connect(_config, host) {
    return {
      deliver: async (outbound) => {
        fakeEmailVendor.attempts.push(outbound);
        return fakeEmailVendor.deliver(outbound);
      },
      // 204 acknowledges, 503 asks to bring it again.
      async handleWebhook(request) {
        const body = await request.text();
        const { key, from, to, subject } = fakeEmail.parse(JSON.parse(body));
        try {
          await host.keep({
            key,
            content: Buffer.from(body),
            contentType: "message/rfc822",
            envelope: { from, to },
            summary: { from, to, subject },
          });
          return new Response(null, { status: 204 });
        } catch {
          return new Response(null, { status: 503 });
        }
      },
      interpret: (original, signal) => fakeEmailVendor.interpret(original, signal),
      checkHealth: async () => ({ ok: true }),
      close: async () => {},
    };
  },
};
