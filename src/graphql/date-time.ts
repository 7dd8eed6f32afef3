import { GraphQLScalarType } from "graphql";
import { GraphQLDateTimeISO } from "graphql-scalars";
import { instantText } from "./instant-text.js";

/** Instants as ISO 8601 in UTC with milliseconds; input in any offset is accepted and normalised. */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  name: "DateTime",
  description: "An instant in ISO 8601, UTC.",
  // Rows hold Dates, so the library's validation of outgoing values would be work on every field for nothing.
  serialize: (value) => (value instanceof Date ? instantText(value) : GraphQLDateTimeISO.serialize(value)),
});
