import { randomBytes } from "node:crypto";
import type pg from "pg";
import { inDatabase } from "./in-database.js";

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of its own for one test file, in the server that the suite's setup started; empty. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createDatabase((name) => `CREATE DATABASE ${name}`);
}

/** The same, as a copy of another one in which nobody works. */
export async function copyDatabase(template: string): Promise<TestDatabase> {
  // Files of some megabytes are copied with less work than their pages are logged.
  return createDatabase((name) => `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
}

async function createDatabase(statement: (name: string) => string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await administer((client) => client.query(statement(name)));
  return {
    url: urlOf(name),
    drop: async () => void (await administer((client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`))),
  };
}

export function urlOf(databaseName: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${databaseName}`;
  return url.href;
}

/** Lends a connection to the server's own database. */
export async function administer<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  return inDatabase(serverUrl(), work);
}

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined) throw new Error("TEST_DATABASE_URL is not set: run the tests with npm test");
  return url;
}
