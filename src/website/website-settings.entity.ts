import { Entity, PrimaryKey, Property } from "@mikro-orm/decorators/legacy";

/** How the website's chat presents itself: one row for the whole installation, which admins can change. */
@Entity({ tableName: "website_settings" })
export class WebsiteSettings {
  @PrimaryKey({ type: "integer" })
  id!: number;

  @Property({ type: "text", nullable: true })
  greeting!: string | null;

  /** A colour as #rrggbb; null: the widget's own. */
  @Property({ type: "text", nullable: true })
  accent!: string | null;
}
