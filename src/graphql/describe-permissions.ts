import { type GraphQLSchema, isObjectType } from "graphql";
import { getMetadataStorage } from "type-graphql";
import type { Role } from "./permissions.js";

/** Of operations without `@Authorized`. */
const noTokenNeeded = "No token needed.";

const list = new Intl.ListFormat("en");

/** Who may use what `@Authorized(...roles)` guards, in one sentence. */
export function describePermission(roles: readonly Role[]): string {
  const [visitor, guest, agent, admin] = (["VISITOR", "GUEST", "AGENT", "ADMIN"] as const).map((role) =>
    roles.includes(role),
  );
  if (visitor && guest && agent && admin) return "Anyone with a token.";
  const people: string[] = [];
  if (visitor) people.push(guest ? "visitors" : "visitors (full sessions, not guests)");
  else if (guest) people.push("guests");
  if (agent) people.push("agents");
  if (admin) people.push("admins");
  if (people.length === 0) throw new Error("@Authorized() without roles refuses everyone: name the roles.");
  const sentence = `${list.format(people)} only.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/**
 * Appends to the description of every operation, and of every field that has `@Authorized`, who may use it: written from
 * the roles that are checked, so that the two cannot differ. `schema` was just built by type-graphql, which leaves the
 * roles in its metadata storage.
 */
export function describePermissions(schema: GraphQLSchema): void {
  const { queries, mutations, subscriptions, objectTypes } = getMetadataStorage();
  for (const { schemaName, roles } of queries) append(schema, "Query", schemaName, roles ?? null);
  for (const { schemaName, roles } of mutations) append(schema, "Mutation", schemaName, roles ?? null);
  for (const { schemaName, roles } of subscriptions) append(schema, "Subscription", schemaName, roles ?? null);
  for (const { name, fields = [] } of objectTypes) {
    for (const { schemaName, roles } of fields) if (roles !== undefined) append(schema, name, schemaName, roles);
  }
}

/** `roles` null: nothing is checked. A type or field that is not in the schema belongs to another one. */
function append(schema: GraphQLSchema, typeName: string, fieldName: string, roles: readonly Role[] | null): void {
  const type = schema.getType(typeName);
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
  if (field === undefined) return;
  const permission = roles === null ? noTokenNeeded : describePermission(roles);
  field.description = field.description ? `${field.description} ${permission}` : permission;
}
