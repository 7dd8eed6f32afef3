import { once } from "node:events";
import { createReadStream, ReadStream } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { Disk } from "flydrive";
import { FSDriver } from "flydrive/drivers/fs";
import type { BucketSettings } from "./bucket-settings.js";

/** Stores the files of attachments, by the attachment's id. */
export interface AttachmentStorage {
  /** The path that an upload is written to before it is stored; its folder exists. The caller, or `remove`, deletes the file. */
  incomingPath(id: string): Promise<string>;
  /** Stores a received file durably. If it rejects, `remove` deletes whatever was written. */
  store(id: string, sizeBytes: number): Promise<void>;
  /** Null if the file does not exist. */
  read(id: string): Promise<Readable | null>;
  /** Removes the file and what has been received of it; does nothing if there is neither. */
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Stores files in DATA_DIR or in a bucket; uploads are received in DATA_DIR in both cases. */
export async function openAttachmentStorage(
  dataDirectory: string,
  bucket: BucketSettings | null,
): Promise<AttachmentStorage> {
  const directory = resolve(dataDirectory, "attachments");
  const { disk, store, close } = bucket === null ? localDisk(directory) : await bucketDisk(bucket, directory);
  const keyOf = (id: string) => `${bucket?.prefix ?? ""}${id}`;
  const incoming = (id: string) => join(directory, incomingFolder, id);
  return {
    async incomingPath(id) {
      await mkdir(join(directory, incomingFolder), { recursive: true });
      return incoming(id);
    },
    async store(id, sizeBytes) {
      await store(id, keyOf(id), sizeBytes);
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
  store(id: string, key: string, sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

const incomingFolder = "incoming";

function localDisk(location: string): OpenDisk {
  const disk = new Disk(new FSDriver({ location, visibility: "private" }));
  return {
    disk,
    async store(id, key) {
      // Moved, not streamed: for streams flydrive 2.1 reports a full disk as an aborted read.
      await disk.move(`${incomingFolder}/${id}`, key);
      // The committed row that refers to the file is durable, so the file must be too.
      const file = await open(join(location, key), "r+");
      await file.sync().finally(() => file.close());
    },
    close: async () => {},
  };
}

// Imported only when it is used, because the SDK is slow to load.
async function bucketDisk(settings: BucketSettings, directory: string): Promise<OpenDisk> {
  const [{ S3Client }, { S3Driver }] = await Promise.all([import("@aws-sdk/client-s3"), import("flydrive/drivers/s3")]);
  const { bucket, endpoint, region, credentials } = settings;
  const client = new S3Client({
    endpoint,
    region,
    // The bucket in the path, not in the host name: every service supports it, without DNS entries per bucket.
    forcePathStyle: true,
    // Most S3-compatible services do not support trailing checksums yet.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    // The SDK would warn on the console that it cannot retry a streamed upload; failures are logged by the caller.
    logger: silentLogger,
    ...(credentials && { credentials: { accessKeyId: credentials.key, secretAccessKey: credentials.secret } }),
  });
  const disk = new Disk(new S3Driver({ client, bucket, visibility: "private", supportsACL: false }));
  return {
    disk,
    store: (id, key, sizeBytes) =>
      // Services need the length up front. If the bucket is made public, browsers still save the file.
      disk.putStream(key, createReadStream(join(directory, incomingFolder, id)), {
        contentLength: sizeBytes,
        contentType: "application/octet-stream",
        contentDisposition: "attachment",
      }),
    close: async () => client.destroy(),
  };
}

const silentLogger = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The error and its causes, outermost first: flydrive wraps the errors of its drivers. */
function causeChain(error: unknown): readonly { readonly code?: unknown; readonly name?: unknown }[] {
  if (typeof error !== "object" || error === null) return [];
  return [error, ...causeChain("cause" in error ? error.cause : null)];
}

function isMissing(error: unknown): boolean {
  return causeChain(error).some(({ code, name }) => code === "ENOENT" || name === "NoSuchKey");
}

/** EFBIG, a limit on file sizes, has the same remedy as a full disk. */
const fullCodes: readonly unknown[] = ["ENOSPC", "EDQUOT", "EFBIG"];
/** The error names of MinIO and Ceph. */
const fullNames: readonly unknown[] = ["XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded"];

/** Whether a file could not be written because the storage is full. */
export function isStorageFull(error: unknown): boolean {
  return causeChain(error).some(({ code, name }) => fullCodes.includes(code) || fullNames.includes(name));
}
