import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
  registerEnumType,
} from "type-graphql";
import type { OperationContext } from "../context.js";
import { Conversation, type ShownConversation } from "../conversations/conversation.entity.js";
import { DateTime } from "../graphql/date-time.js";
import { everyone } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import type { MaybePromise } from "../maybe-promise.js";
import { signOut } from "../sessions/sign-out.js";
import { requireViewer } from "../viewer.js";
import { startSession } from "./start-session.js";
import { Visitor } from "./visitor.entity.js";

export enum SessionKind {
  NEW = "NEW",
  KEPT = "KEPT",
  JOINED = "JOINED",
  GUEST = "GUEST",
}
registerEnumType(SessionKind, {
  name: "SessionKind",
  description:
    "GUEST: opened by the link in an email, for one conversation. JOINED: the website's identity joined an earlier visitor.",
});

@ObjectType("Session", { simpleResolvers: true })
export class StartedSession {
  @Field(() => String, {
    description: "Send it as 'Authorization: Bearer …', and as authorization in connectionParams.",
  })
  token!: string;

  @Field(() => DateTime)
  expiresAt!: Date;

  @Field(() => SessionKind)
  kind!: SessionKind | `${SessionKind}`;

  @Field(() => Visitor)
  visitor!: Visitor;

  conversationId!: string | null;
}

@InputType()
export class IdentityInput {
  @Field(() => String, {
    description:
      "A JWT, HS256 under the identity secret: sub is the external id; optional email, name; exp at most an hour ahead.",
  })
  token!: string;
}

@InputType()
export class StartSessionInput {
  @Field(() => String, { nullable: true, description: "The token of an earlier session, kept by the browser." })
  token?: string | null;

  @Field(() => String, { nullable: true, description: "The code in the link of a forwarded email." })
  resume?: string | null;

  @Field(() => IdentityInput, { nullable: true, description: "Who the website says the visitor is." })
  identity?: IdentityInput | null;

  @Field(() => String, { nullable: true })
  locale?: string | null;

  @Field(() => String, { nullable: true })
  timeZone?: string | null;

  @Field(() => String, { nullable: true })
  page?: string | null;
}

@Resolver(() => StartedSession)
export class SessionResolver {
  @Mutation(() => StartedSession, { description: "-  Begins or resumes a visit to the website." })
  async startSession(
    @Ctx() context: OperationContext,
    @Arg("input", () => StartSessionInput) input: StartSessionInput,
  ): Promise<StartedSession> {
    const session = await startSession(context.services, withoutNulls(input));
    // The fields of the result are resolved with the permissions of the new session.
    context.actAs(await context.services.sessions.resolve(session.token));
    return session;
  }

  @FieldResolver(() => Conversation, {
    nullable: true,
    description: "The conversation to show: the one the link was for, or the open one.",
  })
  conversation(
    @Root() session: StartedSession,
    @Ctx() { loaders }: OperationContext,
  ): MaybePromise<ShownConversation | null> {
    return session.conversationId === null ? null : loaders.conversation.load(session.conversationId);
  }

  @Authorized(...everyone)
  @Mutation(() => Boolean, { description: "V A D  Ends this session; its token is refused from then on." })
  async signOut(@Ctx() context: OperationContext): Promise<boolean> {
    await signOut(context.services, requireViewer(context));
    return true;
  }
}
