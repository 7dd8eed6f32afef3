/** How long one text may be: Messenger counts characters, Instagram bytes of UTF-8. */
type TextLimit =
  | { readonly unit: "characters"; readonly most: number }
  | { readonly unit: "bytes"; readonly most: number };

/** What the vendor shows a file as; anything else travels as a link in a text. */
export type FileKind = "image" | "audio" | "video" | "file";

interface FileLimit {
  readonly kind: FileKind;
  readonly contentTypes: RegExp;
  readonly maxBytes: number;
}

/** What tells Messenger, Instagram through a Page and Instagram Login apart. */
export interface Platform {
  readonly channelName: string;
  /** What webhooks about it call themselves. */
  readonly webhookObject: "page" | "instagram";
  readonly textLimit: TextLimit;
  /** The first that fits is taken. */
  readonly fileLimits: readonly FileLimit[];
  /** Only Messenger's echoes bring `metadata` back. */
  readonly echoesMetadata: boolean;
}

const megabyte = 1024 * 1024;

export const messengerPlatform: Platform = {
  channelName: "Messenger",
  webhookObject: "page",
  textLimit: { unit: "characters", most: 2_000 },
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
  textLimit: { unit: "bytes", most: 1_000 },
  fileLimits: [
    { kind: "image", contentTypes: /^image\/(png|jpeg|gif)$/, maxBytes: 8 * megabyte },
    { kind: "audio", contentTypes: /^audio\//, maxBytes: 25 * megabyte },
    { kind: "video", contentTypes: /^video\//, maxBytes: 25 * megabyte },
    { kind: "file", contentTypes: /^application\/pdf$/, maxBytes: 25 * megabyte },
  ],
  echoesMetadata: false,
};
