/** The response to a post that was not accepted. `message` says what to do about it. */
export function refuse(status: number, message: string): Response {
  return Response.json({ statusCode: status, message }, { status });
}

export const tooMuchMail =
  "Too much email is stored for this conversation, or that belongs to no conversation: send it again later.";
