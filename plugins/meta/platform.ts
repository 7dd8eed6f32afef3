/** Maximum size of one text: Messenger counts characters, Instagram UTF-8 bytes. */
type TextLimit =
  | { readonly unit: "characters"; readonly maxSize: number }
  | { readonly unit: "bytes"; readonly maxSize: number };

/** How Meta displays a file; any other file is sent as a link in a text. */
export type FileKind = "image" | "audio" | "video" | "file";

interface FileLimit {
  readonly kind: FileKind;
  readonly contentTypes: RegExp;
  readonly maxBytes: number;
}

/** The differences between Messenger and Instagram. */
export interface Platform {
  readonly channelName: string;
  /** The `object` in its webhooks. */
  readonly webhookObject: "page" | "instagram";
  readonly textLimit: TextLimit;
  /** The first match applies. */
  readonly fileLimits: readonly FileLimit[];
  /** Whether echoes contain `metadata`: only Messenger's do. */
  readonly echoesMetadata: boolean;
}

const megabyte = 1024 * 1024;

export const messengerPlatform: Platform = {
  channelName: "Messenger",
  webhookObject: "page",
  textLimit: { unit: "characters", maxSize: 2_000 },
  fileLimits: [
    { kind: "image", contentTypes: /^image\/(png|jpeg|gif|webp)$/, maxBytes: 8 * megabyte },
    { kind: "audio", contentTypes: /^audio\//, maxBytes: 25 * megabyte },
    { kind: "video", contentTypes: /^video\//, maxBytes: 25 * megabyte },
    { kind: "file", contentTypes: /./, maxBytes: 25 * megabyte },
  ],
  echoesMetadata: true,
};

export const instagramPlatform: Platform = {
  channelName: "Instagram",
  webhookObject: "instagram",
  textLimit: { unit: "bytes", maxSize: 1_000 },
  fileLimits: [
    { kind: "image", contentTypes: /^image\/(png|jpeg|gif)$/, maxBytes: 8 * megabyte },
    { kind: "audio", contentTypes: /^audio\//, maxBytes: 25 * megabyte },
    { kind: "video", contentTypes: /^video\//, maxBytes: 25 * megabyte },
    { kind: "file", contentTypes: /^application\/pdf$/, maxBytes: 25 * megabyte },
  ],
  echoesMetadata: false,
};
