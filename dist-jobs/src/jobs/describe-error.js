/** What an error says, on one line for the log: its message (or code, where Node leaves the message empty), without
 *  the credentials of URLs in it; never stack or cause. */
export function describeError(error) {
    const said = error instanceof Error ? error.message || ("code" in error && String(error.code)) || error.name : error;
    return String(said).replace(/\/\/[^\s/@]*@/g, "//…@");
}
//# sourceMappingURL=describe-error.js.map