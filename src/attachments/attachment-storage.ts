import { once } from "node:events";
import { createReadStream, ReadStream } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { Disk } from "flydrive";
import { FSDriver } from "flydrive/drivers/fs";
import type { BucketSettings } from "./bucket-settings.js";

/** Where the files of attachments are, by the attachment's id. */
export interface AttachmentStorage {
  /** Where an upload is received before it is kept; its folder exists. The caller, or `remove`, deletes what is there. */
  incomingPath(id: string): Promise<string>;
  /** Keeps a received file durably. Whatever it leaves when it rejects, `remove` takes away. */
  keep(id: string, sizeBytes: number): Promise<void>;
  /** Null when there is no such file. */
  read(id: string): Promise<Readable | null>;
  /** Removes the file and what was received of it; nothing to remove is no fault. */
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Files in DATA_DIR, or in a bucket; what is being received is in DATA_DIR either way. */
export async function openAttachmentStorage(
  dataDirectory: string,
  bucket: BucketSettings | null,
): Promise<AttachmentStorage> {
  const directory = resolve(dataDirectory, "attachments");
  const { disk, keep, close } = bucket === null ? localDisk(directory) : await bucketDisk(bucket, directory);
  const keyOf = (id: string) => `${bucket?.prefix ?? ""}${id}`;
  const incoming = (id: string) => join(directory, incomingFolder, id);
  return {
    async incomingPath(id) {
      await mkdir(join(directory, incomingFolder), { recursive: true });
      return incoming(id);
    },
    async keep(id, sizeBytes) {
      await keep(id, keyOf(id), sizeBytes);
      await rm(incoming(id), { force: true });
    },
    async read(id) {
      try {
        const stream = await disk.getStream(keyOf(id));
        if (stream instanceof ReadStream) await once(stream, "open");
        return stream;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async remove(id) {
      await rm(incoming(id), { force: true });
      await disk.delete(keyOf(id));
    },
    close,
  };
}

interface OpenDisk {
  readonly disk: Disk;
  keep(id: string, key: string, sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

const incomingFolder = "incoming";

function localDisk(location: string): OpenDisk {
  const disk = new Disk(new FSDriver({ location, visibility: "private" }));
  return {
    disk,
    async keep(id, key) {
      // Not by a stream: flydrive 2.1 tells a full disk there as an aborted reading.
      await disk.move(`${incomingFolder}/${id}`, key);
      // The row that says it is there is on disk once it is committed, and so must be the file.
      const file = await open(join(location, key), "r+");
      await file.sync().finally(() => file.close());
    },
    close: async () => {},
  };
}

// Loaded only where it is used: the SDK takes a while.
async function bucketDisk(settings: BucketSettings, directory: string): Promise<OpenDisk> {
  const [{ S3Client }, { S3Driver }] = await Promise.all([import("@aws-sdk/client-s3"), import("flydrive/drivers/s3")]);
  const { bucket, endpoint, region, credentials } = settings;
  const client = new S3Client({
    endpoint,
    region,
    // Buckets as a path rather than a host name: every service takes that, without DNS of its own.
    forcePathStyle: true,
    // Checksums that trail the content are newer than most services that speak S3.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    // It warns on the console that an upload is not tried again by itself; what failed is logged where it is answered.
    logger: quiet,
    ...(credentials && { credentials: { accessKeyId: credentials.key, secretAccessKey: credentials.secret } }),
  });
  const disk = new Disk(new S3Driver({ client, bucket, visibility: "private", supportsACL: false }));
  return {
    disk,
    keep: (id, key, sizeBytes) =>
      // A service needs the length before the content. Should someone open the bucket, browsers still save the file.
      disk.putStream(key, createReadStream(join(directory, incomingFolder, id)), {
        contentLength: sizeBytes,
        contentType: "application/octet-stream",
        contentDisposition: "attachment",
      }),
    close: async () => client.destroy(),
  };
}

const quiet = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The error and what caused it, outermost first: flydrive wraps what its drivers throw. */
function causes(error: unknown): readonly { readonly code?: unknown; readonly name?: unknown }[] {
  if (typeof error !== "object" || error === null) return [];
  return [error, ...causes("cause" in error ? error.cause : null)];
}

function isMissing(error: unknown): boolean {
  return causes(error).some(({ code, name }) => code === "ENOENT" || name === "NoSuchKey");
}

/** EFBIG: a limit on a file's size, which one hits for the same reason and with the same remedy. */
const fullCodes: readonly unknown[] = ["ENOSPC", "EDQUOT", "EFBIG"];
/** As MinIO and Ceph call it. */
const fullNames: readonly unknown[] = ["XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded"];

/** True when a file could not be written because there is no room for it. */
export function isStorageFull(error: unknown): boolean {
  return causes(error).some(({ code, name }) => fullCodes.includes(code) || fullNames.includes(name));
}
