import {
  Arg,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from "type-graphql";
import type { OperationContext } from "../context.js";
import { notFound } from "../errors.js";
import type { ChangeOf } from "../events/events.js";
import { DateTime } from "../graphql/date-time.js";
import { admins, staff } from "../graphql/permissions.js";
import { withoutNulls } from "../graphql/without-nulls.js";
import { AgentRole, requireAgent } from "../viewer.js";
import { Agent, Availability } from "./agent.entity.js";
import { isAgentOnline } from "./agent-presence.js";
import { createAgent } from "./create-agent.js";
import { listAgents } from "./list-agents.js";
import { removeAgent } from "./remove-agent.js";
import { setAvailability } from "./set-availability.js";
import { updateAgent } from "./update-agent.js";

@InputType()
export class CreateAgentInput {
  @Field(() => String)
  email!: string;

  @Field(() => String, { description: "Shown to visitors beside the agent's replies." })
  name!: string;

  @Field(() => String, { description: "8 to 200 characters." })
  password!: string;

  @Field(() => AgentRole)
  role!: AgentRole;
}

@InputType()
export class UpdateAgentInput {
  @Field(() => ID)
  agentId!: string;

  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "8 to 200 characters. A new password ends the agent's sessions.",
  })
  password?: string | null;

  @Field(() => AgentRole, { nullable: true })
  role?: AgentRole | null;
}

@Resolver(() => Agent)
export class AgentResolver {
  @Authorized(...staff)
  @Query(() => [Agent], { description: "All agents and admins, without those who were removed." })
  agents(@Ctx() { services }: OperationContext): Promise<readonly Agent[]> {
    return listAgents(services);
  }

  @Authorized(...staff)
  @Mutation(() => Agent, { description: "Chooses whether the calling agent counts as online." })
  setAvailability(
    @Ctx() context: OperationContext,
    @Arg("availability", () => Availability) availability: Availability,
  ): Promise<Agent> {
    return setAvailability(context.services, requireAgent(context), availability);
  }

  @Authorized(...admins)
  @Mutation(() => Agent, { description: "Adds an agent, who can sign in at once." })
  createAgent(
    @Ctx() { services }: OperationContext,
    @Arg("input", () => CreateAgentInput) input: CreateAgentInput,
  ): Promise<Agent> {
    return createAgent(services, input);
  }

  @Authorized(...admins)
  @Mutation(() => Agent, { description: "Changes an agent. Fields that are left out or null stay as they are." })
  updateAgent(
    @Ctx() { services }: OperationContext,
    @Arg("input", () => UpdateAgentInput) input: UpdateAgentInput,
  ): Promise<Agent> {
    return updateAgent(services, withoutNulls(input));
  }

  @Authorized(...admins)
  @Mutation(() => Agent, {
    description:
      "Removes an agent and ends their sessions. Their messages stay; their open conversations become unassigned.",
  })
  removeAgent(@Ctx() { services }: OperationContext, @Arg("agentId", () => ID) agentId: string): Promise<Agent> {
    return removeAgent(services, agentId);
  }

  @Authorized(...staff)
  @Subscription(() => Agent, {
    description:
      "An agent was added, changed or removed (see `removedAt`), chose another availability, came online or went offline.",
    subscribe: ({ context }: { context: OperationContext }) => context.services.events.subscribe("agentUpdated", "all"),
  })
  async agentUpdated(@Root() event: ChangeOf<"agentUpdated">, @Ctx() context: OperationContext): Promise<Agent> {
    const agent = await context.loadersOf(event).agent.load(event.agentId);
    if (agent === null) throw notFound("agent");
    return agent;
  }

  @Authorized(...staff)
  @FieldResolver(() => String, { nullable: true, description: "The address that the agent signs in with." })
  email(@Root() agent: Agent): string {
    return agent.email;
  }

  @Authorized(...staff)
  @FieldResolver(() => AgentRole, { nullable: true })
  role(@Root() agent: Agent): AgentRole {
    return agent.role;
  }

  @Authorized(...staff)
  @FieldResolver(() => Availability, { nullable: true, description: "What the agent chose with `setAvailability`." })
  availability(@Root() agent: Agent): Availability {
    return agent.availability;
  }

  @Authorized(...staff)
  @FieldResolver(() => DateTime, {
    nullable: true,
    description:
      "When an admin removed the agent, whose messages stay; null while the agent can sign in. `agents` lists nobody who was removed.",
  })
  removedAt(@Root() agent: Agent): Date | null {
    return agent.removedAt;
  }

  @FieldResolver(() => Boolean, {
    description: "Whether the agent chose ONLINE and is connected. A dropped connection counts only after 30 seconds.",
  })
  online(@Root() agent: Agent, @Ctx() { services }: OperationContext): boolean {
    return isAgentOnline(agent, services.clock.now());
  }
}
