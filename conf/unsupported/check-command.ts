/** Warns the user of a command of properties on its command line that have no effect. */
import { Configuration } from '../configuration.ts';
import { CLIENT_IGNORES } from './client.ts';
import { ignoredWarnings } from './ignored.ts';
import { MAPREDUCE_IGNORES } from './mapreduce.ts';

/** Returns one line for each property of a client or of a job that is given with `-D` and has no effect. */
export function commandWarnings(defines: Readonly<Record<string, string>>): string[] {
  return ignoredWarnings([CLIENT_IGNORES, MAPREDUCE_IGNORES], new Configuration(defines).entries());
}
