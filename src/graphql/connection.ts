import { type ClassType, Field, ObjectType } from "type-graphql";
import { z } from "zod";
import { badUserInput } from "../errors.js";
import type { Page, PageRequest } from "./page.js";

/** Pages as Relay's cursor connections describe them: https://relay.dev/graphql/connections.htm */
const defaultSize = 25;
const maxSize = 100;

/** The sort key(s) of a row. */
export type CursorKeys = readonly (string | number)[];

/** A row's instant in ISO 8601. */
export const instantKey = z.iso.datetime({ precision: 3 }).refine((text) => Date.parse(text) >= 0);

/** A row's instant, and its id: lists that show the newest first. */
export const newestFirstCursor = z.tuple([instantKey, z.uuid()]);

export function newestFirstKeys(at: Date, id: string): CursorKeys {
  return [at.toISOString(), id];
}

/** A message's position. */
export const positionCursor = z.tuple([z.int().min(0).max(2_147_483_647)]);

export function encodeCursor(keys: CursorKeys): string {
  return Buffer.from(JSON.stringify(keys)).toString("base64url");
}

function decodeCursor(field: string, cursor: string, keys: z.ZodType<CursorKeys>): CursorKeys {
  const parsed = keys.safeParse(parseJson(Buffer.from(cursor, "base64url").toString("utf8")));
  if (!parsed.success) throw badUserInput(field, `'${field}' is not a cursor of this list.`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not one of our cursors, which the following check reports.
    return undefined;
  }
}

type Given<T> = T | null | undefined;

export interface ForwardArguments {
  readonly first?: Given<number>;
  readonly after?: Given<string>;
}

export interface PageArguments extends ForwardArguments {
  readonly last?: Given<number>;
  readonly before?: Given<string>;
}

/** Parses the arguments of a list that is paged forward only; 25 rows by default. @throws BAD_USER_INPUT */
export function readForwardPage({ first, after }: ForwardArguments, keys: z.ZodType<CursorKeys>): PageRequest {
  return {
    direction: "forward",
    limit: readSize("first", first),
    cursor: isGiven(after) ? decodeCursor("after", after, keys) : null,
  };
}

/** Parses the arguments of a list that is paged in both directions; the last 25 rows by default. @throws BAD_USER_INPUT */
export function readPage({ first, after, last, before }: PageArguments, keys: z.ZodType<CursorKeys>): PageRequest {
  if (isGiven(first) || isGiven(after)) {
    if (isGiven(last))
      throw badUserInput("last", "'last' goes with 'before'; with 'first' or 'after' it asks for two pages.");
    if (isGiven(before))
      throw badUserInput("before", "'before' goes with 'last'; with 'first' or 'after' it asks for two pages.");
    return readForwardPage({ first, after }, keys);
  }
  return {
    direction: "backward",
    limit: readSize("last", last),
    cursor: isGiven(before) ? decodeCursor("before", before, keys) : null,
  };
}

function isGiven<T>(value: Given<T>): value is T {
  return value !== null && value !== undefined;
}

function readSize(field: string, size: Given<number>): number {
  if (!isGiven(size)) return defaultSize;
  if (size < 0 || size > maxSize) throw badUserInput(field, `'${field}' must be between 0 and ${maxSize}.`);
  return size;
}

@ObjectType({ simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

/**
 * The value behind every connection type. Cursors are computed only where a query asks for them, and once: compiled
 * queries look at a property several times.
 */
export class Connection<Node> {
  readonly #page: Page<Node>;
  readonly #keysOf: (node: Node) => CursorKeys;
  #edges: Edge<Node>[] | null = null;
  #pageInfo: PageInfo | null = null;

  constructor(page: Page<Node>, keysOf: (node: Node) => CursorKeys) {
    this.#page = page;
    this.#keysOf = keysOf;
  }

  get nodes(): readonly Node[] {
    return this.#page.items;
  }

  get edges(): Edge<Node>[] {
    this.#edges ??= this.#page.items.map((node) => ({ cursor: this.#cursorOf(node), node }));
    return this.#edges;
  }

  get pageInfo(): PageInfo {
    this.#pageInfo ??= this.#readPageInfo();
    return this.#pageInfo;
  }

  #readPageInfo(): PageInfo {
    const { items, hasNextPage, hasPreviousPage } = this.#page;
    const first = items[0];
    const last = items.at(-1);
    return {
      hasNextPage,
      hasPreviousPage,
      startCursor: first === undefined ? null : this.#cursorOf(first),
      endCursor: last === undefined ? null : this.#cursorOf(last),
    };
  }

  #cursorOf(node: Node): string {
    return encodeCursor(this.#keysOf(node));
  }
}

/** Declares `<name>Edge` and `<name>Connection` in the schema and returns the latter; the values are Connections. */
export function connectionType(name: string, node: () => ClassType): ClassType {
  @ObjectType(`${name}Edge`, { simpleResolvers: true })
  class EdgeType {
    @Field(() => String)
    cursor!: string;

    @Field(() => node())
    node!: object;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true })
  class ConnectionType {
    @Field(() => [EdgeType])
    edges!: EdgeType[];

    @Field(() => [node()])
    nodes!: object[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;
  }
  return ConnectionType;
}
