/** What an error says, on one line for the log: its message (or code, where Node leaves the message empty), without
 *  the credentials of URLs in it; never stack or cause. */
export declare function describeError(error: unknown): string;
