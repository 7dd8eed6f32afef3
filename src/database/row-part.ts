/**
 * One entity's part of a statement's row that joins several: which columns to ask for, and how to read them from
 * `Database.queryValues`. Reading by position makes each entity in one go; rows of many columns cost lists most.
 */
export class RowPart<Entity extends object> {
  readonly #create: () => Entity;
  readonly #properties: readonly (keyof Entity & string)[];

  /** `properties` are those of the mapped columns, in any order. */
  constructor(create: () => Entity, properties: readonly (keyof Entity & string)[]) {
    this.#create = create;
    this.#properties = properties;
  }

  /** How many values of a row belong to it. */
  get width(): number {
    return this.#properties.length;
  }

  /** The columns as a SELECT lists them. */
  columnsOf(alias: string): string {
    return this.#properties.map((property) => `${alias}.${columnOf(property)}`).join(", ");
  }

  /** The entity whose values stand in the row from `offset` on. */
  read(values: readonly unknown[], offset: number): Entity {
    const entity = this.#create() as Record<string, unknown>;
    for (let index = 0; index < this.#properties.length; index += 1) {
      entity[this.#properties[index] as string] = values[offset + index];
    }
    return entity as Entity;
  }
}

function columnOf(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
