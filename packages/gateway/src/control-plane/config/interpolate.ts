/** Variables of the environment in the texts of the file: `${NAME}`, `${NAME:-default}`, `$${` for a plain `${`. */

export interface Interpolated {
  readonly text: string;
  /** What is wrong, if anything is. Never holds a value. */
  readonly mistake: string | undefined;
}

interface Environment {
  readonly [name: string]: string | undefined;
}

export function hasVariables(text: string): boolean {
  return text.includes('${');
}

export function interpolate(text: string, env: Environment): Interpolated {
  let mistake: string | undefined;
  const filled = text.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (whole, body?: string, end?: string) => {
    if (body === undefined) return '${';
    const [, name, standard] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(body) ?? [];
    if (end === '' || name === undefined || standard?.includes('${')) {
      mistake ??= 'expected ${NAME} or ${NAME:-default}; a plain ${ is written $${';
      return whole;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (standard !== undefined) return value || standard;
    if (value === undefined) mistake ??= `the variable ${name} is not set`;
    return value ?? '';
  });
  return { text: filled, mistake };
}
