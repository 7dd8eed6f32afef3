import { GraphQLScalarType } from "graphql";
import { GraphQLDateTimeISO } from "graphql-scalars";
import { instantText } from "./instant-text.js";

/** ISO 8601 in UTC with milliseconds; input with any offset is accepted and normalised. */
export const DateTime = new GraphQLScalarType({
  ...GraphQLDateTimeISO.toConfig(),
  name: "DateTime",
  description: "A date and time in ISO 8601 format, in UTC.",
  // Rows hold Dates: the library's validation of output values would only cost time on every field.
  serialize: (value) => (value instanceof Date ? instantText(value) : GraphQLDateTimeISO.serialize(value)),
});
