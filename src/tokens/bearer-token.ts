import { GraphQLError } from "graphql";
import { unauthenticated } from "../errors.js";

/** The token of `Bearer …`; null when none was given. @throws UNAUTHENTICATED for anything else */
export function readBearerToken(authorization: unknown): string | null {
  if (authorization === undefined || authorization === null || authorization === "") return null;
  const token = typeof authorization === "string" ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
  if (token === undefined) throw invalidToken();
  return token;
}

/** UNAUTHENTICATED with HTTP status 401: the request was not processed. */
export function invalidToken(): GraphQLError {
  const { message, extensions } = unauthenticated(
    "This token is not valid, or no longer: begin a session or sign in again.",
  );
  return new GraphQLError(message, { extensions: { ...extensions, http: { status: 401 } } });
}
