import { Field, InterfaceType } from "type-graphql";

/** In GraphQL, what visitors, agents and bots have in common. */
@InterfaceType({ description: "Whoever wrote a message, or is typing one." })
export abstract class Author {
  @Field(() => String, {
    nullable: true,
    description:
      "Null for a visitor whose name is not known. Select it here rather than in fragments on the types, where it differs in nullability and therefore conflicts.",
  })
  name!: string | null;
}
