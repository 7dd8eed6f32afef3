/** Answers a post that brought no mail. `message` says what to do about it. */
export function refuse(status: number, message: string): Response {
  return Response.json({ statusCode: status, message }, { status });
}
