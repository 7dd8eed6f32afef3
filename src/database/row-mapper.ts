/**
 * One entity's part of a statement's row that joins several: which columns to ask for, and how to read them from
 * `Database.queryValues`. Reading by position makes each entity in one go; rows of many columns cost lists most.
 */
export class RowMapper<Entity extends object> {
  readonly #row: new () => object;
  readonly #properties: readonly (keyof Entity & string)[];

  /**
   * `properties` are those of the mapped columns, in any order; `leftOut` those that are not read although they could
   * be: whoever needs one after all fails there and then, and does not take it for null.
   */
  constructor(
    entity: new () => Entity,
    properties: readonly (keyof Entity & string)[],
    leftOut: readonly (keyof Entity & string)[] = [],
  ) {
    this.#row = rowClass(entity, properties, leftOut);
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
    const entity = new this.#row() as Record<string, unknown>;
    for (let index = 0; index < this.#properties.length; index += 1) {
      entity[this.#properties[index] as string] = values[offset + index];
    }
    return entity as Entity;
  }
}

/**
 * Makes objects that are the entity's but begin empty: its own constructor sets every property once more, and the mapper
 * puts setters on its prototype, which keep track of changes that nobody makes here.
 */
function rowClass<Entity extends object>(
  entity: new () => Entity,
  properties: readonly string[],
  leftOut: readonly string[],
): new () => object {
  class Row {}
  Object.setPrototypeOf(Row.prototype, entity.prototype);
  for (const property of properties) {
    Object.defineProperty(Row.prototype, property, { value: undefined, writable: true });
  }
  for (const property of leftOut) {
    Object.defineProperty(Row.prototype, property, {
      get: () => {
        throw new Error(`${entity.name}.${property} was not read: the list does not know that it is needed.`);
      },
    });
  }
  return Row;
}

function columnOf(property: string): string {
  return property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
