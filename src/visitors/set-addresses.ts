import { isDeepStrictEqual } from "node:util";
import { webChannel } from "../channels/web-channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { badUserInput, conflict } from "../errors.js";
import { changeAddress } from "../forwarding/addresses/change-address.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import type { Json } from "../json.js";
import type { Services } from "../services.js";
import { setEmail } from "./set-email.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";
import { emailChannel, visitorAddress } from "./visitor-address.js";

export interface AddressInput {
  readonly channel: string;
  /** In any form that the channel accepts; null removes it. */
  readonly address?: unknown;
}

/** An address in the form that its channel stores; null removes it. */
interface ParsedAddress {
  readonly channel: string;
  readonly address: Json | null;
}

/**
 * Parses addresses with the schemas of their channels.
 * @throws BAD_USER_INPUT for an entry of `input.addresses`
 */
export function parseAddressInputs(services: Services, inputs: readonly AddressInput[]): readonly ParsedAddress[] {
  const channels = new Set<string>();
  return inputs.map(({ channel, address }, index) => {
    const field = `input.addresses[${index}]`;
    if (channel === webChannel) {
      throw badUserInput(`${field}.channel`, "The website needs no address: name another channel.");
    }
    if (services.channels.get(channel) === undefined) {
      const installed = services.channels.all().map(({ plugin }) => plugin.id);
      throw badUserInput(
        `${field}.channel`,
        `The channel "${channel}" is not installed: add it to CHANNELS, or name one of ${installed.join(", ")}.`,
      );
    }
    if (channels.has(channel)) throw badUserInput(`${field}.channel`, `Give only one address for ${channel}.`);
    channels.add(channel);
    if (address === undefined) throw badUserInput(`${field}.address`, "Give the address, or null to remove it.");
    return { channel, address: address === null ? null : parseAddress(services, channel, `${field}.address`, address) };
  });
}

/**
 * Serialises changes of, and messages from, the same addresses on IMMEDIATE channels. As when receiving a message, it must
 * be called before any row is locked.
 */
export async function lockImmediateAddresses(
  transaction: Transaction,
  services: Services,
  addresses: readonly ParsedAddress[],
): Promise<void> {
  const keys = immediateAddresses(services, addresses).map(lockKeyOf).sort();
  for (const key of keys) await transaction.query(lockStatement, [key]);
}

/**
 * Sets these addresses of a visitor, whose row the caller has locked.
 * @throws CONFLICT if another visitor has the address on an IMMEDIATE channel: messages from it belong to one conversation,
 * and a shared address never merges visitors. Two visitors may share an email address, since each conversation has its
 * own reply address.
 */
export async function setAddresses(
  transaction: Transaction,
  services: Services,
  visitor: Visitor,
  addresses: readonly ParsedAddress[],
  now: Date,
): Promise<void> {
  for (const { channel, address } of immediateAddresses(services, addresses)) {
    const addressJson = JSON.stringify({ [channel]: { address } });
    const [otherVisitor] = await transaction.query(findOtherVisitorStatement, [addressJson, visitor.id]);
    if (otherVisitor === undefined) continue;
    const name = services.channels.get(channel)?.plugin.name ?? channel;
    throw conflict(
      `Another visitor has this address on ${name}: remove it there first. A shared address never merges visitors.`,
    );
  }
  for (const { channel, address } of addresses) {
    if (channel === emailChannel) {
      const email = address === null ? null : { address, origin: { source: EmailSource.AGENT } as const };
      await setEmail(transaction, services, visitor, email, now);
    } else if (!isDeepStrictEqual(visitorAddress(visitor, channel)?.address ?? null, address)) {
      await changeAddress(transaction, services, visitor.id, channel, address, null, now);
    }
  }
}

function immediateAddresses(services: Services, addresses: readonly ParsedAddress[]): readonly ParsedAddress[] {
  const immediate = services.channels.immediate();
  return addresses.filter(({ channel, address }) => address !== null && immediate.includes(channel));
}

// The same key that findOrStartConversation locks for a received message.
function lockKeyOf({ channel, address }: ParsedAddress): string {
  return `${channel}:${JSON.stringify(address)}`;
}

const lockStatement: Statement = {
  name: "lock-immediate-address",
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
};

const findOtherVisitorStatement: Statement = {
  name: "find-other-visitor-with-address",
  text: "SELECT id FROM visitors WHERE addresses @> $1::jsonb AND id <> $2 LIMIT 1",
};
