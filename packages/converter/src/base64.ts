/** Base64 in and out, by loops: `Uint8Array.from` with a function takes a second for what these do in a twentieth. */

/** Throws what `atob` throws for what is no base64. */
export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** As many arguments as a call may have for certain. */
const PIECE_BYTES = 0x8000;

export function base64OfBytes(bytes: Uint8Array): string {
  let binary = '';
  for (let start = 0; start < bytes.length; start += PIECE_BYTES)
    binary += String.fromCharCode(...bytes.subarray(start, start + PIECE_BYTES));
  return btoa(binary);
}

/** The URL-safe letters changed to those that everybody reads, white space left out; by a loop, as above. */
export function inStandardLetters(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) continue;
    bytes[size++] = byte === 0x2d ? 0x2b : byte === 0x5f ? 0x2f : byte;
  }
  return new TextDecoder().decode(bytes.subarray(0, size));
}
