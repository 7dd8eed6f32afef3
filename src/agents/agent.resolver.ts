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
} from "type-graphql";
import type { OperationContext } from "../context.js";
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

  @Field(() => String)
  name!: string;

  @Field(() => String)
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

  @Field(() => String, { nullable: true })
  password?: string | null;

  @Field(() => AgentRole, { nullable: true })
  role?: AgentRole | null;
}

@Resolver(() => Agent)
export class AgentResolver {
  @Authorized(...staff)
  @Query(() => [Agent], { description: "A D" })
  agents(@Ctx() { services }: OperationContext): Promise<readonly Agent[]> {
    return listAgents(services);
  }

  @Authorized(...staff)
  @Mutation(() => Agent, { description: "A D" })
  setAvailability(
    @Ctx() context: OperationContext,
    @Arg("availability", () => Availability) availability: Availability,
  ): Promise<Agent> {
    return setAvailability(context.services, requireAgent(context), availability);
  }

  @Authorized(...admins)
  @Mutation(() => Agent, { description: "D" })
  createAgent(
    @Ctx() { services }: OperationContext,
    @Arg("input", () => CreateAgentInput) input: CreateAgentInput,
  ): Promise<Agent> {
    return createAgent(services, input);
  }

  @Authorized(...admins)
  @Mutation(() => Agent, { description: "D" })
  updateAgent(
    @Ctx() { services }: OperationContext,
    @Arg("input", () => UpdateAgentInput) input: UpdateAgentInput,
  ): Promise<Agent> {
    return updateAgent(services, withoutNulls(input));
  }

  @Authorized(...admins)
  @Mutation(() => Agent, { description: "D" })
  removeAgent(@Ctx() { services }: OperationContext, @Arg("agentId", () => ID) agentId: string): Promise<Agent> {
    return removeAgent(services, agentId);
  }

  @Authorized(...staff)
  @FieldResolver(() => String, { nullable: true, description: "A D" })
  email(@Root() agent: Agent): string {
    return agent.email;
  }

  @Authorized(...staff)
  @FieldResolver(() => AgentRole, { nullable: true, description: "A D" })
  role(@Root() agent: Agent): AgentRole {
    return agent.role;
  }

  @Authorized(...staff)
  @FieldResolver(() => Availability, { nullable: true, description: "A D  What the agent chose." })
  availability(@Root() agent: Agent): Availability {
    return agent.availability;
  }

  @FieldResolver(() => Boolean, { description: "Connected, and chose ONLINE." })
  online(@Root() agent: Agent, @Ctx() { services }: OperationContext): boolean {
    return isAgentOnline(agent, services.clock.now());
  }
}
