/** The only reader of the process's environment. */
export const environment: { readonly [name: string]: string | undefined } = process.env;
