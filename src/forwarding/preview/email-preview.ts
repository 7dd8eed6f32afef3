import { Field, ObjectType } from "type-graphql";
import type { MessagePreview } from "../../channels/channel.js";

@ObjectType({
  simpleResolvers: true,
  description:
    "An email as its receiver sees it. Its links lead to the website and sign nobody in; files are shown as links.",
})
export class EmailPreview implements MessagePreview {
  @Field(() => String, { description: "Name and address." })
  from!: string;

  @Field(() => String)
  subject!: string;

  @Field(() => String, { description: "A whole document, which loads nothing and runs no scripts." })
  html!: string;

  @Field(() => String)
  text!: string;
}
