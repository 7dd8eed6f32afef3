import type { Statement } from "../../database/database.js";
import type { Json } from "../../json.js";
import type { Services } from "../../services.js";
import type { ChannelStore } from "../channel.js";
import { decryptText, encryptText } from "./encrypt-text.js";

interface Row {
  readonly key: string;
  readonly value: Json;
  readonly encrypted: Buffer | null;
}

/** One channel's entries in the table channel_store; a plugin cannot access another's. */
export function createChannelStore(services: Pick<Services, "config" | "database">, channel: string): ChannelStore {
  const { config, database } = services;
  const entryName = (key: string) => `${channel}/${key}`;
  const readValue = ({ key, value, encrypted }: Row): Json =>
    encrypted === null ? value : JSON.parse(decryptText(config.appSecrets, entryName(key), encrypted));

  return {
    async get(key) {
      const [row] = await database.query<Row>(getStatement, [channel, key]);
      return row === undefined ? undefined : readValue(row);
    },

    async set(key, value, options) {
      const text: string | undefined = JSON.stringify(value);
      if (text === undefined)
        throw new TypeError(`The store of channel ${channel} accepts only JSON: check the value of ${key}`);
      const encrypted =
        options?.encrypted || unsupportedByJsonb.test(text)
          ? encryptText(config.appSecrets, entryName(key), text)
          : null;
      const conversationId = options?.conversationId ?? null;
      await database.query(setStatement, [channel, key, encrypted === null ? text : null, encrypted, conversationId]);
    },

    async delete(key) {
      await database.query(deleteStatement, [channel, key]);
    },

    async list(prefix, limit) {
      const rows = await database.query<Row>(listStatement, [channel, prefix, limit]);
      return rows.map((row) => ({ key: row.key, value: readValue(row) }));
    },
  };
}

// What JSON.stringify escapes and jsonb rejects: NUL and lone surrogates. Texts from emails may contain them.
const unsupportedByJsonb = /\\u(0000|d[89a-f])/;

const getStatement: Statement = {
  name: "get-channel-entry",
  text: "SELECT key, value, encrypted FROM channel_store WHERE channel = $1 AND key = $2",
};

const setStatement: Statement = {
  name: "set-channel-entry",
  text: `
    INSERT INTO channel_store (channel, key, value, encrypted, conversation_id) VALUES ($1, $2, $3::jsonb, $4, $5)
    ON CONFLICT (channel, key) DO UPDATE SET
      value = excluded.value, encrypted = excluded.encrypted, conversation_id = excluded.conversation_id`,
};

const deleteStatement: Statement = {
  name: "delete-channel-entry",
  text: "DELETE FROM channel_store WHERE channel = $1 AND key = $2",
};

// starts_with and not LIKE, so that no prefix needs escaping. COLLATE "C" sorts by bytes, whatever the database's
// collation.
const listStatement: Statement = {
  name: "list-channel-entries",
  text: `
    SELECT key, value, encrypted FROM channel_store WHERE channel = $1 AND starts_with(key, $2)
    ORDER BY key COLLATE "C" DESC LIMIT $3`,
};
