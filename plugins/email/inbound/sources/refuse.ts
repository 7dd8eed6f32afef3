/** The response to a post that was not accepted. `message` says what to do about it. */
export function refuse(status: number, message: string): Response {
  return Response.json({ statusCode: status, message }, { status });
}
