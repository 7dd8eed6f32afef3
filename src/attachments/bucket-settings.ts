/** A bucket of an S3-compatible service, in which attachments are stored instead of DATA_DIR. */
export interface BucketSettings {
  /** The URL of the service, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Prepended to every key: empty, or ends with a slash. */
  readonly prefix: string;
  readonly region: string;
  /** Null to use the AWS SDK's default providers (environment, shared files, instance role). */
  readonly credentials: { readonly key: string; readonly secret: string } | null;
}

const shape = "write s3://key:secret@host/bucket?region=…";
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Parses `s3://key:secret@host[:port]/bucket[/prefix][?region=…][&tls=off]`. Returns an error message if it is invalid;
 * the message never repeats the URL, which contains a secret.
 */
export function parseBucketUrl(text: string): BucketSettings | string {
  if (!URL.canParse(text)) return shape;
  const url = new URL(text);
  if (url.protocol !== "s3:" || url.hostname === "") return shape;
  if (url.hash !== "") return "write a # in key or secret as %23";
  if ((url.username === "") !== (url.password === "")) return "give both key and secret, or neither";
  const [, bucket = "", ...prefix] = url.pathname.split("/");
  if (!bucketName.test(bucket)) return `add the name of a bucket after the host: ${shape}`;
  const unknown = [...url.searchParams.keys()].find((name) => name !== "region" && name !== "tls");
  if (unknown !== undefined) return "region and tls are the only query parameters";
  const tls = url.searchParams.get("tls") ?? "on";
  if (tls !== "on" && tls !== "off") return "tls is on or off";
  const region = url.searchParams.get("region") ?? "us-east-1";
  if (!/^[a-z0-9-]{1,50}$/.test(region)) return "the region consists of lower-case letters, digits and hyphens";
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
