import { Field, InterfaceType } from "type-graphql";

/** What visitors, agents and bots have in common in the API. */
@InterfaceType({ description: "The author of a message, or someone who is typing one." })
export abstract class Author {
  @Field(() => String, {
    nullable: true,
    description:
      "Null while a visitor's name is unknown. Select it on the interface: on the implementing types it differs in nullability, so fragments on several of them conflict.",
  })
  name!: string | null;
}
