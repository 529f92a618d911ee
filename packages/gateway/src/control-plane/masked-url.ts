/** Addresses of stores as people may see them: without passwords. */

/** Parameters that hold no secret; others may, such as `sslpassword`. */
const openParameters = new Set(['application_name', 'host', 'sslmode']);

export function maskedUrl(text: string): string {
  if (text.startsWith('sqlite:')) return text;
  if (!URL.canParse(text)) return '***';
  const url = new URL(text);
  // A lone user name may be a token.
  if (url.password !== '') url.password = '***';
  else if (url.username !== '') url.username = '***';
  url.search = url.search.replace(/([^?&=]+)=([^&]*)/g, (whole, name: string) =>
    openParameters.has(name) ? whole : `${name}=***`,
  );
  url.hash = '';
  return url.href;
}
