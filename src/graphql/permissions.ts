import type { AuthCheckerFn } from "type-graphql";
import { forbidden } from "../errors.js";
import { requireViewer, type Viewer } from "../viewer.js";

/** Who may use an operation or a field, as listed in `@Authorized(...)`. A guest came by the link in an email. */
export type Role = "VISITOR" | "GUEST" | "AGENT" | "ADMIN";

export const visitors: readonly Role[] = ["VISITOR", "GUEST"];
export const admins: readonly Role[] = ["ADMIN"];
export const staff: readonly Role[] = ["AGENT", "ADMIN"];
export const everyone: readonly Role[] = ["VISITOR", "GUEST", "AGENT", "ADMIN"];

function roleOf(viewer: Viewer): Role {
  if (viewer.kind === "agent") return viewer.role;
  return viewer.guestOf === null ? "VISITOR" : "GUEST";
}

/**
 * Decides for every `@Authorized` operation and field: UNAUTHENTICATED without a token, FORBIDDEN for the wrong one.
 * `beginMutation` is called before each field of a mutation, since the one before may have started another session.
 */
export function createAuthChecker<Context extends { readonly viewer: Viewer | null }>(
  beginMutation: (context: Context) => void,
): AuthCheckerFn<Context, Role> {
  return ({ context, info }, roles) => {
    if (info.path.prev === undefined && info.operation.operation === "mutation") beginMutation(context);
    if (!roles.includes(roleOf(requireViewer(context)))) {
      throw forbidden(`You may not use ${info.parentType.name}.${info.fieldName}.`);
    }
    return true;
  };
}
