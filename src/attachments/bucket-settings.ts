/** Where attachments are kept beside a disk: a bucket of an S3-compatible service. */
export interface BucketSettings {
  /** The service, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** What every key begins with: empty, or ends with a slash. */
  readonly prefix: string;
  readonly region: string;
  /** Null: as the AWS SDK finds them (environment, shared files, instance role). */
  readonly credentials: { readonly key: string; readonly secret: string } | null;
}

const shape = "write s3://key:secret@host/bucket?region=…";
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Reads `s3://key:secret@host[:port]/bucket[/prefix][?region=…][&tls=off]`. Returns the fault in words otherwise; they
 * never repeat the text, which holds a secret.
 */
export function parseBucketUrl(text: string): BucketSettings | string {
  if (!URL.canParse(text)) return shape;
  const url = new URL(text);
  if (url.protocol !== "s3:" || url.hostname === "") return shape;
  if (url.hash !== "") return "write a # in key or secret as %23";
  if ((url.username === "") !== (url.password === "")) return "give both key and secret, or neither";
  const [, bucket = "", ...prefix] = url.pathname.split("/");
  if (!bucketName.test(bucket)) return `name a bucket after the host: ${shape}`;
  const unknown = [...url.searchParams.keys()].find((name) => name !== "region" && name !== "tls");
  if (unknown !== undefined) return "only region and tls may follow the question mark";
  const tls = url.searchParams.get("tls") ?? "on";
  if (tls !== "on" && tls !== "off") return "tls is on or off";
  const region = url.searchParams.get("region") ?? "us-east-1";
  if (!/^[a-z0-9-]{1,50}$/.test(region)) return "the region has lower-case letters, digits and hyphens";
  try {
    const folders = prefix.filter((segment) => segment !== "").map((segment) => `${decodeURIComponent(segment)}/`);
    const [key, secret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return {
      endpoint: `${tls === "on" ? "https" : "http"}://${url.host}`,
      bucket,
      prefix: folders.join(""),
      region,
      credentials: key === "" ? null : { key, secret },
    };
  } catch {
    return "write a % sign in key, secret or prefix as %25";
  }
}
