/** Vectors in base64, as OpenAI writes them: 32-bit floats, little-endian. */

const FLOAT_BYTES = 4;
/** Arguments of one call have to fit on the stack. */
const PIECE_BYTES = 8_192;

export function base64OfFloats(values: readonly number[]): string {
  const bytes = new Uint8Array(values.length * FLOAT_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setFloat32(index * FLOAT_BYTES, value, true);
  let binary = '';
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    binary += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES));
  return btoa(binary);
}

/** Undefined for what is no base64 of such floats. */
export function floatsOfBase64(text: string): readonly number[] | undefined {
  const binary = tryDecode(text);
  if (binary === undefined || binary.length % FLOAT_BYTES !== 0) return undefined;
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const values = Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) =>
    view.getFloat32(index * FLOAT_BYTES, true),
  );
  return values.every(Number.isFinite) ? values : undefined;
}

function tryDecode(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
