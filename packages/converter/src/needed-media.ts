/** Media that a request has by address and its target takes as bytes alone: which they are, and taking them in. */
import { mapKeeping } from './adapt/unchanged.ts';
import { bytesOfBase64 } from './base64.ts';
import { ConversionError } from './errors.ts';
import type { MediaPart, Part } from './ir/part.ts';
import type { ChatRequest } from './ir/request.ts';
import { isTextType } from './media-type.ts';

export interface NeededMedia {
  readonly url: string;
  readonly media: MediaPart['media'];
  /** Where it stands in the client's request, in the client's own words. */
  readonly path: string;
}

/** What stands behind an address. */
export interface FetchedMedia {
  /** As `recognizeMedia` says. */
  readonly mimeType: string;
  /** Standard, padded base64. */
  readonly data: string;
}

/** A request that can be carried over once the media that it names by address come along as bytes. */
export class MediaNeeded extends ConversionError {
  readonly media: readonly NeededMedia[];

  constructor(refusal: ConversionError, media: readonly NeededMedia[]) {
    super(refusal.error, refusal);
    this.name = 'MediaNeeded';
    this.media = media;
  }
}

type NeedsBytes = (part: MediaPart) => boolean;

/** The same request with what was fetched in the place of its address, where the target needs that. */
export function withMedia(
  request: ChatRequest,
  fetched: ReadonlyMap<string, FetchedMedia>,
  needsBytes: NeedsBytes,
): ChatRequest {
  const taken = (part: MediaPart): MediaPart => {
    if (part.source.type !== 'url' || !needsBytes(part)) return part;
    const found = fetched.get(part.source.url);
    return found === undefined ? part : holding(part, found);
  };
  const turns = mapKeeping(request.turns, (turn) => {
    const parts = mapKeeping(turn.parts, (part) => mapMedia(part, taken));
    return parts === turn.parts ? turn : { ...turn, parts };
  });
  return { ...request, turns };
}

/**
 * Runs `work`, which encodes the request; a refusal of media for its address alone becomes MediaNeeded.
 * Nothing is looked for before that, and nothing when the request was refused for anything else.
 */
export function tellingNeeds<T>(request: ChatRequest, needsBytes: NeedsBytes, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof ConversionError)) throw cause;
    const media = neededIn(request, needsBytes);
    const isWhy = media.some(({ path }) => path !== '' && path === cause.error.param);
    throw isWhy ? new MediaNeeded(cause, media) : cause;
  }
}

function neededIn({ turns }: ChatRequest, needsBytes: NeedsBytes): readonly NeededMedia[] {
  const parts = turns.flatMap((turn) => turn.parts);
  const inner = parts.flatMap<Part>((part) =>
    part.type === 'tool-result' ? part.content : [part],
  );
  return inner.flatMap((part) => {
    if (part.type !== 'media' || part.source.type !== 'url' || !needsBytes(part)) return [];
    return [{ url: part.source.url, media: part.media, path: part.path ?? '' }];
  });
}

function mapMedia(part: Part, change: (part: MediaPart) => MediaPart): Part {
  if (part.type === 'media') return change(part);
  if (part.type !== 'tool-result') return part;
  const content = mapKeeping(part.content, (inner) =>
    inner.type === 'media' ? change(inner) : inner,
  );
  return content === part.content ? part : { ...part, content };
}

/** The bytes may be of another kind than the client thought: a PDF as an image. */
function holding(part: MediaPart, { mimeType, data }: FetchedMedia): MediaPart {
  const [kind] = mimeType.split('/');
  const isNamed = kind === 'image' || kind === 'audio' || kind === 'video';
  return {
    ...part,
    media: isNamed ? kind : 'document',
    mimeType,
    source: isTextType(mimeType) ? { type: 'text', text: textOf(data) } : { type: 'base64', data },
  };
}

function textOf(base64: string): string {
  return new TextDecoder().decode(bytesOfBase64(base64));
}
