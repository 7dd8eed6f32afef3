export type WithoutNulls<Input> = { [Key in keyof Input]: Exclude<Input[Key], null> };

/** An input in which an explicit null means the same as leaving the field out. */
export function withoutNulls<Input extends object>(input: Input): WithoutNulls<Input> {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  ) as WithoutNulls<Input>;
}
