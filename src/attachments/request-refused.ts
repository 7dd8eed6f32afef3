/** Why an upload or download was refused: an HTTP status and a sentence that says what to do. */
export class RequestRefused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "RequestRefused";
  }
}
