import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { markRead } from "../../src/conversations/mark-read.js";
import { sendMessage } from "../../src/conversations/send-message.js";
import { countContexts } from "../../src/forwarding/deliveries/count-context.js";
import { forwardNow } from "../../src/forwarding/forward-now.js";
import { ForwardingMode, UnprovenAddress } from "../../src/forwarding/forwarding-preference.entity.js";
import { readForwardings } from "../../src/forwarding/read-forwarding.js";
import { updateForwardingPreference } from "../../src/forwarding/update-preference.js";
import { FakeChannel } from "../support/services/fake-channel.js";
import { ForwardingContext } from "./forwarding-context.js";

const channel = new FakeChannel("email", "when-away", "not idempotent");
let context: ForwardingContext;
beforeAll(async () => {
  context = await ForwardingContext.setup([channel]);
});
afterAll(() => context?.teardown());

type Author = "visitor" | "agent" | "bot";
const author = fc.constantFrom<Author>("visitor", "visitor", "agent", "agent", "bot");

/** Messages before a delivery whose end is unknown, if there is one, and after it; then something is forwarded. */
const history = fc.record({
  before: fc.array(author, { maxLength: 6 }),
  hasUncertain: fc.boolean(),
  after: fc.array(author, { minLength: 1, maxLength: 8 }),
  unsent: fc.array(fc.nat(13), { maxLength: 2 }),
  readParts: fc.constantFrom(0, 0, 0.3, 0.7),
  isProven: fc.boolean(),
  preference: fc.record({
    mode: fc.constantFrom(ForwardingMode.UNREAD_REPLIES, ForwardingMode.UNREAD_REPLIES, ForwardingMode.FULL_TRANSCRIPT),
    contextMessages: fc.nat(6),
    shortConversationMessages: fc.constantFrom(0, 3, 10),
    unprovenAddress: fc.constantFrom(UnprovenAddress.FULL, UnprovenAddress.FULL, UnprovenAddress.NOTICE),
  }),
});

const wireKinds = { UNREAD_REPLIES: "unread-replies", FULL_TRANSCRIPT: "full-transcript", NOTICE: "notice" } as const;
const seen = { sent: 0, withheld: 0, uncertain: 0, unsent: 0, notices: 0 };

test("What agents see that would be sent is what the channel is then handed, whatever has happened before", async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ before, hasUncertain, after, unsent, readParts, isProven, preference }) => {
      const { services } = context;
      await context.clear();
      channel.clear();
      const visitor = await context.addVisitor({ email: "ana@example.com" });
      if (!isProven) await context.sql("UPDATE visitors SET email_source = 'CHAT' WHERE id = $1", visitor.visitorId);
      const conversationId = await context.addConversation(visitor);
      await updateForwardingPreference(services, context.agent, preference);
      const ids: string[] = [];
      const write = async (one: Author): Promise<void> => {
        const viewer = one === "visitor" ? visitor : context.agent;
        const text = `message ${ids.length + 1}`;
        const asBot = one === "bot" ? { asBot: "Helper" } : {};
        ids.push((await sendMessage(services, viewer, { conversationId, text, ...asBot })).id);
      };
      const forward = async (): Promise<boolean> => {
        const wasRefused = await forwardNow(services, context.agent, conversationId).then(
          () => false,
          () => true,
        );
        await context.worker.work();
        return !wasRefused;
      };
      for (const one of before) await write(one);
      if (hasUncertain) {
        channel.answer = async () => ({ outcome: "uncertain", failure: { code: "TIMED_OUT", detail: "no answer" } });
        await forward();
        channel.clear();
      }
      for (const one of after) await write(one);
      const messageId = ids[Math.floor(ids.length * readParts) - 1];
      if (messageId !== undefined) await markRead(services, visitor, { conversationId, messageId });
      // As a visitor's own app lets them take back what they wrote.
      const takenBack = unsent.flatMap((index) => ids[index] ?? []);
      await context.sql(
        "UPDATE messages SET unsent_at = $2, text = '' WHERE id = ANY ($1::uuid[]) AND author_kind = 'VISITOR'",
        takenBack,
        context.clock.now(),
      );

      const [told] = await readForwardings(services, [conversationId]);
      if (told === undefined) throw new Error("Nothing was read.");
      const range = told.context === null ? null : JSON.stringify(told.context);
      const [contextMessages = 0] = range === null ? [] : await countContexts(services.database, [range]);
      // A person decides about what is UNCERTAIN, so nothing may be left to forward; agents are told of nothing then.
      if (!(await forward())) return expect([told.kind, contextMessages]).toEqual([null, 0]);

      const [outbound] = channel.received;
      if (outbound === undefined || told.kind === null || told.kind === "DIRECT")
        throw new Error("Nothing was handed over.");
      expect(outbound.kind).toBe(wireKinds[told.kind]);
      expect(outbound.messages.filter(({ role }) => role === "context")).toHaveLength(contextMessages);
      seen.sent += 1;
      if (outbound.kind === "notice") seen.notices += 1;
      else if (outbound.withholdsVisitor) seen.withheld += 1;
      if (hasUncertain && before.some((one) => one !== "visitor")) seen.uncertain += 1;
      if (takenBack.length > 0) seen.unsent += 1;
    }),
    { numRuns: 100, seed: 411_922 },
  );
  // The histories are of every kind that the rule speaks of.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThanOrEqual(4);
}, 120_000);
