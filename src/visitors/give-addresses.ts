import { isDeepStrictEqual } from "node:util";
import { webChannel } from "../channels/web-channel.js";
import type { Statement, Transaction } from "../database/database.js";
import { badUserInput, conflict } from "../errors.js";
import { changeAddress } from "../forwarding/addresses/change-address.js";
import { parseAddress } from "../forwarding/addresses/parse-address.js";
import type { Json } from "../json.js";
import type { Services } from "../services.js";
import { emailChannel, giveEmail } from "./give-email.js";
import { EmailSource, type Visitor } from "./visitor.entity.js";
import { visitorAddress } from "./visitor-presence.js";

export interface AddressInput {
  readonly channel: string;
  /** In any form that the channel takes; null removes it. */
  readonly address?: unknown;
}

/** An address as its channel stores it; null: none any more. */
interface GivenAddress {
  readonly channel: string;
  readonly address: Json | null;
}

/**
 * Checks addresses by their channels' own schemas.
 * @throws BAD_USER_INPUT for an entry of `input.addresses`
 */
export function parseGivenAddresses(services: Services, inputs: readonly AddressInput[]): readonly GivenAddress[] {
  const channels = new Set<string>();
  return inputs.map(({ channel, address }, index) => {
    const field = `input.addresses[${index}]`;
    if (channel === webChannel) {
      throw badUserInput(`${field}.channel`, "The website needs no address: visitors come there by themselves.");
    }
    if (services.channels.get(channel) === undefined) {
      const installed = services.channels.all().map(({ plugin }) => plugin.id);
      throw badUserInput(
        `${field}.channel`,
        `There is no channel "${channel}" here: add it to CHANNELS, or name one of ${installed.join(", ")}.`,
      );
    }
    if (channels.has(channel)) throw badUserInput(`${field}.channel`, `Give one address for ${channel}, not several.`);
    channels.add(channel);
    if (address === undefined) throw badUserInput(`${field}.address`, "Give the address, or null to remove it.");
    return { channel, address: address === null ? null : parseAddress(services, channel, `${field}.address`, address) };
  });
}

/**
 * Lets whoever gives, or writes from, the same account on an IMMEDIATE channel take turns. To be called before any row is
 * locked, as what comes in does.
 */
export async function lockAccounts(
  transaction: Transaction,
  services: Services,
  given: readonly GivenAddress[],
): Promise<void> {
  for (const key of accountsOf(services, given).map(keyOf).sort()) await transaction.query(lockStatement, [key]);
}

/**
 * Gives a visitor, whose row the caller has locked, these addresses.
 * @throws CONFLICT when another visitor has the account: what comes from it belongs to one conversation, and visitors are
 * never joined by an address. Two may have one email address: each has reply addresses of their own.
 */
export async function giveAddresses(
  transaction: Transaction,
  services: Services,
  visitor: Visitor,
  given: readonly GivenAddress[],
  now: Date,
): Promise<void> {
  for (const { channel, address } of accountsOf(services, given)) {
    const [other] = await transaction.query(otherStatement, [JSON.stringify({ [channel]: { address } }), visitor.id]);
    if (other === undefined) continue;
    const name = services.channels.get(channel)?.plugin.name ?? channel;
    throw conflict(
      `Another visitor has this address on ${name}: remove it there first. Visitors are never joined by it.`,
    );
  }
  for (const { channel, address } of given) {
    if (channel === emailChannel) {
      const email = address === null ? null : { address, source: EmailSource.AGENT };
      await giveEmail(transaction, services, visitor, email, now);
    } else if (!isDeepStrictEqual(visitorAddress(visitor, channel)?.address ?? null, address)) {
      await changeAddress(transaction, services, visitor.id, channel, address, null, now);
    }
  }
}

function accountsOf(services: Services, given: readonly GivenAddress[]): readonly GivenAddress[] {
  const immediate = services.channels.immediate();
  return given.filter(({ channel, address }) => address !== null && immediate.includes(channel));
}

// As receiving a message locks it.
function keyOf({ channel, address }: GivenAddress): string {
  return `${channel}:${JSON.stringify(address)}`;
}

const lockStatement: Statement = {
  name: "lock-account",
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
};

const otherStatement: Statement = {
  name: "other-visitor-with-address",
  text: "SELECT id FROM visitors WHERE addresses @> $1::jsonb AND id <> $2 LIMIT 1",
};
