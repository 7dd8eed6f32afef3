import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from "type-graphql";
import { Agent } from "../agents/agent.entity.js";
import { maxAttachments } from "../attachments/claim-attachments.js";
import { maxFileBytes } from "../attachments/receive-file.js";
import type { OperationContext } from "../context.js";
import { maxTextLength } from "../conversations/parse-message-text.js";
import { DateTime } from "../graphql/date-time.js";
import { admins, staff } from "../graphql/permissions.js";
import { countVisitorsOnline, readAgentsHere, readSettings, readSightings, repliesByEmail } from "./read-website.js";
import { updateWebsite } from "./update-website.js";

@ObjectType({ description: "What the chat on the website shows before anybody has written, and what it accepts." })
export class Website {
  @Field(() => String, { nullable: true, description: "Shown under the widget's first line; null: nothing." })
  greeting!: string | null;

  @Field(() => String, { nullable: true, description: "The colour of buttons, as #rrggbb; null: the widget's own." })
  accent!: string | null;
}

@ObjectType({ simpleResolvers: true, description: "A website on which the chat was opened." })
export class WebsiteSighting {
  @Field(() => String, { description: "Such as https://www.example.com." })
  origin!: string;

  @Field(() => DateTime, { description: "The last time, to the minute." })
  at!: Date;
}

@InputType()
export class UpdateWebsiteInput {
  @Field(() => String, { nullable: true, description: "At most 300 characters. Null removes it." })
  greeting?: string | null;

  @Field(() => String, { nullable: true, description: "A colour such as #0b5cad. Null removes it." })
  accent?: string | null;
}

@Resolver(() => Website)
export class WebsiteResolver {
  @Query(() => Website, {
    description: "What the chat on the website shows before anybody has written, and what it accepts.",
  })
  website(@Ctx() { services }: OperationContext): Promise<Website> {
    return readSettings(services);
  }

  @Authorized(...admins)
  @Mutation(() => Website, {
    description: "Changes how the chat presents itself. Fields that are left out stay as they are.",
  })
  async updateWebsite(
    @Ctx() { services }: OperationContext,
    @Arg("input", () => UpdateWebsiteInput) input: UpdateWebsiteInput,
  ): Promise<Website> {
    await updateWebsite(services, input);
    return readSettings(services);
  }

  @FieldResolver(() => String, { description: "COMPANY_NAME, as in emails." })
  company(@Ctx() { services }: OperationContext): string {
    return services.config.companyName;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "COMPANY_LOCALE: the language for visitors whose own is unknown; null: English.",
  })
  locale(@Ctx() { services }: OperationContext): string | null {
    return services.config.companyLocale;
  }

  @FieldResolver(() => [Agent], { description: "Who is online now, three at most." })
  here(@Ctx() { services }: OperationContext): Promise<Agent[]> {
    return readAgentsHere(services);
  }

  @FieldResolver(() => Boolean, {
    description: "Whether answers are emailed to visitors who have left. `Visitor.whenAway` says it of one visitor.",
  })
  repliesByEmail(@Ctx() { services }: OperationContext): Promise<boolean> {
    return repliesByEmail(services);
  }

  @Authorized(...admins)
  @FieldResolver(() => [WebsiteSighting], {
    nullable: true,
    description:
      "Where the chat was opened, the latest first, 100 at most: among WEBSITE_URL, ALLOWED_WEBSITES and this server's own pages.",
  })
  async seenOn(@Ctx() { services }: OperationContext): Promise<WebsiteSighting[]> {
    return (await readSightings(services)).map(({ origin, seenAt }) => ({ origin, at: seenAt }));
  }

  @Authorized(...staff)
  @FieldResolver(() => Int, {
    nullable: true,
    description: "How many visitors have a page with the chat open now, and a connection.",
  })
  visitorsOnline(@Ctx() { services }: OperationContext): Promise<number> {
    return countVisitorsOnline(services);
  }

  @FieldResolver(() => Int)
  maxMessageLength(): number {
    return maxTextLength;
  }

  @FieldResolver(() => Int)
  maxAttachments(): number {
    return maxAttachments;
  }

  @FieldResolver(() => Int)
  maxAttachmentBytes(): number {
    return maxFileBytes;
  }
}
