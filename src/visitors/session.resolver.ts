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
import { Limited } from "../limits/limited.js";
import { networkOf } from "../limits/network-of.js";
import type { MaybePromise } from "../maybe-promise.js";
import { signOut } from "../sessions/sign-out.js";
import { requireViewer } from "../viewer.js";
import { readSessionId, startSession } from "./start-session.js";
import { Visitor } from "./visitor.entity.js";

export enum SessionKind {
  NEW = "NEW",
  KEPT = "KEPT",
  JOINED = "JOINED",
  GUEST = "GUEST",
}
registerEnumType(SessionKind, {
  name: "SessionKind",
  description: "How a session began.",
  valuesConfig: {
    NEW: { description: "For a new visitor." },
    KEPT: { description: "For the visitor of the given token, or of the given identity." },
    JOINED: { description: "The website's signed identity joined this visitor with an earlier one." },
    GUEST: {
      description:
        "By the link in an email, for one conversation only: email addresses are masked, and identities and the contact form are refused.",
    },
  },
});

@ObjectType("Session", { simpleResolvers: true, description: "A visitor's session." })
export class StartedSession {
  @Field(() => String, {
    description: "Send it as `Authorization: Bearer …`, or as `authorization` in the connectionParams of a WebSocket.",
  })
  token!: string;

  @Field(() => DateTime, { description: "When the session ends if it is not used until then." })
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
      "A JWT, signed with HS256 and the IDENTITY_SECRET. `sub` is the website's id of the visitor, `exp` at most an hour ahead; `email` and `name` are optional.",
  })
  token!: string;
}

@InputType()
export class StartSessionInput {
  @Field(() => String, {
    nullable: true,
    description: "The token of an earlier session, kept by the browser. If it is invalid, a new session begins.",
  })
  token?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The code from the link in a forwarded email. If it is invalid, it is ignored.",
  })
  resume?: string | null;

  @Field(() => IdentityInput, {
    nullable: true,
    description: "Who the visitor is, signed by the website. Refused in guest sessions.",
  })
  identity?: IdentityInput | null;

  @Field(() => String, { nullable: true, description: "A BCP 47 language tag." })
  locale?: string | null;

  @Field(() => String, { nullable: true, description: "An IANA time zone name." })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: "The page that the visitor is on: an http(s) URL, or a path." })
  page?: string | null;
}

@Resolver(() => StartedSession)
export class SessionResolver {
  @Limited<{ input: StartSessionInput }, OperationContext>({
    sessionStartsOfNetwork: 1,
    sessionStartsOfSession: async ({ input }, { services }) => {
      const sessionId = await readSessionId(services, input);
      return sessionId === null ? 0 : { key: sessionId, points: 1 };
    },
    // If it turns out that the session of a token does not go on, startSession calls `payForNew`.
    sessionsOfNetwork: async ({ input }, { services }) => ((await readSessionId(services, input)) === null ? 1 : 0),
    resumeCodesOfNetwork: ({ input }) => (input.resume == null ? 0 : 1),
  })
  @Mutation(() => StartedSession, { description: "Starts or resumes a visitor's session on the website." })
  async startSession(
    @Ctx() context: OperationContext,
    @Arg("input", () => StartSessionInput) input: StartSessionInput,
  ): Promise<StartedSession> {
    const { services, remoteAddress } = context;
    services.blockedNetworks.refuse(remoteAddress);
    const network = networkOf(remoteAddress);
    const session = await startSession(services, withoutNulls(input), {
      network: network === "" ? null : network,
      payForNew: () => services.limits.spend("sessionsOfNetwork", network),
    });
    // The fields of the result are resolved with the permissions of the new session.
    context.actAs(await services.sessions.resolve(session.token));
    return session;
  }

  @FieldResolver(() => Conversation, {
    nullable: true,
    description:
      "The conversation to show: the one that the link was for, else the newest open one, else the newest closed one with unread replies.",
  })
  conversation(
    @Root() session: StartedSession,
    @Ctx() { loaders }: OperationContext,
  ): MaybePromise<ShownConversation | null> {
    return session.conversationId === null ? null : loaders.conversation.load(session.conversationId);
  }

  @Authorized(...everyone)
  @Limited({ changesOfVisitor: 1, changesOfNetwork: 1 })
  @Mutation(() => Boolean, { description: "Ends this session: its token is no longer valid." })
  async signOut(@Ctx() context: OperationContext): Promise<boolean> {
    await signOut(context.services, requireViewer(context));
    return true;
  }
}
