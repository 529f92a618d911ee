/** Numbers as people read them at a glance: three digits and a unit. */

export const UNKNOWN = '–';

export function countText(count: number): string {
  const size = Math.abs(count);
  if (size >= 999_500_000) return `${digits(count / 1e9)}G`;
  if (size >= 999_500) return `${digits(count / 1e6)}M`;
  if (size >= 9_995) return `${digits(count / 1e3)}k`;
  return digits(count);
}

/** Of things that there are no parts of. */
export function wholeText(count: number): string {
  return Number.isInteger(count) && Math.abs(count) < 9_995 ? String(count) : countText(count);
}

/** `0` for nothing, and never `0` for a little. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.01) return '<0.01';
  if (size >= 99.95) return value.toFixed(0);
  return value.toFixed(size >= 9.995 ? 1 : 2);
}

export function shareText(share: number | undefined): string {
  return share === undefined ? UNKNOWN : `${digits(share * 100)}%`;
}

export function dollarsText(dollars: number): string {
  return dollars > 0 && dollars < 0.01 ? '<$0.01' : `$${countText(dollars)}`;
}

export function latencyText(seconds: number | undefined): string {
  if (seconds === undefined) return UNKNOWN;
  if (seconds < 0.9995) return `${digits(seconds * 1_000)}ms`;
  return `${digits(seconds)}s`;
}

export function bytesText(bytes: number | undefined): string {
  if (bytes === undefined) return UNKNOWN;
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes < 1024 ? `${digits(mebibytes)} MiB` : `${digits(mebibytes / 1024)} GiB`;
}

/** The two largest units, such as `3h 12m`. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([amount, unit]) => `${amount}${unit}`).join(' ');
}
