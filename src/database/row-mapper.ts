/**
 * Maps one entity's columns in the row of a join: which columns to select, and how to read them from
 * `Database.queryValues`. Values are read by position, because reading rows of many columns dominates the cost of lists.
 */
export class RowMapper<Entity extends object> {
  readonly #row: new () => object;
  readonly #properties: readonly (keyof Entity & string)[];

  /**
   * @param properties those of the selected columns, in any order
   * @param leftOut properties that are not selected: reading one throws, instead of returning undefined
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
 * Creates objects with the entity's prototype but without running its constructor, which would set every property twice,
 * and without the change-tracking setters that the mapper installs on the prototype.
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
