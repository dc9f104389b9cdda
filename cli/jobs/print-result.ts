/** The results of the commands of jobs: lines for people, or JSON with `--json`, an option of Calf. */
import { print } from '../terminal/terminal.ts';

/** How a command prints. */
export interface ResultForm {
  readonly json: boolean;
}

/** Prints the value as JSON, or the lines. */
export function printResult({ json }: ResultForm, value: unknown, lines: () => Iterable<string>): void {
  if (json) print(jsonText(value));
  else for (const line of lines()) print(line);
}

export const jsonText = (value: unknown): string => JSON.stringify(value, undefined, 2) ?? 'null';
