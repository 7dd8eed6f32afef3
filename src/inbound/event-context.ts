import type { Transaction } from "../database/database.js";
import type { Services } from "../services.js";
import type { FilesOfEvents } from "./store-files.js";

/** What an inbound event is applied with. */
export interface EventContext {
  readonly services: Services;
  readonly transaction: Transaction;
  readonly channelId: string;
  readonly now: Date;
  /** The original that the event was interpreted from; null if the channel passed the event itself. */
  readonly originalId: string | null;
  readonly files: FilesOfEvents;
}
