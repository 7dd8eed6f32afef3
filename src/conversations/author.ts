import { createUnionType, Field, ObjectType } from "type-graphql";
import { Agent } from "../agents/agent.entity.js";
import { Author } from "../author.js";
import type { Loaders } from "../loaders.js";
import { type MaybePromise, whenLoaded } from "../maybe-promise.js";
import { Visitor } from "../visitors/visitor.entity.js";
import type { Message } from "./message.entity.js";

@ObjectType({
  implements: Author,
  simpleResolvers: true,
  description: "An automated author that writes in the company's name.",
})
class Bot {
  @Field(() => String)
  name!: string;
}

export const Viewer = createUnionType({
  name: "Viewer",
  description: "The visitor or agent that a token belongs to.",
  types: () => [Visitor, Agent] as const,
});

export function authorOf(message: Message, loaders: Loaders): MaybePromise<Author> {
  switch (message.authorKind) {
    case "VISITOR":
      return whenLoaded(loaders.visitor.load(message.authorId), existing);
    case "AGENT":
      return whenLoaded(loaders.agent.load(message.authorId), existing);
    case "BOT":
      return Object.assign(new Bot(), { name: message.botName ?? "" });
  }
}

/** For rows that another row refers to: visitors and agents are never deleted, so they exist. */
export function existing<Row>(row: Row | null): Row {
  if (row === null) throw new Error("A row that another row refers to does not exist.");
  return row;
}
