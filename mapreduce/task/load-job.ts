/** Loads the job that a task runs. */
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyJob, isJob } from '../api/api.ts';
import { loadExample } from '../examples/index.ts';
import { readAll } from '../files/file-content.ts';
import type { FileSystems } from '../files/file-systems.ts';
import type { JobCode } from '../job/messages.ts';

/**
 * Loads a job. Each attempt gets a new instance of a user's module, so that variables of the module do not carry over from
 * one task to the next. The bundle is kept in `directory` for the job's other tasks.
 * @throws Error if the module does not export the job
 */
export async function loadJob(
  code: JobCode,
  attemptId: string,
  fileSystems: FileSystems,
  directory: string,
): Promise<AnyJob> {
  const module = code.kind === 'builtin' ? await loadExample(code.example) : await loadBundle(code, attemptId);
  const job = module[code.exportName];
  if (isJob(job)) return job;
  throw new Error(`The export '${code.exportName}' is not a job: make it one with job({ … })`);

  async function loadBundle({ uri }: { readonly uri: string }, fresh: string): Promise<Record<string, unknown>> {
    const file = path.join(directory, 'job.mjs');
    if (!fs.existsSync(file)) await localize(uri, file, fresh);
    // So that stack traces name the lines of the user's own file.
    process.setSourceMapsEnabled(true);
    return (await import(`${pathToFileURL(file).href}?${fresh}`)) as Record<string, unknown>;
  }

  async function localize(uri: string, file: string, unique: string): Promise<void> {
    const { fs: source, path: from } = fileSystems.qualify(uri);
    const bytes = await readAll(source, from);
    await fs.promises.mkdir(directory, { recursive: true });
    // Another process may write the same file at this moment: each writes its own, and renames it.
    const partial = `${file}.${unique}`;
    await fs.promises.writeFile(partial, bytes);
    await fs.promises.rename(partial, file);
  }
}
