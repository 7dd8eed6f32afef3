import type { Logger } from "../channels/channel.js";
export interface QuietLog {
    /** One trouble of many alike: at most one line per 10 s, which counts those that were left out before it. */
    trouble(error: unknown): void;
    /** The trouble is over. Says so once, if it was spoken of. */
    over(): void;
}
/** A database that is away makes several errors a second: this keeps them to a line now and then. */
export declare function createQuietLog(logger: Logger, wording: {
    readonly trouble: string;
    readonly over: string;
}): QuietLog;
