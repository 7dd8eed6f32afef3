import { Arg, Authorized, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import type { OperationContext } from "../context.js";
import { DateTime } from "../graphql/date-time.js";
import { staff } from "../graphql/permissions.js";
import { Limited } from "../limits/limited.js";
import { requireAgent } from "../viewer.js";
import { Agent } from "./agent.entity.js";
import { changePassword } from "./change-password.js";
import { signIn } from "./sign-in.js";

@ObjectType({ simpleResolvers: true, description: "A session of an agent or admin." })
export class AgentSession {
  @Field(() => String, {
    description: "Send it as `Authorization: Bearer …`, or as `authorization` in the connectionParams of a WebSocket.",
  })
  token!: string;

  @Field(() => DateTime, { description: "When the session ends if it is not used until then." })
  expiresAt!: Date;

  @Field(() => String, {
    description:
      "Keep it on this device, also after signing out, and send it with the next `signIn`: failures of others then do not limit this device. Good for a year, or until the password changes.",
  })
  deviceToken!: string;

  @Field(() => Agent)
  agent!: Agent;
}

@InputType()
export class SignInInput {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "`AgentSession.deviceToken` of an earlier session on this device. One that is not valid any more is ignored.",
  })
  deviceToken?: string | null;
}

@InputType()
export class ChangePasswordInput {
  @Field(() => String)
  current!: string;

  @Field(() => String, { description: "8 to 200 characters." })
  next!: string;
}

@Resolver()
export class AgentSessionResolver {
  // A device that is known has limits of its own, and one that pretends to be is limited by its wrong passwords.
  @Limited<{ input: SignInInput }, OperationContext>({
    signInsOfNetwork: ({ input }) => (input.deviceToken == null ? 1 : 0),
  })
  @Mutation(() => AgentSession, {
    description: "Signs an agent in. The session lasts 12 hours, extended whenever it is used.",
  })
  async signIn(
    @Ctx() context: OperationContext,
    @Arg("input", () => SignInInput) input: SignInInput,
  ): Promise<AgentSession> {
    const session = await signIn(context.services, input, context.remoteAddress);
    // The fields of the result are resolved with the permissions of the agent who signed in.
    context.actAs(await context.services.sessions.resolve(session.token));
    return session;
  }

  @Authorized(...staff)
  @Mutation(() => AgentSession, {
    description: "Changes the calling agent's password and ends the agent's other sessions.",
  })
  changePassword(
    @Ctx() context: OperationContext,
    @Arg("input", () => ChangePasswordInput) input: ChangePasswordInput,
  ): Promise<AgentSession> {
    return changePassword(context.services, requireAgent(context), input);
  }
}
