/** Where in the file something stands: `channels[0].timeouts.idle_ms`. */
export type Path = readonly (string | number)[];

export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    if (!/^[\w-]{1,64}$/.test(part)) return `${text}[${JSON.stringify(shortened(part))}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

export function shortened(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 60)}...`;
}
