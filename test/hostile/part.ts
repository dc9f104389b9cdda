// One part of `npm run hostile`.

/** Tries one kind of attack; `say` prints a line. @throws Error if an attack succeeds */
export type Part = (say: (line: string) => void) => Promise<void>;
